// SPDX-License-Identifier: Apache-2.0
/* From a guest's trap to its handler. */
#include <lodge/arch_virt.h>
#include <asm/csr.h>
#include <asm/sbi_guest.h>
#include <asm/trap.h>
#include <asm/virt.h>

struct exit_handler {
	const char *name;
	int (*fn)(struct vcpu *vcpu);
};

/* Causes that are delegated to the guest (hedeleg) have no slot. */
static const struct exit_handler exit_table[NR_EXIT_CAUSES] = {
	[CAUSE_FETCH_ACCESS] = { "fetch-access", riscv_exit_access_fault },
	[CAUSE_LOAD_ACCESS] = { "load-access", riscv_exit_access_fault },
	[CAUSE_STORE_ACCESS] = { "store-access", riscv_exit_access_fault },
	[CAUSE_ECALL_VS] = { "sbi", riscv_exit_sbi },
	[CAUSE_FETCH_GUEST_PF] = { "fetch-fault", riscv_exit_fetch },
	[CAUSE_LOAD_GUEST_PF] = { "load-fault", riscv_exit_load },
	[CAUSE_VIRTUAL_INSN] = { "virtual-insn", riscv_exit_virtual_insn },
	[CAUSE_STORE_GUEST_PF] = { "store-fault", riscv_exit_store },
	[EXIT_CAUSE_INTERRUPT] = { "interrupt", NULL },
};

const char *arch_exit_name(unsigned int cause)
{
	return cause < NR_EXIT_CAUSES ? exit_table[cause].name : NULL;
}

static int exit_unknown(struct vcpu *vcpu, u64 scause)
{
	vm_crash(vcpu, "an exit without a handler: %s (scause %#lx)", riscv_cause_name(scause),
		 scause);
	return EXIT_STOP;
}

static __noinline int exit_interrupt(struct vcpu *vcpu, u64 scause)
{
	vcpu->exits[EXIT_CAUSE_INTERRUPT]++;
	riscv_handle_interrupt(scause);
	return EXIT_RESUME;
}

/*
 * Called by switch.S with interrupts off, guest registers saved, and the trap CSRs as the
 * trap left them. Interrupts of the host are taken here and now. Firmware calls don't
 * come through here: they go to riscv_exit_sbi() at once.
 */
int riscv_exit(struct vcpu *vcpu, u64 scause)
{
	int (*fn)(struct vcpu *);

	if ((s64)scause < 0)
		return exit_interrupt(vcpu, scause);
	if (unlikely(scause >= EXIT_CAUSE_INTERRUPT))
		return exit_unknown(vcpu, scause);
	vcpu_record_exit(vcpu, scause, vcpu->arch.guest.pc, csr_read(CSR_HTVAL) << 2);
	fn = exit_table[scause].fn;
	if (unlikely(!fn))
		return exit_unknown(vcpu, scause);
	vcpu->exits[scause]++;
	return fn(vcpu);
}
