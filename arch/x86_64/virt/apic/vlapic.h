/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_VLAPIC_H
#define VIRT_VLAPIC_H

/*
 * Between the parts of the guest's local APICs: vlapic.c has the registers, vlapic_irq.c what
 * is pending and in service, vlapic_ipi.c who is meant, vlapic_timer.c the timer,
 * vlapic_dev.c the device of a VM and the MSRs.
 *
 * What other vCPUs and devices change (IRR, TMR, what INIT resets) is under the lock; all of
 * it is, but for single registers that are only read. No lock of another APIC is taken
 * with it held, nor the IOAPIC's: that one comes first.
 */
#include <lodge/time.h>
#include <lodge/vdev.h>
#include <lodge/vm_config.h>
#include <asm/apicdef.h>
#include <asm/msr.h>
#include <asm/vlapic.h>

#define APIC_STATE_VERSION 1

#define APIC_ADDRESS 0xfee00000u
#define APIC_WINDOW  0x1000u

/* In the order of their offsets from APIC_LVT_TIMER on. */
enum { LVT_TIMER, LVT_THERM, LVT_PERF, LVT_LINT0, LVT_LINT1, LVT_ERROR, NR_LVT };

#define ESR_SEND_ILLEGAL    BIT(5)
#define ESR_RECEIVE_ILLEGAL BIT(6)
#define ESR_REGISTER	    BIT(7)

/**
 * struct vlapic_state - one APIC as it is saved
 * @ldr:	in xAPIC mode; that of x2APIC mode follows from the ID
 * @esr, @esr_next: as it reads, and what the next write makes of it
 * @elapsed:	ticks since the count was at its start; only in a saved state
 * @deadline:	guest time stamp of TSC_DEADLINE, 0 for none
 * @after_init:	nothing has run on it since INIT
 * @stopped:	the count has run down once, and stays 0 in any mode until it is set
 */
struct vlapic_state {
	u64 base, icr, deadline, elapsed;
	u32 tpr, ldr, dfr, svr, esr, esr_next;
	u32 lvt[NR_LVT];
	u32 timer_init, timer_div;
	u32 irr[8], isr[8], tmr[8];
	u32 after_init, stopped;
};

/**
 * struct vlapic - a local APIC
 * @watch:	vectors, pending or about to be, of which somebody wants to know when they are taken;
 *		WATCH_NMI for NMIs
 * @start:	when the timer's count was, or would have been, at its start: of x86_vm_ticks(), as all
 *		of the timer's times are
 * @timer_due:	when @timer is armed; 0 if what it tells is not wanted (any more)
 * @irr_words, @isr_words: bit n for what is not 0 of those
 * @ppr:	PPR, which follows from TPR and ISR
 *
 * All of it is written with @lock held. Without it are read, one word at a time (READ_ONCE()): by
 * senders, base, svr, ldr and dfr of @s, as a message that crosses their change may come before or after
 * it; by the vCPU's own thread, irr and tmr of @s, @irr_words and @ppr, as REQ_IRQ follows each new
 * interrupt, and vlapic_accept() looks again with the lock.
 */
struct vlapic {
	struct vlapic_state s;
	struct vcpu *vcpu;
	struct spinlock lock;
	struct timer timer;
	u64 start;
	u64 timer_due;
	u64 expired; /* when it interrupted last */
	u32 watch[8];
	bool timer_waits; /* its interrupt is pending: another period's end would have no effect */
	u8 irr_words, isr_words;
	u8 ppr;
};

/* An interrupt message, of an APIC or of the IOAPIC. */
struct apic_msg {
	u32 dest;
	bool logical;
	bool wide; /* @dest has 32 bits: an x2APIC's */
	u8 mode;   /* APIC_MODE_* */
	u8 vector;
	bool level;
};

static inline bool vlapic_enabled(const struct vlapic *l)
{
	return READ_ONCE(l->s.svr) & APIC_SVR_ENABLE;
}

