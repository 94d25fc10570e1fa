// SPDX-License-Identifier: Apache-2.0
/* A vCPU's state for a person; and whether it gets anywhere. */
#include <lodge/arch_virt.h>
#include <lodge/printk.h>
#include <lodge/string.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/virt.h>

static const char *mode_name(const struct vcpu *vcpu)
{
	unsigned int mode = x86_mode(vcpu);

	if (!(x86_reg(vcpu, X86_CR0) & CR0_PE))
		return "real mode";
	if (x86_reg(vcpu, X86_RFLAGS) & X86_FLAG_VM)
		return "virtual-8086 mode";
	return mode == 8 ? "64-bit mode" : mode == 4 ? "32-bit mode" : "16-bit mode";
}

static void dump_segments(const struct vcpu *vcpu)
{
	static const char names[6][3] = { "es", "cs", "ss", "ds", "fs", "gs" };
	const struct x86_seg *seg = x86_segments(vcpu);
	unsigned int i;

	for (i = 0; i < 6; i++)
		printk("%s%s %04x base %016lx limit %08x attr %03x%s", i % 2 ? "  " : "    ",
		       names[i], seg[i].selector, seg[i].base, seg[i].limit, seg[i].attrib,
		       i % 2 ? "\n" : "");
	printk("    gdt %016lx+%04x  idt %016lx+%04x  tr %04x\n", seg[SEG_GDTR].base,
	       seg[SEG_GDTR].limit, seg[SEG_IDTR].base, seg[SEG_IDTR].limit, seg[SEG_TR].selector);
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

/* Nothing to do: the control block has all of it until the guest is entered again. */
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
	struct x86_exit_note n;
	unsigned int i;

	x86_exit_note(vcpu, &n);
	printk("    exit code %#lx (%s), fault in: %s; %s\n", n.code, n.name ? n.name : "unknown",
	       n.stage, mode_name(vcpu));
	printk("    rip %016lx  rflags %08lx  cpl %u  info %lx %lx  intinfo %lx\n",
	       x86_reg(vcpu, X86_RIP), x86_reg(vcpu, X86_RFLAGS), x86_cpl(vcpu), n.info[0],
	       n.info[1], n.event);
	for (i = 0; i < NR_GPRS; i++)
		printk("%s%-3s %016lx%s", i % 4 ? "  " : "    ", names[i],
		       i == GPR_RSP ? x86_reg(vcpu, X86_RSP) : a->guest.gpr[i],
		       i % 4 == 3 ? "\n" : "");
	printk("    cr0 %08lx  cr2 %016lx  cr3 %016lx  cr4 %06lx  efer %04lx\n",
	       x86_reg(vcpu, X86_CR0), x86_reg(vcpu, X86_CR2), x86_reg(vcpu, X86_CR3),
	       x86_cr4(vcpu), x86_efer(vcpu));
	dump_segments(vcpu);
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
	struct x86_paging p = x86_guest_paging(vcpu);
	struct idt_gate g;
	struct x86_fault f;
	u64 at;

	p.user = false;
	p.flags_ac = true;
	if (x86_translate(vcpu->vm, &p, x86_segment(vcpu, SEG_IDTR)->base + vector * sizeof(g), 0,
			  &at, &f, NULL) != EMUL_DONE ||
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
bool arch_vcpu_stuck(struct vcpu *vcpu, bool sure)
{
	static const u8 faults[] = { X86_PF, X86_GP, X86_UD, X86_NP, X86_SS };
	struct arch_vcpu *a = &vcpu->arch;
	const struct exit_record *last = vcpu->record_next;
	u64 rip = x86_reg(vcpu, X86_RIP), handler;
	unsigned int i;

	/* On a CPU of its own it may be halted for good, without an exit. Its loop has another HLT then. */
	if (unlikely(READ_ONCE(vcpu->watch.samples)))
		a->see_hlt = !(x86_reg(vcpu, X86_RFLAGS) & X86_FLAG_IF);
	/* It is the same handler each time. A loop of one instruction looks like that, too. */
	if (last != a->stuck_record || rip != a->stuck_rip) {
		a->stuck_record = last;
		a->stuck_rip = rip;
		return false;
	}
	if (!sure)
		return true;
	for (i = 0; i < ARRAY_SIZE(faults) && x86_mode(vcpu) == 8; i++)
		if (read_gate(vcpu, faults[i], &handler) && handler == rip)
			return true;
	return false;
}
