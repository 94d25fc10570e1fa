// SPDX-License-Identifier: Apache-2.0
/* A guest hart's state: made, reset, put into the registers and taken out again. */
#include <lodge/arch_virt.h>
#include <lodge/errno.h>
#include <lodge/slab.h>
#include <lodge/string.h>
#include <asm/barrier.h>
#include <asm/csr.h>
#include <asm/fence.h>
#include <asm/sbi.h>
#include <asm/virt.h>
#include "vplic.h"

void riscv_vector_save(struct riscv_vector_state *v, u8 *regs);
void riscv_vector_restore(const struct riscv_vector_state *v, const u8 *regs);

/* Bytes in all vector registers. */
static size_t vector_size(void)
{
	u64 vlenb;

	csr_set(CSR_SSTATUS, SSTATUS_VS_INITIAL);
	vlenb = csr_read(CSR_VLENB);
	csr_clear(CSR_SSTATUS, SSTATUS_VS);
	return 32 * vlenb;
}

int arch_vcpu_init(struct vcpu *vcpu)
{
	if (riscv_isa_has("v")) {
		vcpu->arch.vector_regs = kzalloc_for(vcpu->vm->account, vector_size());
		if (!vcpu->arch.vector_regs)
			return -ENOMEM;
	}
	riscv_vtimer_init(vcpu);
	return 0;
}

void arch_vcpu_destroy(struct vcpu *vcpu)
{
	timer_cancel_sync(&vcpu->arch.timer);
	kfree_for(vcpu->vm->account, vcpu->arch.vector_regs);
}

/*
 * Firmware hands over a hart with its FP and vector units on, and Dirty. SBI leaves it open, but
 * code that is built for them and was written for such a board uses them at once.
 */
u64 riscv_entry_status(void)
{
	return (riscv_has_fp ? SSTATUS_FS : 0) | (riscv_isa_has("v") ? SSTATUS_VS : 0);
}

void arch_vcpu_reset(struct vcpu *vcpu, u64 pc, u64 arg)
{
	struct arch_vcpu *a = &vcpu->arch;
	u8 *vregs = a->vector_regs;
	unsigned long flags;

	riscv_vm_clean(vcpu->vm);
	/* Its function may still run on another CPU. */
	timer_cancel_sync(&a->timer);
	flags = arch_irq_save();
	/*
	 * Its interrupt controller's line keeps its level, and others change it meanwhile: so hvip is
	 * not written over. Nobody would raise it again.
	 */
	memset(a, 0, offsetof(struct arch_vcpu, guest.hvip));
	__atomic_fetch_and(&a->guest.hvip, VSEIP, __ATOMIC_RELAXED);
	memset(&a->guest.ipi, 0, sizeof(*a) - offsetof(struct arch_vcpu, guest.ipi));
	a->guest.version = RISCV_GUEST_VERSION;
	a->guest.size = sizeof(a->guest);
	a->vector_regs = vregs;
	if (vregs) {
		a->guest.vector.bytes = vector_size();
		memset(vregs, 0, a->guest.vector.bytes);
	}
	a->guest.sta = ~0ul;
	a->guest.pc = pc;
	a->guest.gpr[10] = vcpu->id;
	a->guest.gpr[11] = arg;
	a->guest.sstatus = SSTATUS_SPP | SSTATUS_SPIE | SSTATUS_UXL_64;
	/* What is not switched is off: it is then an illegal instruction to the guest. */
	if (riscv_has_fp)
		a->guest.sstatus |= SSTATUS_FS_INITIAL;
	if (vregs)
		a->guest.sstatus |= SSTATUS_VS_INITIAL;
	a->guest.hstatus = HSTATUS_SPV | HSTATUS_SPVP | HSTATUS_VTW | HSTATUS_VSXL_64;
	a->guest.vsstatus = SSTATUS_UXL_64 | riscv_entry_status();
	/* As firmware hands over a hart: user mode may read cycle, time and instret. */
	a->guest.scounteren = HCOUNTEREN_CY | HCOUNTEREN_TM | HCOUNTEREN_IR;
	riscv_vtimer_init(vcpu);
	arch_irq_restore(flags);
}

