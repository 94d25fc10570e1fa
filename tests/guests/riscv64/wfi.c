// SPDX-License-Identifier: Apache-2.0
#include <arch/plic.h>
#include <arch/sbi.h>
#include <arch/trap.h>
#include <guest/tap.h>

/* Waiting for interrupts: what ends it, and what must not hold it up. */

static volatile u64 ticks;

static void on_timer(struct trap_frame *f)
{
	(void)f;
	ticks++;
	sbi_set_timer(~0UL);
}

static bool pending(unsigned int irq)
{
	return irq_pending(irq);
}

/* A hart may leave WFI for any reason: the condition is what counts. */
static u64 wait_for(unsigned int irq)
{
	u64 t0 = arch_time();

	while (!pending(irq))
		wfi();
	return arch_time() - t0;
}

static void timer(void)
{
	u64 us = 30000, t;

	csr_set(sie, BIT(IRQ_TIMER));
	sbi_set_timer(arch_time() + arch_ticks_from_us(us));
	t = wait_for(IRQ_TIMER);
	tap_ok(t >= arch_ticks_from_us(us - 1000), "the timer ends it, with interrupts off");
	tap_note("%lu ticks for %lu", t, arch_ticks_from_us(us));
	tap_eq(ticks, 0, "and the interrupt is not taken while they are off");
	irq_enable();
	irq_disable();
	tap_eq(ticks, 1, "but as soon as they are on");

	sbi_set_timer(arch_time() + arch_ticks_from_us(us));
	irq_enable();
	for (u64 end = arch_time() + arch_ticks_from_us(us * 20); ticks < 2 && arch_time() < end;)
		wfi();
	irq_disable();
	tap_eq(ticks, 2, "with interrupts on it is taken");
}

static void already_pending(void)
{
	u64 t0;

	csr_clear(sie, BIT(IRQ_TIMER));
	csr_set(sie, BIT(IRQ_SOFT));
	csr_set(sip, BIT(IRQ_SOFT));
	t0 = arch_time();
	wfi();
	tap_ok(arch_time() - t0 < arch_ticks_from_us(1000000),
	       "it does not wait if one is pending");
	csr_clear(sip, BIT(IRQ_SOFT));
	sbi_call3(SBI_IPI, 0, 1, platform.boot_cpu, 0);
	wait_for(IRQ_SOFT);
	tap_ok(true, "an IPI to oneself ends it");
	csr_clear(sip, BIT(IRQ_SOFT));
	csr_clear(sie, BIT(IRQ_SOFT));
}

/* The UART's transmitter-empty interrupt, as in the PLIC's test. */
static void external(void)
{
	mmio_write32(plic_threshold(), 0);
	mmio_write32(plic_priority(platform.uart_irq), 1);
	mmio_write32(plic_enable(platform.uart_irq), 1u << platform.uart_irq % 32);
	csr_set(sie, BIT(IRQ_EXT));
	mmio_write8(platform.uart + 1, 2);
	wait_for(IRQ_EXT);
	mmio_write8(platform.uart + 1, 0);
	mmio_write32(plic_claim(), mmio_read32(plic_claim()));
	csr_clear(sie, BIT(IRQ_EXT));
	tap_ok(true, "a device ends it");
}

static void many(void)
{
	u64 t0 = arch_time();

	csr_set(sie, BIT(IRQ_TIMER));
	for (int i = 0; i < 200; i++) {
		sbi_set_timer(arch_time() + arch_ticks_from_us(200));
		wait_for(IRQ_TIMER);
		sbi_set_timer(~0UL);
	}
	csr_clear(sie, BIT(IRQ_TIMER));
	tap_ok(true, "200 short sleeps all end");
	tap_note("%lu us each", (arch_time() - t0) * 1000000 / platform.timer_hz / 200);
}

int guest_main(void)
{
	irq_set_handler(IRQ_TIMER, on_timer);
	timer();
	already_pending();
	external();
	many();
	return tap_done();
}
