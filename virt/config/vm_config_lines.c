// SPDX-License-Identifier: Apache-2.0
/* The interrupts of passed-through devices in a VM description. */
#include "vm_config_parse.h"
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/string.h>

/* The node's name without its unit address, cut where it is long: for messages only. */
static void set_device(struct line_config *l, const char *name)
{
	size_t i;

	for (i = 0; i + 1 < sizeof(l->device) && name[i] && name[i] != '@'; i++)
		;
	memcpy(l->device, name, i);
	l->device[i] = '\0';
	config_shown(l->device, l->device, sizeof(l->device));
}

int config_add_lines(struct config_parse *p, int node, const struct config_list *irq,
		     const struct config_list *host, enum irq_trigger trigger)
{
	struct vm_config *cfg = p->cfg;
	unsigned int i;

	if (irq->n != host->n)
		return config_error(
			p, node, "interrupts",
			"has %u numbers, and \"host-interrupts\" %u: give one for each of the host's",
			irq->n, host->n);
	for (i = 0; i < irq->n; i++) {
		struct line_config *l = &cfg->line[cfg->nr_lines];

		if (cfg->nr_lines == VM_MAX_LINES)
			return config_error(p, node, "interrupts",
					    "is one interrupt too many: a VM is given at most %d",
					    VM_MAX_LINES);
		*l = (struct line_config){ .irq = irq->v[i],
					   .host_irq = host->v[i],
					   .trigger = trigger };
		set_device(l, fdt_node_name(p->fdt, node));
		p->line_node[cfg->nr_lines++] = node;
	}
	return 0;
}

/* Line @i and the devices, and the earlier lines. */
static int check_line(struct config_parse *p, unsigned int i)
{
	const struct vm_config *cfg = p->cfg;
	const struct line_config *l = &cfg->line[i];
	unsigned int j;

	for (j = 0; j < cfg->nr_devs; j++)
		if (cfg->dev[j].irq == l->irq && !(j < p->nr_board && (p->board_removed & BIT(j))))
			return config_error(p, p->line_node[i], "interrupts",
					    "is %u, which %s has: choose another", l->irq,
					    cfg->dev[j].name);
	for (j = 0; j < i; j++) {
		if (cfg->line[j].irq == l->irq)
			return config_error(p, p->line_node[i], "interrupts",
					    "is %u, which %s has: choose another", l->irq,
					    cfg->line[j].device);
		if (cfg->line[j].host_irq == l->host_irq)
			return config_error(p, p->line_node[i], "host-interrupts",
					    "is %u, which %s has: choose another", l->host_irq,
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
	return rc;
}
