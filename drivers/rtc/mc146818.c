// SPDX-License-Identifier: Apache-2.0
/* The clock of PCs (Motorola MC146818): registers behind an index port and a data port. */
#include <lodge/date.h>
#include <lodge/driver.h>
#include <lodge/errno.h>
#include <lodge/ioport.h>
#include <lodge/printk.h>
#include <lodge/string.h>
#include <lodge/wallclock.h>
#include <asm/barrier.h>

#define RTC_SECONDS 0x00
#define RTC_MINUTES 0x02
#define RTC_HOURS   0x04
#define RTC_DAY	    0x07
#define RTC_MONTH   0x08
#define RTC_YEAR    0x09 /* of the century */
#define RTC_A	    0x0a
#define RTC_B	    0x0b

#define RTC_A_UPDATING 0x80
#define RTC_B_24H      0x02
#define RTC_B_BINARY   0x04
#define RTC_HOURS_PM   0x80

#define NSEC_PER_SEC 1000000000ull

/* An update takes 2 ms at most; so many pairs of port accesses take longer. */
#define UPDATE_POLLS 100000u
/* Two readings that agree have no update between them. */
#define READ_TRIES 4

struct rtc_time {
	u8 seconds, minutes, hours, day, month, year;
};

static u8 rtc_read(u16 port, u8 reg)
{
	port_write8(port, reg);
	return port_read8((u16)(port + 1));
}

static struct rtc_time read_once(u16 port)
{
	u32 polls = UPDATE_POLLS;

	while ((rtc_read(port, RTC_A) & RTC_A_UPDATING) && polls--)
		cpu_relax();
	return (struct rtc_time){
		.seconds = rtc_read(port, RTC_SECONDS),
		.minutes = rtc_read(port, RTC_MINUTES),
		.hours = rtc_read(port, RTC_HOURS),
		.day = rtc_read(port, RTC_DAY),
		.month = rtc_read(port, RTC_MONTH),
		.year = rtc_read(port, RTC_YEAR),
	};
}

static u8 from_bcd(u8 v)
{
	return (u8)((v >> 4) * 10 + (v & 15));
}

/* As numbers, whatever the chip is set to. */
static void normalize(struct rtc_time *t, u8 b)
{
	bool pm = !(b & RTC_B_24H) && (t->hours & RTC_HOURS_PM);
	u8 *field[] = { &t->seconds, &t->minutes, &t->hours, &t->day, &t->month, &t->year };
	unsigned int i;

	if (!(b & RTC_B_24H))
		t->hours &= (u8)~RTC_HOURS_PM;
	for (i = 0; !(b & RTC_B_BINARY) && i < ARRAY_SIZE(field); i++)
		*field[i] = from_bcd(*field[i]);
	/* 12 o'clock is the first hour of its half. */
	if (!(b & RTC_B_24H))
		t->hours = (u8)(t->hours % 12 + (pm ? 12 : 0));
}

static bool valid(const struct rtc_time *t)
{
	return t->seconds < 60 && t->minutes < 60 && t->hours < 24 && t->day >= 1 && t->day <= 31 &&
	       t->month >= 1 && t->month <= 12 && t->year < 100;
}

/* It does not count centuries. Lodge is of this one. */
static u64 to_seconds(const struct rtc_time *t)
{
	struct date d = {
		.year = 2000u + t->year,
		.month = t->month,
		.day = t->day,
		.hour = t->hours,
		.minute = t->minutes,
		.second = t->seconds,
	};

	return date_to_seconds(&d);
}

static int mc146818_probe(const void *fdt, int node)
{
	struct rtc_time t, again;
	unsigned int tries = READ_TRIES;
	u16 port;

	if (driver_port(fdt, node, 0, 2, &port))
		return -EINVAL;
	again = read_once(port);
	do {
		t = again;
		again = read_once(port);
	} while (memcmp(&t, &again, sizeof(t)) != 0 && --tries);
	normalize(&t, rtc_read(port, RTC_B));
	if (!valid(&t)) {
		pr_warn("the clock's battery is empty: its time makes no sense");
		return -ENODEV;
	}
	wallclock_set(to_seconds(&t) * NSEC_PER_SEC);
	return 0;
}

static const char *const mc146818_compatible[] = { "motorola,mc146818", NULL };

static const struct driver mc146818 = {
	.name = "mc146818",
	.compatible = mc146818_compatible,
	.stage = DRIVER_DEVICE,
	.probe = mc146818_probe,
};
DRIVER_REGISTER(mc146818);
