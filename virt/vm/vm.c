// SPDX-License-Identifier: Apache-2.0
/* The life of a VM: created, started, reset in place, ended, destroyed. */
#include <lodge/arch_virt.h>
#include <lodge/commit.h>
#include <lodge/console.h>
#include <lodge/errno.h>
#include <lodge/image.h>
#include <lodge/printf.h>
#include <lodge/printk.h>
#include <lodge/slab.h>
#include <lodge/string.h>
#include <lodge/vm.h>
#include <lodge/vm_report.h>
#include "threads.h"

/* ---- ending ---- */

/* The first reason counts. Every vCPU leaves its run loop. */
static bool vm_end(struct vm *vm, enum vm_end end, u64 reason)
{
	unsigned long flags = spin_lock_irqsave(&vm->lock);
	bool first = vm->end == VM_END_NONE;
	unsigned int i;

	if (first) {
		WRITE_ONCE(vm->end, end);
		vm->end_reason = reason;
	}
	spin_unlock_irqrestore(&vm->lock, flags);
	for (i = 0; i < vm->nr_vcpus; i++)
		vcpu_request(vm->vcpu[i], REQ_STOP);
	return first;
}

void vm_request_shutdown(struct vm *vm, u64 reason)
{
	vm_end(vm, VM_END_SHUTDOWN, reason);
}

void vm_request_reset(struct vm *vm, u64 reason)
{
	vm_end(vm, VM_END_RESET, reason);
}

void vm_crash(struct vcpu *vcpu, const char *fmt, ...)
{
	struct vm *vm = vcpu->vm;
	va_list ap;

	if (!vm_end(vm, VM_END_CRASH, 0))
		return;
	va_start(ap, fmt);
	vsnprintf(vm->crash_why, sizeof(vm->crash_why), fmt, ap);
	va_end(ap);
	arch_vcpu_note_exit(vcpu);
	WRITE_ONCE(vm->crashed, vcpu);
}

/* ---- vCPU threads ---- */

static bool may_start(void *arg)
{
	struct vcpu *vcpu = arg;

	return READ_ONCE(vcpu->state) == VCPU_START_PENDING ||
	       READ_ONCE(vcpu->vm->end) != VM_END_NONE;
}

static void vcpu_left(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	unsigned long flags = spin_lock_irqsave(&vm->lock);
	bool all_off = true;
	unsigned int i;

	vcpu_steal_end(vcpu);
	WRITE_ONCE(vcpu->in_loop, false);
	/* One that was stopped may have been told to start again before it got here. */
	if (vcpu->state != VCPU_START_PENDING)
		WRITE_ONCE(vcpu->state, VCPU_OFF);
	for (i = 0; i < vm->nr_vcpus; i++)
		all_off &= vm->vcpu[i]->state == VCPU_OFF;
	spin_unlock_irqrestore(&vm->lock, flags);
	if (all_off && READ_ONCE(vm->end) == VM_END_NONE) {
		pr_warn("vm %s: its last vCPU has switched itself off", vm->cfg->name);
		vm_end(vm, VM_END_ALL_OFF, 0);
	}
	waitq_wake(&vm->ended);
}

static void set_state(struct vcpu *vcpu, enum vcpu_state state)
{
	unsigned long flags = spin_lock_irqsave(&vcpu->vm->lock);

	WRITE_ONCE(vcpu->state, state);
	spin_unlock_irqrestore(&vcpu->vm->lock, flags);
}

