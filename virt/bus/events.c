// SPDX-License-Identifier: Apache-2.0
/* Between devices, vCPUs and the console: interrupt lines and input. */
#include <lodge/console.h>
#include <lodge/vcpu.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>

void vm_devices_input(void *arg)
{
	struct vm *vm = arg;
	unsigned int i;

	for (i = 0; i < vm->nr_devs; i++)
		if (vm->dev[i]->ops->input)
			vm->dev[i]->ops->input(vm->dev[i]);
	for (i = 0; i < vm->nr_vcpus; i++)
		if (READ_ONCE(vm->vcpu[i]->waits_output))
			vcpu_wake(vm->vcpu[i]);
}

int vm_console_getc(struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_devs; i++)
		if (vm->dev[i]->ops->getc)
			return vm->dev[i]->ops->getc(vm->dev[i]);
	return console_port_getc(vm->console);
}

void vm_irq_set(struct vm *vm, u32 irq, bool level)
{
	struct vdev *chip = vm->irqchip;

	if (irq && chip)
		chip->ops->set_irq(chip, irq, level);
}
