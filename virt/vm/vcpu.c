// SPDX-License-Identifier: Apache-2.0
/* A vCPU is a thread whose body is the run loop. */
#include <lodge/arch_virt.h>
#include <lodge/console.h>
#include <lodge/errno.h>
#include <lodge/printk.h>
#include <lodge/slab.h>
#include <lodge/smp.h>
#include <lodge/vcpu.h>
#include <lodge/vm.h>

/* Time slices in a row that must end at the same trap before a guest counts as stuck. */
#define STUCK_SAMPLES 10

#define REQ_LEAVE (REQ_STOP | REQ_OFF)
#define REQ_SYNC  (REQ_IRQ | REQ_FENCE_I | REQ_TLB_FLUSH)

struct vcpu *vcpu_create(struct vm *vm, unsigned int id)
{
	struct vcpu *vcpu = kzalloc_for(vm->account, sizeof(*vcpu));

	if (!vcpu)
		return NULL;
	vcpu->vm = vm;
	vcpu->id = id;
	vcpu->record_next = vcpu->record;
	vcpu->state = VCPU_OFF;
	waitq_init(&vcpu->wait);
	if (arch_vcpu_init(vcpu)) {
		kfree_for(vm->account, vcpu);
		return NULL;
	}
	return vcpu;
}

void vcpu_destroy(struct vcpu *vcpu)
{
	arch_vcpu_destroy(vcpu);
	kfree_for(vcpu->vm->account, vcpu);
}

void vcpu_wake(struct vcpu *vcpu)
{
	waitq_wake(&vcpu->wait);
}

void vcpu_request(struct vcpu *vcpu, u32 req)
{
	__atomic_fetch_or(&vcpu->requests, req, __ATOMIC_RELEASE);
	vcpu_wake(vcpu);
}

void vcpu_forget(struct vcpu *vcpu)
{
	unsigned int i;

	for (i = 0; i < cpu_count(); i++) {
		struct cpu *c = cpu_get(i);

		if (c->loaded == vcpu)
			c->loaded = NULL;
		if (c->fp_owner == vcpu)
			c->fp_owner = NULL;
	}
}

const char *vcpu_last_exit_name(const struct vcpu *vcpu)
{
	u64 newest = vcpu->record_next - vcpu->record + EXIT_RECORDS - 1;
	const char *name = arch_exit_name((unsigned int)vcpu->record[newest % EXIT_RECORDS].cause);

	return name ? name : "unknown";
}

int vcpu_power_on(struct vcpu *vcpu, u64 pc, u64 arg)
{
	struct vm *vm = vcpu->vm;
	unsigned long flags = spin_lock_irqsave(&vm->lock);
	int err = 0;

	if (vcpu->state == VCPU_START_PENDING) {
		err = -EBUSY;
	} else if (vcpu->state != VCPU_OFF || vcpu->in_loop) {
		err = -EEXIST;
	} else {
		vcpu->start_pc = pc;
		vcpu->start_arg = arg;
		vcpu->state = VCPU_START_PENDING;
	}
	spin_unlock_irqrestore(&vm->lock, flags);
	if (!err)
		waitq_wake(&vcpu->wait);
	return err;
}

void vcpu_visit(struct vcpu *vcpu, struct vcpu *other)
{
	if (other == vcpu || !READ_ONCE(other->in_loop) || READ_ONCE(other->waiting))
		return;
	vcpu->visited = other;
	__atomic_fetch_or(&vcpu->requests, REQ_VISIT, __ATOMIC_RELAXED);
}

static bool should_wake(void *arg)
{
	struct vcpu *vcpu = arg;

	return (READ_ONCE(vcpu->requests) & REQ_LEAVE) || arch_vcpu_irq_pending(vcpu);
}

/* Interrupts are off, before and after. */
static void vcpu_block(struct vcpu *vcpu)
{
	if (!arch_vcpu_prepare_block(vcpu))
		return;
	vcpu->waiting = true;
	/* Without a deadline it ends only when should_wake(). */
	(void)waitq_wait(&vcpu->wait, should_wake, vcpu, 0);
	vcpu->waiting = false;
}

