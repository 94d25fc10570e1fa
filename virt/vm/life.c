// SPDX-License-Identifier: Apache-2.0
/* The life of a VM from its start on, in its thread: loaded, run, reset in place, ended. */
#include <lodge/arch_virt.h>
#include <lodge/errno.h>
#include <lodge/image.h>
#include <lodge/printf.h>
#include <lodge/printk.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>
#include <lodge/vm_report.h>
#include "life.h"
#include "threads.h"
#include "watchdog.h"

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
	WRITE_ONCE(vm->boots, vm->boots + 1);
	vm->started = time_now();
}

/* Memory as it is after power-on, with the images loaded again. */
static int reset_memory(struct vm *vm)
{
	u64 before = cpu_time_read(&vm->cpu);
	char err[VM_ERROR_MAX];
	int rc;

	rc = vm_memory_drop(vm);
	if (rc)
		scnprintf(err, sizeof(err), "vm %s: reset: %s", vm->cfg->name, errno_name(rc));
	else
		rc = image_load(vm, err);
	/* One that was killed has no image, and has nothing to say of that. */
	if (rc && !vm_is_dying(vm))
		pr_err("%s", err);
	vm->setup_ticks += cpu_time_read(&vm->cpu) - before;
	return rc;
}

/* Whether it is to end, whatever its thread is at. */
static bool is_dying(void *arg)
{
	return vm_is_dying(arg);
}

/* The host can't go on with it; that it was killed meanwhile counts more. */
static void fail(struct vm *vm, enum vm_end end)
{
	unsigned long flags = spin_lock_irqsave(&vm->lock);

	if (vm->state == VM_STARTING) {
		WRITE_ONCE(vm->end, end);
		(void)vm_change_state(vm, VM_EV_FAILED);
	}
	spin_unlock_irqrestore(&vm->lock, flags);
}

/* Back to the state after power-on. */
static int reset_in_place(struct vm *vm)
{
	u64 pause;
	int rc;

	pr_info("vm %s: reset in place", vm->cfg->name);
	/* A guest that does nothing else must not fill the console, nor the disk's queue. */
	pause = backoff_next(&vm->resets, time_to_us(time_now() - vm->started));
	if (pause && !waitq_wait(&vm->changed, is_dying, vm, time_now() + time_from_us(pause)))
		return 0;
	vm_devices_reset(vm);
	rc = reset_memory(vm);
	return rc;
}

/* Its vCPUs are to run, unless it was killed while it was loaded. */
static bool begin(struct vm *vm)
{
	unsigned long flags = spin_lock_irqsave(&vm->lock);
	bool lives = vm->state == VM_STARTING;
	unsigned int i;

	if (lives) {
		/* Those that wait for a start saw the end of the last life. */
		WRITE_ONCE(vm->end, VM_END_NONE);
		for (i = 0; i < vm->nr_vcpus; i++)
			WRITE_ONCE(vm->vcpu[i]->state, i ? VCPU_OFF : VCPU_START_PENDING);
		(void)vm_change_state(vm, vm->paused ? VM_EV_LOADED_PAUSED : VM_EV_LOADED);
		vm_clock_stop(vm);
	}
	spin_unlock_irqrestore(&vm->lock, flags);
	if (!lives)
		return false;
	vm_devices_state(vm);
	waitq_wake(&vm->changed);
	waitq_wake(&vm_events);
	return true;
}

/* The threads of all vCPUs go through another life. */
static void begin_life(struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++) {
		vcpu_steal_begin(vm->vcpu[i]);
		vm->vcpu[i]->stuck_samples = vm->vcpu[i]->stuck_pause = 0;
	}
	/* RELEASE: with this life's states; see may_live(). */
	__atomic_store_n(&vm->lives, vm->lives + 1, __ATOMIC_RELEASE);
	for (i = 0; i < vm->nr_vcpus; i++)
		waitq_wake(&vm->vcpu[i]->wait);
}

/* Its memory and its images; whatever the disk takes, the guest's time begins after that. */
static int load(struct vm *vm)
{
	u64 before = cpu_time_read(&vm->cpu);
	char err[VM_ERROR_MAX];
	int rc;

	if (vm_is_dying(vm))
		return -ECANCELED;
	if (vm->boots)
		vm_devices_reset(vm);
	vm_memory_release(vm); /* of one that was kept */
	rc = vm_threads_entitle(vm, err);
	if (!rc)
		rc = vm_memory_fill(vm, err);
	if (!rc)
		rc = image_load(vm, err);
	if (!rc && !vm->boots) {
		rc = arch_vm_init(vm);
		if (rc)
			scnprintf(err, sizeof(err), "%s: %s", vm->cfg->file, errno_name(rc));
	}
	if (rc && !vm_is_dying(vm))
		pr_err("%s", err);
	vm->setup_ticks += cpu_time_read(&vm->cpu) - before;
	return rc;
}

