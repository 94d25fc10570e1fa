// SPDX-License-Identifier: Apache-2.0
#include <guest/irq.h>
#include <guest/tap.h>

/* Waiting for interrupts: what ends it, and what must not hold it up. */

static volatile u64 ticks;
static u64 again; /* how long after an interrupt the next comes, in ticks; 0: none does */

static void on_timer(struct trap_frame *f)
{
	(void)f;
	ticks++;
	timer_set(again ? arch_time() + again : ~0UL);
}

/* A CPU may leave WFI for any reason: the condition is what counts. */
static void wait_for(unsigned int irq)
{
	while (!irq_pending(irq))
		wfi();
}

static void timer(void)
{
	u64 us = 30000, when, now;

	irq_unmask(IRQ_TIMER);
	/* A host that others load may take its time before the wait begins, too. */
	when = arch_time() + arch_ticks_from_us(us);
	timer_set(when);
	wait_for(IRQ_TIMER);
	now = arch_time();
	tap_ok(now >= when, "the timer ends it, with interrupts off");
	tap_note("%ld ticks late", (long)(now - when));
	tap_eq(ticks, 0, "and the interrupt is not taken while they are off");
	irq_enable();
	irq_disable();
	tap_eq(ticks, 1, "but as soon as they are on");

	/* It may come between the look at the condition and WFI: then the next one ends that. */
	again = arch_ticks_from_us(us);
	timer_set(arch_time() + again);
	irq_enable();
	for (u64 end = guest_give_up(); ticks < 2 && arch_time() < end;)
		wfi();
	irq_disable();
	again = 0;
	timer_set(~0UL);
	tap_ok(ticks >= 2, "with interrupts on it is taken");
}

static void already_pending(void)
{
	u64 t0;

	irq_mask(IRQ_TIMER);
	irq_unmask(IRQ_SOFT);
	ipi_send(platform.boot_cpu);
	t0 = arch_time();
	wfi();
	tap_ok(arch_time() - t0 < arch_ticks_from_us(1000000),
	       "it does not wait if one is pending");
	ipi_clear();
	ipi_send(platform.boot_cpu);
	wait_for(IRQ_SOFT);
	tap_ok(true, "an IPI to oneself ends it");
	ipi_clear();
	irq_mask(IRQ_SOFT);
}

/* The UART's transmitter-empty interrupt. */
static void external(void)
{
	dev_irq_enable(platform.uart_irq);
	irq_unmask(IRQ_EXT);
	uart_irq_raise();
	wait_for(IRQ_EXT);
	uart_irq_lower();
	dev_irq_complete(dev_irq_claim());
	irq_mask(IRQ_EXT);
	dev_irq_disable(platform.uart_irq);
	tap_ok(true, "a device ends it");
}

static void many(void)
{
	u64 t0 = arch_time();

	irq_unmask(IRQ_TIMER);
	for (int i = 0; i < 200; i++) {
		timer_set(arch_time() + arch_ticks_from_us(200));
		wait_for(IRQ_TIMER);
		timer_set(~0UL);
	}
	irq_mask(IRQ_TIMER);
	tap_ok(true, "200 short sleeps all end");
	tap_note("%lu us each", (arch_time() - t0) * 1000000 / platform.timer_hz / 200);
}

/*
 * A timer's interrupt that nobody has taken, and whose cause has gone, does not end it: at the latest
 * after the guest's next access to its enable bit, which changes nothing here.
 */
static void set_anew(void)
{
	u64 waits = 0, most = 500; /* one in 200 us: the host's own interrupts end some, too */
	u64 end;

	irq_unmask(IRQ_TIMER);
	timer_set(arch_time());
	wait_for(IRQ_TIMER);
	end = arch_time() + arch_ticks_from_us(100000);
	timer_set(end);
	for (; arch_time() < end; waits++) {
		irq_unmask(IRQ_TIMER);
		wfi();
	}
	timer_set(~0UL);
	irq_mask(IRQ_TIMER);
	tap_ok(waits < most, "it waits for a timer that was set anew while pending");
	tap_note("%lu waits", waits);
}

int guest_main(void)
{
	irq_set_handler(IRQ_TIMER, on_timer);
	timer();
	already_pending();
	external();
	many();
	set_anew();
	return tap_done();
}
