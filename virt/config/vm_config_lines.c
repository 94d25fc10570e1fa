// SPDX-License-Identifier: Apache-2.0
/* The interrupts and the I/O ports of passed-through devices in a VM description. */
#include "vm_config_parse.h"
#include <lodge/board.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/string.h>

#define LINE_MAX 1023 /* of any interrupt controller */

/* The node's name without its unit address, cut where it is long: for messages only. */
static void set_device(char *device, size_t size, const char *name)
{
	size_t i;

	for (i = 0; i + 1 < size && name[i] && name[i] != '@'; i++)
		;
	memcpy(device, name, i);
	device[i] = '\0';
	config_shown(device, device, size);
}

int config_add_line(struct config_parse *p, int node, u32 irq, u32 host_irq,
		    enum irq_trigger trigger)
{
	struct vm_config *cfg = p->cfg;
	struct line_config *l = &cfg->line[cfg->nr_lines];
	bool by_path = fdt_prop(p->fdt, node, "host-path", NULL);

	if (cfg->nr_lines == VM_MAX_LINES)
		return config_error(p, node, by_path ? "host-path" : "interrupts",
				    "is one interrupt too many: a VM is given at most %d",
				    VM_MAX_LINES);
	*l = (struct line_config){ .irq = irq,
				   .host_irq = host_irq,
				   .trigger = trigger,
				   .by_path = by_path };
	set_device(l->device, sizeof(l->device), fdt_node_name(p->fdt, node));
	p->line_node[cfg->nr_lines++] = node;
	return 0;
}

int config_add_lines(struct config_parse *p, int node, const struct config_list *irq,
		     const struct config_list *host, enum irq_trigger trigger)
{
	unsigned int i;
	int rc = 0;

	if (irq->n != host->n)
		return config_error(
			p, node, "interrupts",
			"has %u numbers, and \"host-interrupts\" %u: give one for each of the host's",
			irq->n, host->n);
	for (i = 0; !rc && i < irq->n; i++)
		rc = config_add_line(p, node, irq->v[i], host->v[i], trigger);
	return rc;
}

/* ---- numbers that the description does not say ---- */

static bool dev_removed(const struct config_parse *p, unsigned int i)
{
	return i < p->nr_board && (p->board_removed & BIT(i));
}

static bool is_free(const struct config_parse *p, u32 irq)
{
	const struct vm_config *cfg = p->cfg;
	unsigned int i;

	for (i = 0; i < cfg->nr_devs; i++)
		if (cfg->dev[i].irq == irq && !dev_removed(p, i))
			return false;
	for (i = 0; i < cfg->nr_lines; i++)
		if (cfg->line[i].irq == irq)
			return false;
	return true;
}

/* The last input of the interrupt controller. */
static u32 last_input(const struct config_parse *p)
{
	const struct vdev_ops *ops;
	u32 last = 0;
	unsigned int i;

	for (i = 0; i < p->cfg->nr_devs; i++) {
		ops = dev_removed(p, i) ? NULL : vdev_find_ops(p->cfg->dev[i].compatible);
		last = ops ? max(last, ops->max_irq) : last;
	}
	return last ? last : LINE_MAX; /* the checker of descriptions does not know it */
}

/* The host's number where that is free, since people know it; else the last that is. */
int config_number_lines(struct config_parse *p)
{
	u32 last = last_input(p), irq;
	unsigned int i;

	for (i = 0; i < p->cfg->nr_lines; i++) {
		struct line_config *l = &p->cfg->line[i];

		if (l->irq)
			continue;
		irq = l->host_irq;
		if (irq > last || !is_free(p, irq))
			for (irq = last; irq && !is_free(p, irq); irq--)
				;
		if (!irq)
			return config_error(
				p, p->line_node[i], "host-path",
				"has more interrupts than the guest's controller has left: remove devices");
		l->irq = irq;
	}
	return 0;
}

/* ---- I/O ports ---- */

int config_add_ports(struct config_parse *p, int node, const struct config_list *ports)
{
	struct vm_config *cfg = p->cfg;
	u64 end = arch_guest_board.nr_ports;
	unsigned int i;

	if (ports->n && !end)
		return config_error(p, node, "ports",
				    "is for boards that have I/O ports: remove it");
	if (ports->n % 2)
		return config_error(p, node, "ports",
				    "has an odd number of cells: give pairs, <first number ...>");
	for (i = 0; i < ports->n; i += 2) {
		struct port_config *r = &cfg->port[cfg->nr_ports];

		if (cfg->nr_ports == VM_MAX_PORTS)
			return config_error(p, node, "ports",
					    "is one range too many: a VM is given at most %d",
					    VM_MAX_PORTS);
		if (!ports->v[i + 1] || ports->v[i] >= end || ports->v[i + 1] > end - ports->v[i])
			return config_error(p, node, "ports",
					    "is not within the board's 0x%lx I/O ports: correct it",
					    end);
		*r = (struct port_config){ .first = ports->v[i], .nr = ports->v[i + 1] };
		set_device(r->device, sizeof(r->device), fdt_node_name(p->fdt, node));
		p->port_node[cfg->nr_ports++] = node;
	}
	return 0;
}