/* Starts and stops of one vCPU until the VM ends. */
static void vcpu_live(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;

	while (READ_ONCE(vm->end) == VM_END_NONE) {
		unsigned long flags;

		(void)waitq_wait(&vcpu->wait, may_start, vcpu, 0);
		flags = spin_lock_irqsave(&vm->lock);
		if (vcpu->state != VCPU_START_PENDING || vm->end != VM_END_NONE) {
			spin_unlock_irqrestore(&vm->lock, flags);
			break;
		}
		WRITE_ONCE(vcpu->in_loop, true);
		/* Others may add to them. REQ_STOP comes after the end, which would have been seen. */
		WRITE_ONCE(vcpu->requests, 0);
		vcpu->fault_error = 0;
		spin_unlock_irqrestore(&vm->lock, flags);
		vcpu_steal_off(vcpu);
		arch_vcpu_reset(vcpu, vcpu->start_pc, vcpu->start_arg);
		/* Until here, what others send it may be lost in the reset: it counts as about to start. */
		set_state(vcpu, VCPU_RUNNING);
		vcpu_run_loop(vcpu);
		/* Printing takes too long for the exit, which has interrupts off. */
		if (READ_ONCE(vm->crashed) == vcpu)
			vm_report_crash(vm);
		vcpu_left(vcpu);
	}
	/* A start that came too late is not one of the next life. */
	set_state(vcpu, VCPU_OFF);
}

/* Whether all vCPUs but vCPU 0, whose thread asks, have lived the present life. */
static bool all_quiet(void *arg)
{
	struct vm *vm = arg;
	unsigned int i;

	for (i = 1; i < vm->nr_vcpus; i++)
		if (__atomic_load_n(&vm->vcpu[i]->lives, __ATOMIC_ACQUIRE) != vm->lives)
			return false;
	return true;
}

