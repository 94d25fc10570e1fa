// SPDX-License-Identifier: Apache-2.0
/* Traps out of the host itself. Guests' exits are in virt/. */
#include <lodge/arch.h>
#include <lodge/init.h>
#include <lodge/irq.h>
#include <lodge/irqsoff.h>
#include <lodge/kasan.h>
#include <lodge/ksyms.h>
#include <lodge/panic.h>
#include <lodge/printk.h>
#include <lodge/smp.h>
#include <lodge/timer_core.h>
#include <asm/apic.h>
#include <asm/apicdef.h>
#include <asm/backtrace.h>
#include <asm/msr.h>
#include <asm/stack.h>
#include <asm/trap.h>

extern const char trap_stubs[];

/* 64-bit interrupt gate (APM vol. 2, 4.8.4). */
struct gate {
	u16 offset_low, selector;
	u8 ist, type;
	u16 offset_mid;
	u32 offset_high, reserved;
};

#define GATE_INTERRUPT 0x8e /* present, DPL 0: interrupts are off in the handler */

/* TSS descriptor: present, available 64-bit TSS. */
#define TSS_PRESENT 0x89ul

static struct gate idt[NR_VECTORS] __ro_after_init __aligned(16);

static const char *const exception_name[NR_EXCEPTIONS] = {
	[VECTOR_DE] = "divide error",
	[VECTOR_DB] = "debug exception",
	[VECTOR_BP] = "breakpoint",
	[VECTOR_OF] = "overflow",
	[VECTOR_BR] = "bound range exceeded",
	[VECTOR_UD] = "invalid opcode",
	[VECTOR_NM] = "device not available",
	[VECTOR_DF] = "double fault",
	[VECTOR_TS] = "invalid TSS",
	[VECTOR_NP] = "segment not present",
	[VECTOR_SS] = "stack fault",
	[VECTOR_GP] = "general protection fault",
	[VECTOR_PF] = "page fault",
	[VECTOR_MF] = "x87 floating-point exception",
	[VECTOR_AC] = "alignment check",
	[VECTOR_MC] = "machine check",
	[VECTOR_XF] = "SIMD floating-point exception",
};

void trap_init(void)
{
	unsigned int v;

	for (v = 0; v < NR_VECTORS; v++) {
		u64 stub = (u64)trap_stubs + v * TRAP_STUB_SIZE;
		u8 ist = v == VECTOR_NMI  ? IST_NMI
			 : v == VECTOR_DF ? IST_DF
			 : v == VECTOR_MC ? IST_MCE
					  : 0;

		idt[v] = (struct gate){ (u16)stub,	   SEL_CODE,	      ist, GATE_INTERRUPT,
					(u16)(stub >> 16), (u32)(stub >> 32), 0 };
	}
}

static void gdt_init(struct arch_cpu *a)
{
	u64 tss = (u64)&a->tss;

	a->gdt[SEL_CODE / 8] = DESC_CODE64;
	a->gdt[SEL_DATA / 8] = DESC_DATA;
	a->gdt[SEL_TSS / 8] = (sizeof(a->tss) - 1) | (tss & 0xffffff) << 16 | TSS_PRESENT << 40 |
			      (tss >> 24 & 0xff) << 56;
	a->gdt[SEL_TSS / 8 + 1] = tss >> 32;
	a->tss.io_map = sizeof(a->tss);
	a->tss.ist[IST_NMI - 1] = (u64)a->nmi_stack + IST_STACK_SIZE;
	a->tss.ist[IST_DF - 1] = (u64)a->overflow_stack;
	a->tss.ist[IST_MCE - 1] = (u64)a->mce_stack + IST_STACK_SIZE;
}

void trap_cpu_init(struct cpu *c)
{
	struct arch_cpu *a = &c->arch;
	struct desc_ptr gdtr = { sizeof(a->gdt) - 1, (u64)a->gdt };
	struct desc_ptr idtr = { sizeof(idt) - 1, (u64)idt };

	gdt_init(a);
	__asm__ volatile("lgdt %0\n"
			 "pushq %1\n"
			 "leaq 1f(%%rip), %%rax\n"
			 "pushq %%rax\n"
			 "lretq\n"
			 "1: movl %2, %%eax\n"
			 "movl %%eax, %%ds\n"
			 "movl %%eax, %%es\n"
			 "movl %%eax, %%ss\n"
			 "xorl %%eax, %%eax\n"
			 "movl %%eax, %%fs\n"
			 "movl %%eax, %%gs\n" /* and its base */
			 "lidt %3\n"
			 "ltr %w4"
			 :
			 : "m"(gdtr), "i"(SEL_CODE), "i"(SEL_DATA), "m"(idtr), "r"(SEL_TSS)
			 : "rax", "memory");
	a->self = c;
	wrmsr(MSR_GS_BASE, (u64)c);
}

