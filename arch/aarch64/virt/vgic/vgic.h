/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AARCH64_VIRT_VGIC_H
#define AARCH64_VIRT_VGIC_H

/*
 * The virtual GIC: one state machine, with the registers of a GICv3 or of a GICv2.
 *
 * An interrupt's pending and active state is in one of two places: in struct irq_bank, or
 * in a list register of the vCPU that has it, where the CPU itself moves it along. It is in
 * the list register when the vCPU's @inlr has its bit; to take it there is vgic_place(), to bring
 * it back vgic_fold().
 */
#include <asm/vgic.h>
#include <lodge/bitops.h>
#include <lodge/gic_regs.h>
#include <lodge/nospec.h>
#include <lodge/vcpu.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>

#define NR_INTIDS 128u /* as many as the board's devices need */
#define NR_WORDS  (NR_INTIDS / 32)
#define NR_SPIS	  (NR_INTIDS - GIC_FIRST_SPI)
#define NO_VCPU	  0xffu
#define MAX_LRS	  16u
#define NR_APRS	  4u

#define LR_STATE	 62 /* of a list register, two bits: */
#define LR_STATE_PENDING 1u
#define LR_STATE_ACTIVE	 2u

#define STATE_VERSION 1

/**
 * struct irq_bank - 32 interrupts, a bit or a byte for each
 * @level:  input lines that are up
 * @latch:  pending by itself: an edge, a software interrupt, or set by a register
 * @active: acknowledged and not deactivated
 * @edge:   configured so; else level-sensitive
 */
struct irq_bank {
	u32 group, enabled, level, latch, active, edge;
	u8 priority[32];
};

/* What of one vCPU is saved. @source: who sent an SGI, GICv2. The rest is the CPU interface,
 * valid while it is not loaded. */
struct vgic_cpu_state {
	struct irq_bank bank;
	u8 source[GIC_NR_SGIS], active_source[GIC_NR_SGIS];
	u32 waker;
	u32 vmcr;
	u32 ap0r[NR_APRS], ap1r[NR_APRS];
};

/**
 * struct vgic_state - the guest-visible state, as it is saved
 * @route:  GICv3: an affinity; GICv2: a mask of CPU interfaces
 * @holder: who has acknowledged a shared interrupt that is active
 */
struct vgic_state {
	struct vdev_state_header header;
	u32 version; /* of the GIC */
	u32 ctlr;
	struct vgic_cpu_state cpu[VM_MAX_VCPUS];
	struct irq_bank shared[NR_WORDS - 1];
	u32 route[NR_SPIS];
	u8 holder[NR_SPIS];
};

/**
 * struct lr_slot - what is in a list register in use
 * @soft:   a level-sensitive interrupt was pending by its latch
 * @hw:	    linked to a physical interrupt, the virtual timer's or one of a device
 * @placed: in which state it was put there, as bits 63 and 62 have it
 */
struct lr_slot {
	u8 intid;
	bool soft, hw;
	u8 placed;
};

/**
 * struct vgic_vcpu - the virtual CPU interface of one vCPU
 * @loaded, @cpu: its list registers are in that CPU
 * @used:	list registers that are not empty, as far as is known
 * @hcr:	what is in ICH_HCR_EL2 while it is loaded, without the count
 * @ready:	pending, enabled, neither active nor in a list register
 * @parked:	active, and not in a list register
 * @inlr:	in a list register
 * @drop_pending, @drop_active: in a list register of another CPU, where it is no longer to
 *		be in that state
 * @add_active:	likewise, where it is to be active
 * @noted:	in any of these three
 * @running:	acknowledged by this vCPU, which has not ended it as far as is known
 * @ran_at:	the priority that each of those was acknowledged with, and its end is of
 * @owed:	of those, what a register write has made inactive since: its end will find it in no
 *		list register, and ends whatever it is then
 * @again:	in a list register of another CPU, and sent once more
 * @stale:	others have changed what is in a list register of that CPU, or made notes of it
 * @spilled:	some of @ready and @parked found no list register, or @owing is set
 * @owing:	there may be some in @owed
 * @hw_held:	the virtual timer's physical interrupt is active on its behalf
 * @hw_active:	and so is the virtual one with it, which ends both
 */
struct vgic_vcpu {
	struct vgic *gic;
	struct vcpu *vcpu;
	unsigned int id, cpu;
	u32 used;
	u32 hcr;
	u32 ready[NR_WORDS], parked[NR_WORDS], inlr[NR_WORDS];
	u32 drop_pending[NR_WORDS], drop_active[NR_WORDS], add_active[NR_WORDS];
	u32 noted[NR_WORDS];
	u32 running[NR_WORDS], owed[NR_WORDS];
	u32 again[NR_WORDS];
	bool stale, loaded, spilled, owing, hw_held, hw_active;
	struct lr_slot slot[MAX_LRS];
	u8 slot_of[NR_INTIDS], ran_at[NR_INTIDS];
};

