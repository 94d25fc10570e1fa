// SPDX-License-Identifier: Apache-2.0
/* A VM whose guest is asked to power off, again and again while it does not listen yet. */
#include <lodge/printk.h>
#include <lodge/thread.h>
#include <lodge/vm.h>
#include "life.h"
#include "life_test.h"

#define LOOK_US 1000

/* Until @vm has ended, or its guest has had its time. */
static void ask(struct life_subject *s, struct vm *vm)
{
	char err[VM_ERROR_MAX];

	life_settled(vm, LOOK_US);
	if (!vm_is_alive(vm))
		return;
	if (vm_stop(vm, err)) {
		s->faults++;
		pr_err("life test: %s", err);
		return;
	}
	while (vm_state(vm) == VM_STOPPING)
		thread_sleep_us(LOOK_US);
	/* One that is killed has its end before it. */
	if (vm_is_dying(vm))
		BUG_ON(vm_wait(vm, 0));
}

void life_stop(struct life_subject *s, u64 n)
{
	char err[VM_ERROR_MAX];
	struct vm *vm = vm_create(s->cfg, s->fs, &s->commit, err);
	u64 asked = 0;

	BUG_ON(!vm);
	BUG_ON(vm_start(vm));
	life_settled(vm, LOOK_US);
	for (; asked < n && vm_is_alive(vm) && !s->faults; asked++)
		ask(s, vm);
	life_settled(vm, LOOK_US);
	pr_info("life test: %s: asked %llu times to stop: %s", s->cfg->name,
		(unsigned long long)asked, vm_state_name(vm_state(vm)));
	if (vm_is_alive(vm) && !vm_kill(vm))
		BUG_ON(vm_wait(vm, 0));
	BUG_ON(vm_destroy(vm));
	vm_commit_release(s->cfg, &s->commit);
}
