// SPDX-License-Identifier: Apache-2.0
/*
 * Interrupts of passed-through devices. The host takes them and hands them to the VM's interrupt
 * controller; each is kept until the guest has ended it, so that a device can interrupt no more often
 * than its guest is done with the last time.
 */
#include <lodge/call.h>
#include <lodge/errno.h>
#include <lodge/irq.h>
#include <lodge/printf.h>
#include <lodge/sched.h>
#include <lodge/smp.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>

/* Whatever this CPU does otherwise at the moment, it is done for the VM. */
static void line_interrupt(void *arg)
{
	const struct vm_line *l = arg;
	struct vdev *chip = l->vm->irqchip;
	struct cpu *c = this_cpu();
	u64 since = time_now();

	/* The vCPU that it is for was here once; now the CPU is somebody else's alone. */
	if (unlikely(READ_ONCE(c->runq.owner)) && c->current->account != &l->vm->timers)
		irq_route(l->host, cpu_get(SCHED_HOST_CPU));
	chip->ops->forward(chip, l->irq);
	time_charge(&l->vm->timers, time_now() - since);
}

__printf(4, 5) static int line_error(const struct vm *vm, const struct line_config *l, char *err,
				     const char *fmt, ...)
{
	va_list ap;
	int n = scnprintf(err, VM_ERROR_MAX, "%s: /devices/%s: ", vm->cfg->file, l->device);

	va_start(ap, fmt);
	vsnprintf(err + n, VM_ERROR_MAX - (size_t)n, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static int request_error(const struct vm *vm, const struct line_config *l, int rc, char *err)
{
	const char *other = irq_name(l->host_irq);
	const char *source = l->by_path ? "\"host-path\" has interrupt" : "\"host-interrupts\" is";

	if (rc == -EBUSY && other)
		return line_error(vm, l, err, "%s %u, which %s of the host has: choose another",
				  source, l->host_irq, other);
	return line_error(vm, l, err, "%s %u, which the host's interrupt controller can't give: %s",
			  source, l->host_irq,
			  l->by_path ? "choose another" : "correct it or \"interrupt-trigger\"");
}

static int line_create(struct vm *vm, const struct line_config *cfg, char *err)
{
	struct vm_line *l = &vm->line[vm->nr_lines];
	struct vdev *chip = vm->irqchip;
	int rc;

	if (!chip)
		return line_error(
			vm, cfg, err,
			"the VM has no interrupt controller for \"interrupts\": remove them");
	if (!chip->ops->link)
		return line_error(vm, cfg, err, "\"%s\" can't be handed to %s: remove %s",
				  cfg->by_path ? "host-path" : "host-interrupts", chip->name,
				  cfg->by_path ? "it" : "them");
	*l = (struct vm_line){ .vm = vm, .irq = cfg->irq, .host = cfg->host_irq };
	if (chip->ops->link(chip, cfg->irq, cfg->host_irq))
		return line_error(vm, cfg, err,
				  "\"interrupts\" is %u, which %s does not have: at most %u",
				  cfg->irq, chip->name, chip->ops->max_irq);
	rc = irq_request_kept(cfg->host_irq, cfg->trigger, line_interrupt, l, vm->cfg->name);
	if (rc)
		return request_error(vm, cfg, rc, err);
	vm->nr_lines++;
	return 0;
}

__cold int vm_lines_create(struct vm *vm, char *err)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; !rc && i < min(vm->cfg->nr_lines, (unsigned int)VM_MAX_LINES); i++)
		rc = line_create(vm, &vm->cfg->line[i], err);
	if (rc)
		vm_lines_destroy(vm);
	return rc;
}

__cold void vm_lines_destroy(struct vm *vm)
{
	unsigned int i;

	if (!vm->nr_lines)
		return;
	for (i = 0; i < vm->nr_lines; i++)
		irq_free(vm->line[i].host);
	cpus_sync(cpus_online());
	vm->nr_lines = 0;
}

void vm_lines_on(struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_lines; i++)
		irq_on(vm->line[i].host);
}

void vm_lines_off(struct vm *vm)
{
	struct vdev *chip = vm->irqchip;
	unsigned int i;

	if (!vm->nr_lines)
		return;
	for (i = 0; i < vm->nr_lines; i++)
		irq_off(vm->line[i].host);
	cpus_sync(cpus_online());
	for (i = 0; i < vm->nr_lines; i++)
		chip->ops->cut(chip, vm->line[i].irq);
}
