// SPDX-License-Identifier: Apache-2.0
#include <guest/irq.h>
#include <guest/tap.h>

/* The real-time clock behind ports 0x70 and 0x71 (MC146818). */

#define RTC_IRQ 8

enum {
	SECONDS,
	SECONDS_ALARM,
	MINUTES,
	MINUTES_ALARM,
	HOURS,
	HOURS_ALARM,
	WEEKDAY,
	DAY,
	MONTH,
	YEAR,
	STATUS_A,
	STATUS_B,
	STATUS_C,
	STATUS_D,
	CENTURY = 0x32
};

#define B_SET	  0x80
#define B_UPDATES 0x10
#define B_BINARY  0x04
#define B_24	  0x02
#define C_IRQ	  0x80
#define C_UPDATED 0x10

static u8 get(u8 reg)
{
	outb(0x70, reg);
	return inb(0x71);
}

static void put(u8 reg, u8 val)
{
	outb(0x70, reg);
	outb(0x71, val);
}

static u32 bcd(u8 v)
{
	return (v >> 4) * 10u + (v & 15);
}

static void shows_time(void)
{
	u32 year = bcd(get(CENTURY)) * 100 + bcd(get(YEAR));
	u8 second, again;
	u64 end;

	tap_ok(year >= 2024 && year < 2100, "the year is this century's");
	tap_ok(bcd(get(MONTH)) - 1 < 12 && bcd(get(DAY)) - 1 < 31 && get(WEEKDAY) - 1u < 7,
	       "so is the day");
	tap_ok(bcd(get(HOURS)) < 24 && bcd(get(MINUTES)) < 60 && bcd(get(SECONDS)) < 60,
	       "and the time");
	tap_note("%u-%02u-%02u %02u:%02u:%02u", year, bcd(get(MONTH)), bcd(get(DAY)),
		 bcd(get(HOURS)), bcd(get(MINUTES)), bcd(get(SECONDS)));
	tap_ok(get(STATUS_D) & 0x80, "the battery is good");
	second = get(SECONDS);
	end = arch_time() + arch_ticks_from_us(1500000);
	do
		again = get(SECONDS);
	while (again == second && arch_time() < end);
	tap_ok(again != second, "it goes on");
}

static void is_set(void)
{
	put(STATUS_B, B_SET | B_24);
	put(CENTURY, 0x20);
	put(YEAR, 0x28);
	put(MONTH, 0x02);
	put(DAY, 0x28);
	put(HOURS, 0x23);
	put(MINUTES, 0x59);
	put(SECONDS, 0x59);
	put(STATUS_B, B_24 | B_BINARY);
	for (u64 end = arch_time() + arch_ticks_from_us(1500000);
	     get(MINUTES) != 0 && arch_time() < end;)
		;
	tap_ok(get(MONTH) == 2 && get(DAY) == 29 && get(HOURS) == 0, "a leap year has its day");
	tap_eq(get(YEAR), 28, "and in binary numbers are those");
	put(STATUS_B, B_24);
	put(0x40, 0x5a);
	tap_eq(get(0x40), 0x5a, "its memory holds a value");
}

static volatile u64 irqs;
static volatile u8 flags;

static void on_rtc(struct trap_frame *f)
{
	(void)f;
	flags = get(STATUS_C);
	irqs++;
}

static void interrupts(void)
{
	u64 end;

	(void)get(STATUS_C);
	irq_set_handler(IRQ_EXT, on_rtc);
	dev_irq_enable(RTC_IRQ);
	irq_unmask(IRQ_EXT);
	put(STATUS_B, B_24 | B_UPDATES);
	end = arch_time() + arch_ticks_from_us(2500000);
	irq_enable();
	while (irqs < 2 && arch_time() < end)
		;
	irq_disable();
	put(STATUS_B, B_24);
	irq_mask(IRQ_EXT);
	tap_eq(irqs, 2, "each update is an interrupt");
	tap_eq(flags & (C_IRQ | C_UPDATED), C_IRQ | C_UPDATED, "and says so");
	tap_eq(get(STATUS_C) & C_IRQ, 0, "reading that takes it back");
}

int guest_main(void)
{
	shows_time();
	is_set();
	interrupts();
	return tap_done();
}
