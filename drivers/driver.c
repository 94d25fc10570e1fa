// SPDX-License-Identifier: Apache-2.0
/* Which driver takes which node of the host's devicetree. */
#include <lodge/driver.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/hostmap.h>
#include <lodge/printk.h>
#include <lodge/string.h>

#define NODE_PATH_MAX 64

extern const struct driver *const __drivers_start[], *const __drivers_end[];

static bool driver_handles(const struct driver *drv, const char *compatible)
{
	const char *const *c;

	for (c = drv->compatible; *c; c++)
		if (!strcmp(*c, compatible))
			return true;
	return false;
}

/*
 * Offer @node to the drivers that know @compatible. Return: 1 when one took it, 0 when
 * none wants it, and -errno when it can't be used at all.
 */
static int driver_offer(const void *fdt, int node, enum driver_stage stage, const char *compatible)
{
	const struct driver *const *drv;

	for (drv = __drivers_start; drv < __drivers_end; drv++) {
		char path[NODE_PATH_MAX];
		int err;

		if ((*drv)->stage != stage || !driver_handles(*drv, compatible))
			continue;
		if (!fdt_node_enabled(fdt, node))
			return -ENODEV;
		err = (*drv)->probe(fdt, node);
		if (!err)
			return 1;
		if (err == -ENODEV)
			continue;
		fdt_node_path(fdt, node, path, sizeof(path));
		pr_err("%s: the %s driver can't use it (error %d)", path, (*drv)->name, -err);
		return err;
	}
	return 0;
}

/* Offer @node by each of its names, from the most to the least specific; true if taken. */
static bool driver_probe_node(const void *fdt, int node, enum driver_stage stage)
{
	u32 len = 0;
	const char *name = fdt_prop(fdt, node, "compatible", &len);
	const char *end = name ? name + len : NULL;

	while (name && name < end) {
		const char *nul = memchr(name, 0, (size_t)(end - name));
		int ret;

		if (!nul)
			return false;
		ret = driver_offer(fdt, node, stage, name);
		if (ret)
			return ret > 0;
		name = nul + 1;
	}
	return false;
}

int driver_probe_stage(const void *fdt, enum driver_stage stage)
{
	int node, taken = 0;

	for (node = fdt_next_node(fdt, -1); node >= 0; node = fdt_next_node(fdt, node))
		taken += driver_probe_node(fdt, node, stage);
	return taken;
}

volatile void *driver_map(const void *fdt, int node, unsigned int n, u64 min_size)
{
	char path[NODE_PATH_MAX];
	u64 addr, size;
	volatile void *regs;

	fdt_node_path(fdt, node, path, sizeof(path));
	if (fdt_reg(fdt, node, n, &addr, &size) || size < min_size) {
		pr_err("%s: reg %u is missing or smaller than %lu bytes", path, n,
		       (unsigned long)min_size);
		return NULL;
	}
	regs = host_ioremap(addr, min_size);
	if (!regs)
		pr_err("%s: no room to map its registers", path);
	return regs;
}

/* One interrupt specifier of @ncells cells: a number first, perhaps with flags behind it. */
static int irq_from_cells(const void *spec, unsigned int first, u32 ncells, u32 *irq)
{
	if (ncells < 1 || ncells > 2)
		return -EINVAL;
	*irq = fdt_cell(spec, first);
	return 0;
}

static int irq_extended(const void *fdt, const void *list, u32 len, unsigned int n, u32 *irq)
{
	unsigned int cells = len / 4, at = 0;

	while (at < cells) {
		int parent = fdt_find_phandle(fdt, fdt_cell(list, at));
		u32 ncells;

		if (parent < 0 || fdt_prop_u32(fdt, parent, "#interrupt-cells", &ncells))
			return -EINVAL;
		if (ncells > cells - at - 1)
			return -EINVAL;
		if (!n--)
			return irq_from_cells(list, at + 1, ncells, irq);
		at += 1 + ncells;
	}
	return -ENOENT;
}

/* The controller of @node's "interrupts": the nearest interrupt-parent upwards. */
static int irq_parent(const void *fdt, int node)
{
	u32 phandle;

	for (; node >= 0; node = fdt_parent(fdt, node))
		if (!fdt_prop_u32(fdt, node, "interrupt-parent", &phandle))
			return fdt_find_phandle(fdt, phandle);
	return -ENOENT;
}

int driver_irq(const void *fdt, int node, unsigned int n, u32 *irq)
{
	u32 len = 0, ncells;
	const void *list = fdt_prop(fdt, node, "interrupts-extended", &len);
	int parent;

	if (list)
		return irq_extended(fdt, list, len, n, irq);
	list = fdt_prop(fdt, node, "interrupts", &len);
	if (!list)
		return -ENOENT;
	parent = irq_parent(fdt, node);
	if (parent < 0 || fdt_prop_u32(fdt, parent, "#interrupt-cells", &ncells))
		return -EINVAL;
	if (!ncells || ncells > len / 4)
		return -EINVAL;
	if (n >= len / 4 / ncells)
		return -ENOENT;
	return irq_from_cells(list, n * ncells, ncells, irq);
}