/*
 * What the guest writes to the FP registers makes the host's sstatus.FS Dirty (H extension 1.0, 8.6.2),
 * so that those of a guest that has written none since they were loaded are still in memory. Not fcsr:
 * QEMU 7.2 makes only the guest's own FS Dirty for that one.
 */
static void fp_save(struct vcpu *vcpu)
{
	struct riscv_guest_state *g = &vcpu->arch.guest;

	if (riscv_has_fp && (g->sstatus & SSTATUS_FS) == SSTATUS_FS) {
		riscv_fp_save(&g->fp);
		vcpu->arch.fp_used = true;
		g->sstatus ^= SSTATUS_FS ^ SSTATUS_FS_CLEAN;
	} else if (riscv_has_fp) {
		g->fp.fcsr = csr_read(CSR_FCSR);
	}
	if (vcpu->arch.vector_regs)
		riscv_vector_save(&g->vector, vcpu->arch.vector_regs);
}

/* @old: whose registers are there, and saved; NULL: nobody's. */
static void fp_restore(struct vcpu *vcpu, const struct vcpu *old)
{
	struct riscv_guest_state *g = &vcpu->arch.guest;

	/* Those of two guests that have never used them are the same: all 0. */
	if (riscv_has_fp && old && !old->arch.fp_used && !vcpu->arch.fp_used)
		csr_write(CSR_FCSR, g->fp.fcsr);
	else if (riscv_has_fp)
		riscv_fp_restore(&g->fp);
	if (vcpu->arch.vector_regs)
		riscv_vector_restore(&g->vector, vcpu->arch.vector_regs);
}

/*
 * Whether neither of the two vCPUs has ever written FP registers, and there are no vector registers:
 * all are 0, and only fcsr, which FS does not tell of, may differ.
 */
static inline bool fp_is_unused(const struct vcpu *old, const struct vcpu *vcpu)
{
	return riscv_has_fp && !(old->arch.fp_used | vcpu->arch.fp_used) &&
	       (old->arch.guest.sstatus & SSTATUS_FS) != SSTATUS_FS && !vcpu->arch.vector_regs;
}

static void fp_switch(struct cpu *c, struct vcpu *vcpu)
{
	struct vcpu *old = c->fp_owner;

	if (old == vcpu)
		return;
	if (likely(old && fp_is_unused(old, vcpu))) {
		csr_set(CSR_SSTATUS, SSTATUS_FS);
		old->arch.guest.fp.fcsr = csr_read(CSR_FCSR);
		csr_write(CSR_FCSR, vcpu->arch.guest.fp.fcsr);
		csr_clear(CSR_SSTATUS, SSTATUS_FS);
		c->fp_owner = vcpu;
		return;
	}
	csr_set(CSR_SSTATUS, SSTATUS_FS | SSTATUS_VS);
	if (c->fp_owner)
		fp_save(c->fp_owner);
	fp_restore(vcpu, c->fp_owner);
	csr_clear(CSR_SSTATUS, SSTATUS_FS | SSTATUS_VS);
	c->fp_owner = vcpu;
}

void arch_vcpu_put_fp(struct cpu *c)
{
	if (!c->fp_owner)
		return;
	csr_set(CSR_SSTATUS, SSTATUS_FS | SSTATUS_VS);
	fp_save(c->fp_owner);
	csr_clear(CSR_SSTATUS, SSTATUS_FS | SSTATUS_VS);
	c->fp_owner = NULL;
}

/*
 * Where the guest is in memory, in an order in which no walk that the hart makes ahead of
 * time goes through one VM's tables under another's VMID: both registers are active while
 * the host runs (H extension 1.0, vsatp and hgatp).
 */
static void load_translation(struct vcpu *vcpu)
{
	struct arch_vm *vm = &vcpu->vm->arch;
	unsigned int flush = vmid_use(&vm->vmid, vcpu);
	u64 hgatp = vm->hgatp_base | vmid_here(&vm->vmid) << HGATP_VMID_SHIFT;

	csr_write(CSR_VSATP, 0);
	csr_write(CSR_HGATP, hgatp);
	/* When the VM before is out: the hart may walk its tables until then, under its old number. */
	if (unlikely(flush))
		riscv_vm_flush(flush);
	csr_write(CSR_VSATP, vcpu->arch.guest.vsatp);
}

