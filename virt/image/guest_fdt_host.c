// SPDX-License-Identifier: Apache-2.0
/*
 * Nodes of the host's devicetree in the guest's: devices that are passed through, on a bus of
 * their own, and what they refer to, beside it.
 */
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/guest_fdt.h>
#include <lodge/host_tree.h>
#include <lodge/printf.h>
#include <lodge/string.h>
#include <lodge/thread.h>
#include <lodge/vm.h>

#define CLOCK_NAMES "clock-output-names"

/* One that is being copied: @dev is NULL for what only is referred to. */
struct copy {
	const struct vm *vm;
	const void *fdt;
	struct fdt_writer *w;
	const struct host_device_config *dev;
};

/* ---- properties ---- */

/* Of @node: all phandles in it lead to copies. */
static int copy_prop(const struct copy *c, int node, const struct fdt_item *item)
{
	u8 *p = fdtw_prop_copy(c->w, item->name, item->data, item->len);
	struct host_ref ref;
	u32 at = 0;
	int rc;

	while ((rc = host_ref_next(c->fdt, node, item->name, item->data, item->len, &at, &ref)) > 0)
		fdtw_set_cell(p, ref.cell, GUEST_PHANDLE_HOST(ref.node));
	return rc;
}

static void write_regs(const struct copy *c, int node)
{
	u32 cells[4 * HOST_MAX_REGS];
	unsigned int n;
	u64 addr, size;

	for (n = 0; n < HOST_MAX_REGS && !fdt_reg(c->fdt, node, n, &addr, &size); n++) {
		addr += c->dev->offset;
		cells[4 * n] = (u32)(addr >> 32);
		cells[4 * n + 1] = (u32)addr;
		cells[4 * n + 2] = (u32)(size >> 32);
		cells[4 * n + 3] = (u32)size;
	}
	fdtw_cells(c->w, "reg", cells, 4 * n);
}

/* As the guest's controller numbers them; where a cell has flags, they are the host's trigger. */
static void write_irqs(const struct copy *c)
{
	struct vdev *chip = c->vm->irqchip;
	u32 cells[VM_MAX_LINES * FDT_IRQ_MAX_CELLS];
	unsigned int i, n, len = 0;

	if (!c->dev->nr_lines || !chip)
		return;
	for (i = 0; i < c->dev->nr_lines; i++) {
		const struct line_config *l = &c->vm->cfg->line[c->dev->first_line + i];

		cells[len] = l->irq;
		n = chip->ops->irq_cells ? chip->ops->irq_cells(chip, l->irq, &cells[len]) : 1;
		if (n > 1)
			cells[len + n - 1] = l->trigger;
		len += n;
	}
	fdtw_u32(c->w, "interrupt-parent", GUEST_PHANDLE_IRQCHIP);
	fdtw_cells(c->w, "interrupts", cells, len);
}

/*
 * Linux registers a clock by the name of its output, once: none may have that of the guest's own clock.
 * Without one it takes the node's. Others stay, by which some drivers find the parents of their clocks.
 */
static bool is_own_clock(const struct copy *c, int node)
{
	const char *s;
	unsigned int n;

	for (n = 0; (s = fdt_prop_string_at(c->fdt, node, CLOCK_NAMES, n)); n++)
		if (!strcmp(s, GUEST_APB_CLOCK_NAME))
			return true;
	return false;
}

/* What the root of a copy has otherwise than in the host's tree. */
static bool is_rewritten(const struct copy *c, int node, const char *name)
{
	static const char *const of_device[] = { "reg", "interrupts", "interrupts-extended",
						 "interrupt-parent" };
	unsigned int i;

	if (!c->dev)
		return !strcmp(name, "reg") ||
		       (!strcmp(name, CLOCK_NAMES) && is_own_clock(c, node));
	for (i = 0; i < ARRAY_SIZE(of_device); i++)
		if (!strcmp(of_device[i], name))
			return true;
	return false;
}

/* ---- nodes ---- */

