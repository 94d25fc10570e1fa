/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_VIRT_H
#define ASM_VIRT_H

/* What the files of arch/riscv64/virt share. Exit handlers run with interrupts off. */
#include <lodge/smp.h>
#include <lodge/vcpu.h>
#include <lodge/vm.h>
#include <asm/csr.h>
#include <asm/trap.h>

/* switch.S */
int riscv_vcpu_enter(struct vcpu *vcpu);
int riscv_exit(struct vcpu *vcpu, u64 scause);

/* fp.S, fp_vector: FP and vector registers */
void riscv_fp_save(struct riscv_fp_state *fp);
void riscv_fp_restore(const struct riscv_fp_state *fp);

/* shared_csr.c */
void riscv_shared_csrs_load(struct vcpu *vcpu);
void riscv_shared_csrs_put(struct vcpu *vcpu);

/* mmio.c */
int riscv_exit_load(struct vcpu *vcpu);
int riscv_exit_store(struct vcpu *vcpu);
int riscv_exit_fetch(struct vcpu *vcpu);

/* inject.c */
/** riscv_entry_status() - sstatus as a hart is handed over, without its fixed fields. */
u64 riscv_entry_status(void);

/** riscv_inject() - make the guest take exception @cause with @tval at its current pc. */
void riscv_inject(struct vcpu *vcpu, u64 cause, u64 tval);
int riscv_exit_virtual_insn(struct vcpu *vcpu);
int riscv_exit_access_fault(struct vcpu *vcpu);

/* unpriv.c: the guest's memory as the guest sees it, in the exit of @vcpu */
/* HLVX reads two or four bytes with execute instead of read permission, HLV.D eight. */
#define HLVX_HU(val, va) ".insn r 0x73, 0x4, 0x32, " val ", " va ", x3"
#define HLVX_WU(val, va) ".insn r 0x73, 0x4, 0x34, " val ", " va ", x3"
#define HLV_D(val, va)	 ".insn r 0x73, 0x4, 0x36, " val ", " va ", x0"
/* 0; -EAGAIN when the guest's own translation fails: run it again, it takes the fault itself. */
__must_check int riscv_fetch_insn(struct vcpu *vcpu, u64 pc, u32 *insn);

/** riscv_fetch_failed() - what a handler does when riscv_fetch_insn() returned @err. */
int riscv_fetch_failed(struct vcpu *vcpu, int err);
/*
 * The @length bytes of instruction at @pc, 2 or 4, as riscv_fetch_insn() has them; all ones
 * if they can't be had at once. A page end is not crossed.
 */
static __always_inline u64 riscv_peek_insn(u64 pc, unsigned int length)
{
	u64 v = ~0ul;

	if (length == 2)
		__asm__ volatile(EX_GUARDED(HLVX_HU("%0", "%1"), "")
				 : "+r"(v)
				 : "r"(pc)
				 : "memory");
	else if ((pc & (PAGE_SIZE - 1)) <= PAGE_SIZE - 4)
		__asm__ volatile(EX_GUARDED(HLVX_WU("%0", "%1"), "")
				 : "+r"(v)
				 : "r"(pc)
				 : "memory");
	return v;
}
__must_check int riscv_guest_load(struct vcpu *vcpu, u64 va, u64 *val);

/* timer.c */
void riscv_vtimer_init(struct vcpu *vcpu);
void riscv_vtimer_set(struct vcpu *vcpu, u64 guest_deadline);
/** riscv_vtimer_preempted() - while @vcpu, which does not sleep, is out: a host's timer in its timer's place. */
void riscv_vtimer_preempted(struct vcpu *vcpu);

static inline void riscv_vtimer_load(struct vcpu *vcpu)
{
	if (!riscv_has_sstc)
		return;
	csr_write(CSR_VSTIMECMP, vcpu->arch.guest.timecmp);
	if (unlikely(READ_ONCE(vcpu->arch.timer.armed)))
		timer_cancel(&vcpu->arch.timer);
}

static inline void riscv_vtimer_put(struct vcpu *vcpu)
{
	if (!riscv_has_sstc)
		return;
	vcpu->arch.guest.timecmp = csr_read(CSR_VSTIMECMP);
	csr_write(CSR_VSTIMECMP, ~0ul);
	/* The bits of vsie are the supervisor's. */
	if ((vcpu->arch.guest.vsie & VSTIP >> 1) && !vcpu->waiting &&
	    vcpu->arch.guest.timecmp != ~0ul)
		riscv_vtimer_preempted(vcpu);
}

bool riscv_vtimer_pending(struct vcpu *vcpu);
/* Wakes the vCPU when its timer is due. */
void riscv_vtimer_block(struct vcpu *vcpu);

/* Levels in hvip, by anybody with interrupts off: VSEIP, VSTIP. */
void riscv_hvip_set(struct vcpu *vcpu, u64 bits);
/** riscv_send_ipi() - its software interrupt becomes pending; any context with interrupts off. */
void riscv_send_ipi(struct vcpu *vcpu);
/** riscv_clear_ipi() - in an exit of @vcpu: it is not pending. */
void riscv_clear_ipi(struct vcpu *vcpu);

/* vm.c: address-space identifiers, and caches */
/** riscv_vm_clean() - what the loader wrote is in memory and can be fetched. May yield. */
void riscv_vm_clean(struct vm *vm);
/** riscv_vm_flush() - VMID_FLUSH_* on this hart, of guests' own translations those under hgatp's VMID. */
void riscv_vm_flush(unsigned int flush);

/* dump.c */
const char *riscv_cause_name(u64 scause);

/* Its state is in the registers of the CPU that asks. */
static inline bool vcpu_is_loaded(const struct vcpu *vcpu)
{
	return this_cpu()->loaded == vcpu;
}

static inline void riscv_hvip_clear(struct vcpu *vcpu, u64 bits)
{
	u64 old = __atomic_fetch_and(&vcpu->arch.guest.hvip, ~bits, __ATOMIC_RELAXED);

	if (likely(vcpu_is_loaded(vcpu)))
		csr_clear(CSR_HVIP, bits);
	else if (old & bits)
		vcpu_request(vcpu, REQ_IRQ);
}

static inline gpa_t riscv_fault_gpa(u64 htval, u64 stval)
{
	return gpa(htval << 2 | (stval & 3));
}

#endif
