// SPDX-License-Identifier: Apache-2.0
/* A vCPU is a thread whose body is the run loop. */
#include <lodge/arch.h>
#include <lodge/arch_virt.h>
#include <lodge/call.h>
#include <lodge/console.h>
#include <lodge/errno.h>
#include <lodge/printk.h>
#include <lodge/slab.h>
#include <lodge/smp.h>
#include <lodge/vcpu.h>
#include <lodge/vm.h>
#include <asm/barrier.h>
#include "life.h"
#include "watch.h"

/* Time slices in a row that must end at the same trap before a guest counts as stuck. */
#define STUCK_SAMPLES 10
/* And how many pass before one that only looked like that is looked at again. */
#define STUCK_PAUSE 1000

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
	vcpu_watch_init(vcpu);
	if (arch_vcpu_init(vcpu)) {
		kfree_for(vm->account, vcpu);
		return NULL;
	}
	return vcpu;
}

void vcpu_destroy(struct vcpu *vcpu)
{
	vcpu_watch_destroy(vcpu);
	arch_vcpu_destroy(vcpu);
	kfree_for(vcpu->vm->account, vcpu);
}

/* The run loop's thread, which ends only after this is NULL again. */
static void set_looping(struct vcpu *vcpu, struct thread *t)
{
	unsigned long flags = spin_lock_irqsave(&vcpu->wait.lock);

	vcpu->looping = t;
	spin_unlock_irqrestore(&vcpu->wait.lock, flags);
}

/* ---- where its registers are ---- */

/* On the CPU that has them, with interrupts off. */
static void evict(void *arg)
{
	struct vcpu *vcpu = arg;
	struct cpu *c = this_cpu();

	if (c->loaded != vcpu)
		return;
	arch_vcpu_put(vcpu);
	arch_vcpu_put_fp(c);
	c->loaded = NULL;
	/* RELEASE: all of it is in memory for whoever loads it next. */
	__atomic_store_n(&vcpu->cpu, NULL, __ATOMIC_RELEASE);
}

/* No CPU has any of the state of @vcpu in its registers. In its own thread, interrupts off. */
static void vcpu_put(struct vcpu *vcpu)
{
	struct cpu *c = __atomic_load_n(&vcpu->cpu, __ATOMIC_ACQUIRE);

	if (c == this_cpu())
		evict(vcpu);
	else if (c)
		cpus_call(cpumask_of(c->id), evict, vcpu);
}

/* What this vCPU has left in the registers of another CPU comes back. */
static void fetch(struct vcpu *vcpu)
{
	/* ACQUIRE: if no CPU has it, what the last one has put into memory is seen here. */
	struct cpu *c = __atomic_load_n(&vcpu->cpu, __ATOMIC_ACQUIRE);

	if (unlikely(c && c != this_cpu()))
		vcpu_put(vcpu);
}

/*
 * A vCPU's state stays in a CPU's registers until another vCPU needs those, or the vCPU runs on
 * another CPU. @cpu is written by the CPU that it names, or that it is to name, with interrupts off.
 */
static void vcpu_load(struct vcpu *vcpu)
{
	struct cpu *c = this_cpu();
	struct vcpu *old;

	if (c->loaded == vcpu)
		return;
	/* Others may have theirs fetched from here meanwhile. */
	fetch(vcpu);
	old = c->loaded;
	if (old)
		arch_vcpu_put(old);
	/* Its FP and vector registers are exchanged here. */
	arch_vcpu_load(vcpu);
	c->loaded = vcpu;
	if (old)
		__atomic_store_n(&old->cpu, NULL, __ATOMIC_RELEASE);
	WRITE_ONCE(vcpu->cpu, c);
	if (vcpu->last != c) {
		vcpu->last = c;
		vcpu->ran_on |= BIT(c->id);
	}
	if (unlikely(READ_ONCE(c->runq.owner)))
		vcpu_watch_begin(vcpu);
}

/* ---- states ---- */

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

	/* Its thread may have left this life already, and would start in the next. */
	if (vcpu->state == VCPU_START_PENDING || vm->end != VM_END_NONE) {
		err = -EBUSY;
	} else if (vcpu->state != VCPU_OFF || vcpu->in_loop) {
		err = -EEXIST;
	} else {
		vcpu->start_pc = pc;
		vcpu->start_arg = arg;
		WRITE_ONCE(vcpu->state, VCPU_START_PENDING);
	}
	spin_unlock_irqrestore(&vm->lock, flags);
	if (!err)
		waitq_wake(&vcpu->wait);
	return err;
}