static void start_first(struct vm *vm)
{
	vm->vcpu[0]->start_pc = vm->entry.v;
	vm->vcpu[0]->start_arg = vm->boot_arg.v;
	set_state(vm->vcpu[0], VCPU_START_PENDING);
	vcpu_steal_begin(vm->vcpu[0]);
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

/* The other vCPUs' threads go through another life as well. */
static void begin_life(struct vm *vm)
{
	unsigned int i;

	for (i = 1; i < vm->nr_vcpus; i++)
		vcpu_steal_begin(vm->vcpu[i]);
	/* RELEASE: with this life's states; see may_live(). */
	__atomic_store_n(&vm->lives, vm->lives + 1, __ATOMIC_RELEASE);
	for (i = 1; i < vm->nr_vcpus; i++)
		waitq_wake(&vm->vcpu[i]->wait);
}

static bool may_live(void *arg)
{
	struct vcpu *vcpu = arg;

	return __atomic_load_n(&vcpu->vm->lives, __ATOMIC_ACQUIRE) != vcpu->lives ||
	       READ_ONCE(vcpu->vm->over);
}

/* Of all but vCPU 0, from vm_start() on until the VM has ended: resets in place do not end them. */
static void secondary_main(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;

	for (;;) {
		(void)waitq_wait(&vcpu->wait, may_live, vcpu, 0);
		if (READ_ONCE(vm->over))
			return;
		vcpu_live(vcpu);
		/* RELEASE: it touches nothing any more that a reset changes; see all_quiet(). */
		__atomic_store_n(&vcpu->lives, vm->lives, __ATOMIC_RELEASE);
		waitq_wake(&vm->ended);
	}
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
		vcpu_live(vm->vcpu[0]);
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

static void end_secondaries(struct vm *vm)
{
	unsigned int i;

	WRITE_ONCE(vm->over, true);
	for (i = 1; i < vm->nr_vcpus; i++)
		waitq_wake(&vm->vcpu[i]->wait);
}

/*
 * vCPU 0's thread is the VM's own: it outlives resets and reports the end. What takes long, it
 * does in its own time slices, while the boot thread sees to other VMs.
 */
static void vm_main(struct vm *vm)
{
	if (load(vm))
		WRITE_ONCE(vm->end, VM_END_NOT_LOADED);
	else
		run(vm);
	end_secondaries(vm);
	if (vm->cfg->on_exit != ON_EXIT_KEEP)
		vm_memory_release(vm);
	/* RELEASE: who sees that it has ended sees why; see vm_is_alive(). */
	__atomic_store_n(&vm->state, vm->end == VM_END_SHUTDOWN ? VM_STOPPED : VM_CRASHED,
			 __ATOMIC_RELEASE);
	waitq_wake(&vm_events);
}

void vcpu_thread(void *arg)
{
	struct vcpu *vcpu = arg;
	struct vm *vm = vcpu->vm;

	(void)thread_charge(&vm->cpu);
	if (vcpu->id != 0)
		secondary_main(vcpu);
	else if (!READ_ONCE(vm->over))
		vm_main(vm);
	/* Whoever joins this thread may then free the VM. */
	(void)thread_charge(NULL);
}

/* ---- from outside ---- */

struct waitq vm_events;

static int create_vcpus(struct vm *vm, char *err)
{
	unsigned int i;

	for (i = 0; i < vm->cfg->nr_vcpus; i++) {
		vm->vcpu[i] = vcpu_create(vm, i);
		if (!vm->vcpu[i]) {
			scnprintf(err, VM_ERROR_MAX, "%s: not enough memory for its vCPUs",
				  vm->cfg->file);
			return -ENOMEM;
		}
		vm->nr_vcpus++;
	}
	return 0;
}

static int build(struct vm *vm, char *err)
{
	int rc = create_vcpus(vm, err);

	if (rc)
		return rc;
	vm->console = console_port_create(vm->cfg->name, vm_devices_input, vm);
	if (!vm->console) {
		scnprintf(err, VM_ERROR_MAX, "%s: not enough memory for its console",
			  vm->cfg->file);
		return -ENOMEM;
	}
	rc = vm_devices_create(vm, err);
	if (!rc)
		vm_memory_add_info(vm);
	/* All that is known beforehand is there, and what is to come is told from that. */
	if (!rc)
		rc = vm_commit(vm, err);
	return rc ? rc : vm_threads_create(vm, err);
}

struct vm *vm_create(const struct vm_config *cfg, struct fs *fs, struct vm_commit *commit,
		     char *err)
{
	struct mem_account *acct = &commit->account;
	struct cpu_time *before;
	struct vm *vm;
	int rc;

	acct->name = cfg->name;
	acct->peak = 0;
	vm = kzalloc_for(acct, sizeof(*vm));

	if (!vm) {
		scnprintf(err, VM_ERROR_MAX, "%s: not enough memory for another VM", cfg->file);
		return NULL;
	}
	vm->cfg = cfg;
	vm->fs = fs;
	vm->commit = commit;
	vm->account = acct;
	vm->state = VM_CREATED;
	spin_lock_init(&vm->lock, "vm->lock");
	waitq_init(&vm->ended);
	/* Whoever's thread this is, what it does here is for the VM. */
	before = thread_charge(&vm->cpu);
	if (vm_memory_init(vm, err)) {
		(void)thread_charge(before);
		kfree_for(acct, vm);
		return NULL;
	}
	rc = build(vm, err);
	(void)thread_charge(before);
	if (rc) {
		vm_destroy(vm);
		return NULL;
	}
	return vm;
}

void vm_start(struct vm *vm)
{
	vm->state = VM_LOADING;
	vm_threads_start(vm);
}

void vm_destroy(struct vm *vm)
{
	struct mem_account *acct = vm->account;
	unsigned int i;

	BUG_ON(vm_is_alive(vm)); /* callers wait first */
	/* vCPU 0's thread has said that the VM has ended; it may not be done with it yet. */
	vm_threads_join(vm);
	if (vm->console)
		console_port_destroy(vm->console);
	vm_devices_destroy(vm);
	for (i = 0; i < vm->nr_vcpus; i++)
		vcpu_destroy(vm->vcpu[i]);
	vm_memory_destroy(vm);
	arch_vm_destroy(vm);
	kfree_for(acct, vm);
	slab_drain(acct);
}
