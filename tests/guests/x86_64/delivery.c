// SPDX-License-Identifier: Apache-2.0
#include <arch/apic.h>
#include <guest/guest.h>
#include <guest/irq.h>
#include <guest/tap.h>
#include <guest/trap.h>

/*
 * Exceptions and interrupts whose stack lies in no memory: a double fault, whose handler has a stack
 * of its own. What interrupted comes after it.
 */

#define NOWHERE 0xd0001000UL /* no device, and no memory */
#define DF_IST	1

struct gate {
	u16 offset_low, selector;
	u8 ist, type;
	u16 offset_mid;
	u32 offset_high, reserved;
};

/* The handler goes on behind what was tried, with the stack from before. */
u64 df_count, df_error, df_rip, df_sp, df_resume;

extern const char df_entry[];
__asm__(".pushsection .text\n"
	"df_entry:\n"
	"	incq	df_count(%rip)\n"
	"	popq	df_error(%rip)\n"
	"	popq	df_rip(%rip)\n"
	"	movq	df_sp(%rip), %rsp\n"
	"	jmp	*df_resume(%rip)\n"
	".popsection\n");

static void df_init(void)
{
	struct __packed {
		u16 limit;
		u64 base;
	} p;
	struct gate *idt;
	u64 at = (u64)df_entry;

	/* The library's TSS has its first stack from here on. */
	trap_vector_set(at);
	trap_vector_set(0);
	__asm__ volatile("sidt %0" : "=m"(p));
	idt = (struct gate *)p.base;
	idt[8].ist = DF_IST;
	idt[8].offset_low = (u16)at;
	idt[8].offset_mid = (u16)(at >> 16);
	idt[8].offset_high = (u32)(at >> 32);
}

/* @insn with the stack nowhere. */
#define TRY(insn)                                                                               \
	do {                                                                                    \
		df_count = 0;                                                                   \
		df_error = df_rip = ~0UL;                                                       \
		__asm__ volatile("push %%rbp; mov %%rsp, df_sp(%%rip)\n"                        \
				 "lea 1f(%%rip), %%rax; mov %%rax, df_resume(%%rip)\n"          \
				 "mov %0, %%rsp\n" insn "\n"                                    \
				 "1: mov df_sp(%%rip), %%rsp; pop %%rbp" ::"r"(NOWHERE)         \
				 : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", \
				   "r11", "r12", "r13", "r14", "r15", "memory", "cc");          \
	} while (0)

static void exceptions(void)
{
	TRY("ud2");
	tap_ok(df_count == 1 && df_error == 0, "an exception with its stack nowhere: %lu",
	       df_count);
	TRY("int3");
	tap_eq(df_count, 1, "a breakpoint");
	TRY("int $0x60");
	tap_eq(df_count, 1, "a software interrupt");
	TRY("xor %%ecx, %%ecx; xor %%edx, %%edx; div %%ecx");
	tap_eq(df_count, 1, "and a division by zero");
}

static volatile unsigned int ipis, nmis;

static void on_ipi(struct trap_frame *f)
{
	(void)f;
	ipis++;
	ipi_clear();
}

static void on_nmi(void)
{
	nmis++;
}

static bool in_set(u32 set, u8 vector)
{
	return lapic_read(set + 0x10 * (vector / 32)) >> vector % 32 & 1;
}

static void interrupts(void)
{
	irq_set_handler(IRQ_SOFT, on_ipi);
	irq_unmask(IRQ_SOFT);
	ipi_send(platform.boot_cpu);
	TRY("sti; nop; nop; nop");
	tap_eq(df_count, 1, "an interrupt with its stack nowhere");
	tap_ok(in_set(LAPIC_IRR, VECTOR_SOFT) && !in_set(LAPIC_ISR, VECTOR_SOFT) && !ipis,
	       "which is pending again");
	irq_enable();
	__asm__ volatile("nop; nop");
	irq_disable();
	tap_eq(ipis, 1, "and comes once it can");
	irq_mask(IRQ_SOFT);

	nmi_handler = on_nmi;
	TRY("mov $0xfee00000, %%ebx; movl $0, 0x310(%%rbx); movl $0x4400, 0x300(%%rbx)\n"
	    "mov $100000, %%ecx; 2: dec %%ecx; jnz 2b");
	tap_eq(df_count, 1, "an NMI with its stack nowhere");
	for (unsigned int i = 0; i < 10000 && !nmis; i++)
		(void)lapic_read(LAPIC_ID);
	tap_eq(nmis, 1, "comes after it");
	lapic_send(platform.boot_cpu, LAPIC_ICR_NMI | LAPIC_ICR_ASSERT);
	for (unsigned int i = 0; i < 10000 && nmis < 2; i++)
		(void)lapic_read(LAPIC_ID);
	tap_eq(nmis, 2, "and so does another");
}

int guest_main(void)
{
	irq_disable();
	df_init();
	exceptions();
	interrupts();
	return tap_done();
}
