// SPDX-License-Identifier: Apache-2.0
#include <guest/fdt.h>
#include <guest/tap.h>

/* Fails by the board's test device: status 0x2a, as QEMU's virt has it. */
int guest_main(void)
{
	int node = fdt_find_compatible(platform.fdt, "sifive,test1");

	if (node < 0)
		node = fdt_find_compatible(platform.fdt, "sifive,test0");
	if (!tap_ok(node >= 0, "the device tree has the test device"))
		return tap_done();
	tap_note("writing fail, 0x2a");
	mmio_write32(fdt_cell64(platform.fdt, node, "reg", 0), 0x2a << 16 | 0x3333);
	tap_ok(false, "the write returned");
	return tap_done();
}
