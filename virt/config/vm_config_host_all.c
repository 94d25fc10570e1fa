// SPDX-License-Identifier: Apache-2.0
/* "host-path" "/": all devices of the host that a VM can have, but those that it leaves out. */
#include "vm_config_parse.h"
#include <lodge/board.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/string.h>
#include <lodge/thread.h>

#define EXCLUDE	    "exclude"
#define EXCLUDE_MAX 64

int config_note_all(struct config_parse *p, int node, const struct host_device_node *d)
{
	if (d->reg || d->irqs)
		return config_error(p, node, d->reg ? "reg" : "interrupts",
				    "is for one device, not for all: remove it");
	if (p->all_node)
		return config_error(p, node, "host-path",
				    "is \"/\" as in another node: remove one");
	p->all_node = node;
	return 0;
}

/* What belongs to the machine and not on it: firmware's notes, memory, CPUs. */
static bool is_machines(const void *fdt, int dev)
{
	static const char *const top[] = { "/cpus", "/chosen", "/reserved-memory", "/firmware" };
	static const char *const marks[] = { "#iommu-cells", "msi-controller" };
	const char *const *kind;
	unsigned int i;
	int node;

	for (i = 0; i < ARRAY_SIZE(marks); i++)
		if (fdt_prop(fdt, dev, marks[i], NULL))
			return true;
	for (i = 0; i < ARRAY_SIZE(top); i++) {
		node = fdt_find_path(fdt, top[i]);
		if (node >= 0 && host_is_within(fdt, dev, node))
			return true;
	}
	for (node = dev; node >= 0; node = fdt_parent(fdt, node))
		for (kind = arch_guest_board.host_parts; kind && *kind; kind++)
			if (fdt_node_is(fdt, node, *kind))
				return true;
	return false;
}

static bool has_registers(const void *fdt, int dev)
{
	u64 addr, size;

	return !fdt_reg(fdt, dev, 0, &addr, &size) && size;
}

/* The nodes that "exclude" lists, none below another before it. */
struct excluded {
	unsigned int nr;
	int node[EXCLUDE_MAX];
};

/* Whether @dev is in the list, or below what is. */
static bool is_excluded(const struct config_parse *p, const struct excluded *x, int dev)
{
	unsigned int i;

	for (i = 0; i < x->nr; i++)
		if (host_is_within(p->host->fdt, dev, x->node[i]))
			return true;
	return false;
}

/* Whether the guest would have registers of what is excluded with those of @dev. */
static bool shares_with_excluded(const struct config_parse *p, const struct excluded *x, int dev)
{
	const void *fdt = p->host->fdt;
	unsigned int i;
	int node;

	for (i = 0; i < x->nr; i++)
		for (node = x->node[i]; node >= 0 && host_is_within(fdt, node, x->node[i]);
		     node = fdt_next_node(fdt, node)) {
			thread_make_room();
			if (config_share_page(fdt, dev, node))
				return true;
		}
	return false;
}

/* All that is excluded is there. */
static int find_excluded(struct config_parse *p, struct excluded *x)
{
	u32 len = 0;
	const char *path = fdt_prop(p->fdt, p->all_node, EXCLUDE, &len);
	const char *end, *nul;
	unsigned int n;
	int dev;

	if (!path)
		return 0;
	end = path + len;
	for (n = 0; path < end; n++, path = nul + 1) {
		nul = memchr(path, '\0', (size_t)(end - path));
		if (!nul)
			return config_error(p, p->all_node, EXCLUDE,
					    "is no list of strings: correct it");
		if (n == EXCLUDE_MAX)
			return config_error(p, p->all_node, EXCLUDE,
					    "has more than %d paths: give devices one by one",
					    EXCLUDE_MAX);
		dev = config_find_host_node(p, p->all_node, EXCLUDE, path);
		if (dev < 0)
			return dev;
		if (!is_excluded(p, x, dev))
			x->node[x->nr++] = dev;
	}
	return 0;
}

/* The phandle of the machine's interrupt controller: that of the first interrupt that it has. */
static u32 find_controller(const struct config_parse *p)
{
	struct fdt_irq_parent last = { 0 };
	struct fdt_irq irq;
	u32 number;
	int dev;

	fdt_for_each_node(dev, p->host->fdt) {
		if (!fdt_irq(p->host->fdt, dev, 0, &last, &irq) &&
		    !p->host->irq(irq.controller, irq.cells, irq.nr, &number))
			return irq.controller;
	}
	return 0;
}

int config_give_all(struct config_parse *p)
{
	unsigned int before = p->cfg->nr_host_devs;
	const void *fdt = p->host ? p->host->fdt : NULL;
	struct excluded x = { 0 };
	int dev, chip, rc;

	if (!p->all_node || !fdt)
		return 0;
	rc = find_excluded(p, &x);
	chip = fdt_find_phandle(fdt, find_controller(p));
	for (dev = fdt_next_node(fdt, -1); !rc && dev >= 0; dev = fdt_next_node(fdt, dev)) {
		if (!has_registers(fdt, dev) || !config_host_enabled(fdt, dev) ||
		    is_machines(fdt, dev) || is_excluded(p, &x, dev) ||
		    (chip >= 0 && host_is_within(fdt, dev, chip)) ||
		    !config_host_node_fits(p, p->all_node, dev) || config_lacks_dma(p, dev) ||
		    shares_with_excluded(p, &x, dev))
			continue;
		rc = config_give_host_node(p, p->all_node, dev, NULL, NULL);
	}
	if (!rc && p->cfg->nr_host_devs == before)
		return config_error(p, p->all_node, "host-path",
				    "is \"/\", and there is no device for it: remove it");
	return rc;
}
