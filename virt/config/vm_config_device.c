// SPDX-License-Identifier: Apache-2.0
/* /devices of a VM description: the board's, virtio, and what is passed through. */
#include "vm_config_parse.h"
#include <lodge/board.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/string.h>

#define COMPATIBLE_MAX 32

struct device_node {
	char compatible[COMPATIBLE_MAX];
	u32 status;
	struct config_range reg, host;
	u32 irq;
	struct config_list irqs, host_irqs;
	u32 trigger;
	struct config_list ports;
	char hid[16];
	bool io_ports;
	char file[VM_PATH_MAX]; /* or the path in the host's tree */
	char net_switch[VM_NAME_MAX];
	u32 ram_mib, host_disk;
	bool read_only;
};

static const char *const status_names[] = { "okay", "ok", "disabled", NULL };
#define STATUS_DISABLED 2

/* The same places in every kind's table. */
enum { DEV_COMPATIBLE, DEV_STATUS, DEV_REG, DEV_PHANDLE, DEV_OWN };

#define DEVICE_PROPS(reg_required)                                                     \
	[DEV_COMPATIBLE] = { "compatible", PROP_STRING, .required = true,              \
			     PROP_INTO(struct device_node, compatible) },              \
	[DEV_STATUS] = { "status", PROP_CHOICE, PROP_INTO(struct device_node, status), \
			 .choices = status_names },                                    \
	[DEV_REG] = { "reg", PROP_RANGE, .required = (reg_required),                   \
		      PROP_INTO(struct device_node, reg) },                            \
	[DEV_PHANDLE] = PROP_PHANDLE

enum { EMULATED_INTERRUPTS = DEV_OWN, EMULATED_IO_PORTS };

static const struct prop_rule emulated_props[] = {
	DEVICE_PROPS(false),
	[EMULATED_INTERRUPTS] = { "interrupts", PROP_U32, PROP_INTO(struct device_node, irq),
				  .min = 1, .max = 1023 },
	[EMULATED_IO_PORTS] = { "io-ports", PROP_FLAG, PROP_INTO(struct device_node, io_ports) },
};

static const char *const trigger_names[] = {
	"level-high", "level-low", "edge-rising", "edge-falling", NULL,
};
static const enum irq_trigger triggers[] = {
	IRQ_LEVEL_HIGH,
	IRQ_LEVEL_LOW,
	IRQ_EDGE_RISING,
	IRQ_EDGE_FALLING,
};

enum { PASSED_HOST_REG = DEV_OWN, PASSED_PORTS, PASSED_HID };

static const struct prop_rule passthrough_props[] = {
	DEVICE_PROPS(false),
	[PASSED_HOST_REG] = { "host-reg", PROP_RANGE, PROP_INTO(struct device_node, host) },
	[PASSED_PORTS] = { "ports", PROP_U32_LIST, PROP_INTO(struct device_node, ports),
			   .max = 0x10000 },
	[PASSED_HID] = { "acpi-hid", PROP_STRING, PROP_INTO(struct device_node, hid) },
	{ "interrupts", PROP_U32_LIST, PROP_INTO(struct device_node, irqs), .min = 1, .max = 1023 },
	{ "host-interrupts", PROP_U32_LIST, PROP_INTO(struct device_node, host_irqs), .min = 1,
	  .max = 1023 },
	{ "interrupt-trigger", PROP_CHOICE, PROP_INTO(struct device_node, trigger),
	  .choices = trigger_names },
	{ .name = "host-path", .type = PROP_ANY }, /* for who misspells it; else see path_props */
};

/* The same by its path: the host's tree tells what the others of these tell. */
enum { PATH_INTERRUPTS = DEV_OWN, PATH_EXCLUDE, PATH_FORBIDDEN, NR_PATH_FORBIDDEN = 3 };

static const struct prop_rule path_props[] = {
	DEVICE_PROPS(false),
	[PATH_INTERRUPTS] = { "interrupts", PROP_U32_LIST, PROP_INTO(struct device_node, irqs),
			      .min = 1, .max = 1023 },
	[PATH_EXCLUDE] = { .name = "exclude", .type = PROP_ANY }, /* see config_give_all() */
	[PATH_FORBIDDEN] = { .name = "host-reg", .type = PROP_ANY },
	{ .name = "host-interrupts", .type = PROP_ANY },
	{ .name = "interrupt-trigger", .type = PROP_ANY },
	{ "host-path", PROP_PATH, .required = true, PROP_INTO(struct device_node, file) },
};

