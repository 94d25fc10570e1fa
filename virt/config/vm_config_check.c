// SPDX-License-Identifier: Apache-2.0
/* What must hold between the parts of a VM description. */
#include "vm_config_parse.h"
#include <lodge/board.h>
#include <lodge/fdt.h>
#include <lodge/printf.h>
#include <lodge/string.h>

/* Host-physical addresses end here on every machine that Lodge knows. */
#define HPA_LIMIT ((u64)1 << 56)

/* ---- memory ---- */

static int check_range(struct config_parse *p, int node, const char *prop, u64 addr, u64 size,
		       u64 limit)
{
	if (!size)
		return config_error(p, node, prop, "has size 0: give it one, in whole pages");
	if (!IS_ALIGNED(addr, PAGE_SIZE))
		return config_error(p, node, prop,
				    "starts at 0x%lx, which is unaligned: use a multiple of 0x%lx",
				    addr, PAGE_SIZE);
	if (!IS_ALIGNED(size, PAGE_SIZE))
		return config_error(p, node, prop,
				    "has size 0x%lx, which is unaligned: use a multiple of 0x%lx",
				    size, PAGE_SIZE);
	if (addr + (size - 1) < addr)
		return config_error(p, node, prop,
				    "wraps around the end of the address space: make it smaller");
	if (addr + (size - 1) >= limit)
		return config_error(p, node, prop,
				    "ends at 0x%lx, which is too high: stay below 0x%lx",
				    addr + (size - 1), limit);
	return 0;
}

/* "/memory@80000000", or the property of / that it comes from. */
static void origin_name(const struct config_parse *p, u64 addr, char *buf, size_t size)
{
	unsigned int i;

	for (i = 0; i < p->nr_origins; i++) {
		const struct config_origin *o = &p->origin[i];
		char path[64];

		if (o->addr != addr)
			continue;
		if (o->node == fdt_root(p->fdt)) {
			scnprintf(buf, size, "%s", o->prop);
		} else {
			fdt_node_path(p->fdt, o->node, path, sizeof(path));
			config_shown(path, buf, size);
		}
		return;
	}
	buf[0] = '\0';
}

/* The host's addresses of @r are its own: no other region, of this VM or of another, can have them. */
static int claim_host(struct config_parse *p, int node, const char *prop, const struct region *r)
{
	struct vm_config *cfg = p->cfg;
	struct vm_config_claim *c;
	char path[64];
	unsigned int i;

	for (i = 0; i < cfg->nr_claims; i++) {
		c = &cfg->claim[i];
		if (r->hpa.v <= c->hpa.v + (c->size - 1) && c->hpa.v <= r->hpa.v + (r->size - 1))
			return config_error(
				p, node, prop,
				"has the host's %s at 0x%lx, as %s has: change one of them",
				r->backing == BACKING_DEVICE ? "device" : "memory",
				max(c->hpa.v, r->hpa.v), c->node);
	}
	c = &cfg->claim[cfg->nr_claims++];
	*c = (struct vm_config_claim){ .hpa = r->hpa,
				       .size = r->size,
				       .device = r->backing == BACKING_DEVICE };
	fdt_node_path(p->fdt, node, path, sizeof(path));
	config_shown(path, c->node, sizeof(c->node));
	return 0;
}

