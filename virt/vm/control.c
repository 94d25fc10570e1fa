// SPDX-License-Identifier: Apache-2.0
/* What others ask of a VM, and what its guest does: the events of its life (state.c). */
#include <lodge/arch_virt.h>
#include <lodge/errno.h>
#include <lodge/printf.h>
#include <lodge/string.h>
#include <lodge/vcpu.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>
#include <asm/barrier.h>
#include "life.h"

int vm_change_state(struct vm *vm, enum vm_event event)
{
	int next = vm_state_next(vm->state, event);

	if (next >= 0 && vm->state == VM_PAUSED && next != VM_PAUSED)
		vm_clock_go(vm);
	/* RELEASE: who sees it sees what led to it; see vm_state(). */
	if (next >= 0)
		__atomic_store_n(&vm->state, (enum vm_state)next, __ATOMIC_RELEASE);
	return min(next, 0);
}

int vm_event(struct vm *vm, enum vm_event event)
{
	unsigned long flags = spin_lock_irqsave(&vm->lock);
	int rc = vm_change_state(vm, event);

	spin_unlock_irqrestore(&vm->lock, flags);
	waitq_wake(&vm->changed);
	return rc;
}

static void request_all(struct vm *vm, u32 req)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++)
		vcpu_request(vm->vcpu[i], req);
}

/* ---- ends ---- */

static enum vm_event event_of(enum vm_end end)
{
	return end == VM_END_RESET ? VM_EV_RESET : end == VM_END_KILLED ? VM_EV_KILL : VM_EV_END;
}

int vm_end(struct vm *vm, enum vm_end end, u64 reason)
{
	unsigned long flags = spin_lock_irqsave(&vm->lock);
	enum vm_event event = event_of(end);
	int rc = min(vm_state_next(vm->state, event), 0);

	/* The first reason counts; the end of a VM that is being reset is one. */
	if (!rc && vm->state != VM_DYING) {
		WRITE_ONCE(vm->end, end);
		vm->end_reason = reason;
	}
	if (!rc)
		(void)vm_change_state(vm, event);
	spin_unlock_irqrestore(&vm->lock, flags);
	if (rc)
		return rc;
	request_all(vm, REQ_STOP);
	waitq_wake(&vm->changed);
	return 0;
}

void vm_request_shutdown(struct vm *vm, u64 reason)
{
	(void)vm_end(vm, VM_END_SHUTDOWN, reason);
}

void vm_request_reset(struct vm *vm, u64 reason)
{
	(void)vm_end(vm, VM_END_RESET, reason);
}

void vm_crash(struct vcpu *vcpu, const char *fmt, ...)
{
	struct vm *vm = vcpu->vm;
	va_list ap;

	if (vm_end(vm, VM_END_CRASH, 0))
		return;
	va_start(ap, fmt);
	vsnprintf(vm->crash_why, sizeof(vm->crash_why), fmt, ap);
	va_end(ap);
	arch_vcpu_note_exit(vcpu);
	WRITE_ONCE(vm->crashed, vcpu);
}

/* ---- what others ask for ---- */

int vm_start(struct vm *vm)
{
	unsigned long flags = spin_lock_irqsave(&vm->lock);
	int rc = vm_change_state(vm, VM_EV_START);

	/* It may have ended while it was. */
	if (!rc)
		WRITE_ONCE(vm->paused, false);
	spin_unlock_irqrestore(&vm->lock, flags);
	waitq_wake(&vm->changed);
	return rc;
}

int vm_reset(struct vm *vm)
{
	return vm_end(vm, VM_END_RESET, 0);
}

int vm_kill(struct vm *vm)
{
	return vm_end(vm, VM_END_KILLED, 0);
}

static bool has_paused(void *arg)
{
	const struct vm *vm = arg;

	if (vm_state(vm) != VM_PAUSED)
		return vm_state(vm) != VM_STARTING || !READ_ONCE(vm->paused);
	/* Seen one after the other, one that is out may have been started by one that was not yet. */
	return __atomic_load_n(&vm->stands, __ATOMIC_ACQUIRE);
}

/* Sets and clears @paused, which says where a start leads, with the state. */
static int set_paused(struct vm *vm, bool paused)
{
	unsigned long flags = spin_lock_irqsave(&vm->lock);
	int rc = vm_change_state(vm, paused ? VM_EV_PAUSE : VM_EV_RESUME);

	if (!rc)
		WRITE_ONCE(vm->paused, paused);
	vm_clock_stop(vm); /* where all are off */
	spin_unlock_irqrestore(&vm->lock, flags);
	return rc;
}

int vm_pause(struct vm *vm)
{
	int rc = set_paused(vm, true);

	if (rc)
		return rc;
	vm_devices_state(vm);
	request_all(vm, REQ_PAUSE);
	waitq_wake(&vm->changed);
	(void)waitq_wait(&vm->changed, has_paused, vm, 0);
	return vm_state(vm) == VM_PAUSED ? 0 : -ECANCELED;
}

int vm_resume(struct vm *vm)
{
	int rc = set_paused(vm, false);
	unsigned int i;

	if (rc)
		return rc;
	vm_devices_state(vm);
	for (i = 0; i < vm->nr_vcpus; i++)
		vcpu_wake(vm->vcpu[i]);
	waitq_wake(&vm->changed);
	return 0;
}

static bool has_ended(void *arg)
{
	return !vm_is_alive(arg);
}

int vm_wait(struct vm *vm, u64 deadline)
{
	return waitq_wait(&vm->changed, has_ended, vm, deadline);
}
