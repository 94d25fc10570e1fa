// SPDX-License-Identifier: Apache-2.0
/* Which device has a VM's power button. */
#include <lodge/vdev.h>
#include <lodge/vm.h>

/* One without an interrupt can't tell the guest. */
struct vdev *vm_power_button(const struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_devs; i++)
		if (vm->dev[i]->ops->power_button && vm->dev[i]->irq)
			return vm->dev[i];
	return NULL;
}
