// SPDX-License-Identifier: Apache-2.0
#include <guest/irq.h>
#include <guest/tap.h>

/* PL031 (Arm DDI 0224): seconds since 1970, one alarm. */

enum {
	DR = 0x00,
	MR = 0x04,
	LR = 0x08,
	CR = 0x0c,
	IMSC = 0x10,
	RIS = 0x14,
	MIS = 0x18,
	ICR = 0x1c,
	PERIPHID = 0xfe0,
};

#define YEAR (365 * 24 * 3600u)

static u32 rd(u64 reg)
{
	return mmio_read32(platform.rtc + reg);
}

static void wr(u64 reg, u32 val)
{
	mmio_write32(platform.rtc + reg, val);
}

static void spin_ms(u64 ms)
{
	u64 end = arch_time() + arch_ticks_from_us(ms * 1000);

	while (arch_time() < end)
		;
}

/* Up to the next change of the second. */
static u32 next_second(void)
{
	u32 now = rd(DR);
	u64 end = guest_give_up();

	while (rd(DR) == now && arch_time() < end)
		;
	return rd(DR);
}

static void time_of_day(void)
{
	static const u8 id[] = { 0x31, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };
	u32 t0, t1, now;
	u64 c0, ms;
	bool good = true;

	for (u64 i = 0; i < ARRAY_SIZE(id); i++)
		good &= i == 2 || rd(PERIPHID + 4 * i) == id[i];
	tap_ok(good && (rd(PERIPHID + 8) & 0xf) == 4, "it identifies itself as a PL031");
	tap_eq(rd(CR) & 1, 1, "it runs");
	t0 = rd(DR);
	tap_ok(t0 > 40 * YEAR && t0 < 130 * YEAR, "it is a year between 2010 and 2100");
	t0 = next_second();
	c0 = arch_time();
	t1 = next_second();
	ms = (arch_time() - c0) * 1000 / platform.timer_hz;
	tap_eq(t1 - t0, 1, "a second is one second after another");
	tap_ok(ms > 500 && ms < 1800, "and as long as the CPU's time says");
	tap_note("%lu ms", ms);

	now = rd(DR);
	wr(LR, now + 1000);
	t0 = rd(DR);
	wr(LR, now);
	t1 = rd(DR);
	tap_ok(t0 - now >= 1000 && t0 - now <= 1001, "it can be set");
	tap_ok(t1 - now <= 1, "and back");
}

static volatile u64 alarms;
static volatile u32 claimed, rang;

static void on_external(struct trap_frame *f)
{
	(void)f;
	rang = rd(DR);
	claimed = dev_irq_claim();
	wr(ICR, 1);
	dev_irq_complete(claimed);
	alarms++;
}

static void alarm(void)
{
	u32 when, raw, masked;

	irq_set_handler(IRQ_EXT, on_external);
	dev_irq_enable(platform.rtc_irq);
	irq_unmask(IRQ_EXT);
	wr(ICR, 1);
	wr(IMSC, 1);
	tap_eq(rd(IMSC), 1, "the alarm's mask reads back");
	when = next_second() + 1;
	wr(MR, when);
	tap_eq(rd(MR), when, "so does its time");
	irq_enable();
	for (u64 i = 0; i < 100 && !alarms; i++)
		spin_ms(20);
	tap_eq(alarms, 1, "it rings once, by an interrupt");
	/* However late this CPU is, the clock's own time tells what is early. */
	tap_ok(rang >= when, "and not early");
	tap_eq(claimed, platform.rtc_irq, "of the clock's");
	tap_eq(rd(RIS), 0, "RTCICR takes it back");
	irq_disable();

	wr(IMSC, 0);
	wr(MR, rd(DR) + 1);
	next_second();
	spin_ms(50);
	raw = rd(RIS);
	masked = rd(MIS);
	tap_ok(raw == 1 && !masked && !dev_irq_is_pending(platform.rtc_irq),
	       "masked it is seen in RTCRIS only");
	wr(IMSC, 1);
	tap_ok(rd(MIS) == 1 && dev_irq_is_pending(platform.rtc_irq), "and comes when it is not");
	wr(ICR, 1);
	tap_ok(!rd(MIS) && !dev_irq_is_pending(platform.rtc_irq), "once");
	wr(IMSC, 0);
	irq_mask(IRQ_EXT);
	dev_irq_disable(platform.rtc_irq);
}

int guest_main(void)
{
	if (!tap_ok(platform.rtc && platform.rtc_irq, "the device tree has the clock"))
		return tap_done();
	time_of_day();
	alarm();
	return tap_done();
}