void vcpu_visit(struct vcpu *vcpu, struct vcpu *other)
{
	/* One that runs needs no visit, nor does one that waits. */
	if (READ_ONCE(other->running) || !READ_ONCE(other->in_loop) || READ_ONCE(other->waiting))
		return;
	vcpu->visited = other;
	__atomic_fetch_or(&vcpu->requests, REQ_VISIT, __ATOMIC_RELAXED);
}

/*
 * Who ends or resets a VM asks its vCPUs after that, perhaps when some have left by themselves and are
 * in another life.
 */
static bool must_leave(const struct vcpu *vcpu, u32 req)
{
	return (req & REQ_OFF) || ((req & REQ_STOP) && READ_ONCE(vcpu->vm->end) != VM_END_NONE);
}

/* ---- paused VMs ---- */

static bool may_go_on(void *arg)
{
	struct vcpu *vcpu = arg;

	return !READ_ONCE(vcpu->vm->paused) || must_leave(vcpu, READ_ONCE(vcpu->requests));
}

/* Whether it has left; if the VM was paused again meanwhile it has not, and the guest's time may stand. */
static bool unpark(struct vcpu *vcpu)
{
	bool goes;

	spin_lock(&vcpu->vm->lock);
	goes = may_go_on(vcpu);
	if (goes)
		WRITE_ONCE(vcpu->parked, false);
	spin_unlock(&vcpu->vm->lock);
	return goes;
}

/* With its registers in memory, for whoever looks at it. Interrupts are off, before and after. */
static void park(struct vcpu *vcpu)
{
	__atomic_fetch_and(&vcpu->requests, ~(u32)REQ_PAUSE, __ATOMIC_ACQUIRE);
	vcpu_put(vcpu);
	arch_vcpu_park(vcpu);
	spin_lock(&vcpu->vm->lock);
	/* RELEASE: so they are; see vm_pause(). */
	__atomic_store_n(&vcpu->parked, true, __ATOMIC_RELEASE);
	vm_clock_stop(vcpu->vm);
	spin_unlock(&vcpu->vm->lock);
	waitq_wake(&vcpu->vm->changed);
	do
		(void)waitq_wait(&vcpu->wait, may_go_on, vcpu, 0);
	while (!unpark(vcpu));
	arch_vcpu_unpark(vcpu);
}

/* ---- waiting ---- */

static bool should_wake(void *arg)
{
	struct vcpu *vcpu = arg;

	/* It may have woken on another CPU. */
	fetch(vcpu);
	/* What others have sent while its registers were here, and it slept. */
	if (READ_ONCE(vcpu->requests) & REQ_IRQ && vcpu->cpu) {
		__atomic_fetch_and(&vcpu->requests, ~(u32)REQ_IRQ, __ATOMIC_ACQUIRE);
		arch_vcpu_sync(vcpu, REQ_IRQ);
	}
	return must_leave(vcpu, READ_ONCE(vcpu->requests)) || arch_vcpu_irq_pending(vcpu);
}

static bool should_wake_or_park(void *arg)
{
	struct vcpu *vcpu = arg;

	return (READ_ONCE(vcpu->requests) & REQ_PAUSE) || should_wake(arg);
}

/* Interrupts are off, before and after. */
static void vcpu_block(struct vcpu *vcpu)
{
	if (!arch_vcpu_prepare_block(vcpu))
		return;
	WRITE_ONCE(vcpu->waiting, true);
	for (;;) {
		(void)waitq_wait(&vcpu->wait, should_wake_or_park, vcpu, 0);
		if (likely(!(READ_ONCE(vcpu->requests) & REQ_PAUSE)))
			break;
		/* A pause does not end what the guest waits for. */
		park(vcpu);
	}
	WRITE_ONCE(vcpu->waiting, false);
}

void vcpu_suspend(struct vcpu *vcpu)
{
	unsigned long flags = spin_lock_irqsave(&vcpu->vm->lock);

	WRITE_ONCE(vcpu->state, VCPU_SUSPENDED);
	spin_unlock_irqrestore(&vcpu->vm->lock, flags);
}

