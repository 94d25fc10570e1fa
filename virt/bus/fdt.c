// SPDX-License-Identifier: Apache-2.0
/* Devices in the guest's devicetree. */
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>

void vdev_fdt_node(struct vdev *v, struct fdt_writer *w, const char *name)
{
	struct vdev *chip = v->vm->irqchip;
	u32 cells[3] = { v->irq };
	unsigned int n = 1;

	fdtw_nodef(w, "%s@%llx", name, (unsigned long long)v->base.v);
	fdtw_reg(w, v->base.v, v->size);
	if (!v->irq || !chip)
		return;
	if (chip->ops->irq_cells)
		n = chip->ops->irq_cells(chip, v->irq, cells);
	fdtw_u32(w, "interrupt-parent", GUEST_PHANDLE_IRQCHIP);
	fdtw_cells(w, "interrupts", cells, n);
}

int vm_devices_fdt(struct vm *vm, struct fdt_writer *w)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; !rc && i < vm->nr_devs; i++)
		if (vm->dev[i]->ops->fdt)
			rc = vm->dev[i]->ops->fdt(vm->dev[i], w);
	return rc;
}
