// SPDX-License-Identifier: Apache-2.0
/* A vCPU's state for a person; and whether it gets anywhere. */
#include <lodge/arch_virt.h>
#include <lodge/printk.h>
#include <lodge/string.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/virt.h>

static const char *mode_name(const struct vmcb_save *s)
{
	if (!(s->cr0 & CR0_PE))
		return "real mode";
	if (s->rflags & X86_FLAG_VM)
		return "virtual-8086 mode";
	if (s->efer & EFER_LMA && s->cs.attrib & SEG_ATTR_L)
		return "64-bit mode";
	return s->cs.attrib & SEG_ATTR_DB ? "32-bit mode" : "16-bit mode";
}

/* Which of the two translations the last fault was in. */
static const char *fault_stage(const struct vmcb_control *c)
{
	if (c->exitcode != VMEXIT_NPF)
		return "no translation fault";
	return c->exitinfo1 & NPF_TABLE_WALK ? "nested, of the guest's own page tables" : "nested";
}

static void dump_segments(const struct vmcb_save *s)
{
	static const char names[6][3] = { "es", "cs", "ss", "ds", "fs", "gs" };
	const struct x86_seg *seg = &s->es;
	unsigned int i;

	for (i = 0; i < 6; i++)
		printk("%s%s %04x base %016lx limit %08x attr %03x%s", i % 2 ? "  " : "    ",
		       names[i], seg[i].selector, seg[i].base, seg[i].limit, seg[i].attrib,
		       i % 2 ? "\n" : "");
	printk("    gdt %016lx+%04x  idt %016lx+%04x  tr %04x\n", s->gdtr.base, s->gdtr.limit,
	       s->idtr.base, s->idtr.limit, s->tr.selector);
}

static void dump_exits(struct vcpu *vcpu)
{
	u64 newest = vcpu->record_next - vcpu->record + EXIT_RECORDS - 1;
	unsigned int i;

	printk("    last exits, newest first:\n");
	for (i = 0; i < EXIT_RECORDS; i++) {
		const struct exit_record *r = &vcpu->record[(newest - i) % EXIT_RECORDS];
		const char *name = arch_exit_name((unsigned int)r->cause);

		if (!r->cause)
			break;
		printk("      %-16s rip %016lx  info %lx\n", name ? name : "unknown", r->pc,
		       r->info);
	}
}

/* Nothing to do: the VMCB has all of it until the guest is entered again. */
void arch_vcpu_note_exit(struct vcpu *vcpu)
{
	(void)vcpu;
}

void arch_vcpu_dump(struct vcpu *vcpu)
{
	static const char names[NR_GPRS][4] = { "rax", "rcx", "rdx", "rbx", "rsp", "rbp",
						"rsi", "rdi", "r8",  "r9",  "r10", "r11",
						"r12", "r13", "r14", "r15" };
	const struct arch_vcpu *a = &vcpu->arch;
	const struct vmcb_control *c = &a->vmcb->control;
	const struct vmcb_save *s = &a->vmcb->save;
	const char *name = arch_exit_name(svm_cause(c->exitcode));
	unsigned int i;

	printk("    exit code %#lx (%s), fault in: %s; %s\n", c->exitcode, name ? name : "unknown",
	       fault_stage(c), mode_name(s));
	printk("    rip %016lx  rflags %08lx  cpl %u  info %lx %lx  intinfo %lx\n", s->rip,
	       s->rflags, s->cpl, c->exitinfo1, c->exitinfo2, c->exitintinfo);
	for (i = 0; i < NR_GPRS; i++)
		printk("%s%-3s %016lx%s", i % 4 ? "  " : "    ", names[i],
		       i == GPR_RSP ? s->rsp : a->guest.gpr[i], i % 4 == 3 ? "\n" : "");
	printk("    cr0 %08lx  cr2 %016lx  cr3 %016lx  cr4 %06lx  efer %04lx\n", s->cr0, s->cr2,
	       s->cr3, x86_cr4(vcpu), s->efer & ~EFER_SVME);
	dump_segments(s);
	dump_exits(vcpu);
}

/* ---- getting nowhere ---- */

/* A gate of the 64-bit IDT (AMD APM vol. 2, figure 4-24). */
struct idt_gate {
	u16 offset_low, selector, flags, offset_middle;
	u32 offset_high, reserved;
};

static_assert(sizeof(struct idt_gate) == 16, "APM vol. 2, 4.8.3");

static bool read_gate(struct vcpu *vcpu, unsigned int vector, u64 *handler)
{
	const struct vmcb *vmcb = vcpu->arch.vmcb;
	struct x86_paging p = x86_guest_paging(vmcb);
	struct idt_gate g;
	struct x86_fault f;
	u64 at;

	p.user = false;
	p.flags_ac = true;
	if (x86_translate(vcpu->vm, &p, vmcb->save.idtr.base + vector * sizeof(g), 0, &at, &f,
			  NULL) != EMUL_DONE ||
	    guest_read_obj(vcpu->vm, &g, gpa(at)))
		return false;
	*handler = g.offset_low | (u64)g.offset_middle << 16 | (u64)g.offset_high << 32;
	return true;
}

/*
 * A handler of an exception that faults at its first instruction, on a stack of its own, is
 * delivered for ever without an exit: rip is then a handler's whenever one looks. So it also is
 * of a guest that only asks for what it is refused, but that one has exits.
 */
bool arch_vcpu_stuck(struct vcpu *vcpu)
{
	static const u8 faults[] = { X86_PF, X86_GP, X86_UD, X86_NP, X86_SS };
	const struct vmcb *vmcb = vcpu->arch.vmcb;
	unsigned int i;
	const struct exit_record *last = vcpu->record_next;
	u64 handler;

	if (x86_mode(vmcb) != 8 || last != vcpu->arch.stuck_record) {
		vcpu->arch.stuck_record = last;
		return false;
	}
	for (i = 0; i < ARRAY_SIZE(faults); i++)
		if (read_gate(vcpu, faults[i], &handler) && handler == vmcb->save.rip)
			return true;
	return false;
}