static bool all_quiet_or_dying(void *arg)
{
	return vm_is_dying(arg) || all_quiet(arg);
}

static bool is_asked_or_quiet(void *arg)
{
	return all_quiet_or_dying(arg) || vm_state(arg) == VM_STOPPING;
}

static bool has_news(void *arg)
{
	return is_asked_or_quiet(arg) || vm_watchdog_has_news(arg);
}

/* And no more of it for some time. */
static void tell_watchdog(struct vm *vm)
{
	u64 next = time_now() + time_from_us(WATCHDOG_TELL_US);

	vm_watchdog_tell(vm);
	(void)waitq_wait(&vm->changed, is_asked_or_quiet, vm, next);
}

/* None is in its run loop any more then, so that none visits a thread. */
static void wait_until_quiet(struct vm *vm)
{
	(void)waitq_wait(&vm->changed, has_news, vm, 0);
	while (!all_quiet_or_dying(vm)) {
		if (vm_state(vm) == VM_STOPPING)
			vm_stop_guest(vm);
		else if (vm_watchdog_has_news(vm))
			tell_watchdog(vm);
		(void)waitq_wait(&vm->changed, has_news, vm, 0);
	}
	/* One that is throttled, or has next to no weight, would take its time. */
	if (vm_is_dying(vm))
		vm_threads_disentitle(vm);
	(void)waitq_wait(&vm->changed, all_quiet, vm, 0);
	vm_devices_state(vm);
	vm_watchdog_tell(vm);
}

/* One life after the other, until it ends otherwise than by a reset. */
static void run(struct vm *vm)
{
	do {
		start_first(vm);
		pr_debug("vm %s: starts at %#lx with %#lx", vm->cfg->name, vm->entry.v,
			 vm->boot_arg.v);
		if (!begin(vm))
			break;
		vm_lines_on(vm);
		begin_life(vm);
		wait_until_quiet(vm);
		vm_lines_off(vm);
		/* Its memory is dropped, given back or looked at from here on. */
		vm_devices_quiesce(vm);
		vm->ran = time_now() - vm->started;
		if (vm_state(vm) == VM_STARTING && reset_in_place(vm))
			fail(vm, VM_END_FAILED);
	} while (vm_state(vm) == VM_STARTING);
	vm_report(vm);
}

/* Whether it is to stay as it has ended, with its memory. */
static bool is_to_stay(const struct vm *vm)
{
	const struct vm_config *cfg = vm->cfg;

	return cfg->on_exit == ON_EXIT_KEEP ||
	       (cfg->on_exit == ON_EXIT_RESTART && vm->end != VM_END_NOT_LOADED &&
		backoff_is_over(vm->restarts, time_to_us(vm->ran), cfg->restart_limit));
}

/* From a start to the end. */
static void start(struct vm *vm)
{
	bool well;

	/* Delays of resets belong to the life in which the guest asked for these. */
	vm->resets = (struct backoff){ 0 };
	/* Nor is a crash of an earlier one reported for one that is killed while it is loaded. */
	WRITE_ONCE(vm->crashed, NULL);
	vm->kept = false;
	if (load(vm))
		fail(vm, VM_END_NOT_LOADED);
	else
		run(vm);
	well = vm->end == VM_END_SHUTDOWN || vm->end == VM_END_KILLED || vm->end == VM_END_WATCHDOG;
	vm->kept = is_to_stay(vm);
	if (!vm->kept)
		vm_memory_release(vm);
	vm_threads_disentitle(vm);
	vm->ends++;
	BUG_ON(vm_event(vm, well ? VM_EV_ENDED : VM_EV_FAILED));
	waitq_wake(&vm_events);
}

static bool may_start(void *arg)
{
	const struct vm *vm = arg;

	/* It may have been killed already. */
	return vm_state(vm) == VM_STARTING || vm_is_dying(vm) || READ_ONCE(vm->over);
}

/*
 * It outlives resets and reports the end, whatever becomes of the vCPUs' threads. What takes long, it
 * does in its own time slices, while the boot thread sees to other VMs.
 */
void vm_thread(void *arg)
{
	struct vm *vm = arg;

	(void)thread_charge(&vm->cpu);
	for (;;) {
		(void)waitq_wait(&vm->changed, may_start, vm, 0);
		if (READ_ONCE(vm->over))
			break;
		start(vm);
	}
	/* Whoever joins this thread may then free the VM. */
	(void)thread_charge(NULL);
}