/**
 * struct vgic - the controller of one VM; all under vdev.lock
 * @dirty:  vCPUs that have something new in @ready or @parked
 * @queued: whose @ready or @parked, or list register, has a shared interrupt; or NO_VCPU
 * @held:   shared interrupts whose @host is kept: it comes again only when it has been ended
 * @held_active: of those, active in memory, and linked when they are in a list register again
 * @came_again: of those, in a list register of another CPU that had ended when @host came
 * @host:   the host's interrupts that shared ones are; 0 where there is none
 */
struct vgic {
	struct vdev vdev;
	unsigned int nr_vcpus;
	bool v2;
	u32 dirty;
	u8 queued[NR_SPIS];
	u32 held[NR_WORDS], held_active[NR_WORDS], came_again[NR_WORDS];
	u32 host[NR_SPIS];
	struct vgic_vcpu v[VM_MAX_VCPUS];
	struct vgic_state s;
};

/* Something waits for a list register, or for one that has ended. */
static inline bool vgic_has_more(const struct vgic_vcpu *v)
{
	return v->ready[0] | v->parked[0] | v->ready[1] | v->parked[1] | v->ready[2] |
	       v->parked[2] | v->ready[3] | v->parked[3] | v->spilled;
}

static inline u32 irq_bit(u32 intid)
{
	return 1u << intid % 32;
}

static inline struct irq_bank *bank_of(struct vgic *g, unsigned int vid, unsigned int word)
{
	return word ? &g->s.shared[word - 1] : &g->s.cpu[vid].bank;
}

/* What a guest chose, in bounds under speculation as well: an interrupt, and a word of 32. */
static inline u32 vgic_intid(u64 intid)
{
	return (u32)index_wrap_nospec(intid, NR_INTIDS);
}

static inline unsigned int vgic_word(u64 word)
{
	return (unsigned int)index_wrap_nospec(word, NR_WORDS);
}

/* Where shared interrupt @intid, which a guest chose, is among them. */
static inline u32 vgic_spi(u32 intid)
{
	return (u32)index_nospec(intid - GIC_FIRST_SPI, NR_SPIS);
}

static inline u32 bank_pending(const struct irq_bank *b)
{
	return b->latch | (b->level & ~b->edge);
}

/* Interrupts of groups that the distributor forwards. */
static inline u32 bank_forwarded(const struct vgic *g, const struct irq_bank *b)
{
	return b->enabled & ((g->s.ctlr & GICD_CTLR_GRP0 ? ~b->group : 0) |
			     (g->s.ctlr & GICD_CTLR_GRP1 ? b->group : 0));
}

/* ---- vgic_state.c ---- */

/** vgic_target() - the vCPU that shared interrupt @intid goes to, or NO_VCPU. */
unsigned int vgic_target(const struct vgic *g, u32 intid);
/**
 * vgic_update() - after any change to an interrupt's state in memory
 * @vid: whose it is, if it is a private one
 */
void vgic_update(struct vgic *g, unsigned int vid, u32 intid);
/** vgic_update_word() - the same for the interrupts @mask of a word. */
void vgic_update_word(struct vgic *g, unsigned int vid, unsigned int word, u32 mask);
/** vgic_update_all() - the same for all. */
void vgic_update_all(struct vgic *g);
/**
 * vgic_recall() - bring the interrupts @mask of a word back from this CPU's list registers
 * Return: those that are in another CPU's.
 */
u32 vgic_recall(struct vgic *g, unsigned int vid, unsigned int word, u32 mask);
/** vgic_ask_holders() - those whose list registers have @mask are to look at the state. */
void vgic_ask_holders(struct vgic *g, unsigned int vid, unsigned int word, u32 mask);
/** vgic_drop() - and not to bring back that they are pending, or with @active, active. */
void vgic_drop(struct vgic *g, unsigned int vid, unsigned int word, u32 mask, bool active);
/** vgic_add_active() - but to bring back that they are active. */
void vgic_add_active(struct vgic *g, unsigned int vid, unsigned int word, u32 mask);
/** vgic_deactivate() - the interrupts @mask of a word, whoever has acknowledged them. */
void vgic_deactivate(struct vgic *g, unsigned int vid, unsigned int word, u32 mask);
/** vgic_owe() - interrupt @bit of a word is owed an end by @v. */
static inline void vgic_owe(struct vgic_vcpu *v, unsigned int word, u32 bit)
{
	v->owed[word] |= bit;
	v->owing = v->spilled = true;
}

/** vgic_raise() - the latch or level of @intid has changed, wherever its state is. */
void vgic_raise(struct vgic *g, unsigned int vid, u32 intid);
/** vgic_set_level() - of an input line. */
void vgic_set_level(struct vgic *g, unsigned int vid, u32 intid, bool level);
/** vgic_deliver() - tell the vCPUs that are dirty. Last, before the lock is dropped. */
void vgic_deliver(struct vgic *g);

/* ---- vgic_host.c: interrupts of the host ---- */

