// SPDX-License-Identifier: Apache-2.0
/* Devices on an ISA bus (IEEE 1275, ISA binding): their addresses are pairs of cells. */
#include <lodge/driver.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>

#define ISA_REG_CELLS 3u /* space, address, size */
#define ISA_SPACE_IO  1u

int driver_port(const void *fdt, int node, unsigned int n, u32 min_size, u16 *port)
{
	int bus = fdt_parent(fdt, node);
	u32 len = 0, at = n * ISA_REG_CELLS, first, size;
	const void *reg = fdt_prop(fdt, node, "reg", &len);

	if (bus < 0 || !fdt_node_is(fdt, bus, "isa") || !reg)
		return -ENOENT;
	if (n > len / 4 / ISA_REG_CELLS || len / 4 - at < ISA_REG_CELLS)
		return -ENOENT;
	first = fdt_cell(reg, at + 1);
	size = fdt_cell(reg, at + 2);
	/* No device is at port 0, so that it can stand for none. */
	if (fdt_cell(reg, at) != ISA_SPACE_IO || !first || size < min_size)
		return -ENOENT;
	if (first > 0x10000 || size > 0x10000 - first)
		return -ENOENT;
	*port = (u16)first;
	return 0;
}
