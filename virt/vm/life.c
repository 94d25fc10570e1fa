// SPDX-License-Identifier: Apache-2.0
/* The life of a VM from its start on, in its thread: loaded, run, reset in place, ended. */
#include <lodge/arch_virt.h>
#include <lodge/errno.h>
#include <lodge/image.h>
#include <lodge/printf.h>
#include <lodge/printk.h>
#include <lodge/vm.h>
#include <lodge/vm_report.h>
#include "life.h"

/* Whether all vCPUs have lived the present life. */
static bool all_quiet(void *arg)
{
	struct vm *vm = arg;
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++)
		if (__atomic_load_n(&vm->vcpu[i]->lives, __ATOMIC_ACQUIRE) != vm->lives)
			return false;
	return true;
}

static void start_first(struct vm *vm)
{
	vm->vcpu[0]->start_pc = vm->entry.v;
	vm->vcpu[0]->start_arg = vm->boot_arg.v;
	vcpu_set_state(vm->vcpu[0], VCPU_START_PENDING);
	vm->boots++;
	vm->started = time_now();
}

/* Memory as it is after power-on, with the images loaded again. */
static int reset_memory(struct vm *vm)
{
	u64 before = cpu_time_read(&vm->cpu);
	char err[VM_ERROR_MAX];
	int rc;

	rc = vm_memory_drop(vm);
	if (rc) {
		pr_err("vm %s: reset: %s", vm->cfg->name, errno_name(rc));
		return rc;
	}
	rc = image_load(vm, err);
	if (rc)
		pr_err("%s", err);
	vm->setup_ticks += cpu_time_read(&vm->cpu) - before;
	return rc;
}

/* Back to the state after power-on. */
static int reset_in_place(struct vm *vm)
{
	unsigned int i;
	u64 pause;
	int rc;

	pr_info("vm %s: reset in place", vm->cfg->name);
	/* A guest that does nothing else must not fill the console, nor the disk's queue. */
	pause = backoff_next(&vm->resets, time_to_us(time_now() - vm->started));
	if (pause)
		thread_sleep_us(pause);
	vm_devices_reset(vm);
	rc = reset_memory(vm);
	if (rc)
		return rc;
	for (i = 0; i < vm->nr_vcpus; i++)
		vm->vcpu[i]->stuck_samples = 0;
	start_first(vm);
	WRITE_ONCE(vm->end, VM_END_NONE);
	/* Those that wait for a start saw the end of the last life. */
	return 0;
}

/* The threads of all vCPUs go through another life. */
static void begin_life(struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++)
		vcpu_steal_begin(vm->vcpu[i]);
	/* RELEASE: with this life's states; see may_live(). */
	__atomic_store_n(&vm->lives, vm->lives + 1, __ATOMIC_RELEASE);
	for (i = 0; i < vm->nr_vcpus; i++)
		waitq_wake(&vm->vcpu[i]->wait);
}

/* Its memory and its images; whatever the disk takes, the guest's time begins after that. */
static int load(struct vm *vm)
{
	char err[VM_ERROR_MAX];
	int rc = vm_memory_fill(vm, err);

	if (!rc)
		rc = image_load(vm, err);
	if (!rc) {
		rc = arch_vm_init(vm);
		if (rc)
			scnprintf(err, sizeof(err), "%s: %s", vm->cfg->file, errno_name(rc));
	}
	if (rc)
		pr_err("%s", err);
	vm->setup_ticks = cpu_time_read(&vm->cpu);
	return rc;
}

/* One life after the other, until it ends otherwise than by a reset. */
static void run(struct vm *vm)
{
	start_first(vm);
	pr_debug("vm %s: starts at %#lx with %#lx", vm->cfg->name, vm->entry.v, vm->boot_arg.v);
	WRITE_ONCE(vm->state, VM_RUNNING);
	waitq_wake(&vm_events);
	for (;;) {
		begin_life(vm);
		/* None is in its run loop any more then, so that none visits a thread. */
		(void)waitq_wait(&vm->ended, all_quiet, vm, 0);
		if (vm->end != VM_END_RESET)
			break;
		if (reset_in_place(vm)) {
			WRITE_ONCE(vm->end, VM_END_FAILED);
			break;
		}
	}
	vm->ran = time_now() - vm->started;
	vm_report(vm);
}

static void live(struct vm *vm)
{
	if (load(vm))
		WRITE_ONCE(vm->end, VM_END_NOT_LOADED);
	else
		run(vm);
	if (vm->cfg->on_exit != ON_EXIT_KEEP)
		vm_memory_release(vm);
	/* RELEASE: who sees that it has ended sees why; see vm_is_alive(). */
	__atomic_store_n(&vm->state, vm->end == VM_END_SHUTDOWN ? VM_STOPPED : VM_CRASHED,
			 __ATOMIC_RELEASE);
	waitq_wake(&vm_events);
}

/*
 * It outlives resets and reports the end, whatever becomes of the vCPUs' threads. What takes long, it
 * does in its own time slices, while the boot thread sees to other VMs.
 */
void vm_thread(void *arg)
{
	struct vm *vm = arg;

	(void)thread_charge(&vm->cpu);
	if (!READ_ONCE(vm->over))
		live(vm);
	/* Whoever joins this thread may then free the VM. */
	(void)thread_charge(NULL);
}
