// SPDX-License-Identifier: Apache-2.0
#include <arch/apic.h>
#include <guest/irq.h>
#include <guest/tap.h>

/* The local APIC's timer: once, again and again, and at a time of the TSC. */

#define MSR_TSC_ADJUST 0x3b

/* For what must come: only a timer that never fires takes so long, however busy the host is. */
#define FOREVER_US 60000000

static volatile u64 ticks, fired_at;

static void on_timer(struct trap_frame *f)
{
	(void)f;
	fired_at = rdtsc();
	ticks++;
}

static void wait_ticks(u64 n, u64 us)
{
	u64 end = rdtsc() + arch_ticks_from_us(us);

	irq_enable();
	while (ticks < n && rdtsc() < end)
		;
	irq_disable();
}

/* In the timer's own ticks. */
static u32 count_of_us(u64 us)
{
	return (u32)(us * lapic_hz / 1000000);
}

static void once(void)
{
	u32 first, second;
	bool was_late;
	u64 start;

	lapic_write(LAPIC_LVT_TIMER, VECTOR_TIMER);
	lapic_write(LAPIC_TIMER_INIT, 0xfffffff0);
	first = lapic_read(LAPIC_TIMER_COUNT);
	second = lapic_read(LAPIC_TIMER_COUNT);
	tap_ok(first <= 0xfffffff0 && second < first, "the count runs down");
	start = rdtsc();
	lapic_write(LAPIC_TIMER_INIT, count_of_us(20000));
	wait_ticks(1, FOREVER_US);
	tap_ok(ticks == 1 && fired_at - start >= arch_ticks_from_us(19500),
	       "at its end there is an interrupt, not early");
	tap_note("after %lu us of 20000", (fired_at - start) * 1000000 / platform.timer_hz);
	wait_ticks(2, 50000);
	tap_ok(ticks == 1 && lapic_read(LAPIC_TIMER_COUNT) == 0, "and only one");
	do {
		ticks = 0;
		start = rdtsc();
		lapic_write(LAPIC_TIMER_INIT, count_of_us(10000));
		lapic_write(LAPIC_TIMER_INIT, 0);
		was_late = rdtsc() - start >= arch_ticks_from_us(10000);
		wait_ticks(1, 50000);
	} while (was_late); /* it may have ended before it was stopped */
	tap_eq(ticks, 0, "a count of 0 stops it");
}

static void divided(void)
{
	u64 start, us;

	lapic_write(LAPIC_TIMER_DIV, 0x1); /* by four */
	start = rdtsc();
	lapic_write(LAPIC_TIMER_INIT, count_of_us(10000));
	ticks = 0;
	wait_ticks(1, FOREVER_US);
	us = (fired_at - start) * 1000000 / platform.timer_hz;
	lapic_write(LAPIC_TIMER_DIV, LAPIC_DIV_1);
	tap_ok(ticks == 1 && us >= 39000, "divided by four it takes four times as long");
	tap_note("%lu us of 40000", us);
}

static void periodic(void)
{
	u64 start = rdtsc();

	ticks = 0;
	lapic_write(LAPIC_LVT_TIMER, VECTOR_TIMER | LAPIC_PERIODIC);
	lapic_write(LAPIC_TIMER_INIT, count_of_us(5000));
	wait_ticks(10, FOREVER_US);
	tap_ok(ticks >= 10 && rdtsc() - start >= arch_ticks_from_us(48000),
	       "a period ends again and again");
	lapic_write(LAPIC_LVT_TIMER, VECTOR_TIMER | LAPIC_PERIODIC | LAPIC_MASKED);
	/* One that was pending already may still come. */
	ticks = 0;
	wait_ticks(1, 20000);
	ticks = 0;
	wait_ticks(1, 20000);
	tap_eq(ticks, 0, "masked it goes on silently");
	tap_ok(lapic_read(LAPIC_TIMER_COUNT) != 0, "but goes on");
	lapic_write(LAPIC_TIMER_INIT, 0);
}

static void deadline(void)
{
	bool was_late;
	u64 when;
	u32 r[4];

	cpuid(1, 0, r);
	if (!(r[2] >> 24 & 1)) {
		tap_skip("this CPU's timer has no deadlines");
		return;
	}
	lapic_write(LAPIC_LVT_TIMER, VECTOR_TIMER | LAPIC_DEADLINE);
	__asm__ volatile("mfence" ::: "memory");
	ticks = 0;
	when = rdtsc() + arch_ticks_from_us(FOREVER_US);
	wrmsr(MSR_TSC_DEADLINE, when);
	tap_eq(rdmsr(MSR_TSC_DEADLINE), when, "a deadline reads back");
	when = rdtsc() + arch_ticks_from_us(20000);
	wrmsr(MSR_TSC_DEADLINE, when);
	wait_ticks(1, FOREVER_US);
	tap_ok(ticks == 1 && fired_at >= when, "the interrupt comes, not early");
	tap_note("late by %ld ticks", (long)(fired_at - when));
	tap_eq(rdmsr(MSR_TSC_DEADLINE), 0, "and the register is 0 then");
	wrmsr(MSR_TSC_DEADLINE, 1);
	wait_ticks(2, FOREVER_US);
	tap_eq(ticks, 2, "one that has passed comes at once");
	when = rdtsc() + arch_ticks_from_us(20000);
	wrmsr(MSR_TSC_DEADLINE, when);
	while (!irq_pending(IRQ_TIMER))
		wfi();
	wait_ticks(3, FOREVER_US);
	tap_ok(fired_at >= when, "it wakes HLT");
	do {
		ticks = 0;
		when = rdtsc() + arch_ticks_from_us(5000);
		wrmsr(MSR_TSC_DEADLINE, when);
		wrmsr(MSR_TSC_DEADLINE, 0);
		was_late = rdtsc() >= when;
		wait_ticks(1, 20000);
	} while (was_late); /* it may have come before it was disarmed */
	tap_eq(ticks, 0, "0 disarms it");
}

/* Deadlines are of the counter as it is read. */
static void moved_counter(void)
{
	u64 before = rdmsr(MSR_TSC_ADJUST), when;
	u32 r[4];

	cpuid(1, 0, r);
	if (!(r[2] >> 24 & 1)) {
		tap_skip("this CPU's timer has no deadlines");
		return;
	}
	ticks = 0;
	wrmsr(MSR_TSC_ADJUST, before + (1ul << 40));
	when = rdtsc() + arch_ticks_from_us(5000);
	wrmsr(MSR_TSC_DEADLINE, when);
	wait_ticks(1, FOREVER_US);
	tap_ok(ticks == 1 && fired_at >= when,
	       "a deadline of a counter that was moved comes, not early");
	when = rdtsc() + arch_ticks_from_us(5000);
	wrmsr(MSR_TSC_DEADLINE, when);
	wrmsr(MSR_TSC_ADJUST, before);
	wait_ticks(2, 20000);
	tap_ok(ticks == 1 || fired_at >= when, "it waits longer when the counter is moved back");
	wrmsr(MSR_TSC_DEADLINE, rdtsc() + arch_ticks_from_us(FOREVER_US));
	ticks = 0;
	wrmsr(MSR_TSC_ADJUST, before + (1ul << 40));
	wait_ticks(1, FOREVER_US / 10);
	tap_eq(ticks, 1, "and comes at once when the counter goes past it");
	wrmsr(MSR_TSC_ADJUST, before);
}

int guest_main(void)
{
	irq_set_handler(IRQ_TIMER, on_timer);
	irq_unmask(IRQ_TIMER);
	once();
	divided();
	periodic();
	deadline();
	moved_counter();
	return tap_done();
}
