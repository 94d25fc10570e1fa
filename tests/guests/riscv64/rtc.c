// SPDX-License-Identifier: Apache-2.0
#include <arch/plic.h>
#include <guest/irq.h>
#include <guest/tap.h>

/* Goldfish real-time clock: nanoseconds since 1970 in two halves, one alarm. */

enum {
	TIME_LOW = 0x00,
	TIME_HIGH = 0x04,
	ALARM_LOW = 0x08,
	ALARM_HIGH = 0x0c,
	IRQ_ENABLED = 0x10,
	CLEAR_ALARM = 0x14,
	ALARM_STATUS = 0x18,
	CLEAR_INTERRUPT = 0x1c,
};

#define NS_PER_MS 1000000UL
#define YEAR_NS	  (365 * 24 * 3600UL * 1000000000UL)

static u32 rd(unsigned int reg)
{
	return mmio_read32(platform.rtc + reg);
}

static void wr(unsigned int reg, u32 val)
{
	mmio_write32(platform.rtc + reg, val);
}

/* The low half latches the high one. */
static u64 now(void)
{
	u64 low = rd(TIME_LOW);

	return (u64)rd(TIME_HIGH) << 32 | low;
}

static void alarm(u64 when)
{
	wr(ALARM_HIGH, (u32)(when >> 32));
	wr(ALARM_LOW, (u32)when);
}

static void spin_ms(u64 ms)
{
	u64 end = arch_time() + arch_ticks_from_us(ms * 1000);

	while (arch_time() < end)
		;
}

static void time_of_day(void)
{
	u64 t0 = now(), c0 = arch_time(), t1, c1, ns;
	bool monotonic = true;

	tap_ok(t0 > 40 * YEAR_NS && t0 < 200 * YEAR_NS, "it is a year between 2010 and 2170");
	for (u64 last = t0, i = 0; i < 1000; i++, last = t1) {
		t1 = now();
		monotonic &= t1 >= last;
	}
	tap_ok(monotonic, "it never runs backwards");
	spin_ms(200);
	t1 = now();
	c1 = arch_time();
	ns = (c1 - c0) * (1000000000 / platform.timer_hz);
	tap_ok(t1 - t0 > ns / 2 && t1 - t0 < 2 * ns + 100 * NS_PER_MS,
	       "it advances about as fast as the CPU's time");
	tap_note("clock %lu us, time %lu us", (t1 - t0) / 1000, ns / 1000);
}

static volatile u64 alarms, rang;
static volatile u32 claimed;

static void on_external(struct trap_frame *f)
{
	(void)f;
	rang = now();
	claimed = mmio_read32(plic_claim());
	wr(CLEAR_INTERRUPT, 1);
	mmio_write32(plic_claim(), claimed);
	alarms++;
}

static void route_interrupt(void)
{
	irq_set_handler(IRQ_EXT, on_external);
	mmio_write32(plic_priority(platform.rtc_irq), 1);
	mmio_write32(plic_enable(platform.rtc_irq), 1u << platform.rtc_irq % 32);
	mmio_write32(plic_threshold(), 0);
	csr_set(sie, BIT(IRQ_EXT));
	wr(IRQ_ENABLED, 1);
	irq_enable();
}

/* However late this CPU is, the clock's own time tells what is early. */
static void alarm_interrupt(void)
{
	u64 when;

	route_interrupt();
	alarm(now() + YEAR_NS);
	tap_eq(rd(ALARM_STATUS), 1, "an armed alarm says so");
	when = now() + 50 * NS_PER_MS;
	alarm(when);
	for (u64 i = 0; i < 100 && !alarms; i++)
		spin_ms(10);
	tap_eq(alarms, 1, "it rings once, by an interrupt");
	tap_ok(rang >= when, "and not early");
	tap_eq(claimed, platform.rtc_irq, "of the clock's");
	tap_eq(rd(ALARM_STATUS), 0, "it is no longer armed then");

	do {
		when = now() + 50 * NS_PER_MS;
		alarm(when);
		wr(CLEAR_ALARM, 1);
	} while (now() >= when);
	alarms = 0;
	spin_ms(120);
	tap_ok(!alarms && !rd(ALARM_STATUS), "one that is cleared does not ring");
	alarm(now() - NS_PER_MS);
	spin_ms(20);
	tap_eq(alarms, 1, "one in the past rings at once");
	wr(IRQ_ENABLED, 0);
	alarm(now() + NS_PER_MS);
	spin_ms(20);
	tap_eq(alarms, 1, "with the interrupt disabled it is silent");
	irq_disable();
}

int guest_main(void)
{
	if (!tap_ok(platform.rtc && platform.rtc_irq, "the device tree has the clock"))
		return tap_done();
	time_of_day();
	alarm_interrupt();
	return tap_done();
}
