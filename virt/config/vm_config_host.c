// SPDX-License-Identifier: Apache-2.0
/* Devices that a description gives by their paths in the host's devicetree. */
#include "vm_config_parse.h"
#include <lodge/board.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/string.h>

#define PROP "host-path"

/* No machine has registers there, and no sum of such addresses wraps. */
#define ADDR_LIMIT ((u64)1 << 60)

/* A host's node as messages show it. */
struct shown_path {
	char s[80];
};

static const char *show(const struct config_parse *p, int node, struct shown_path *buf)
{
	char path[sizeof(buf->s) * 2];

	fdt_node_path(p->host->fdt, node, path, sizeof(path));
	return config_shown(path, buf->s, sizeof(buf->s));
}

/* ---- which nodes can be given ---- */

bool config_host_enabled(const void *fdt, int dev)
{
	for (; dev >= 0; dev = fdt_parent(fdt, dev))
		if (!fdt_node_enabled(fdt, dev))
			return false;
	return true;
}

static bool is_memory(const void *fdt, int dev)
{
	const char *type = fdt_prop_string(fdt, dev, "device_type");

	return type && !strcmp(type, "memory");
}

static const struct {
	const char *prop, *why;
} unfit[] = {
	{ "interrupt-map", "hands on interrupts of other devices, which Lodge can't: give others" },
	{ "ranges", "is a bus: give the devices on it one by one" },
};

static int check_kind(struct config_parse *p, int node, int dev)
{
	const void *fdt = p->host->fdt;
	struct shown_path at;
	unsigned int i;

	if (!config_host_enabled(fdt, dev))
		return config_error(p, node, PROP, "is %s, which is not in use there: remove it",
				    show(p, dev, &at));
	if (is_memory(fdt, dev))
		return config_error(p, node, PROP, "is %s, which is memory: see memory@...",
				    show(p, dev, &at));
	for (i = 0; i < ARRAY_SIZE(unfit); i++)
		if (fdt_prop(fdt, dev, unfit[i].prop, NULL))
			return config_error(p, node, PROP, "is %s, which %s", show(p, dev, &at),
					    unfit[i].why);
	return 0;
}

/* One device in two places, or one within the other. */
static int check_twice(struct config_parse *p, int node, int dev)
{
	const void *fdt = p->host->fdt;
	struct shown_path at;
	char other[48];
	unsigned int i;

	for (i = 0; i < p->cfg->nr_host_devs; i++) {
		int b = p->cfg->host_dev[i].node;

		if (!host_is_within(fdt, dev, b) && !host_is_within(fdt, b, dev))
			continue;
		config_shown(fdt_node_name(p->fdt, p->host_node[i]), other, sizeof(other));
		return config_error(p, node, PROP, "is %s, which is given by %s: remove one",
				    show(p, dev, &at), other);
	}
	return 0;
}

/* ---- registers ---- */

static u64 page_of(u64 addr)
{
	return ALIGN_DOWN(addr, PAGE_SIZE);
}

bool config_share_page(const void *fdt, int a, int b)
{
	u64 a_addr, a_size, b_addr, b_size;
	unsigned int i, j;

	for (i = 0; !fdt_reg(fdt, a, i, &a_addr, &a_size); i++)
		for (j = 0; a_size && !fdt_reg(fdt, b, j, &b_addr, &b_size); j++)
			if (b_size && page_of(a_addr) <= page_of(b_addr + (b_size - 1)) &&
			    page_of(b_addr) <= page_of(a_addr + (a_size - 1)))
				return true;
	return false;
}

/* The guest has whole pages: nothing that the host uses may be in them. */
static int check_users(struct config_parse *p, int node, int dev)
{
	const struct host_tree *host = p->host;
	struct shown_path at;
	const char *driver, *use;
	unsigned int n;
	int used;

	for (n = 0; host->user && (driver = host->user(n, &used, &use)); n++) {
		const char *blank = *use ? " " : "";

		if (host_is_within(host->fdt, dev, used) || host_is_within(host->fdt, used, dev))
			return config_error(
				p, node, PROP,
				"is %s, which the %s driver of the host uses%s%s: choose another",
				show(p, used, &at), driver, blank, use);
		if (config_share_page(host->fdt, dev, used))
			return config_error(
				p, node, PROP,
				"shares a page of registers with %s, which the %s driver of the host uses%s%s: choose another",
				show(p, used, &at), driver, blank, use);
	}
	return 0;
}