/* The software interrupt that others have sent: from here on it is in the CPU's hvip. */
static u64 take_ipi(struct arch_vcpu *a)
{
	return READ_ONCE(a->guest.ipi) && __atomic_exchange_n(&a->guest.ipi, 0, __ATOMIC_ACQUIRE)
		       ? VSSIP
		       : 0;
}

void arch_vcpu_load(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;
	struct cpu *c = this_cpu();

	csr_write(CSR_VSSTATUS, a->guest.vsstatus);
	csr_write(CSR_VSIE, a->guest.vsie);
	csr_write(CSR_VSTVEC, a->guest.vstvec);
	csr_write(CSR_VSSCRATCH, a->guest.vsscratch);
	csr_write(CSR_VSEPC, a->guest.vsepc);
	csr_write(CSR_VSCAUSE, a->guest.vscause);
	csr_write(CSR_VSTVAL, a->guest.vstval);
	csr_write(CSR_SENVCFG, a->guest.senvcfg);
	csr_write(CSR_SCOUNTEREN, a->guest.scounteren);
	csr_write(CSR_HTIMEDELTA, vcpu->vm->arch.time_delta);
	if (unlikely(riscv_shared_csrs))
		riscv_shared_csrs_load(vcpu);
	load_translation(vcpu);
	reservation_drop(&a->nowhere); /* the vCPU before may have left one */
	riscv_vtimer_load(vcpu);
	csr_write(CSR_HVIP,
		  __atomic_load_n(&a->guest.hvip, __ATOMIC_RELAXED) | a->guest.vssip | take_ipi(a));
	fp_switch(c, vcpu);
	/* What it has fetched here may be older than the last of its fence.i elsewhere. */
	if (vcpu->last != c)
		fence_i();
}

void arch_vcpu_put(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;

	a->guest.vsstatus = csr_read(CSR_VSSTATUS);
	a->guest.vsie = csr_read(CSR_VSIE);
	a->guest.vstvec = csr_read(CSR_VSTVEC);
	a->guest.vsscratch = csr_read(CSR_VSSCRATCH);
	a->guest.vsepc = csr_read(CSR_VSEPC);
	a->guest.vscause = csr_read(CSR_VSCAUSE);
	a->guest.vstval = csr_read(CSR_VSTVAL);
	a->guest.vsatp = csr_read(CSR_VSATP);
	a->guest.senvcfg = csr_read(CSR_SENVCFG);
	a->guest.scounteren = csr_read(CSR_SCOUNTEREN);
	if (unlikely(riscv_shared_csrs))
		riscv_shared_csrs_put(vcpu);
	/* Its software interrupt the guest sets and clears itself, in sip; the rest is ours. */
	a->guest.vssip = csr_read(CSR_HVIP) & VSSIP;
	riscv_vtimer_put(vcpu);
	csr_write(CSR_HVIP, 0);
	/*
	 * Where it goes on next, its fences order what it does there, not what it has done here: that is
	 * before all of it, in memory and in devices.
	 */
	mb();
}

/* On a CPU that has an owner a guest waits without an exit: nobody else is to run meanwhile. */
static void share_cpu(struct riscv_guest_state *g)
{
	if (likely(!READ_ONCE(this_cpu()->runq.owner)))
		g->hstatus |= HSTATUS_VTW;
	else
		g->hstatus &= ~HSTATUS_VTW;
}

int arch_vcpu_run(struct vcpu *vcpu)
{
	share_cpu(&vcpu->arch.guest);
	return riscv_vcpu_enter(vcpu);
}

