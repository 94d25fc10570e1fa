// SPDX-License-Identifier: Apache-2.0
#include <arch/cmos.h>
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

static void shows_time(void)
{
	u32 year = cmos_bcd(cmos_read(CENTURY)) * 100 + cmos_bcd(cmos_read(YEAR));
	u8 second, again;
	u64 end;

	tap_ok(year >= 2024 && year < 2100, "the year is this century's");
	tap_ok(cmos_bcd(cmos_read(MONTH)) - 1 < 12 && cmos_bcd(cmos_read(DAY)) - 1 < 31 &&
		       cmos_read(WEEKDAY) - 1u < 7,
	       "so is the day");
	tap_ok(cmos_bcd(cmos_read(HOURS)) < 24 && cmos_bcd(cmos_read(MINUTES)) < 60 &&
		       cmos_bcd(cmos_read(SECONDS)) < 60,
	       "and the time");
	tap_note("%u-%02u-%02u %02u:%02u:%02u", year, cmos_bcd(cmos_read(MONTH)),
		 cmos_bcd(cmos_read(DAY)), cmos_bcd(cmos_read(HOURS)), cmos_bcd(cmos_read(MINUTES)),
		 cmos_bcd(cmos_read(SECONDS)));
	tap_ok(cmos_read(STATUS_D) & 0x80, "the battery is good");
	second = cmos_read(SECONDS);
	end = arch_time() + arch_ticks_from_us(1500000);
	do
		again = cmos_read(SECONDS);
	while (again == second && arch_time() < end);
	tap_ok(again != second, "it goes on");
}

static void is_set(void)
{
	cmos_write(STATUS_B, B_SET | B_24);
	cmos_write(CENTURY, 0x20);
	cmos_write(YEAR, 0x28);
	cmos_write(MONTH, 0x02);
	cmos_write(DAY, 0x28);
	cmos_write(HOURS, 0x23);
	cmos_write(MINUTES, 0x59);
	cmos_write(SECONDS, 0x59);
	cmos_write(STATUS_B, B_24 | B_BINARY);
	for (u64 end = arch_time() + arch_ticks_from_us(1500000);
	     cmos_read(MINUTES) != 0 && arch_time() < end;)
		;
	tap_ok(cmos_read(MONTH) == 2 && cmos_read(DAY) == 29 && cmos_read(HOURS) == 0,
	       "a leap year has its day");
	tap_eq(cmos_read(YEAR), 28, "and in binary numbers are those");
	cmos_write(STATUS_B, B_24);
	cmos_write(0x40, 0x5a);
	tap_eq(cmos_read(0x40), 0x5a, "its memory holds a value");
	outw(CMOS_INDEX, 0xa541);
	tap_eq(cmos_read(0x41), 0xa5, "a word at its index is an index and a value");
}

static volatile u64 irqs;
static volatile u8 flags;

static void on_rtc(struct trap_frame *f)
{
	(void)f;
	flags = cmos_read(STATUS_C);
	irqs++;
}

static void interrupts(void)
{
	u64 end;

	(void)cmos_read(STATUS_C);
	irq_set_handler(IRQ_EXT, on_rtc);
	dev_irq_enable(RTC_IRQ);
	irq_unmask(IRQ_EXT);
	cmos_write(STATUS_B, B_24 | B_UPDATES);
	end = arch_time() + arch_ticks_from_us(2500000);
	irq_enable();
	while (irqs < 2 && arch_time() < end)
		;
	irq_disable();
	cmos_write(STATUS_B, B_24);
	irq_mask(IRQ_EXT);
	tap_eq(irqs, 2, "each update is an interrupt");
	tap_eq(flags & (C_IRQ | C_UPDATED), C_IRQ | C_UPDATED, "and says so");
	tap_eq(cmos_read(STATUS_C) & C_IRQ, 0, "reading that takes it back");
}

int guest_main(void)
{
	shows_time();
	is_set();
	interrupts();
	return tap_done();
}
