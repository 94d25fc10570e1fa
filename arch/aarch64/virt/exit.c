// SPDX-License-Identifier: Apache-2.0
/* From a guest's exception to its handler. */
#include <lodge/arch_virt.h>
#include <lodge/irq.h>
#include <asm/smccc_guest.h>
#include <asm/virt.h>

struct exit_handler {
	const char *name;
	int (*fn)(struct vcpu *vcpu, u64 esr);
};

/*
 * By the exception class. What HCR_EL2 and MDCR_EL2 leave to the guest (its own system calls,
 * breakpoints, alignment faults) has no slot, nor has what an AArch64 guest can't cause.
 */
static const struct exit_handler exit_table[NR_EXIT_CAUSES] = {
	[EC_UNKNOWN] = { "unknown", arm64_exit_undefined },
	[EC_WFX] = { "wfx", arm64_exit_wfx },
	[EC_CP15_MCR] = { "cp15-32", arm64_exit_undefined32 },
	[EC_CP15_MCRR] = { "cp15-64", arm64_exit_undefined32 },
	[EC_CP14_MCR] = { "cp14-32", arm64_exit_undefined32 },
	[EC_CP14_LDC] = { "cp14-ldc", arm64_exit_undefined32 },
	[EC_FP] = { "fp", arm64_exit_undefined },
	[EC_CP10_ID] = { "vmrs", arm64_exit_undefined32 },
	[EC_PAUTH] = { "pauth", arm64_exit_undefined },
	[EC_LS64] = { "ls64", arm64_exit_undefined },
	[EC_CP14_MRRC] = { "cp14-64", arm64_exit_undefined32 },
	[EC_HVC64] = { "hvc", NULL }, /* switch.S goes to it at once */
	[EC_SMC64] = { "smc", arm64_exit_smc },
	[EC_SYSREG] = { "sysreg", arm64_exit_sysreg },
	[EC_SVE] = { "sve", arm64_exit_undefined },
	[EC_ERET] = { "eret", arm64_exit_undefined },
	[EC_TSTART] = { "tstart", arm64_exit_undefined },
	[EC_SME] = { "sme", arm64_exit_undefined },
	[EC_IABT_LOWER] = { "fetch-abort", arm64_exit_fetch_abort },
	[EC_DABT_LOWER] = { "data-abort", NULL }, /* likewise */
	[EC_MOPS] = { "mops", arm64_exit_undefined },
	[EXIT_CAUSE_IRQ] = { "interrupt", NULL },
	[EXIT_CAUSE_FIQ] = { "fiq", NULL },
	[EXIT_CAUSE_SERROR] = { "serror", NULL },
};

const char *arch_exit_name(unsigned int cause)
{
	return cause < NR_EXIT_CAUSES ? exit_table[cause].name : NULL;
}

/*
 * Called by switch.S with interrupts off, the guest's registers in @vcpu, and the rest as the
 * exception left it. Calls of the firmware by HVC and data aborts don't come through here.
 */
int arm64_exit(struct vcpu *vcpu, u64 esr)
{
	unsigned int ec = esr_ec(esr);
	const struct exit_handler *h = &exit_table[ec];

	arm64_save_place(vcpu);
	vcpu_record_exit(vcpu, ec, vcpu->arch.guest.pc, (u32)esr);
	vcpu->exits[ec]++;
	if (unlikely(!h->fn)) {
		vm_crash(vcpu, "an exit without a handler: %s (ESR_EL2 %#lx)", arm64_class_name(ec),
			 esr);
		return EXIT_STOP;
	}
	return h->fn(vcpu, esr);
}

/* A call of the guest's firmware; other conduits than #0 have nothing behind them. */
static __always_inline int firmware_call(struct vcpu *vcpu, u64 esr)
{
	u64 *x = vcpu->arch.guest.gpr;

	if (unlikely(esr & ISS_CALL_IMM_MASK))
		x[0] = (u64)SMCCC_NOT_SUPPORTED;
	else
		return guest_smccc_call(vcpu, x);
	return EXIT_RESUME;
}

/* By HVC: what is to be done next is behind it already. */
int arm64_exit_hvc(struct vcpu *vcpu, u64 esr)
{
	vcpu->exits[EC_HVC64]++;
	vcpu_record_exit(vcpu, EC_HVC64, read_sysreg(elr_el2), (u32)vcpu->arch.guest.gpr[0]);
	return firmware_call(vcpu, esr);
}

/* SMC traps before it is executed (Arm ARM D1.3.5). None reaches the real firmware. */
int arm64_exit_smc(struct vcpu *vcpu, u64 esr)
{
	arm64_skip(esr);
	return firmware_call(vcpu, esr);
}

/* The host's interrupts are taken here and now. */
int arm64_exit_irq(struct vcpu *vcpu)
{
	vcpu->exits[EXIT_CAUSE_IRQ]++;
	irq_handle_external();
	arm64_share_cpu(vcpu);
	return EXIT_RESUME;
}

/* Nothing of the host's is in group 0: the interrupt controller's driver knows what to do. */
int arm64_exit_fiq(struct vcpu *vcpu)
{
	vcpu->exits[EXIT_CAUSE_FIQ]++;
	irq_handle_external();
	return EXIT_RESUME;
}

/* Whatever it was, it came while the guest ran, and only a device that it was given could do it. */
int arm64_exit_serror(struct vcpu *vcpu, u64 esr)
{
	arm64_save_place(vcpu);
	vcpu_record_exit(vcpu, EXIT_CAUSE_SERROR, vcpu->arch.guest.pc, (u32)esr);
	vcpu->exits[EXIT_CAUSE_SERROR]++;
	vm_crash(vcpu, "an SError interrupt while it ran (ESR_EL2 %#lx)", esr);
	return EXIT_STOP;
}