void arch_vcpu_sync(struct vcpu *vcpu, u32 req)
{
	if (req & REQ_IRQ) {
		u64 soft = (csr_read(CSR_HVIP) & VSSIP) | take_ipi(&vcpu->arch);

		csr_write(CSR_HVIP,
			  __atomic_load_n(&vcpu->arch.guest.hvip, __ATOMIC_RELAXED) | soft);
	}
	if (req & REQ_FENCE_I)
		fence_i();
	if (req & REQ_TLB_FLUSH)
		riscv_vm_flush(VMID_FLUSH_GUEST);
}

/*
 * hvip in memory has the levels that should be pending; the register follows at once where the vCPU
 * is loaded on this CPU, else when it is or looks at its requests.
 */
/* riscv_hvip_clear() is inline: a claim that takes the line back is on a hot path. */
void riscv_hvip_set(struct vcpu *vcpu, u64 bits)
{
	u64 old = __atomic_fetch_or(&vcpu->arch.guest.hvip, bits, __ATOMIC_RELEASE);

	if (vcpu_is_loaded(vcpu))
		csr_set(CSR_HVIP, bits);
	else if ((old & bits) != bits)
		vcpu_request(vcpu, REQ_IRQ);
	if (!READ_ONCE(vcpu->running))
		vcpu_wake(vcpu);
}

void riscv_send_ipi(struct vcpu *vcpu)
{
	if (!vcpu_is_loaded(vcpu)) {
		/* RELEASE: what the sender stored before is seen by who is interrupted. */
		if (!__atomic_exchange_n(&vcpu->arch.guest.ipi, 1, __ATOMIC_RELEASE))
			vcpu_request(vcpu, REQ_IRQ);
		return;
	}
	csr_set(CSR_HVIP, VSSIP);
	if (!READ_ONCE(vcpu->running))
		vcpu_wake(vcpu);
}

void riscv_clear_ipi(struct vcpu *vcpu)
{
	/* ACQUIRE: of one that it takes back, the guest sees what its sender stored before. */
	(void)__atomic_exchange_n(&vcpu->arch.guest.ipi, 0, __ATOMIC_ACQUIRE);
	csr_clear(CSR_HVIP, VSSIP);
}

void riscv_set_external(struct vcpu *vcpu, bool level)
{
	if (level)
		riscv_hvip_set(vcpu, VSEIP);
	else
		riscv_hvip_clear(vcpu, VSEIP);
}

/* WFI ends for an interrupt that is enabled in sie, whatever sstatus.SIE says. */
bool arch_vcpu_irq_pending(struct vcpu *vcpu)
{
	u64 pending = __atomic_load_n(&vcpu->arch.guest.hvip, __ATOMIC_ACQUIRE);
	u64 enabled;

	if (vcpu_is_loaded(vcpu)) {
		pending |= csr_read(CSR_HVIP) & VSSIP;
		enabled = csr_read(CSR_VSIE);
	} else {
		pending |= vcpu->arch.guest.vssip;
		enabled = vcpu->arch.guest.vsie;
	}
	if (READ_ONCE(vcpu->arch.guest.ipi))
		pending |= VSSIP;
	if (riscv_vtimer_pending(vcpu))
		pending |= VSTIP;
	/* vsie has the supervisor's bit positions, one below the virtual ones. */
	return (pending >> 1 & enabled) != 0;
}

bool arch_vcpu_tick_unseen(const struct vcpu *vcpu)
{
	(void)vcpu;
	return false; /* the host's timer stands in for the guest's */
}

bool arch_vcpu_prepare_block(struct vcpu *vcpu)
{
	if (arch_vcpu_irq_pending(vcpu))
		return false;
	riscv_vtimer_block(vcpu);
	return true;
}

/*
 * A guest whose trap vector can't be fetched takes the same exception for ever without
 * an exit: its pc, its sepc and its stvec are then the same whenever one looks.
 */
bool arch_vcpu_stuck(struct vcpu *vcpu, bool sure)
{
	u64 stvec = csr_read(CSR_VSTVEC) & ~3ul;

	(void)sure;
	return vcpu->arch.guest.pc == stvec && csr_read(CSR_VSEPC) == stvec &&
	       !(csr_read(CSR_VSCAUSE) & SCAUSE_INTERRUPT);
}