int config_add_region(struct config_parse *p, int node, const char *prop,
		      const struct config_range *range, enum region_backing backing, u64 host)
{
	const char *by_path = fdt_prop(p->fdt, node, "host-path", NULL) ? "host-path" : NULL;
	const char *host_prop = by_path			       ? by_path
				: backing == BACKING_IDENTICAL ? prop
							       : "host-reg";
	struct region r = {
		.gpa = gpa(range->addr),
		.size = range->size,
		.backing = backing,
		.perm = REGION_R | REGION_W | (backing == BACKING_DEVICE ? 0 : REGION_X),
		.hpa = hpa(host),
	};
	const struct region *other;
	char name[48];
	int rc;

	rc = check_range(p, node, prop, range->addr, range->size, VM_GPA_LIMIT);
	if (!rc && backing >= BACKING_IDENTICAL)
		rc = check_range(p, node, host_prop, host, range->size, HPA_LIMIT);
	if (rc)
		return rc;
	other = region_overlap(&p->cfg->memory, r.gpa, r.size);
	if (other) {
		origin_name(p, other->gpa.v, name, sizeof(name));
		return config_error(p, node, prop, "overlaps %s at 0x%lx: move one of them", name,
				    other->gpa.v);
	}
	if (region_add(&p->cfg->memory, &r))
		return config_error(p, node, NULL, "one region too many: a VM has at most %d",
				    MAX_REGIONS);
	if (backing >= BACKING_IDENTICAL)
		rc = claim_host(p, node, host_prop, &r);
	p->origin[p->nr_origins++] =
		(struct config_origin){ .addr = range->addr, .node = node, .prop = prop };
	return rc;
}

static int check_memory(struct config_parse *p)
{
	const struct vm_config *cfg = p->cfg;
	unsigned int i, ram = 0, lazy = 0, devs = cfg->nr_devs;

	for (i = 0; i < cfg->memory.count; i++) {
		ram += region_is_ram(&cfg->memory.r[i]);
		lazy += cfg->memory.r[i].backing == BACKING_LAZY;
	}
	if (!ram)
		return config_error(p, fdt_root(p->fdt), NULL,
				    "no memory: add \"memory-mib\" or a memory@... node");
	if (cfg->overcommit && !lazy)
		return config_error(p, fdt_root(p->fdt), "overcommit",
				    "is only for lazy memory: remove it or use that");
	/* The VM's map has the devices as well. */
	if (cfg->memory.count + devs > MAX_REGIONS)
		return config_error(
			p, fdt_root(p->fdt), NULL,
			"%u memory regions and %u devices: a VM has at most %d together",
			cfg->memory.count, devs, MAX_REGIONS);
	return 0;
}

/* ---- devices ---- */

/* Where to say that device @i is wrong: at its node, or at / if only the board has it. */
static int device_node(const struct config_parse *p, unsigned int i)
{
	return p->dev_node[i] >= 0 ? p->dev_node[i] : fdt_root(p->fdt);
}

static bool device_removed(const struct config_parse *p, unsigned int i)
{
	return i < p->nr_board && (p->board_removed & BIT(i));
}

/* A window that a description gives; the board's need no check. */
static int check_given_window(struct config_parse *p, unsigned int i)
{
	const struct vdev_config *d = &p->cfg->dev[i];
	u64 size = min(d->size, ~(u64)0 - PAGE_SIZE), ports = arch_guest_board.nr_ports;

	if (d->space == VDEV_PORTS && (!size || d->base.v >= ports || size > ports - d->base.v))
		return config_error(p, device_node(p, i), "reg",
				    "is not within the board's 0x%lx I/O ports: correct it", ports);
	if (d->space == VDEV_PORTS)
		return 0;
	return check_range(p, device_node(p, i), "reg", d->base.v, ALIGN_UP(size, PAGE_SIZE),
			   VM_GPA_LIMIT);
}

static int check_device_window(struct config_parse *p, unsigned int i)
{
	const struct vdev_config *d = &p->cfg->dev[i];
	u64 start = ALIGN_DOWN(d->base.v, PAGE_SIZE);
	const struct region *r;
	char name[48];
	unsigned int n;
	int rc;

	if (i >= p->nr_board) {
		rc = check_given_window(p, i);
		if (rc)
			return rc;
	}
	if (d->space == VDEV_PORTS)
		return 0;
	r = region_overlap(&p->cfg->memory, gpa(start),
			   ALIGN_UP(d->base.v + d->size, PAGE_SIZE) - start);
	if (!r)
		return 0;
	if (i >= p->nr_board) {
		origin_name(p, r->gpa.v, name, sizeof(name));
		return config_error(p, device_node(p, i), "reg",
				    "overlaps %s at 0x%lx: move one of them", name, r->gpa.v);
	}
	for (n = 0; p->origin[n].addr != r->gpa.v; n++)
		;
	return config_error(p, p->origin[n].node, p->origin[n].prop,
			    "overlaps %s at 0x%lx: move it or disable the device", d->name,
			    d->base.v);
}

