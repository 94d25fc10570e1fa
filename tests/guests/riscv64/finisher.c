// SPDX-License-Identifier: Apache-2.0
#include <guest/fdt.h>
#include <guest/tap.h>

/* Powers off by the board's test device instead of the firmware. */
int guest_main(void)
{
	int node = fdt_find_compatible(platform.fdt, "sifive,test1");
	int status;
	u64 reg;

	if (node < 0)
		node = fdt_find_compatible(platform.fdt, "sifive,test0");
	if (!tap_ok(node >= 0, "the device tree has the test device"))
		return tap_done();
	reg = fdt_cell64(platform.fdt, node, "reg", 0);
	mmio_write32(reg, 0x1234);
	tap_ok(true, "an unknown command does nothing");
	tap_ok(fdt_find_compatible(platform.fdt, "syscon-poweroff") >= 0,
	       "the device tree says how to power off with it");
	tap_ok(fdt_find_compatible(platform.fdt, "syscon-reboot") >= 0, "and how to reboot");
	status = tap_done();
	if (!status)
		mmio_write32(reg, 0x5555);
	return 1; /* it should not have come back */
}
