// SPDX-License-Identifier: Apache-2.0
/* The interrupts of a node of a flattened devicetree (Devicetree Specification 0.4, 2.4). */
#include <lodge/errno.h>
#include <lodge/fdt.h>

/* The #interrupt-cells of the controller @phandle. Most devices have the same one, and to
 * find it takes a walk over the tree: the last is remembered. */
static int irq_cells(const void *blob, struct fdt_irq_parent *last, u32 phandle, u32 *ncells)
{
	int node;

	if (last->blob != blob || last->phandle != phandle) {
		node = fdt_find_phandle(blob, phandle);
		last->blob = NULL;
		if (node < 0 || fdt_prop_u32(blob, node, "#interrupt-cells", &last->cells))
			return -EINVAL;
		last->blob = blob;
		last->phandle = phandle;
	}
	*ncells = last->cells;
	return 0;
}

/* One interrupt specifier of @ncells cells; only its controller knows what they mean. */
static int irq_from_cells(u32 phandle, const void *list, unsigned int first, u32 ncells,
			  struct fdt_irq *irq)
{
	unsigned int i;

	if (ncells < 1 || ncells > FDT_IRQ_MAX_CELLS)
		return -EINVAL;
	irq->controller = phandle;
	irq->nr = ncells;
	for (i = 0; i < ncells; i++)
		irq->cells[i] = fdt_cell(list, first + i);
	return 0;
}

static int irq_extended(const void *blob, const void *list, u32 len, unsigned int n,
			struct fdt_irq_parent *last, struct fdt_irq *irq)
{
	unsigned int cells = len / 4, at = 0;

	while (at < cells) {
		u32 ncells;

		if (irq_cells(blob, last, fdt_cell(list, at), &ncells))
			return -EINVAL;
		if (ncells > cells - at - 1)
			return -EINVAL;
		if (!n--)
			return irq_from_cells(fdt_cell(list, at), list, at + 1, ncells, irq);
		at += 1 + ncells;
	}
	return -ENOENT;
}

/* Whether @node is an interrupt controller, or has a map: what only has a size of cells is passed by. */
static bool takes_interrupts(const void *blob, int node)
{
	return fdt_prop(blob, node, "#interrupt-cells", NULL) &&
	       (fdt_prop(blob, node, "interrupt-controller", NULL) ||
		fdt_prop(blob, node, "interrupt-map", NULL));
}

/*
 * The controller of @node's "interrupts": the nearest interrupt-parent upwards, or a node on the way to
 * it that takes them. The latter has to have a phandle, as all that are known here.
 */
static int irq_parent(const void *blob, int node, u32 *phandle)
{
	while (node >= 0) {
		if (!fdt_prop_u32(blob, node, "interrupt-parent", phandle))
			return 0;
		node = fdt_parent(blob, node);
		if (node >= 0 && takes_interrupts(blob, node))
			return fdt_prop_u32(blob, node, "phandle", phandle);
	}
	return -ENOENT;
}

int fdt_irq(const void *blob, int node, unsigned int n, struct fdt_irq_parent *last,
	    struct fdt_irq *irq)
{
	u32 len = 0, phandle, ncells;
	const void *list = fdt_prop(blob, node, "interrupts-extended", &len);

	if (list)
		return irq_extended(blob, list, len, n, last, irq);
	list = fdt_prop(blob, node, "interrupts", &len);
	if (!list)
		return -ENOENT;
	if (irq_parent(blob, node, &phandle) || irq_cells(blob, last, phandle, &ncells))
		return -EINVAL;
	if (!ncells || ncells > len / 4)
		return -EINVAL;
	if (n >= len / 4 / ncells)
		return -ENOENT;
	return irq_from_cells(phandle, list, n * ncells, ncells, irq);
}