static void write_phandle(const struct copy *c, int node)
{
	if (fdt_prop(c->fdt, node, "phandle", NULL))
		fdtw_u32(c->w, "phandle", GUEST_PHANDLE_HOST(node));
}

static int name_length(const char *name)
{
	const char *at = strchr(name, '@');

	return (int)min(at ? (size_t)(at - name) : strlen(name), (size_t)40);
}

/* Whether caches follow what the device stores is told of it, or of a bus above it, which the guest does not have. */
static void write_coherence(const struct copy *c, int node)
{
	static const char *const marks[] = { "dma-coherent", "dma-noncoherent" };
	int above = node;
	unsigned int i;

	for (; above >= 0; above = fdt_parent(c->fdt, above))
		for (i = 0; i < ARRAY_SIZE(marks); i++)
			if (fdt_prop(c->fdt, above, marks[i], NULL)) {
				/* The device's own is copied with the others. */
				if (above != node)
					fdtw_empty(c->w, marks[i]);
				return;
			}
}

static void begin_root(const struct copy *c, int node)
{
	const char *name = fdt_node_name(c->fdt, node);
	u64 addr, size;

	if (c->dev && !fdt_reg(c->fdt, node, 0, &addr, &size)) {
		fdtw_nodef(c->w, "%.*s@%lx", name_length(name), name, addr + c->dev->offset);
		write_regs(c, node);
		write_irqs(c);
		write_coherence(c, node);
	} else {
		/* Those of different places, or one of the guest's own, may have that name. */
		fdtw_nodef(c->w, "%.*s-%x", name_length(name), name, (u32)node);
	}
	write_phandle(c, node);
}

/* @top and all below it. */
static int copy_tree(const struct copy *c, int top)
{
	unsigned int depth = 0;
	struct fdt_item item;
	u32 off = (u32)top, at;
	int node = top, rc = 0;

	do {
		thread_make_room();
		at = off;
		fdt_next_item(c->fdt, &off, &item);
		if (item.kind == FDT_ITEM_NODE)
			node = (int)at;
		if (item.kind == FDT_ITEM_NODE && !depth++) {
			begin_root(c, node);
		} else if (item.kind == FDT_ITEM_NODE) {
			fdtw_node(c->w, item.name);
			write_phandle(c, node);
		} else if (item.kind == FDT_ITEM_PROP && !host_prop_dropped(item.name) &&
			   !(depth == 1 && is_rewritten(c, top, item.name))) {
			rc = copy_prop(c, node, &item);
		} else if (item.kind == FDT_ITEM_NODE_END) {
			fdtw_end_node(c->w);
			depth--;
		}
	} while (!rc && depth && item.kind != FDT_ITEM_END);
	return rc;
}

/* From the @i-th of @copy on, before the @end-th. */
static int copy_trees(struct copy *c, const struct host_copy *copy, unsigned int i,
		      unsigned int end)
{
	int rc = 0;

	for (; !rc && i < end; i++) {
		c->dev = i < copy->nr_devs ? &c->vm->cfg->host_dev[i] : NULL;
		if (copy->node[i] >= 0)
			rc = copy_tree(c, copy->node[i]);
	}
	return rc;
}

int guest_fdt_host(struct vm *vm, struct fdt_writer *w)
{
	struct copy c = { .vm = vm, .fdt = vm->cfg->host_fdt, .w = w };
	struct host_copy_error e;
	struct host_copy copy;
	int rc;

	if (!vm->cfg->nr_host_devs)
		return 0;
	rc = host_copy_collect(vm->cfg, &copy, &e);
	if (!rc)
		rc = copy_trees(&c, &copy, copy.nr_devs, copy.nr);
	fdtw_node(w, "host");
	fdtw_string(w, "compatible", "simple-bus");
	fdtw_u32(w, "#address-cells", 2);
	fdtw_u32(w, "#size-cells", 2);
	fdtw_empty(w, "ranges");
	if (!rc)
		rc = copy_trees(&c, &copy, 0, copy.nr_devs);
	fdtw_end_node(w);
	return rc ? -EINVAL : 0;
}
