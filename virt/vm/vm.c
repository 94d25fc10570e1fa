// SPDX-License-Identifier: Apache-2.0
/* VMs: created, ended and destroyed, and the threads of their vCPUs. */
#include <lodge/arch_virt.h>
#include <lodge/commit.h>
#include <lodge/console.h>
#include <lodge/errno.h>
#include <lodge/printf.h>
#include <lodge/printk.h>
#include <lodge/slab.h>
#include <lodge/string.h>
#include <lodge/vm.h>
#include <lodge/vm_report.h>
#include "life.h"
#include "threads.h"

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
	vm_clock_stop(vm);
	for (i = 0; i < vm->nr_vcpus; i++)
		all_off &= vm->vcpu[i]->state == VCPU_OFF;
	spin_unlock_irqrestore(&vm->lock, flags);
	if (all_off && READ_ONCE(vm->end) == VM_END_NONE) {
		pr_warn("vm %s: its last vCPU has switched itself off", vm->cfg->name);
		(void)vm_end(vm, VM_END_ALL_OFF, 0);
	}
	waitq_wake(&vm->changed);
}

void vcpu_set_state(struct vcpu *vcpu, enum vcpu_state state)
{
	unsigned long flags = spin_lock_irqsave(&vcpu->vm->lock);

	WRITE_ONCE(vcpu->state, state);
	spin_unlock_irqrestore(&vcpu->vm->lock, flags);
}

/* But for one that was stopped meanwhile, and perhaps told to start again: that is its state then. */
static void now_runs(struct vcpu *vcpu)
{
	unsigned long flags = spin_lock_irqsave(&vcpu->vm->lock);

	if (!(READ_ONCE(vcpu->requests) & REQ_OFF))
		WRITE_ONCE(vcpu->state, VCPU_RUNNING);
	spin_unlock_irqrestore(&vcpu->vm->lock, flags);
}

/* Its starts and stops until the VM ends. */
static void vcpu_live(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;

	while (READ_ONCE(vm->end) == VM_END_NONE) {
		unsigned long flags;
		u64 pc, arg;

		(void)waitq_wait(&vcpu->wait, may_start, vcpu, 0);
		flags = spin_lock_irqsave(&vm->lock);
		if (vcpu->state != VCPU_START_PENDING || vm->end != VM_END_NONE) {
			/* Another may have stopped it again. */
			spin_unlock_irqrestore(&vm->lock, flags);
			continue;
		}
		WRITE_ONCE(vcpu->in_loop, true);
		/* Others may add to them. REQ_STOP comes after the end, which would have been seen. */
		WRITE_ONCE(vcpu->requests, vm->paused ? REQ_PAUSE : 0);
		vcpu->fault_error = 0;
		/* From here on another may stop it, and tell it to start elsewhere. */
		pc = vcpu->start_pc;
		arg = vcpu->start_arg;
		spin_unlock_irqrestore(&vm->lock, flags);
		vcpu_steal_off(vcpu);
		arch_vcpu_reset(vcpu, pc, arg);
		/* Until here, what others send it may be lost in the reset: it counts as about to start. */
		now_runs(vcpu);
		vcpu_run_loop(vcpu);
		/* Printing takes too long for the exit, which has interrupts off. */
		if (READ_ONCE(vm->crashed) == vcpu)
			vm_report_crash(vm);
		vcpu_left(vcpu);
	}
	/* A start that came too late is not one of the next life. */
	vcpu_set_state(vcpu, VCPU_OFF);
}

static bool may_live(void *arg)
{
	struct vcpu *vcpu = arg;

	return __atomic_load_n(&vcpu->vm->lives, __ATOMIC_ACQUIRE) != vcpu->lives ||
	       READ_ONCE(vcpu->vm->over);
}

/* From vm_start() on until the VM is destroyed: neither resets in place nor its end end it. */
static void live(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;

	for (;;) {
		(void)waitq_wait(&vcpu->wait, may_live, vcpu, 0);
		if (READ_ONCE(vm->over))
			return;
		vcpu_live(vcpu);
		/* RELEASE: it touches nothing any more that a reset changes; see all_quiet(). */
		__atomic_store_n(&vcpu->lives, vm->lives, __ATOMIC_RELEASE);
		waitq_wake(&vm->changed);
	}
}

void vcpu_thread(void *arg)
{
	struct vcpu *vcpu = arg;

	(void)thread_charge(&vcpu->vm->cpu);
	live(vcpu);
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

/* The opposite of build(), also of a part of it. */
static void dismantle(struct vm *vm)
{
	struct mem_account *acct = vm->account;
	unsigned int i;

	/* The VM's thread has said that it has ended; it may not be done with it yet. */
	vm_threads_join(vm);
	if (vm->console)
		console_port_destroy(vm->console);
	vm_devices_destroy(vm);
	for (i = 0; i < vm->nr_vcpus; i++)
		vcpu_destroy(vm->vcpu[i]);
	/* No CPU walks from its tables when they are freed, the root among them. */
	arch_vm_destroy(vm);
	vm_memory_destroy(vm);
	kfree_for(acct, vm);
	slab_drain(acct);
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
	waitq_init(&vm->changed);
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
		dismantle(vm);
		return NULL;
	}
	vm_threads_start(vm);
	vm_register(vm);
	return vm;
}

int vm_destroy(struct vm *vm)
{
	int rc = vm_event(vm, VM_EV_DESTROY);

	if (rc)
		return rc;
	vm_unregister(vm);
	dismantle(vm);
	return 0;
}