/* Windows of memory count in whole pages. */
static bool windows_overlap(const struct vdev_config *a, const struct vdev_config *b)
{
	u64 align = a->space == VDEV_PORTS ? 1 : PAGE_SIZE;

	return a->space == b->space &&
	       ALIGN_DOWN(a->base.v, align) < ALIGN_UP(b->base.v + b->size, align) &&
	       ALIGN_DOWN(b->base.v, align) < ALIGN_UP(a->base.v + a->size, align);
}

/* @i and an earlier one, @j. */
static int check_device_pair(struct config_parse *p, unsigned int i, unsigned int j)
{
	const struct vdev_config *a = &p->cfg->dev[i], *b = &p->cfg->dev[j];

	if (!strcmp(a->name, b->name))
		return config_error(p, device_node(p, i), NULL,
				    "a second device named \"%s\": choose another name", a->name);
	if (i < p->nr_board)
		return 0;
	if (windows_overlap(a, b))
		return config_error(p, device_node(p, i), "reg",
				    "overlaps %s at 0x%lx: move one of them", b->name, b->base.v);
	if (a->irq && a->irq == b->irq)
		return config_error(p, device_node(p, i), "interrupts",
				    "is %u, which %s has: choose another", a->irq, b->name);
	return 0;
}

static int check_devices(struct config_parse *p)
{
	unsigned int i, j;
	int rc = 0;

	for (i = 0; !rc && i < p->cfg->nr_devs; i++) {
		if (device_removed(p, i))
			continue;
		rc = check_device_window(p, i);
		for (j = 0; !rc && j < i; j++)
			if (!device_removed(p, j))
				rc = check_device_pair(p, i, j);
	}
	return rc;
}

/* ---- the rest ---- */

static int check_cpus(struct config_parse *p)
{
	const struct vm_config *cfg = p->cfg;
	unsigned int i, j;
	char path[16];
	int node;

	for (i = 0; i < cfg->nr_vcpus; i++)
		for (j = 0; j < cfg->nr_vcpus; j++) {
			u64 mine = cfg->vcpu[i].affinity;

			if (i == j || !mine || !cfg->vcpu[j].exclusive ||
			    (mine & ~cfg->vcpu[j].affinity))
				continue;
			scnprintf(path, sizeof(path), "/cpus/cpu@%u", i);
			node = fdt_find_path(p->fdt, path);
			return config_error(p, node < 0 ? fdt_root(p->fdt) : node, "affinity",
					    "names only what cpu@%u has alone: choose another CPU",
					    j);
		}
	return 0;
}

/* Code may be in a device as well: flash is one. */
static int check_address(struct config_parse *p, const char *prop, bool given, gpa_t addr,
			 bool device_too)
{
	const struct region *r = region_find(&p->cfg->memory, addr);
	int chosen = fdt_find_path(p->fdt, "/chosen");

	if (!given || chosen < 0 || region_is_memory(r) || (r && device_too))
		return 0;
	return config_error(p, chosen, prop,
			    "is 0x%lx, where the VM has no memory: move it into some", addr.v);
}

int config_check(struct config_parse *p)
{
	const struct vm_config *cfg = p->cfg;
	int rc = config_give_all(p);

	if (!rc)
		rc = check_memory(p);
	if (!rc)
		rc = check_devices(p);
	if (!rc)
		rc = config_number_lines(p);
	if (!rc)
		rc = config_check_lines(p);
	if (!rc)
		rc = config_check_host(p);
	if (!rc)
		rc = check_cpus(p);
	if (!rc)
		rc = check_address(p, "entry", cfg->has_entry, cfg->entry, true);
	if (!rc)
		rc = check_address(p, "load", cfg->has_load, cfg->load, false);
	return rc;
}
