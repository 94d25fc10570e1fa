// SPDX-License-Identifier: Apache-2.0
/* Traps out of the host itself. Guests' exits are in virt/exit.c. */
#include <lodge/irq.h>
#include <lodge/irqsoff.h>
#include <lodge/kasan.h>
#include <lodge/ksyms.h>
#include <lodge/panic.h>
#include <lodge/printk.h>
#include <lodge/smp.h>
#include <lodge/timer_core.h>
#include <asm/backtrace.h>
#include <asm/barrier.h>
#include <asm/csr.h>
#include <asm/trap.h>

static const char *const cause_name[] = {
	[CAUSE_FETCH_MISALIGNED] = "misaligned fetch",
	[CAUSE_FETCH_ACCESS] = "fetch access fault",
	[CAUSE_ILLEGAL] = "illegal instruction",
	[CAUSE_BREAKPOINT] = "breakpoint",
	[CAUSE_LOAD_MISALIGNED] = "misaligned load",
	[CAUSE_LOAD_ACCESS] = "load access fault",
	[CAUSE_STORE_MISALIGNED] = "misaligned store",
	[CAUSE_STORE_ACCESS] = "store access fault",
	[CAUSE_FETCH_PF] = "fetch page fault",
	[CAUSE_LOAD_PF] = "load page fault",
	[CAUSE_STORE_PF] = "store page fault",
	[CAUSE_FETCH_GUEST_PF] = "fetch guest-page fault",
	[CAUSE_LOAD_GUEST_PF] = "load guest-page fault",
	[CAUSE_STORE_GUEST_PF] = "store guest-page fault",
};

static void dump_frame(const struct trap_frame *f)
{
	static const char names[32][4] = { "",	 "ra", "sp",  "gp",  "tp", "t0", "t1", "t2",
					   "s0", "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
					   "a6", "a7", "s2",  "s3",  "s4", "s5", "s6", "s7",
					   "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6" };
	int i;

	printk("  pc ");
	ksym_print(f->pc);
	printk("\n  ra ");
	ksym_print(f->gpr[1]);
	printk("\n  sstatus %016lx  stval %016lx\n", f->sstatus, f->stval);
	for (i = 1; i < 32; i++)
		printk("  %-3s %016lx%s", names[i], f->gpr[i], i % 4 == 0 || i == 31 ? "\n" : "");
}

/* What compilers trap with where CONFIG_UBSAN has found something: ebreak, or no instruction. */
static bool is_undefined_behaviour(const struct trap_frame *f)
{
	return IS_ENABLED(CONFIG_UBSAN) && ksym_is_text(f->pc) &&
	       (f->scause == CAUSE_BREAKPOINT ||
		(f->scause == CAUSE_ILLEGAL && *(const u16 *)f->pc == 0));
}

static __noreturn __noinline void host_trap_fatal(struct trap_frame *f)
{
	const char *name = NULL;

	panic_begin();
	if (is_undefined_behaviour(f))
		name = "undefined behaviour";
	else if (f->scause < ARRAY_SIZE(cause_name))
		name = cause_name[f->scause];
	printk("lodge: host trap on CPU %u: %s (scause %lu)\n", cpu_id(), name ? name : "unknown",
	       f->scause);
	kasan_explain_fault(f->stval);
	dump_frame(f);
	printk("  backtrace:\n");
	backtrace_from(f->gpr[8], f->gpr[1]);
	panic_end();
}

__noinline void riscv_handle_interrupt(u64 cause)
{
	switch (cause & ~SCAUSE_INTERRUPT) {
	case IRQ_STIMER:
		timer_interrupt();
		break;
	case IRQ_SEXT:
		irq_handle_external();
		break;
	case IRQ_SSOFT:
		/* A kick: whoever sent it has set what this CPU will look at. */
		csr_clear(CSR_SIP, 1ul << IRQ_SSOFT);
		mb(); /* the bit is clear before the look, so that the next kick is not lost */
		cpu_kicked();
		break;
	}
}

void riscv_trap(struct trap_frame *f)
{
	if (f->scause & SCAUSE_INTERRUPT) {
		trace_irqs_off();
		riscv_handle_interrupt(f->scause);
		trace_irqs_on();
		return;
	}
	if (!extable_fixup(&f->pc))
		host_trap_fatal(f);
}

void riscv_stack_overflow(u64 sp)
{
	panic_begin();
	printk("lodge: stack overflow on CPU %u: sp %016lx, pc ", cpu_id(), sp);
	ksym_print(csr_read(CSR_SEPC));
	printk("\n");
	panic_end();
}
