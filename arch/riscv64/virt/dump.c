// SPDX-License-Identifier: Apache-2.0
/* A vCPU's state for a person. */
#include <lodge/arch_virt.h>
#include <lodge/printk.h>
#include <asm/csr.h>
#include <asm/virt.h>

const char *riscv_cause_name(u64 scause)
{
	static const char *const name[] = {
		"misaligned fetch",
		"fetch access fault",
		"illegal instruction",
		"breakpoint",
		"misaligned load",
		"load access fault",
		"misaligned store",
		"store access fault",
		"ecall from U",
		"ecall from HS",
		"ecall from VS",
		NULL,
		"fetch page fault",
		"load page fault",
		NULL,
		"store page fault",
		NULL,
		NULL,
		NULL,
		NULL,
		"fetch guest-page fault",
		"load guest-page fault",
		"virtual instruction",
		"store guest-page fault",
	};

	if (scause & SCAUSE_INTERRUPT)
		return "interrupt";
	return scause < ARRAY_SIZE(name) && name[scause] ? name[scause] : "reserved";
}

/* Which of the two translations the last fault was in. */
static const char *fault_stage(u64 scause)
{
	switch (scause) {
	case CAUSE_FETCH_GUEST_PF:
	case CAUSE_LOAD_GUEST_PF:
	case CAUSE_STORE_GUEST_PF:
		return "nested (G) stage";
	case CAUSE_FETCH_PF:
	case CAUSE_LOAD_PF:
	case CAUSE_STORE_PF:
		return "guest's own (VS) stage";
	}
	return "no translation fault";
}

static void dump_csrs(const struct arch_vcpu *a)
{
	printk("    vsstatus %016lx  vstvec %016lx  vsepc %016lx\n", a->guest.vsstatus,
	       a->guest.vstvec, a->guest.vsepc);
	printk("    vscause  %016lx  vstval %016lx  vsatp %016lx\n", a->guest.vscause,
	       a->guest.vstval, a->guest.vsatp);
	printk("    vsie     %016lx  hvip   %016lx  guest's last trap: %s\n", a->guest.vsie,
	       a->guest.hvip,
	       a->guest.vsepc || a->guest.vscause ? riscv_cause_name(a->guest.vscause)
						  : "none yet");
}

void arch_vcpu_note_exit(struct vcpu *vcpu)
{
	/* What the last exit left; interrupts have been off since, or this is between exits. */
	vcpu->arch.note = (struct riscv_exit_note){
		.scause = csr_read(CSR_SCAUSE),
		.stval = csr_read(CSR_STVAL),
		.htval = csr_read(CSR_HTVAL),
		.htinst = csr_read(CSR_HTINST),
	};
}

void arch_vcpu_dump(struct vcpu *vcpu)
{
	static const char names[32][4] = { "",	 "ra", "sp",  "gp",  "tp", "t0", "t1", "t2",
					   "s0", "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
					   "a6", "a7", "s2",  "s3",  "s4", "s5", "s6", "s7",
					   "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6" };
	const struct arch_vcpu *a = &vcpu->arch;
	const struct riscv_exit_note *n = &a->note;
	u64 newest = vcpu->record_next - vcpu->record + EXIT_RECORDS - 1;
	unsigned int i;

	printk("    scause %s%lu (%s), fault in: %s\n",
	       n->scause & SCAUSE_INTERRUPT ? "interrupt " : "", n->scause & ~SCAUSE_INTERRUPT,
	       riscv_cause_name(n->scause), fault_stage(n->scause));
	printk("    pc  %016lx  stval %016lx  gpa %016lx  htinst %lx\n", a->guest.pc, n->stval,
	       riscv_fault_gpa(n->htval, n->stval).v, n->htinst);
	for (i = 1; i < 32; i++)
		printk("%s%-3s %016lx%s", i % 4 == 1 ? "    " : "  ", names[i], a->guest.gpr[i],
		       i % 4 == 0 || i == 31 ? "\n" : "");
	dump_csrs(a);
	printk("    last exits, newest first:\n");
	for (i = 0; i < EXIT_RECORDS; i++) {
		const struct exit_record *r = &vcpu->record[(newest - i) % EXIT_RECORDS];
		const char *name = r->cause < NR_EXIT_CAUSES ? arch_exit_name(r->cause) : NULL;

		if (!r->cause)
			break;
		printk("      %-14s pc %016lx  %s %lx\n", name ? name : riscv_cause_name(r->cause),
		       r->pc, r->cause == CAUSE_ECALL_VS ? "call" : "gpa", r->info);
	}
}
