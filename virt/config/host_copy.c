// SPDX-License-Identifier: Apache-2.0
/* The part of the host's tree that a guest gets: devices, and what they refer to. */
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/host_tree.h>
#include <lodge/string.h>
#include <lodge/thread.h>
#include <lodge/vm_config.h>

static bool is_copied(const struct host_copy *c, int node)
{
	unsigned int i;

	for (i = 0; i < c->nr; i++)
		if (host_is_within(c->fdt, node, c->node[i]))
			return true;
	return false;
}

/* @target, which something refers to: it is copied, or will be. */
static int add_target(struct host_copy *c, int target)
{
	unsigned int i;

	if (is_copied(c, target))
		return 0;
	if (host_behind_registers(c->fdt, target) >= 0 || fdt_parent(c->fdt, target) < 0)
		return -EBUSY;
	if (host_behind_driver(c->fdt, target) >= 0)
		return -EOPNOTSUPP;
	/* Those that were to be copied alone are copied with it. */
	for (i = c->nr_devs; i < c->nr; i++)
		if (host_is_within(c->fdt, c->node[i], target))
			c->node[i] = -1;
	if (c->nr == HOST_COPY_MAX)
		return -ENOSPC;
	c->node[c->nr++] = target;
	return 0;
}

/* The controller of a node's interrupts is told below @top, or is @top, or below it. */
static bool has_own_parent(const void *fdt, int node, int top)
{
	while (node != top) {
		if (fdt_prop(fdt, node, "interrupt-parent", NULL))
			return true;
		node = fdt_parent(fdt, node);
		if (fdt_prop(fdt, node, "#interrupt-cells", NULL))
			return true;
	}
	return false;
}

static bool tells_interrupts(const char *prop)
{
	return !strcmp(prop, "interrupts") || !strcmp(prop, "interrupts-extended") ||
	       !strcmp(prop, "interrupt-parent");
}

/* What @node, within the subtree of @top, refers to. */
static int add_refs(struct host_copy *c, int top, bool is_device, int node,
		    struct host_copy_error *e)
{
	struct host_ref ref;
	const void *val;
	u32 pos = 0, len, at;
	int rc;

	while ((val = fdt_prop_next(c->fdt, node, &pos, &e->prop, &len))) {
		/* Those of a device itself are the description's. */
		if (host_prop_dropped(e->prop) ||
		    (is_device && node == top && tells_interrupts(e->prop)))
			continue;
		e->target = -1;
		if (!strcmp(e->prop, "interrupts") && !has_own_parent(c->fdt, node, top))
			return -ENXIO;
		at = 0;
		while ((rc = host_ref_next(c->fdt, node, e->prop, val, len, &at, &ref)) > 0) {
			e->target = ref.node;
			rc = add_target(c, ref.node);
			if (rc)
				return rc;
		}
		if (rc)
			return rc;
	}
	return 0;
}

static int add_refs_below(struct host_copy *c, unsigned int i, struct host_copy_error *e)
{
	int top = c->node[i], node = top, rc = 0;

	for (; !rc && node >= 0 && host_is_within(c->fdt, node, top);
	     node = fdt_next_node(c->fdt, node)) {
		thread_make_room();
		e->node = node;
		rc = add_refs(c, top, i < c->nr_devs, node, e);
	}
	return rc;
}

int host_copy_collect(const struct vm_config *cfg, struct host_copy *c, struct host_copy_error *e)
{
	unsigned int i;
	int rc = 0;

	*c = (struct host_copy){ .fdt = cfg->host_fdt };
	for (i = 0; i < cfg->nr_host_devs; i++)
		c->node[i] = cfg->host_dev[i].node;
	c->nr = c->nr_devs = cfg->nr_host_devs;
	for (i = 0; !rc && i < c->nr; i++)
		rc = add_refs_below(c, i, e);
	return rc;
}
