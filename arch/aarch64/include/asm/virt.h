/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_VIRT_H
#define ASM_VIRT_H

/* What the files of arch/aarch64/virt share. Exit handlers run with interrupts off. */
#include <lodge/smp.h>
#include <lodge/vcpu.h>
#include <lodge/vm.h>
#include <asm/esr.h>
#include <asm/sysreg.h>

/* switch.S */
int arm64_vcpu_enter(struct vcpu *vcpu);

/* exit.c: called by switch.S; @esr is ESR_EL2 */
int arm64_exit(struct vcpu *vcpu, u64 esr);
int arm64_exit_irq(struct vcpu *vcpu);
int arm64_exit_fiq(struct vcpu *vcpu);
int arm64_exit_serror(struct vcpu *vcpu, u64 esr);
int arm64_exit_hvc(struct vcpu *vcpu, u64 esr);
int arm64_exit_smc(struct vcpu *vcpu, u64 esr);

/* abort.c, mmio.c */
int arm64_exit_data_abort(struct vcpu *vcpu, u64 esr);
int arm64_exit_fetch_abort(struct vcpu *vcpu, u64 esr);
/** arm64_emulate() - a data abort at @addr, no memory, whose syndrome does not tell what it was. */
int arm64_emulate(struct vcpu *vcpu, u64 esr, gpa_t addr);
/** arm64_refuse() - what can't be emulated on a device: a board would refuse it as well. */
int arm64_refuse(struct vcpu *vcpu, u64 esr, gpa_t addr, unsigned int width);

/* trap_sys.c */
int arm64_exit_sysreg(struct vcpu *vcpu, u64 esr);

/* inject.c */
/** arm64_inject() - make the guest take a synchronous exception with @esr at its current pc. */
void arm64_inject(struct vcpu *vcpu, u64 esr);
/** arm64_inject_external() - an external abort at FAR_EL2, for the abort that @esr tells of. */
int arm64_inject_external(struct vcpu *vcpu, u64 esr);

/** arm64_inject_walk_abort() - the same, on the walk of the guest's tables for that address. */
int arm64_inject_walk_abort(struct vcpu *vcpu, u64 esr);

/** arm64_walk_level() - the level at which the walk for @va ends, or can't be read. */
unsigned int arm64_walk_level(struct vcpu *vcpu, u64 va);
int arm64_exit_undefined(struct vcpu *vcpu, u64 esr);
int arm64_exit_undefined32(struct vcpu *vcpu, u64 esr);
int arm64_exit_wfx(struct vcpu *vcpu, u64 esr);

/* guest_va.c: the guest's memory as the guest sees it, in the exit of @vcpu */
/** arm64_guest_va() - where @va is, by the guest's own translation; -EAGAIN if nowhere. */
__must_check int arm64_guest_va(u64 va, gpa_t *out);
/** arm64_fetch_insn() - the A64 instruction at @pc. -EAGAIN: run the guest again. */
__must_check int arm64_fetch_insn(struct vcpu *vcpu, u64 pc, u32 *insn);

/* timer.c */
void arm64_timers_init(struct vcpu *vcpu);
void arm64_vtimer_load(struct vcpu *vcpu);
void arm64_vtimer_put(struct vcpu *vcpu);
/** arm64_ptimer_read() - CNTP_{TVAL,CTL,CVAL}_EL0, by its op2. */
u64 arm64_ptimer_read(struct vcpu *vcpu, unsigned int op2);
void arm64_ptimer_write(struct vcpu *vcpu, unsigned int op2, u64 val);

/* fp.S: SIMD&FP registers. The rest of the host is built without. */
void arm64_fp_save(struct arm64_fp_state *fp);
void arm64_fp_restore(const struct arm64_fp_state *fp);
/* One register of those that are in the CPU. */
void arm64_fp_get(unsigned int reg, u64 val[2]);
void arm64_fp_set(unsigned int reg, const u64 val[2]);

/* cpu.c */
extern bool arm64_has_pauth, arm64_has_pan, arm64_has_ras, arm64_has_tpidr2;

/* debug.c */
/** arm64_debug_cpu_init() - the calling CPU's breakpoints and watchpoints are off. */
void arm64_debug_cpu_init(void);
void arm64_debug_load(struct vcpu *vcpu);
void arm64_debug_put(struct vcpu *vcpu);
/** arm64_debug_has() - whether there is DBG{BVR,BCR,WVR,WCR}@n_EL1, by its @op2 (4 to 7). */
bool arm64_debug_has(unsigned int n, unsigned int op2);
u64 arm64_debug_read(struct vcpu *vcpu, unsigned int n, unsigned int op2);
void arm64_debug_write(struct vcpu *vcpu, unsigned int n, unsigned int op2, u64 val);
u64 arm64_mdscr_read(void);
void arm64_mdscr_write(u64 val);
u64 arm64_oslsr_read(const struct vcpu *vcpu);

/* idreg_host.c */
/** arm64_idregs_init() - what guests read, from what this CPU has. */
void arm64_idregs_init(unsigned int parange);
u64 arm64_idreg(unsigned int crm, unsigned int op2);

/* vm.c */
/** arm64_vtcr - what VTCR_EL2 has for all guests. */
extern u64 arm64_vtcr;
/** arm64_vm_flush() - VMID_FLUSH_*, of the VM in VTTBR_EL2. */
void arm64_vm_flush(unsigned int flush);
/** arm64_vm_clean() - all of it, once for each boot. May yield. */
void arm64_vm_clean(struct vm *vm);

/* dump.c */
const char *arm64_class_name(unsigned int ec);

/* Its state is in the registers of the CPU that asks. */
static inline bool vcpu_is_loaded(const struct vcpu *vcpu)
{
	return this_cpu()->loaded == vcpu;
}

/*
 * Waiting costs no exit on a CPU that has an owner, nor on the only CPU while nobody else could run
 * there. Looked at before each entry from the run loop and after each interrupt of the host, which are
 * what makes others ready. With more CPUs, one whose guest waits must look for work elsewhere.
 */
static inline void arm64_share_cpu(struct vcpu *vcpu)
{
	u64 waits = HCR_TWI | HCR_TWE, hcr = vcpu->arch.hcr & ~waits;
	const struct sched_queue *q = &this_cpu()->runq;

	if (!READ_ONCE(q->owner) && (cpu_count() > 1 || q->count > 1))
		hcr |= waits;
	if (hcr != vcpu->arch.hcr) {
		vcpu->arch.hcr = hcr;
		write_sysreg(hcr_el2, hcr);
	}
}

#define TCR_EPD0 BIT(7)	 /* no walks with TTBR0 ... */
#define TCR_EPD1 BIT(23) /* ... and TTBR1 */

/* MPIDR_EL1 of vCPU @id, without its RES1 bit. */
static inline u64 arm64_vcpu_mpidr(unsigned int id)
{
	return id;
}

/* Where the exit came from, for a report: in the registers it may be elsewhere by then. */
static inline void arm64_save_place(struct vcpu *vcpu)
{
	vcpu->arch.guest.pc = read_sysreg(elr_el2);
	vcpu->arch.guest.spsr = read_sysreg(spsr_el2);
}

/* Goes on behind the instruction that is being handled, which counts as executed. */
static __always_inline void arm64_skip(u64 esr)
{
	write_sysreg(elr_el2, read_sysreg(elr_el2) + (esr & ESR_IL ? 4 : 2));
	write_sysreg(spsr_el2, read_sysreg(spsr_el2) & ~(PSR_SS | PSR_BTYPE));
}

#endif