/* Whether @r is a device's that is given by its path, and the guest finds it as far from the host's. */
static bool is_same_window(const struct config_parse *p, const struct region *r, u64 offset)
{
	unsigned int i;

	for (i = 0; i < p->nr_origins; i++)
		if (p->origin[i].addr == r->gpa.v)
			return r->backing == BACKING_DEVICE && r->gpa.v - r->hpa.v == offset &&
			       fdt_prop(p->fdt, p->origin[i].node, PROP, NULL);
	return false;
}

/* The pages of one register range, less those that it shares with what was given before. */
static int add_pages(struct config_parse *p, int node, const char *prop, u64 addr, u64 size,
		     u64 offset)
{
	u64 start = page_of(addr), end = page_of(addr + (size - 1)) + PAGE_SIZE;
	int rc = 0;

	while (!rc && start < end) {
		const struct region *r =
			region_overlap(&p->cfg->memory, gpa(start + offset), end - start);
		u64 next = end, behind = end;

		if (r && is_same_window(p, r, offset)) {
			next = max(start, r->hpa.v);
			behind = r->hpa.v + r->size;
		}
		if (next > start) {
			struct config_range range = { start + offset, next - start };

			rc = config_add_region(p, node, prop, &range, BACKING_DEVICE, start);
		}
		start = behind;
	}
	return rc;
}

/* Where the guest has the first register, as "reg" says it. */
static int moved(struct config_parse *p, int node, int dev, const struct config_range *reg,
		 u64 *offset)
{
	u64 addr, size;

	if (!fdt_reg(p->host->fdt, dev, 1, &addr, &size))
		return config_error(p, node, "reg",
				    "is for a device with one range of registers: remove it");
	if (fdt_reg(p->host->fdt, dev, 0, &addr, &size))
		return 0; /* an error that add_registers() words */
	if (reg->size != size)
		return config_error(p, node, "reg",
				    "has size 0x%lx, and the device 0x%lx: correct it", reg->size,
				    size);
	*offset = reg->addr - addr;
	if (!IS_ALIGNED(*offset, PAGE_SIZE))
		return config_error(p, node, "reg",
				    "is at 0x%lx, and the device at 0x%lx of a page: correct it",
				    reg->addr & (PAGE_SIZE - 1), addr & (PAGE_SIZE - 1));
	return 0;
}

static int add_registers(struct config_parse *p, int node, int dev, const struct config_range *reg,
			 u64 *offset)
{
	const char *prop = reg ? "reg" : PROP;
	struct shown_path at;
	unsigned int n;
	u64 addr, size;
	int err = 0, rc = reg ? moved(p, node, dev, reg, offset) : 0;

	for (n = 0; !rc && n <= HOST_MAX_REGS; n++) {
		err = fdt_reg(p->host->fdt, dev, n, &addr, &size);
		/* Without a size it is an id, as a CPU has. */
		if (!err && !size)
			err = n ? -EINVAL : -ENOENT;
		else if (!err && addr + (size - 1) >= ADDR_LIMIT)
			err = -EINVAL;
		if (err)
			break;
		rc = add_pages(p, node, prop, addr, size, *offset);
	}
	if (rc || (err == -ENOENT && n))
		return rc;
	return config_error(p, node, PROP, "is %s, which has %s: choose another", show(p, dev, &at),
			    err == -ENOENT	? "no registers"
			    : n > HOST_MAX_REGS ? "too many ranges of registers"
						: "registers that Lodge can't find");
}

/* ---- interrupts ---- */