void vcpu_wait_output(struct vcpu *vcpu)
{
	__atomic_fetch_or(&vcpu->requests, REQ_OUTPUT, __ATOMIC_RELAXED);
}

void vcpu_putc(struct vcpu *vcpu, u8 c)
{
	if (unlikely(console_port_putc(vcpu->vm->console, c) != CONSOLE_ROOM))
		vcpu_wait_output(vcpu);
}

static bool may_print(void *arg)
{
	struct vcpu *vcpu = arg;

	return (READ_ONCE(vcpu->requests) & REQ_LEAVE) || console_port_room(vcpu->vm->console);
}

/* Interrupts are off, before and after. A terminal that takes nothing stops nobody for ever. */
static void wait_for_console(struct vcpu *vcpu)
{
	u64 deadline = time_now() + time_from_us(CONSOLE_STUCK_US);

	WRITE_ONCE(vcpu->waits_output, true);
	if (waitq_wait(&vcpu->wait, may_print, vcpu, deadline))
		console_stuck();
	WRITE_ONCE(vcpu->waits_output, false);
}

static void check_stuck(struct vcpu *vcpu)
{
	if (!arch_vcpu_stuck(vcpu)) {
		vcpu->stuck_samples = 0;
		return;
	}
	if (++vcpu->stuck_samples == STUCK_SAMPLES)
		vm_crash(vcpu,
			 "it takes the same exception forever: its trap vector faults itself");
}

/* At the end of a time slice: others first. */
static void vcpu_yield(struct vcpu *vcpu)
{
	check_stuck(vcpu);
	thread_yield();
}

static void vcpu_put(struct vcpu *vcpu)
{
	if (this_cpu()->loaded == vcpu)
		arch_vcpu_put(vcpu);
}

static void vcpu_load(struct vcpu *vcpu)
{
	struct vcpu *old = this_cpu()->loaded;

	if (old == vcpu)
		return;
	if (old)
		arch_vcpu_put(old);
	arch_vcpu_load(vcpu);
}

/*
 * What a fault has left to be done with interrupts on. The vCPU may be loaded meanwhile or not,
 * and other requests wait: they are looked at when this is done.
 */
static void make_memory(struct vcpu *vcpu)
{
	__atomic_fetch_and(&vcpu->requests, ~(u32)REQ_MEMORY, __ATOMIC_RELAXED);
	arch_irq_enable();
	vm_memory_populate(vcpu);
	arch_irq_disable();
}

void vcpu_run_loop(struct vcpu *vcpu)
{
	unsigned long flags = arch_irq_save();

	thread_set_preempt(&vcpu->requests, REQ_RESCHED);
	thread_set_account(&vcpu->vm->timers);
	for (;;) {
		u32 req = 0;
		int action;

		if (READ_ONCE(vcpu->requests) & REQ_MEMORY) {
			make_memory(vcpu);
			continue;
		}
		if (READ_ONCE(vcpu->requests))
			req = __atomic_exchange_n(&vcpu->requests, 0, __ATOMIC_ACQUIRE);
		if (req & REQ_LEAVE)
			break;
		vcpu_load(vcpu);
		if (req & REQ_SYNC)
			arch_vcpu_sync(vcpu, req);
		if (req & (REQ_RESCHED | REQ_OUTPUT)) {
			if (req & REQ_RESCHED)
				vcpu_yield(vcpu);
			if (req & REQ_OUTPUT)
				wait_for_console(vcpu);
			continue;
		}
		if (req & REQ_VISIT) {
			thread_visit(vcpu->visited->thread);
			continue;
		}
		action = arch_vcpu_run(vcpu);
		if (action == EXIT_BLOCK) {
			vcpu_block(vcpu);
			if (vcpu->state == VCPU_SUSPENDED)
				WRITE_ONCE(vcpu->state, VCPU_RUNNING);
		} else if (action == EXIT_YIELD) {
			thread_yield();
		} else if (action < 0) {
			vm_crash(vcpu, "an exit handler failed: %s", errno_name(action));
		}
	}
	vcpu_put(vcpu);
	thread_set_account(NULL);
	thread_set_preempt(NULL, 0);
	arch_irq_restore(flags);
}