enum { BLK_FILE = DEV_OWN, BLK_RAM_MIB, BLK_HOST_DISK };

static const struct prop_rule blk_props[] = {
	DEVICE_PROPS(false),
	[BLK_FILE] = { "file", PROP_PATH, PROP_INTO(struct device_node, file) },
	[BLK_RAM_MIB] = { "ram-mib", PROP_U32, PROP_INTO(struct device_node, ram_mib), .min = 1,
			  .max = 1u << 20 },
	[BLK_HOST_DISK] = { "host-disk", PROP_U32, PROP_INTO(struct device_node, host_disk),
			    .max = 255 },
	{ "read-only", PROP_FLAG, PROP_INTO(struct device_node, read_only) },
};

static const struct prop_rule net_props[] = {
	DEVICE_PROPS(false),
	{ "switch", PROP_LABEL, .required = true, PROP_INTO(struct device_node, net_switch) },
};

/* What differs between kinds of devices. */
struct device_kind {
	const char *compatible;
	const struct prop_rule *props;
	unsigned int nr_props;
	int (*add)(struct config_parse *p, int node, const struct device_node *d, u32 seen);
};

/* ---- emulated ---- */

/* All names that would have been right. */
static int unknown_device(struct config_parse *p, int node, const struct device_node *d);

/* The board's next device of this kind that no node has named; -1 if there is none. */
static int find_board_device(const struct config_parse *p, const char *compatible)
{
	const char *kind = board_kind(compatible);
	unsigned int i;

	for (i = 0; i < p->nr_board; i++)
		if (!(p->board_listed & BIT(i)) &&
		    !strcmp(board_kind(p->cfg->dev[i].compatible), kind))
			return (int)i;
	return -1;
}

static bool board_has(const char *compatible)
{
	const char *kind = board_kind(compatible);
	unsigned int i;

	for (i = 0; i < arch_guest_board.nr_devices; i++)
		if (!strcmp(board_kind(arch_guest_board.devices[i].compatible), kind))
			return true;
	return false;
}

/* Devicetree 0.4, 2.2.1. */
static bool in_node_name(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c && strchr(",._+-", c));
}

static int set_device_name(struct config_parse *p, int node, struct vdev_config *dev)
{
	const char *name = fdt_node_name(p->fdt, node), *at = strchr(name, '@');
	size_t n = at ? (size_t)(at - name) : strlen(name), i;

	if (n >= sizeof(dev->name))
		return config_error(p, node, NULL,
				    "a name that is too long: use at most %u characters",
				    (unsigned int)sizeof(dev->name) - 1);
	for (i = 0; i < n; i++)
		if (!in_node_name(name[i]))
			return config_error(p, node, NULL,
					    "a name with other characters than letters, digits "
					    "and ,._+-: choose another");
	memset(dev->name, 0, sizeof(dev->name));
	memcpy(dev->name, name, n);
	p->dev_node[dev - p->cfg->dev] = node;
	return 0;
}

/* Whether property @prop of @d says what the board says too. */
static bool agrees(const struct device_node *d, unsigned int prop, const struct vdev_config *dev)
{
	switch (prop) {
	case DEV_REG:
		return d->reg.addr == dev->base.v && d->reg.size == dev->size;
	case EMULATED_INTERRUPTS:
		return d->irq == dev->irq;
	default:
		return d->io_ports == (dev->space == VDEV_PORTS);
	}
}

static int list_board_device(struct config_parse *p, int node, const struct device_node *d,
			     u32 seen, unsigned int i)
{
	static const unsigned int fixed[] = { DEV_REG, EMULATED_INTERRUPTS, EMULATED_IO_PORTS };
	struct vdev_config *dev = &p->cfg->dev[i];
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(fixed); n++)
		if ((seen & BIT(fixed[n])) && !agrees(d, fixed[n], dev))
			return config_error(
				p, node, emulated_props[fixed[n]].name,
				"differs from the board's \"%s\", which is at %#llx and can't be moved, nor can there be another: remove it",
				d->compatible, (unsigned long long)dev->base.v);
	p->board_listed |= (u32)BIT(i);
	if (d->status == STATUS_DISABLED)
		p->board_removed |= (u32)BIT(i);
	return set_device_name(p, node, dev);
}