/* Linux's bindings have flags in the last of two, or in the third cell; one cell has none. */
static int trigger_of(const struct fdt_irq *irq, enum irq_trigger *trigger)
{
	u32 flags = irq->nr == 1 ? 0 : irq->cells[irq->nr == 2 ? 1 : 2] & 0xf;

	*trigger = flags ? (enum irq_trigger)flags : IRQ_LEVEL_HIGH;
	return flags & (flags - 1) ? -EINVAL : 0;
}

static int irq_error(struct config_parse *p, int node, int dev, unsigned int n, const char *what)
{
	struct shown_path at;

	return config_error(p, node, PROP, "is %s, whose interrupt %u %s: choose another",
			    show(p, dev, &at), n, what);
}

static int add_irq(struct config_parse *p, int node, int dev, unsigned int n, u32 guest_irq,
		   const struct fdt_irq *irq)
{
	const void *fdt = p->host->fdt;
	enum irq_trigger trigger;
	u32 number;

	if (fdt_prop(fdt, fdt_find_phandle(fdt, irq->controller), "interrupt-map", NULL))
		return irq_error(p, node, dev, n, "goes through a map, which Lodge does not read");
	if (p->host->irq(irq->controller, irq->cells, irq->nr, &number) || !number)
		return irq_error(p, node, dev, n,
				 "is not one of the machine's interrupt controller");
	if (trigger_of(irq, &trigger))
		return irq_error(p, node, dev, n, "comes at both edges");
	return config_add_line(p, node, guest_irq, number, trigger);
}

static int add_irqs(struct config_parse *p, int node, int dev, const struct config_list *guest)
{
	struct fdt_irq_parent last = { 0 };
	unsigned int n;
	struct fdt_irq irq;
	int err, rc;

	for (n = 0; !(err = fdt_irq(p->host->fdt, dev, n, &last, &irq)); n++) {
		rc = add_irq(p, node, dev, n, guest && n < guest->n ? guest->v[n] : 0, &irq);
		if (rc)
			return rc;
	}
	if (err != -ENOENT)
		return irq_error(p, node, dev, n, "can't be understood");
	if (guest && guest->n != n)
		return config_error(
			p, node, "interrupts",
			"has %u numbers, and the device %u interrupts: give one for each", guest->n,
			n);
	return 0;
}

/* ---- DMA ---- */

/* Its addresses are the host's: a guest whose memory is elsewhere would have it write to others'. */
bool config_lacks_dma(const struct config_parse *p, int dev)
{
	return fdt_node_is(p->host->fdt, dev, "virtio,mmio") &&
	       !region_map_has(&p->cfg->memory, BACKING_IDENTICAL);
}

static int check_dma(struct config_parse *p)
{
	struct shown_path at;
	unsigned int i;

	for (i = 0; i < p->cfg->nr_host_devs; i++)
		if (config_lacks_dma(p, p->cfg->host_dev[i].node))
			return config_error(
				p, p->host_node[i], PROP,
				"is %s, which does DMA: give the VM \"identical\" memory for that",
				show(p, p->cfg->host_dev[i].node, &at));
	return 0;
}

/* ---- the whole ---- */

int config_give_host_node(struct config_parse *p, int node, int dev, const struct config_range *reg,
			  const struct config_list *irqs)
{
	struct vm_config *cfg = p->cfg;
	struct host_device_config h = { .node = dev, .first_line = cfg->nr_lines };
	int rc;

	if (cfg->nr_host_devs == VM_MAX_HOST_DEVS)
		return config_error(p, node, NULL, "one device too many: a VM is given at most %d",
				    VM_MAX_HOST_DEVS);
	rc = check_kind(p, node, dev);
	if (!rc)
		rc = check_twice(p, node, dev);
	if (!rc)
		rc = check_users(p, node, dev);
	if (!rc)
		rc = add_registers(p, node, dev, reg, &h.offset);
	if (!rc)
		rc = add_irqs(p, node, dev, irqs);
	if (rc)
		return rc;
	h.nr_lines = cfg->nr_lines - h.first_line;
	cfg->host_fdt = p->host->fdt;
	p->host_node[cfg->nr_host_devs] = node;
	cfg->host_dev[cfg->nr_host_devs++] = h;
	return 0;
}