static void resume(struct vcpu *vcpu)
{
	unsigned long flags = spin_lock_irqsave(&vcpu->vm->lock);

	WRITE_ONCE(vcpu->state, VCPU_RUNNING);
	spin_unlock_irqrestore(&vcpu->vm->lock, flags);
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

	return (READ_ONCE(vcpu->requests) & (REQ_LEAVE | REQ_PAUSE)) ||
	       console_port_room(vcpu->vm->console);
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

/* It looks stuck, or did so when it was last looked at. */
static __noinline void check_stuck_again(struct vcpu *vcpu)
{
	bool sure = vcpu->stuck_samples + 1 == STUCK_SAMPLES;
	bool own = READ_ONCE(this_cpu()->runq.owner);

	if (unlikely(own))
		vcpu_watch_begin(vcpu);
	if (!arch_vcpu_stuck(vcpu, sure)) {
		vcpu->stuck_samples = 0;
		vcpu->stuck_pause = sure ? STUCK_PAUSE : 0;
		return;
	}
	if (++vcpu->stuck_samples == STUCK_SAMPLES)
		vm_crash(vcpu,
			 "it takes the same exception forever: its trap vector faults itself");
}

static void check_stuck(struct vcpu *vcpu)
{
	/* On a CPU of its own it is looked at rarely anyway. */
	bool own = READ_ONCE(this_cpu()->runq.owner);

	if (!own && vcpu->stuck_pause)
		vcpu->stuck_pause--;
	else if (unlikely(own || vcpu->stuck_samples) || unlikely(arch_vcpu_stuck(vcpu, false)))
		check_stuck_again(vcpu);
}

/* ---- steal time (steal.c) ---- */

/* Others may run instead. Only another vCPU of the VM could see that. */
static void steal_leave(struct vcpu *vcpu)
{
	if (unlikely(vcpu->steal.tell && !vcpu->steal.preempted && vcpu->vm->nr_vcpus > 1))
		vcpu_steal_update(vcpu, true);
}

/* It is to run. */
static void steal_enter(struct vcpu *vcpu)
{
	const struct vcpu_steal *s = &vcpu->steal;

	if (unlikely(s->tell && (s->preempted || s->seen != thread_waited(vcpu->thread))))
		vcpu_steal_update(vcpu, false);
}

/* An interrupt has come with the slice's end, or its timer has just expired. */
static __noinline void urge_self(struct vcpu *vcpu, bool irq)
{
	WRITE_ONCE(vcpu->ticked, false);
	if (irq || arch_vcpu_tick_unseen(vcpu))
		thread_urge_self();
}

/* At the end of a time slice: others first. @irq: an interrupt came with it, which the guest has not seen. */
static void vcpu_yield(struct vcpu *vcpu, bool irq)
{
	check_stuck(vcpu);
	steal_leave(vcpu);
	if (unlikely(irq | READ_ONCE(vcpu->ticked)))
		urge_self(vcpu, irq);
	thread_resched();
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

/* Says where the guest runs before the last look at the requests: see vcpu_request(). */
static int enter_guest(struct vcpu *vcpu)
{
	int action = EXIT_RESUME;

	WRITE_ONCE(vcpu->running, this_cpu());
	smp_mb();
	if (likely(!READ_ONCE(vcpu->requests)))
		action = arch_vcpu_run(vcpu);
	WRITE_ONCE(vcpu->running, NULL);
	return action;
}

void vcpu_run_loop(struct vcpu *vcpu)
{
	unsigned long flags = arch_irq_save();

	set_looping(vcpu, thread_current());
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
		if (unlikely(req & REQ_LEAVE) && must_leave(vcpu, req))
			break;
		if (unlikely(req & REQ_PAUSE)) {
			/* The rest of what is to be done is done when it goes on. */
			__atomic_fetch_or(&vcpu->requests, req & ~(u32)REQ_PAUSE, __ATOMIC_RELAXED);
			park(vcpu);
			continue;
		}
		vcpu_load(vcpu);
		if (req & REQ_SYNC)
			arch_vcpu_sync(vcpu, req);
		if (req & (REQ_RESCHED | REQ_OUTPUT)) {
			if (req & REQ_RESCHED)
				vcpu_yield(vcpu, req & REQ_IRQ);
			if (req & REQ_OUTPUT)
				wait_for_console(vcpu);
			continue;
		}
		if (req & REQ_VISIT) {
			steal_leave(vcpu);
			thread_visit(vcpu->visited->thread);
			continue;
		}
		steal_enter(vcpu);
		action = enter_guest(vcpu);
		if (action == EXIT_BLOCK) {
			vcpu_block(vcpu);
			if (unlikely(READ_ONCE(vcpu->state) == VCPU_SUSPENDED))
				resume(vcpu);
		} else if (action == EXIT_YIELD) {
			steal_leave(vcpu);
			thread_yield();
		} else if (action < 0) {
			vm_crash(vcpu, "an exit handler failed: %s", errno_name(action));
		}
	}
	vcpu_put(vcpu);
	thread_set_account(NULL);
	thread_set_preempt(NULL, 0);
	set_looping(vcpu, NULL);
	arch_irq_restore(flags);
}