static int add_emulated(struct config_parse *p, int node, const struct device_node *d, u32 seen)
{
	int i = find_board_device(p, d->compatible);
	const struct vdev_ops *ops;
	struct vdev_config *dev;

	if (i >= 0)
		return list_board_device(p, node, d, seen, (unsigned int)i);
	if (d->status == STATUS_DISABLED)
		return 0;
	ops = vdev_find_ops(d->compatible);
	if (!ops)
		return board_has(d->compatible)
			       ? config_error(p, node, "compatible",
					      "is \"%s\": the board has no more of them: remove it",
					      d->compatible)
			       : unknown_device(p, node, d);
	if (!(seen & BIT(DEV_REG)) &&
	    !strcmp(board_kind(d->compatible), board_kind("lodge,watchdog")))
		return config_error(
			p, node, NULL,
			"no place for \"%s\": say \"on-watchdog\" in /, which adds the board's",
			d->compatible);
	if (!(seen & BIT(DEV_REG)))
		return config_error(p, node, NULL,
				    "no \"reg\": add it; the board has no place for \"%s\"",
				    d->compatible);
	if (d->io_ports && !arch_guest_board.nr_ports)
		return config_error(p, node, emulated_props[EMULATED_IO_PORTS].name,
				    "is for boards that have I/O ports: remove it");
	if (p->cfg->nr_devs == VM_MAX_DEVS)
		return config_error(p, node, NULL, "one device too many: a VM has at most %d",
				    VM_MAX_DEVS);
	dev = &p->cfg->dev[p->cfg->nr_devs++];
	*dev = (struct vdev_config){ .compatible = ops->compatible,
				     .base = gpa(d->reg.addr),
				     .size = d->reg.size,
				     .irq = d->irq,
				     .space = d->io_ports ? VDEV_PORTS : VDEV_MEMORY };
	return set_device_name(p, node, dev);
}

/* ---- virtio ---- */

static int not_built_in(struct config_parse *p, int node, const struct device_node *d)
{
	return config_error(p, node, "compatible",
			    "is \"%s\", which is not built in: remove the device or disable it",
			    d->compatible);
}

static int add_blk(struct config_parse *p, int node, const struct device_node *d, u32 seen)
{
	bool file = seen & BIT(BLK_FILE), ram = seen & BIT(BLK_RAM_MIB);
	bool disk = seen & BIT(BLK_HOST_DISK);

	if (file + ram + disk != 1)
		return config_error(
			p, node, NULL,
			"a disk without, or with several contents: give one of \"file\", \"ram-mib\" and \"host-disk\"");
	if (d->status == STATUS_DISABLED)
		return 0;
	return not_built_in(p, node, d);
}

static int add_net(struct config_parse *p, int node, const struct device_node *d, u32 seen)
{
	return d->status == STATUS_DISABLED ? 0 : not_built_in(p, node, d);
}

/* ---- passed through ---- */

static int add_passthrough(struct config_parse *p, int node, const struct device_node *d, u32 seen)
{
	struct acpi_device_config acpi = { .first_port = p->cfg->nr_ports,
					   .first_line = p->cfg->nr_lines };
	bool reg = seen & BIT(DEV_REG), host = seen & BIT(PASSED_HOST_REG);
	int rc = 0;

	if (!(seen & BIT(PASSED_PORTS)) ? !reg || !host : reg != host)
		return config_error(
			p, node, NULL,
			"no \"%s\": add it; it takes four cells, <address-hi address-lo size-hi size-lo>",
			reg ? "host-reg" : "reg");
	if (d->status == STATUS_DISABLED)
		return 0;
	if (d->reg.size != d->host.size)
		return config_error(p, node, "host-reg",
				    "has another size than \"reg\": make them equal");
	if (reg)
		rc = config_add_region(p, node, "reg", &d->reg, BACKING_DEVICE, d->host.addr);
	if (!rc)
		rc = config_add_ports(p, node, &d->ports);
	if (!rc)
		rc = config_add_lines(p, node, &d->irqs, &d->host_irqs, triggers[d->trigger]);
	if (!rc && (seen & BIT(PASSED_HID)))
		rc = config_add_acpi_device(p, node, d->hid, &d->reg, &acpi);
	return rc;
}