bool config_host_node_fits(struct config_parse *p, int node, int dev)
{
	struct fdt_irq_parent last = { 0 };
	enum irq_trigger trigger;
	unsigned int n;
	struct fdt_irq irq;
	u32 number;
	int err;

	if (check_kind(p, node, dev) || check_twice(p, node, dev) || check_users(p, node, dev))
		return false;
	for (n = 0; !(err = fdt_irq(p->host->fdt, dev, n, &last, &irq)); n++)
		if (p->host->irq(irq.controller, irq.cells, irq.nr, &number) || !number ||
		    trigger_of(&irq, &trigger))
			return false;
	return err == -ENOENT;
}

int config_find_host_node(struct config_parse *p, int node, const char *prop, const char *path)
{
	int dev = *path == '/' ? fdt_find_path(p->host->fdt, path) : -ENOENT;
	char shown[80];

	config_shown(path, shown, sizeof(shown));
	if (dev < 0)
		return config_error(
			p, node, prop,
			"is \"%s\", which the host's devicetree does not have: correct it", shown);
	if (fdt_path_is_ambiguous(p->host->fdt, path))
		return config_error(
			p, node, prop,
			"is \"%s\", by which the host's devicetree has several nodes: add the unit address, as in /uart@10000000",
			shown);
	return dev;
}

int config_add_host_device(struct config_parse *p, int node, const struct host_device_node *d)
{
	bool all = !strcmp(d->path, "/");
	int dev;

	if (!arch_guest_board.host_paths)
		return config_error(
			p, node, PROP,
			"is for machines that have a devicetree: give \"host-reg\" and \"host-interrupts\"");
	if (all)
		return config_note_all(p, node, d);
	if (d->excludes)
		return config_error(p, node, "exclude", "is for \"" PROP "\" \"/\": remove it");
	if (!p->host)
		return 0;
	dev = config_find_host_node(p, node, PROP, d->path);
	return dev < 0 ? dev : config_give_host_node(p, node, dev, d->reg, d->irqs);
}

/* The node of the description from which @e came. */
static int description_of(const struct config_parse *p, const struct host_copy_error *e)
{
	unsigned int i;

	for (i = 0; i < p->cfg->nr_host_devs; i++)
		if (host_is_within(p->host->fdt, e->node, p->cfg->host_dev[i].node))
			return p->host_node[i];
	return p->host_node[0]; /* it is what one of them refers to */
}

int config_check_host(struct config_parse *p)
{
	struct host_copy_error e = { .target = -1 };
	struct shown_path at, to;
	struct host_copy c;
	char prop[40];
	int node, behind, rc;

	if (!p->cfg->nr_host_devs)
		return 0;
	rc = check_dma(p);
	if (rc)
		return rc;
	rc = host_copy_collect(p->cfg, &c, &e);
	if (!rc)
		return 0;
	node = description_of(p, &e);
	if (rc == -ENOSPC)
		return config_error(p, node, PROP,
				    "refers to too many other nodes: give fewer devices");
	config_shown(e.prop, prop, sizeof(prop));
	show(p, e.node, &at);
	behind = host_behind_registers(p->host->fdt, e.target);
	if (rc == -EBUSY)
		return config_error(p, node, PROP,
				    "needs %s, by \"%s\" of %s: give that as well, or neither",
				    show(p, behind >= 0 ? behind : e.target, &to), prop, at.s);
	if (rc == -EOPNOTSUPP)
		return config_error(
			p, node, PROP,
			"needs %s, by \"%s\" of %s, which Lodge can't give: choose another",
			show(p, host_behind_driver(p->host->fdt, e.target), &to), prop, at.s);
	return config_error(p, node, PROP, "has \"%s\" of %s, which %s: choose another", prop, at.s,
			    rc == -ENOENT  ? "refers to a node that is not there"
			    : rc == -ENXIO ? "is one of the machine's interrupt controller"
					   : "can't be understood");
}