/* ---- conflicts ---- */

/* ---- ACPI ---- */

/* "ACPI0007" or "PNP0501": four letters or digits, or three letters, and four hexadecimal digits (ACPI 6.5, 6.1.5). */
static bool is_hid(const char *hid)
{
	size_t n = strlen(hid), i;

	if (n != 7 && n != 8)
		return false;
	for (i = 0; i < n; i++) {
		bool digit = hid[i] >= '0' && hid[i] <= '9';
		bool letter = hid[i] >= 'A' && hid[i] <= (i < n - 4 ? 'Z' : 'F');

		if (!letter && (!digit || (n == 7 && i < 3)))
			return false;
	}
	return true;
}

int config_add_acpi_device(struct config_parse *p, int node, const char *hid,
			   const struct config_range *reg, const struct acpi_device_config *dev)
{
	struct vm_config *cfg = p->cfg;
	struct acpi_device_config *d = &cfg->acpi_dev[cfg->nr_acpi_devs];
	unsigned int i;

	if (!arch_guest_board.acpi)
		return config_error(p, node, "acpi-hid",
				    "is for boards that have ACPI tables: remove it");
	if (!is_hid(hid))
		return config_error(
			p, node, "acpi-hid",
			"is no identifier such as \"PNP0501\" or \"ACPI0007\": correct it");
	if (cfg->nr_acpi_devs == VM_MAX_ACPI_DEVS)
		return config_error(p, node, "acpi-hid",
				    "is one device too many: ACPI tells of at most %d",
				    VM_MAX_ACPI_DEVS);
	if (reg->size && reg->addr + reg->size > GIB(4))
		return config_error(p, node, "acpi-hid", "needs \"reg\" below 4 GiB: move it");
	*d = *dev;
	memcpy(d->hid, hid, strlen(hid) + 1);
	d->base = gpa(reg->addr);
	d->size = reg->size;
	d->nr_ports = cfg->nr_ports - d->first_port;
	d->nr_lines = cfg->nr_lines - d->first_line;
	for (i = d->first_port; i < cfg->nr_ports; i++)
		if (cfg->port[i].nr > 0xff)
			return config_error(
				p, node, "acpi-hid",
				"can't tell of more than 255 ports in a range: divide it");
	cfg->nr_acpi_devs++;
	return 0;
}

/* ---- conflicts of ports ---- */

/* Range @i and the devices, and the earlier ranges. */
static int check_ports(struct config_parse *p, unsigned int i)
{
	const struct vm_config *cfg = p->cfg;
	const struct port_config *r = &cfg->port[i];
	unsigned int j;

	for (j = 0; j < cfg->nr_devs; j++) {
		const struct vdev_config *d = &cfg->dev[j];

		if (d->space == VDEV_PORTS && !dev_removed(p, j) && d->base.v < r->first + r->nr &&
		    r->first < d->base.v + d->size)
			return config_error(
				p, p->port_node[i], "ports",
				"overlaps %s at 0x%lx: choose others or disable the device",
				d->name, d->base.v);
	}
	for (j = 0; j < i; j++)
		if (cfg->port[j].first < r->first + r->nr &&
		    r->first < cfg->port[j].first + cfg->port[j].nr)
			return config_error(p, p->port_node[i], "ports",
					    "overlaps %s at 0x%x: choose others",
					    cfg->port[j].device, cfg->port[j].first);
	return 0;
}

/* Line @i and the devices, and the earlier lines. */
static int check_line(struct config_parse *p, unsigned int i)
{
	const struct vm_config *cfg = p->cfg;
	const struct line_config *l = &cfg->line[i];
	unsigned int j;

	for (j = 0; j < cfg->nr_devs; j++)
		if (cfg->dev[j].irq == l->irq && !dev_removed(p, j))
			return config_error(p, p->line_node[i], "interrupts",
					    "is %u, which %s has: choose another", l->irq,
					    cfg->dev[j].name);
	for (j = 0; j < i; j++) {
		if (cfg->line[j].irq == l->irq)
			return config_error(p, p->line_node[i], "interrupts",
					    "is %u, which %s has: choose another", l->irq,
					    cfg->line[j].device);
		if (cfg->line[j].host_irq == l->host_irq)
			return config_error(p, p->line_node[i],
					    l->by_path ? "host-path" : "host-interrupts",
					    "%s %u, which %s has: choose another",
					    l->by_path ? "has interrupt" : "is", l->host_irq,
					    cfg->line[j].device);
	}
	return 0;
}

int config_check_lines(struct config_parse *p)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; !rc && i < p->cfg->nr_lines; i++)
		rc = check_line(p, i);
	for (i = 0; !rc && i < p->cfg->nr_ports; i++)
		rc = check_ports(p, i);
	return rc;
}