static void dump_frame(const struct trap_frame *f)
{
	printk("  rip ");
	ksym_print(f->rip);
	printk("\n  rflags %016lx  cr2 %016lx\n", f->rflags, read_cr2());
	printk("  rax %016lx  rbx %016lx  rcx %016lx  rdx %016lx\n", f->rax, f->rbx, f->rcx,
	       f->rdx);
	printk("  rsi %016lx  rdi %016lx  rbp %016lx  rsp %016lx\n", f->rsi, f->rdi, f->rbp,
	       f->rsp);
	printk("  r8  %016lx  r9  %016lx  r10 %016lx  r11 %016lx\n", f->r8, f->r9, f->r10, f->r11);
	printk("  r12 %016lx  r13 %016lx  r14 %016lx  r15 %016lx\n", f->r12, f->r13, f->r14,
	       f->r15);
}

/* A double fault because the first fault's frame had no place: rsp is below its stack. */
static bool is_stack_overflow(const struct trap_frame *f)
{
	return f->vector == VECTOR_DF && !((f->rsp - 8) & STACK_SIZE);
}

/* What compilers trap with where CONFIG_UBSAN has found something: UD2, and UD1 with a prefix. */
static bool is_undefined_behaviour(const struct trap_frame *f)
{
	const u8 *insn = (const u8 *)f->rip;

	if (!IS_ENABLED(CONFIG_UBSAN) || f->vector != VECTOR_UD || !ksym_is_text(f->rip))
		return false;
	if (*insn == 0x67)
		insn++;
	return insn[0] == 0x0f && (insn[1] == 0x0b || insn[1] == 0xb9);
}

static const char *trap_name(const struct trap_frame *f)
{
	if (is_undefined_behaviour(f))
		return "undefined behaviour";
	return f->vector < NR_EXCEPTIONS ? exception_name[f->vector] : NULL;
}

static __noreturn __noinline void host_trap_fatal(struct trap_frame *f)
{
	const char *name = trap_name(f);

	panic_begin();
	if (is_stack_overflow(f)) {
		printk("lodge: stack overflow on CPU %u: rsp %016lx, rip ", cpu_id(), f->rsp);
		ksym_print(f->rip);
		printk("\n");
		panic_end();
	}
	printk("lodge: host trap on CPU %u: %s (vector %lu, error %#lx)\n", cpu_id(),
	       name ? name : "unknown", f->vector, f->error);
	if (f->vector == VECTOR_PF || f->vector == VECTOR_DF)
		kasan_explain_fault(read_cr2());
	dump_frame(f);
	printk("  backtrace:\n");
	backtrace_from(f->rbp);
	panic_end();
}

/* On a stack of its own, in the middle of anything: only note it, to be told later. */
static void nmi(const struct trap_frame *f)
{
	struct arch_cpu *a = &this_cpu()->arch;

	a->nmi_rip = f->rip;
	WRITE_ONCE(a->nmis, a->nmis + 1);
	apic_send_self(VECTOR_KICK);
}

static void kicked(void)
{
	struct arch_cpu *a = &this_cpu()->arch;
	u64 n = __atomic_exchange_n(&a->nmis, 0, __ATOMIC_RELAXED);

	cpu_kicked();
	if (unlikely(n))
		pr_warn("CPU %u: %lu NMI%s of unknown origin, at %#lx", cpu_id(), n,
			n == 1 ? "" : "s", a->nmi_rip);
}

static __noinline void interrupt(u32 vector)
{
	switch (vector) {
	case VECTOR_TIMER:
		apic_eoi();
		timer_interrupt();
		break;
	case VECTOR_KICK:
		/* Whoever sent it has set what this CPU will look at. */
		apic_eoi();
		kicked();
		break;
	case VECTOR_ERROR:
		apic_error();
		apic_eoi();
		break;
	default:
		/* The controllers' own spurious ones are not to be acknowledged. */
		if (vector < VECTOR_IRQ || vector >= VECTOR_IRQ + NR_IRQ_VECTORS)
			break;
		this_cpu()->arch.irq_vector = vector;
		irq_handle_external();
	}
}

void x86_trap(struct trap_frame *f)
{
	if (f->vector >= NR_EXCEPTIONS) {
		trace_irqs_off();
		interrupt((u32)f->vector);
		trace_irqs_on();
	} else if (f->vector == VECTOR_NMI) {
		nmi(f);
	} else if (!extable_fixup(&f->rip)) {
		host_trap_fatal(f);
	}
}
