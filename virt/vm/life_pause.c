// SPDX-License-Identifier: Apache-2.0
/* A VM that is paused while its guest looks at the time, over a reset and another start. */
#include <lodge/printk.h>
#include <lodge/thread.h>
#include <lodge/vm.h>
#include "life.h"
#include "life_test.h"

#define RUN_US	100000
#define LOOK_US 1000

/* Runs for some time, then not for @ms. */
static void pause(struct vm *vm, u64 ms)
{
	thread_sleep_us(RUN_US);
	BUG_ON(vm_pause(vm));
	thread_sleep_us(1000 * ms);
}

static void end(const struct life_subject *s, struct vm *vm, unsigned int pauses)
{
	BUG_ON(vm_wait(vm, 0));
	pr_info("life test: %s: paused %u times: %s", s->cfg->name, pauses,
		vm_state_name(vm_state(vm)));
}

void life_pause(struct life_subject *s, u64 ms)
{
	char err[VM_ERROR_MAX];
	struct vm *vm = vm_create(s->cfg, s->fs, &s->commit, err);
	unsigned int i;

	BUG_ON(!vm);
	BUG_ON(vm_start(vm));
	life_settled(vm, LOOK_US);
	pause(vm, ms);
	/* It begins again when it goes on. */
	BUG_ON(vm_reset(vm));
	life_settled(vm, LOOK_US);
	thread_sleep_us(1000 * ms);
	BUG_ON(vm_resume(vm));
	for (i = 0; i < 2; i++) {
		pause(vm, ms);
		BUG_ON(vm_resume(vm));
	}
	end(s, vm, 3);
	BUG_ON(vm_start(vm));
	life_settled(vm, LOOK_US);
	pause(vm, ms);
	BUG_ON(vm_resume(vm));
	end(s, vm, 1);
	BUG_ON(vm_destroy(vm));
	vm_commit_release(s->cfg, &s->commit);
}
