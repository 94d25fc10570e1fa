// SPDX-License-Identifier: Apache-2.0
/* The Goldfish real-time clock: nanoseconds since 1970 in two 32-bit registers. */
#include <asm/io.h>
#include <lodge/driver.h>
#include <lodge/errno.h>
#include <lodge/wallclock.h>

#define RTC_TIME_LOW  0x00 /* reading it latches the upper half */
#define RTC_TIME_HIGH 0x04
#define RTC_WINDOW    0x08

static int goldfish_rtc_probe(const void *fdt, int node)
{
	volatile u8 *regs = driver_map(fdt, node, 0, RTC_WINDOW);
	u64 ns;

	if (!regs)
		return -ENODEV;
	ns = readl(regs + RTC_TIME_LOW);
	ns |= (u64)readl(regs + RTC_TIME_HIGH) << 32;
	wallclock_set(ns);
	return 0;
}

static const char *const goldfish_rtc_compatible[] = { "google,goldfish-rtc", NULL };

static const struct driver goldfish_rtc = {
	.name = "goldfish-rtc",
	.compatible = goldfish_rtc_compatible,
	.stage = DRIVER_DEVICE,
	.probe = goldfish_rtc_probe,
	.shares = true,
};
DRIVER_REGISTER(goldfish_rtc);