static inline bool vlapic_is_x2apic(const struct vlapic *l)
{
	return READ_ONCE(l->s.base) & APIC_BASE_X2APIC;
}

/* ---- vlapic.c ---- */

/* A register by its offset. False if there is none that can be read. */
bool vlapic_reg_read(struct vlapic *l, u64 off, u32 *val);
/* False if there is none, or with @strict if @val is what x2APIC mode refuses. */
bool vlapic_reg_write(struct vlapic *l, u64 off, u32 val, bool strict);
/* All registers but APIC_BASE; @l is locked. */
void vlapic_clear(struct vlapic *l);
u32 vlapic_ldr(const struct vlapic *l);

/* ---- vlapic_irq.c ---- */

/* @vector is pending from now on; with @l locked. */
void vlapic_pend(struct vlapic *l, u8 vector, bool level);
/* The same as a message from outside; any context. */
void vlapic_receive(struct vlapic *l, u8 vector, bool level);
/* An error for ESR; @l is locked. */
void vlapic_error(struct vlapic *l, u32 bit);
/* Vector 0 is none, and stands for NMIs in vlapic_watch(). */
#define WATCH_NMI 0
/*
 * When @vector is taken, or the error's if it can't be pending, the timer and the IOAPIC go on
 * with what they have put off: vlapic_timer_retry(), vioapic_retry(). With @l locked.
 */
void vlapic_watch(struct vlapic *l, u8 vector);
/* Whether @vector, or the error that it is, is pending, so that another has no effect. */
bool vlapic_is_pending(const struct vlapic *l, u8 vector);
void vlapic_eoi(struct vlapic *l);
/* After IRR, ISR or TPR were set as a whole. */
void vlapic_recompute(struct vlapic *l);

/* ---- vlapic_ipi.c ---- */

/**
 * apic_deliver() - take @msg to all whom it is for
 * @self:   the sender, for shorthands and INIT; NULL for the IOAPIC
 * Return: whether anybody took it.
 */
bool apic_deliver(struct vm *vm, const struct apic_msg *msg);
/* Watch for all whom @msg is for. */
void apic_watch(struct vm *vm, const struct apic_msg *msg);
/* The CPU that has the registers of the first for whom @msg is, or NULL. */
struct cpu *apic_cpu(struct vm *vm, const struct apic_msg *msg);
/* The command that was written to ICR. */
void vlapic_send(struct vlapic *l, u64 icr);

/* ---- vlapic_timer.c ---- */

void vlapic_timer_init(struct vlapic *l);
u32 vlapic_timer_count(const struct vlapic *l);
/* The guest time stamp of the deadline, 0 once it is past. */
u64 vlapic_timer_deadline(struct vlapic *l);
/* The rest with @l locked. After LVT, the divider or APIC_TIMER_INIT were written: */
void vlapic_timer_set_lvt(struct vlapic *l, u32 lvt);
void vlapic_timer_set_divider(struct vlapic *l, u32 div);
void vlapic_timer_set_count(struct vlapic *l, u32 count);
void vlapic_timer_set_deadline(struct vlapic *l, u64 deadline);
/* Its interrupt was taken, or an error that it is may come again. */
void vlapic_timer_retry(struct vlapic *l);
u64 vlapic_timer_elapsed(const struct vlapic *l);
/* After a state was restored whose count began @elapsed ticks ago. */
void vlapic_timer_resume(struct vlapic *l, u64 elapsed);

/* ---- vioapic.c ---- */

/* A level-triggered interrupt is over: for the VM's IOAPIC, if it has one. */
void vioapic_eoi(struct vm *vm, u8 vector);
/**
 * vioapic_pulse() - line @irq goes down for a moment, and up
 * Nobody would see another pulse until vdev_ops.irq_ready() of the line's device is called,
 * which may be before this returns. Not with that device's lock held.
 */
void vioapic_pulse(struct vm *vm, u32 irq);
/* What made pulses useless may be over. No lock is held. */
void vioapic_retry(struct vm *vm);

#endif
