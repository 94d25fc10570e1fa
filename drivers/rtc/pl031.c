// SPDX-License-Identifier: Apache-2.0
/* The PrimeCell real-time clock (Arm DDI 0224, PL031): seconds since 1970 in one register. */
#include <asm/io.h>
#include <lodge/driver.h>
#include <lodge/errno.h>
#include <lodge/wallclock.h>

#define RTC_DR	   0x00
#define RTC_WINDOW 0x04

#define NSEC_PER_SEC 1000000000ull

static int pl031_probe(const void *fdt, int node)
{
	volatile u8 *regs = driver_map(fdt, node, 0, RTC_WINDOW);

	if (!regs)
		return -ENODEV;
	wallclock_set(readl(regs + RTC_DR) * NSEC_PER_SEC);
	return 0;
}

static const char *const pl031_compatible[] = { "arm,pl031", NULL };

static const struct driver pl031_driver = {
	.name = "pl031",
	.compatible = pl031_compatible,
	.stage = DRIVER_DEVICE,
	.probe = pl031_probe,
	.shares = true,
};
DRIVER_REGISTER(pl031_driver);
