// SPDX-License-Identifier: Apache-2.0
/* Traps out of the host itself. Guests' exits are in virt/exit.c. */
#include <lodge/irq.h>
#include <lodge/irqsoff.h>
#include <lodge/kasan.h>
#include <lodge/ksyms.h>
#include <lodge/panic.h>
#include <lodge/printk.h>
#include <lodge/smp.h>
#include <asm/backtrace.h>
#include <asm/sysreg.h>
#include <asm/trap.h>

/* Exception classes that EL2 can have of its own (Arm ARM, ESR_ELx.EC). */
#define EC_INSN_ABORT 0x21
#define EC_DATA_ABORT 0x25
#define EC_BRK	      0x3c

static const struct {
	u8 class;
	const char *name;
} class_names[] = {
	{ 0x00, "undefined instruction" },
	{ 0x07, "FP register used" },
	{ 0x0d, "branch target" },
	{ 0x0e, "illegal execution state" },
	{ 0x18, "trapped system register" },
	{ 0x19, "SVE register used" },
	{ 0x1c, "pointer authentication failure" },
	{ EC_INSN_ABORT, "fetch" },
	{ 0x22, "misaligned pc" },
	{ EC_DATA_ABORT, "load" },
	{ 0x26, "misaligned sp" },
	{ 0x2f, "SError" },
	/* What compilers trap with where CONFIG_UBSAN has found something. */
	{ EC_BRK, IS_ENABLED(CONFIG_UBSAN) ? "undefined behaviour" : "breakpoint" },
};

static const char *class_name(unsigned int ec)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(class_names); i++)
		if (class_names[i].class == ec)
			return class_names[i].name;
	return "unknown";
}

/* The fault status codes of an abort, without the level in their lowest bits. */
static const char *fault_name(u64 esr)
{
	switch (esr >> 2 & 15) {
	case 0:
		return "address size fault";
	case 1:
		return "page fault";
	case 2:
		return "access flag fault";
	case 3:
		return "permission fault";
	case 4:
	case 5:
		return "external abort";
	case 8:
		return "alignment fault";
	default:
		return "abort";
	}
}

static void print_cause(u64 esr)
{
	unsigned int ec = esr >> 26 & 63;
	const char *what = class_name(ec);

	if (ec == EC_DATA_ABORT && esr & BIT(6)) /* WnR */
		what = "store";
	printk("%s", what);
	if (ec == EC_DATA_ABORT || ec == EC_INSN_ABORT)
		printk(" %s", fault_name(esr));
	printk(" (esr %#lx)\n", esr);
}

static void dump_frame(const struct trap_frame *f)
{
	unsigned int i;

	printk("  pc ");
	ksym_print(f->pc);
	printk("\n  lr ");
	ksym_print(f->gpr[30]);
	printk("\n  pstate %016lx  far %016lx\n  sp  %016lx", f->pstate, f->far, f->sp);
	for (i = 0; i < ARRAY_SIZE(f->gpr); i++)
		printk("%s  x%-2u %016lx", i % 4 == 3 ? "\n" : "", i, f->gpr[i]);
	printk("\n");
}

static __noreturn __noinline void host_trap_fatal(struct trap_frame *f)
{
	panic_begin();
	printk("lodge: host trap on CPU %u: ", cpu_id());
	print_cause(f->esr);
	kasan_explain_fault(f->far);
	dump_frame(f);
	printk("  backtrace:\n");
	backtrace_from(f->gpr[29]);
	panic_end();
}

void arm64_handle_irq(void)
{
	trace_irqs_off();
	irq_handle_external();
	trace_irqs_on();
}

void arm64_trap(struct trap_frame *f)
{
	if (!extable_fixup(&f->pc))
		host_trap_fatal(f);
}

void arm64_unexpected(struct trap_frame *f)
{
	host_trap_fatal(f);
}

void arm64_stack_overflow(u64 sp)
{
	panic_begin();
	printk("lodge: stack overflow on CPU %u: sp %016lx, pc ", cpu_id(), sp);
	ksym_print(read_sysreg(ELR_EL2));
	printk("\n");
	panic_end();
}