static int add_by_path(struct config_parse *p, int node, const struct device_node *d, u32 seen)
{
	const struct host_device_node dev = {
		.path = d->file,
		.reg = seen & BIT(DEV_REG) ? &d->reg : NULL,
		.irqs = seen & BIT(PATH_INTERRUPTS) ? &d->irqs : NULL,
		.excludes = seen & BIT(PATH_EXCLUDE),
	};
	unsigned int i;

	for (i = PATH_FORBIDDEN; i < PATH_FORBIDDEN + NR_PATH_FORBIDDEN; i++)
		if (seen & BIT(i))
			return config_error(
				p, node, path_props[i].name,
				"is for a device without \"host-path\": remove one of them");
	if (d->status == STATUS_DISABLED)
		return 0;
	return config_add_host_device(p, node, &dev);
}

/* ---- all of them ---- */

#define KIND_PROPS(table) .props = (table), .nr_props = ARRAY_SIZE(table)

static const struct device_kind kinds[] = {
	{ "lodge,passthrough", KIND_PROPS(passthrough_props), add_passthrough },
	{ "lodge,virtio-blk", KIND_PROPS(blk_props), add_blk },
	{ "lodge,virtio-net", KIND_PROPS(net_props), add_net },
};

static const struct device_kind path_kind = { "lodge,passthrough", KIND_PROPS(path_props),
					      add_by_path };
static const struct device_kind emulated_kind = { NULL, KIND_PROPS(emulated_props), add_emulated };

static int unknown_device(struct config_parse *p, int node, const struct device_node *d)
{
	const struct guest_board *b = &arch_guest_board;
	char shown[COMPATIBLE_MAX];
	const char *near;
	unsigned int i;

	near = config_nearest(d->compatible, kinds, ARRAY_SIZE(kinds), sizeof(kinds[0]));
	for (i = 0; !near && i < b->nr_devices; i++)
		near = config_nearest(d->compatible, &b->devices[i].compatible, 1, 0);
	config_shown(d->compatible, shown, sizeof(shown));
	if (near)
		return config_error(p, node, "compatible",
				    "is \"%s\", an unknown device: did you mean \"%s\"?", shown,
				    near);
	return config_error(p, node, "compatible",
			    "is \"%s\", an unknown device: remove it or see vm-description.rst",
			    shown);
}

int config_parse_device(struct config_parse *p, int node)
{
	const char *compatible = fdt_prop_string(p->fdt, node, "compatible");
	const struct device_kind *k = &emulated_kind;
	struct device_node d = { .status = 0 };
	unsigned int i;
	u32 seen;
	int rc;

	for (i = 0; compatible && i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].compatible, compatible))
			k = &kinds[i];
	if (k->props == passthrough_props && fdt_prop(p->fdt, node, "host-path", NULL))
		k = &path_kind;
	rc = config_read_props(p, node, k->props, k->nr_props, &d, &seen);
	return rc ? rc : k->add(p, node, &d, seen);
}

int config_add_watchdog(struct config_parse *p, int node, const char *prop)
{
	const struct vdev_config *w = arch_guest_board.watchdog;

	if (!w || p->nr_board == VM_MAX_DEVS)
		return config_error(p, node, prop,
				    "needs a watchdog, and the board has none: remove it");
	p->cfg->dev[p->nr_board++] = *w;
	p->cfg->nr_devs = p->nr_board;
	return 0;
}

void config_finish_devices(struct config_parse *p)
{
	struct vm_config *cfg = p->cfg;
	unsigned int i, kept = 0;

	for (i = 0; i < cfg->nr_devs; i++)
		if (!(p->board_removed & BIT(i)))
			cfg->dev[kept++] = cfg->dev[i];
	memset(&cfg->dev[kept], 0, (cfg->nr_devs - kept) * sizeof(cfg->dev[0]));
	cfg->nr_devs = kept;
}