/** vgic_end_held() - @intid is over for the host: neither pending nor active any more. */
void vgic_end_held(struct vgic *g, u32 intid);
/** vgic_end_all_held() - all of them: the state is replaced. */
void vgic_end_all_held(struct vgic *g);
int vgic_link(struct vdev *d, u32 intid, u32 host);
void vgic_forward(struct vdev *d, u32 intid);
void vgic_cut(struct vdev *d, u32 intid);

/* ---- vgic_lr.c, vgic_refill.c ---- */

/** vgic_is_here() - its list registers are this CPU's. */
bool vgic_is_here(const struct vgic_vcpu *v);
/** vgic_flush() - what is ready or parked into list registers, as far as there are any. */
void vgic_flush(struct vgic_vcpu *v);
/** vgic_refresh() - @intid is in a list register here, and its state in memory has changed. */
void vgic_refresh(struct vgic_vcpu *v, u32 intid);
/** vgic_take_back() - @intid out of a list register here. */
void vgic_take_back(struct vgic_vcpu *v, u32 intid);
/** vgic_note_running() - what the guest has done with the one in @slot, by how it was put there. */
void vgic_note_running(struct vgic_vcpu *v, const struct lr_slot *slot, u64 lr);
/** vgic_peek() - pending and active state of a word, with what list registers here have. */
void vgic_peek(struct vgic_vcpu *v, unsigned int vid, unsigned int word, u32 *pending, u32 *active);
/** vgic_timer_resample() - where its interrupt is held: is the timer's line still up? */
void vgic_timer_resample(struct vgic_vcpu *v);
/** vgic_timer_release() - its physical interrupt is nobody's any more. */
void vgic_timer_release(struct vgic_vcpu *v);
/** vgic_unload() - out of this CPU: all state is in memory then. */
void vgic_unload(struct vgic_vcpu *v);

/* Between the two of them. */
extern u32 vgic_lr_mask; /* list registers that there are */
extern u32 vgic_hcr;	 /* what ICH_HCR_EL2 always has while a vCPU is loaded */
void vgic_place(struct vgic_vcpu *v, unsigned int i, u32 intid);
void vgic_fold(struct vgic_vcpu *v, unsigned int i, u64 lr);
void vgic_fold_all(struct vgic_vcpu *v);
void vgic_refill(struct vgic_vcpu *v);
void vgic_count_eois(struct vgic_vcpu *v);
/** vgic_catch_up() - what other CPUs have made of @v's interrupts goes into list registers. */
void vgic_catch_up(struct vgic_vcpu *v);

/* ---- vgic_regs.c: registers of one interrupt's bit, byte or field, wherever they are ---- */

/* In the order in which they lie, 0x80 bytes each. */
enum bit_reg {
	REG_GROUP = 1,
	REG_SET_ENABLE,
	REG_CLEAR_ENABLE,
	REG_SET_PENDING,
	REG_CLEAR_PENDING,
	REG_SET_ACTIVE,
	REG_CLEAR_ACTIVE,
};

/* Bits of a priority that there are: as many as the virtual CPU interface has. */
extern u32 vgic_priority_mask;

/*
 * @v is the vCPU that reads or writes, @vid whose private interrupts word 0 means. For a
 * write the lock is held; it changes what is dirty. A read takes none: what it sees of
 * others' interrupts is as of some moment.
 */
u32 vgic_bits_read(struct vgic_vcpu *v, unsigned int vid, unsigned int word, enum bit_reg reg);
void vgic_bits_write(struct vgic_vcpu *v, unsigned int vid, unsigned int word, enum bit_reg reg,
		     u32 val);
u32 vgic_priority_read(struct vgic *g, unsigned int vid, u32 intid, unsigned int width);
void vgic_priority_write(struct vgic *g, unsigned int vid, u32 intid, unsigned int width, u32 val);
u32 vgic_config_read(struct vgic *g, unsigned int vid, u32 intid);
void vgic_config_write(struct vgic *g, u32 intid, u32 val);

/* ---- vgic_dist.c, vgic_redist.c, vgic_v2.c, vgic_sgi.c: the frames ---- */

/* Who made it: Arm, as software expects; product "L", revision 0. */
#define VGIC_IIDR 0x4c00043bu

u64 vgic_dist_read(struct vgic_vcpu *v, u64 off, unsigned int width);
void vgic_dist_write(struct vgic_vcpu *v, u64 off, unsigned int width, u64 val);
u64 vgic_redist_read(struct vgic_vcpu *v, u64 off, unsigned int width);
void vgic_redist_write(struct vgic_vcpu *v, u64 off, unsigned int width, u64 val);
/** vgic_v2_sgi() - a write of GICD_SGIR. The lock is held. */
void vgic_v2_sgi(struct vgic_vcpu *v, u32 val);
/* What else only a GICv2 has; the read takes the lock, for the write it is held. */
u32 vgic_v2_read(struct vgic_vcpu *v, u64 off, unsigned int width);
void vgic_v2_write(struct vgic_vcpu *v, u64 off, unsigned int width, u32 val);

/** vgic_id_read() - identification register at @off from the first. */
u32 vgic_id_read(const struct vgic *g, u64 off);

#endif
