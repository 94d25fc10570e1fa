// SPDX-License-Identifier: Apache-2.0
/* A guest PE's state: made, reset, put into the registers and taken out again. */
#include <lodge/arch_virt.h>
#include <lodge/errno.h>
#include <lodge/string.h>
#include <asm/maintenance.h>
#include <asm/smccc_guest.h>
#include <asm/vgic.h>
#include <asm/virt.h>

/*
 * What comes to EL2: ID registers (TID3), implementation-defined ones (TIDCP, TACR), limited
 * ordering regions (TLOR) and error records (TERR), which guests don't have, SMC (TSC), and
 * interrupts of the host. WFI and WFE do as long as the CPU is shared (arm64_share_cpu()).
 *
 * What does not: cache maintenance, by set and way as well, which SWIO makes one that loses
 * nothing of others' data; writes of the translation registers; pointer authentication.
 * TLB maintenance and barriers reach all CPUs of the inner shareable domain (FB, BSU). A
 * guest's walk may not read a device (PTW).
 */
#define HCR_GUEST                                                                             \
	(HCR_VM | HCR_SWIO | HCR_PTW | HCR_FMO | HCR_IMO | HCR_AMO | HCR_FB | HCR_BSU_INNER | \
	 HCR_TID3 | HCR_TSC | HCR_TIDCP | HCR_TACR | HCR_RW | HCR_TLOR | HCR_TERR)

#define MPIDR_RES1 BIT(31)

/*
 * What is architecturally unknown at entry is as QEMU's and KVM's boards have it: EL0 may wait
 * (nTWE, nTWI) and use the barriers of CP15 (CP15BEN), and SP is checked (SA, SA0).
 */
#define SCTLR_ENTRY (SCTLR_EL1_RES1 | BIT(18) | BIT(16) | BIT(5) | BIT(4) | BIT(3))

int arch_vcpu_init(struct vcpu *vcpu)
{
	arm64_timers_init(vcpu);
	return 0;
}

void arch_vcpu_destroy(struct vcpu *vcpu)
{
	arm64_timers_destroy(vcpu);
}

/* Where software is entered at EL1 (PSCI 1.1, 6.4, "Initial core configuration"). */
static void enter_at(struct arch_vcpu *a, u64 pc, u64 arg)
{
	a->guest.pc = pc;
	a->guest.gpr[0] = arg;
	a->guest.spsr = PSR_MODE_EL1H | PSR_D | PSR_A | PSR_I | PSR_F;
	a->guest.sctlr = SCTLR_ENTRY;
}

void arch_vcpu_reset(struct vcpu *vcpu, u64 pc, u64 arg)
{
	struct arch_vcpu *a = &vcpu->arch;
	struct vgic_vcpu *vgic = a->vgic;
	unsigned long flags;

	arm64_vm_clean(vcpu->vm);
	flags = arch_irq_save();
	arm64_timers_destroy(vcpu);
	memset(a, 0, sizeof(*a));
	a->guest.version = ARM64_GUEST_VERSION;
	a->guest.size = sizeof(a->guest);
	a->vgic = vgic;
	a->hcr = HCR_GUEST | (arm64_has_pauth ? HCR_APK | HCR_API : 0);
	enter_at(a, pc, arg);
	arm64_timers_init(vcpu);
	vgic_vcpu_reset(vcpu);
	arch_irq_restore(flags);
}

void arm64_vcpu_power_down(struct vcpu *vcpu, u64 pc, u64 context)
{
	write_sysreg(sctlr_el1, SCTLR_ENTRY);
	write_sysreg(elr_el2, pc);
	write_sysreg(spsr_el2, PSR_MODE_EL1H | PSR_D | PSR_A | PSR_I | PSR_F);
	vcpu->arch.guest.gpr[0] = context;
}

static void fp_switch(struct cpu *c, struct vcpu *vcpu)
{
	struct vcpu *old = c->fp_owner;

	if (old == vcpu)
		return;
	if (old)
		arm64_fp_save(&old->arch.guest.fp);
	arm64_fp_restore(&vcpu->arch.guest.fp);
	c->fp_owner = vcpu;
}

void arch_vcpu_put_fp(struct cpu *c)
{
	if (c->fp_owner)
		arm64_fp_save(&c->fp_owner->arch.guest.fp);
	c->fp_owner = NULL;
}

/*
 * Where the guest is in memory, in an order in which no walk that the CPU makes ahead of time
 * goes through one VM's tables under another's VMID: the registers of EL1 are in use while
 * EL2 runs. No walk starts while both tables are switched off; they are before the MMU is on, or a
 * guest whose MMU is off would be walked for by what it happens to have in its TTBRs.
 */
