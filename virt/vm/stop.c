// SPDX-License-Identifier: Apache-2.0
/* A guest is asked to power off, by its machine's power button, and has some time for it. */
#include <lodge/errno.h>
#include <lodge/printf.h>
#include <lodge/printk.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>
#include "life.h"

/* Longer than drivers take it for a bounce (5 ms in Linux), shorter than what systems mean by a long press. */
#define PRESS_US 250000

/* What to do about it in states in which nothing can be asked. */
static const char *const remedies[NR_VM_STATES] = {
	[VM_CREATED] = "there is nothing to stop",
	[VM_STARTING] = "try again when it runs, or kill it",
	[VM_PAUSED] = "resume it first, or kill it",
	[VM_STOPPING] = "wait for its guest, or kill it",
	[VM_DYING] = "it ends without being asked",
	[VM_STOPPED] = "there is nothing to stop",
	[VM_CRASHED] = "there is nothing to stop",
	[VM_DESTROYED] = "there is nothing to stop",
};

int vm_stop(struct vm *vm, char *err)
{
	bool has_button = vm_power_button(vm);
	unsigned long flags = spin_lock_irqsave(&vm->lock);
	enum vm_state state = vm->state;
	int rc = min(vm_state_next(state, VM_EV_STOP), 0);

	if (!rc)
		rc = has_button ? vm_change_state(vm, VM_EV_STOP) : -ENODEV;
	spin_unlock_irqrestore(&vm->lock, flags);
	if (!rc)
		waitq_wake(&vm->changed);
	else if (rc == -ENODEV)
		scnprintf(err, VM_ERROR_MAX,
			  "vm %s: can't be asked to stop: its machine has no power button; kill it",
			  vm->cfg->name);
	else
		scnprintf(err, VM_ERROR_MAX, "vm %s: can't be asked to stop: it is %s; %s",
			  vm->cfg->name, vm_state_name(state), remedies[state]);
	return rc;
}

static bool is_over(void *arg)
{
	return vm_state(arg) != VM_STOPPING;
}

static void press(const struct vm *vm, bool pressed)
{
	struct vdev *v = vm_power_button(vm);

	v->ops->power_button(v, pressed);
}

static void not_in_time(struct vm *vm)
{
	bool kills = vm->cfg->on_stop_timeout == STOP_TIMEOUT_KILL;

	/* It has ended just now, or its guest has reset it. */
	if (vm_state(vm) != VM_STOPPING)
		return;
	pr_warn("vm %s: has not powered off within %u ms: it %s", vm->cfg->name,
		vm->cfg->stop_timeout_ms, kills ? "is killed" : "goes on");
	/* It may have ended just now; or be reset by its guest, which is no answer. */
	if (kills)
		(void)vm_end(vm, VM_END_KILLED, 0);
	else
		(void)vm_event(vm, VM_EV_NOT_STOPPED);
}

void vm_stop_guest(struct vm *vm)
{
	u64 asked = time_now(), due = asked + time_from_us(1000ull * vm->cfg->stop_timeout_ms);

	pr_info("vm %s: asked to power off", vm->cfg->name);
	press(vm, true);
	(void)waitq_wait(&vm->changed, is_over, vm, min(due, asked + time_from_us(PRESS_US)));
	press(vm, false);
	if (waitq_wait(&vm->changed, is_over, vm, due))
		not_in_time(vm);
}
