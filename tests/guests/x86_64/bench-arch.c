// SPDX-License-Identifier: Apache-2.0
#include "../bench.h"
#include <arch/apic.h>
#include <arch/regs.h>
#include <arch/vmmcall.h>
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * The TSC does not leave the guest, and under icount counts nanoseconds of virtual time, of
 * which an instruction takes one. Costs are in its ticks.
 */

static u64 overhead; /* of an empty measurement */

#define COST(...)                                            \
	({                                                   \
		u64 cost_t0 = rdtsc(), cost_t1;              \
		__VA_ARGS__;                                 \
		cost_t1 = rdtsc() - cost_t0;                 \
		cost_t1 > overhead ? cost_t1 - overhead : 0; \
	})

static u64 cost_vmmcall(void)
{
	u64 rax = 0x84000000;

	return COST(__asm__ volatile("vmmcall" : "+a"(rax)::"memory"));
}

static u64 cost_cpuid(void)
{
	u32 a = 0, b, c = 0, d;

	return COST(__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d)::"memory"));
}

static u64 uart_status(void)
{
	return COST(inb(0x3fd));
}

static u64 uart_write(void)
{
	while (!(inb(0x3fd) & 0x20))
		;
	return COST(outb(0x3f8, '.'));
}

static u64 apic_read(void)
{
	return COST(lapic_read(LAPIC_VERSION));
}

static u64 apic_write(void)
{
	return COST(lapic_write(LAPIC_LDR, 0));
}

static u64 ioapic_register(void)
{
	return COST(mmio_read32(platform.intc + IOAPIC_DATA));
}

static u64 msr_read(void)
{
	return COST(rdmsr(MSR_APIC_BASE));
}

static u64 timer_program(void)
{
	return COST(timer_set(~0UL >> 1));
}

static u64 ipi_to_self(void)
{
	u64 cost = COST(ipi_send(platform.boot_cpu));

	ipi_clear();
	return cost;
}

static volatile u64 ipi_at;

static void on_ipi(struct trap_frame *f)
{
	(void)f;
	ipi_at = rdtsc();
}

/* Up to its handler, with what this library does there. */
static u64 ipi_delivery(void)
{
	u64 t0;

	ipi_at = 0;
	irq_set_handler(IRQ_SOFT, on_ipi);
	irq_unmask(IRQ_SOFT);
	irq_enable();
	t0 = rdtsc();
	ipi_send(platform.boot_cpu);
	while (!ipi_at)
		;
	irq_disable();
	irq_mask(IRQ_SOFT);
	return ipi_at - t0;
}

static u64 first_touch(void)
{
	u64 addr = bench_untouched;

	bench_untouched += PAGE_SIZE;
	return COST(*(volatile u64 *)addr);
}

static volatile u64 woke_at;

static void on_timer(struct trap_frame *f)
{
	(void)f;
	woke_at = rdtsc();
	timer_set(~0UL);
}

/* How long after its deadline a timer ends HLT. */
static u64 wake_late(void)
{
	u64 when = rdtsc() + platform.timer_hz / 5000;

	irq_set_handler(IRQ_TIMER, on_timer);
	woke_at = 0;
	irq_unmask(IRQ_TIMER);
	timer_set(when);
	irq_enable();
	while (!woke_at)
		wfi();
	irq_disable();
	irq_mask(IRQ_TIMER);
	return woke_at > when ? woke_at - when : 0;
}

const char *arch_bench_init(void)
{
	u64 least = ~0UL;

	for (int i = 0; i < 100; i++)
		least = min(least, COST());
	overhead = least;
	return "tsc";
}

const struct bench arch_benches[] = {
	{ "vmmcall", cost_vmmcall, 1000, false, 0 },
	{ "cpuid", cost_cpuid, 1000, false, 0 },
	{ "rdmsr", msr_read, 1000, false, 0 },
	{ "uart-status-read", uart_status, 1000, false, 0 },
	{ "uart-data-write", uart_write, 64, false, 0 },
	{ "apic-register-read", apic_read, 1000, false, 0 },
	{ "apic-register-write", apic_write, 1000, false, 0 },
	{ "ioapic-register-read", ioapic_register, 1000, false, 0 },
	{ "apic-timer-set", timer_program, 1000, false, 0 },
	{ "ipi-self", ipi_to_self, 1000, false, 0 },
	{ "ipi-self-to-handler", ipi_delivery, 1000, false, 0 },
	{ "first-touch-4k", first_touch, BENCH_TOUCH_SIZE / PAGE_SIZE, true, 0 },
	{ "timer-wake-late", wake_late, 200, false, 0 },
	{ "timer-wake-late-mean", wake_late, 200, true, 0 },
};
const unsigned int arch_nr_benches = ARRAY_SIZE(arch_benches);