static void load_translation(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;
	struct vmid *vmid = &vcpu->vm->arch.vmid;
	unsigned int flush = vmid_use(vmid, vcpu);
	u64 vttbr = vcpu->vm->arch.vttbr_base | vmid->fixed << VTTBR_VMID_SHIFT;

	write_sysreg(vtcr_el2, arm64_vtcr);
	write_sysreg(tcr_el1, TCR_EPD0 | TCR_EPD1);
	isb();
	write_sysreg(sctlr_el1, a->guest.sctlr | SCTLR_M);
	isb();
	write_sysreg(vttbr_el2, vttbr);
	write_sysreg(ttbr0_el1, a->guest.ttbr0);
	write_sysreg(ttbr1_el1, a->guest.ttbr1);
	isb();
	if (unlikely(flush))
		arm64_vm_flush(flush);
	write_sysreg(sctlr_el1, a->guest.sctlr);
	isb();
	write_sysreg(tcr_el1, a->guest.tcr);
}

void arch_vcpu_load(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;
	struct cpu *c = this_cpu();

#define LOAD(reg) write_sysreg(reg, a->guest.sys[GUEST_##reg]);
	GUEST_SYSREGS(LOAD)
	if (arm64_has_pauth) {
		GUEST_PAUTH_KEYS(LOAD)
	}
	if (arm64_has_ras)
		write_sysreg(VDISR_EL2, a->guest.disr);
	if (arm64_has_tpidr2)
		write_sysreg(TPIDR2_EL0, a->guest.tpidr2);
#undef LOAD
	write_sysreg(hcr_el2, a->hcr);
	write_sysreg(vmpidr_el2, MPIDR_RES1 | arm64_vcpu_mpidr(vcpu->id));
	load_translation(vcpu);
	/* A reservation that the vCPU before had must not be one of the next. */
	clrex();
	vgic_load(vcpu);
	arm64_vtimer_load(vcpu);
	arm64_debug_load(vcpu);
	fp_switch(c, vcpu);
	isb();
}

void arch_vcpu_put(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;

	a->guest.sctlr = read_sysreg(sctlr_el1);
	a->guest.tcr = read_sysreg(tcr_el1);
	a->guest.ttbr0 = read_sysreg(ttbr0_el1);
	a->guest.ttbr1 = read_sysreg(ttbr1_el1);
#define SAVE(reg) a->guest.sys[GUEST_##reg] = read_sysreg(reg);
	GUEST_SYSREGS(SAVE)
	if (arm64_has_pauth) {
		GUEST_PAUTH_KEYS(SAVE)
	}
	if (arm64_has_ras)
		a->guest.disr = read_sysreg(VDISR_EL2);
	if (arm64_has_tpidr2)
		a->guest.tpidr2 = read_sysreg(TPIDR2_EL0);
#undef SAVE
	arm64_debug_put(vcpu);
	arm64_vtimer_put(vcpu);
	vgic_put(vcpu);
	/*
	 * Its maintenance of TLBs and caches is done for all when this CPU has a DSB behind it, and the
	 * guest's own may be executed where it goes on next (Arm ARM, "Data Synchronization Barrier").
	 */
	dsb(ish);
}

int arch_vcpu_run(struct vcpu *vcpu)
{
	arm64_share_cpu(vcpu);
	return arm64_vcpu_enter(vcpu);
}

void arch_vcpu_sync(struct vcpu *vcpu, u32 req)
{
	if (req & REQ_IRQ)
		vgic_sync(vcpu);
	if (req & REQ_FENCE_I) {
		ic_iallu();
		dsb(nsh);
	}
	if (req & REQ_TLB_FLUSH)
		arm64_vm_flush(VMID_FLUSH_GUEST);
}

bool arch_vcpu_irq_pending(struct vcpu *vcpu)
{
	return vgic_pending(vcpu);
}

bool arch_vcpu_tick_unseen(const struct vcpu *vcpu)
{
	(void)vcpu;
	return false; /* the host's timer stands in for the guest's */
}

/*
 * Its virtual timer stays in the CPU, and interrupts that, as long as no other vCPU is
 * loaded; arch_vcpu_put() sees to it then. The physical timer is a host timer anyway.
 */
bool arch_vcpu_prepare_block(struct vcpu *vcpu)
{
	return !arch_vcpu_irq_pending(vcpu);
}

/*
 * A guest whose vector can't be fetched, or has no instruction, takes the same exception for
 * ever without an exit: its pc and its ELR_EL1 are then at that vector whenever one looks.
 */
bool arch_vcpu_stuck(struct vcpu *vcpu, bool sure)
{
	u64 pc = vcpu->arch.guest.pc;

	(void)sure;
	return pc == read_sysreg(elr_el1) && pc == read_sysreg(vbar_el1) + 0x200;
}
