// SPDX-License-Identifier: Apache-2.0
#include "../bench.h"
#include <arch/gic.h>
#include <arch/psci.h>
#include <guest/irq.h>

/*
 * The virtual counter is too coarse for one exit (16 ns a tick on QEMU's virt, which is 16
 * instructions under icount): each run makes many in a loop. The same loop with a no-op in
 * place of what exits is taken off, so that what remains is that instruction and what the
 * host does. Costs are in nanoseconds.
 */

#define BATCH 1000

static u64 ns(u64 ticks)
{
	return ticks * 1000000000 / platform.timer_hz;
}

/* @n rounds of @insn, whose operands may be x0 to x4. Return: ticks of the clock. */
#define LOOP(n, a0, a1, a2, insn)                                                                 \
	({                                                                                        \
		u64 loop_t0 = arch_time(), loop_n = (n);                                          \
		register u64 r1 __asm__("x1") = (u64)(a0);                                        \
		register u64 r2 __asm__("x2") = (u64)(a1);                                        \
		register u64 r3 __asm__("x3") = (u64)(a2);                                        \
		__asm__ volatile("1:	mov	w0, w1\n" insn "\n"                               \
				 "	subs	%0, %0, #1\n"                                             \
				 "	b.ne	1b"                                                       \
				 : "+r"(loop_n), "+r"(r1), "+r"(r2), "+r"(r3)                     \
				 :                                                                \
				 : "x0", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", \
				   "x13", "x14", "x15", "x16", "x17", "cc", "memory");            \
		arch_time() - loop_t0;                                                            \
	})

/* What @insn costs BATCH times, itself included and the loop around it not. */
#define COST(a0, a1, a2, before, insn, after)                                         \
	({                                                                            \
		u64 cost_with = LOOP(BATCH, a0, a1, a2, before "\n" insn "\n" after); \
		u64 cost_without = LOOP(BATCH, a0, a1, a2, before "\nnop\n" after);   \
		ns(cost_with - cost_without) + BATCH;                                 \
	})

static u64 hvc_version(void)
{
	return COST(PSCI_VERSION, 0, 0, "", "hvc #0", "");
}

static bool has_smc; /* where nobody takes it, it is undefined */

static u64 smc_version(void)
{
	if (!has_smc)
		return 0;
	return COST(PSCI_VERSION, 0, 0, "", "smc #0", "");
}

static u64 uart_flags(void)
{
	return COST(0, platform.uart + 0x18, 0, "", "ldr w0, [x2]", "");
}

static u64 uart_write(void)
{
	u64 t0 = arch_time();

	for (int i = 0; i < 64; i++) {
		while (mmio_read32(platform.uart + 0x18) & 0x20)
			;
		mmio_write32(platform.uart, '.');
	}
	return ns(arch_time() - t0);
}

static u64 gicd_read(void)
{
	return COST(0, intc_register(), 0, "", "ldr w0, [x2]", "");
}

static u64 gicr_read(void)
{
	return COST(0, gic_private() + GICD_ISENABLER, 0, "", "ldr w0, [x2]", "");
}

/* Until it can be acknowledged, which is no exit; nor is the end of it. */
static u64 sgi_self(void)
{
	u64 cost;

	irq_unmask(IRQ_SOFT);
	if (gic.version == 3)
		cost = COST(0, BIT(platform.boot_cpu), 0, "", "msr s3_0_c12_c11_5, x2",
			    "isb\n mrs x4, s3_0_c12_c12_0\n msr s3_0_c12_c12_1, x4");
	else
		cost = COST(2 << 24, gic.gicd + GICD_SGIR, gic.gicc, "", "str w0, [x2]",
			    "ldr w4, [x3, #0xc]\n str w4, [x3, #0x10]");
	irq_mask(IRQ_SOFT);
	return cost;
}

/* The same again, which has not been acknowledged yet. */
static u64 sgi_again(void)
{
	u64 cost, ack;

	irq_unmask(IRQ_SOFT);
	ipi_send(platform.boot_cpu);
	if (gic.version == 3)
		cost = COST(0, BIT(platform.boot_cpu), 0, "", "msr s3_0_c12_c11_5, x2", "");
	else
		cost = COST(2 << 24, gic.gicd + GICD_SGIR, 0, "", "str w0, [x2]", "");
	ack = gic_ack();
	gic_eoi((u32)ack);
	irq_mask(IRQ_SOFT);
	return cost;
}

/* @n at once, before any is acknowledged; what they were before is forgotten. */
static u64 sgi_burst(unsigned int n)
{
	u64 t0, sum = 0;

	for (u64 sent = 0; sent < 256; sent += n) {
		mmio_write32(gic_private() + GICD_ISENABLER, 0xffff);
		t0 = arch_time();
		for (u64 id = 0; id < n; id++)
			if (gic.version == 3)
				sysreg_write(ICC_SGI1R_EL1, id << 24 | BIT(platform.boot_cpu));
			else
				mmio_write32(gic.gicd + GICD_SGIR, 2u << 24 | (u32)id);
		sum += arch_time() - t0;
		for (u64 i = 0; i < n; i++)
			gic_eoi(gic_ack());
		mmio_write32(gic_private() + GICD_ICENABLER, 0xffff);
	}
	return ns(sum);
}

static u64 sgi_few(void)
{
	return sgi_burst(4);
}

/* More than list registers. */
static u64 sgi_many(void)
{
	return sgi_burst(16);
}

static volatile u64 handled;

static void on_ipi(struct trap_frame *f)
{
	(void)f;
	handled++;
}

/* Up to its handler's end, with what this library does there. */
static u64 sgi_to_handler(void)
{
	u64 t0;

	irq_set_handler(IRQ_SOFT, on_ipi);
	irq_unmask(IRQ_SOFT);
	irq_enable();
	handled = 0;
	t0 = arch_time();
	for (u64 i = 1; i <= BATCH; i++) {
		ipi_send(platform.boot_cpu);
		while (handled < i)
			;
	}
	t0 = arch_time() - t0;
	irq_disable();
	irq_mask(IRQ_SOFT);
	return ns(t0);
}

/* Emulated, where guests see other features than the CPU has. */
static u64 id_register(void)
{
	return COST(0, 0, 0, "", "mrs x0, id_aa64isar0_el1", "");
}

static u64 physical_timer(void)
{
	return COST(0, 0, 0, "", "msr cntp_ctl_el0, xzr", "");
}

static u64 first_touch(void)
{
	u64 pages = BENCH_TOUCH_SIZE / PAGE_SIZE, with, without;

	with = LOOP(pages, 0, bench_untouched, 0, "ldr x0, [x2]\n add x2, x2, #4096");
	without = LOOP(pages, 0, bench_untouched, 0, "nop\n add x2, x2, #4096");
	return ns(with - without) + pages;
}

/* How long after its deadline a timer ends WFI, with its interrupt taken and ended each time. */
static u64 wake_late(void)
{
	u64 when, now;
	u32 ack;

	irq_unmask(IRQ_TIMER);
	when = arch_time() + arch_ticks_from_us(200);
	timer_set(when);
	do {
		wfi();
		now = sysreg_read(cntvct_el0);
	} while (now < when);
	ack = gic_ack();
	timer_set(~0UL);
	if (GIC_ID(ack) < GIC_NONE)
		gic_eoi(ack);
	return ns(now - when);
}

const char *arch_bench_init(void)
{
	struct smccc_regs r = { { PSCI_VERSION } };

	trap_catch();
	smccc_smc(&r);
	has_smc = !trap_caught().count;
	return "cntvct";
}

const struct bench arch_benches[] = {
	{ "hvc-psci-version", hvc_version, 5, false, BATCH },
	{ "smc-psci-version", smc_version, 5, false, BATCH },
	{ "id-register-read", id_register, 5, false, BATCH },
	{ "physical-timer-write", physical_timer, 5, false, BATCH },
	{ "uart-flag-read", uart_flags, 5, false, BATCH },
	{ "uart-data-write", uart_write, 1, false, 64 },
	{ "gicd-register-read", gicd_read, 5, false, BATCH },
	{ "gic-private-read", gicr_read, 5, false, BATCH },
	{ "sgi-self", sgi_self, 5, false, BATCH },
	{ "sgi-self-again", sgi_again, 5, false, BATCH },
	{ "sgi-self-few", sgi_few, 5, false, 256 },
	{ "sgi-self-many", sgi_many, 5, false, 256 },
	{ "sgi-self-to-handler", sgi_to_handler, 5, false, BATCH },
	{ "first-touch-4k", first_touch, 1, false, BENCH_TOUCH_SIZE / PAGE_SIZE },
	{ "timer-wake-late", wake_late, 200, false, 0 },
	{ "timer-wake-late-mean", wake_late, 200, true, 0 },
};
const unsigned int arch_nr_benches = ARRAY_SIZE(arch_benches);
