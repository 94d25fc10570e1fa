// SPDX-License-Identifier: Apache-2.0
/*
 * The local APIC's timer (APM vol. 2, 16.4.1): a counter that runs down once or again and
 * again, or a deadline for the time-stamp counter. It counts at the rate of the guest's time-stamp
 * counter, and all times here are that counter's, as the VM has it: it stands while the VM is paused.
 *
 * A host timer waits only for what changes something. The end of a period does not while the
 * entry is masked, nor while its interrupt is pending: IRR has one bit for it. The next one
 * that counts, once the interrupt is taken, is where it would have been.
 */
#include <lodge/vcpu.h>
#include <lodge/vm.h>
#include <asm/vm_time.h>
#include "vlapic.h"

/* Ticks of a guest that wants them faster come late: the host has other things to do. */
#define MIN_PERIOD_US 50

static u64 vm_now(const struct vlapic *l)
{
	return x86_vm_ticks(l->vcpu->vm);
}

static u32 timer_mode(const struct vlapic *l)
{
	return l->s.lvt[LVT_TIMER] & APIC_TIMER_MODE_MASK;
}

/* log2 of the divider: bits 0, 1 and 3 of the register are that less 1, and all set is 1. */
static unsigned int timer_shift(const struct vlapic *l)
{
	u32 d = l->s.timer_div;

	return (((d & 3) | (d >> 1 & 4)) + 1) & 7;
}

/* Ticks that a count takes. */
static u64 timer_length(const struct vlapic *l)
{
	return (u64)l->s.timer_init << timer_shift(l);
}

u64 vlapic_timer_expired(const struct vlapic *l)
{
	/* Another CPU's interrupt may be writing it: a tick more or less does not matter. */
	return READ_ONCE(l->expired);
}

u64 vlapic_timer_elapsed(const struct vlapic *l)
{
	return vm_now(l) - l->start;
}

static u32 count_at(const struct vlapic *l, u64 now)
{
	u64 length = timer_length(l), elapsed = now - l->start;

	if (!length || l->s.stopped || timer_mode(l) == APIC_TIMER_DEADLINE)
		return 0;
	if (timer_mode(l) == APIC_TIMER_PERIODIC)
		elapsed %= length;
	return elapsed >= length ? 0 : l->s.timer_init - (u32)(elapsed >> timer_shift(l));
}

u32 vlapic_timer_count(const struct vlapic *l)
{
	return count_at(l, vm_now(l));
}

static void timer_expire(struct vlapic *l, u64 now)
{
	u32 lvt = l->s.lvt[LVT_TIMER];

	if (lvt & APIC_LVT_MASKED)
		return;
	WRITE_ONCE(l->expired, now);
	WRITE_ONCE(l->vcpu->ticked, true);
	if ((lvt & 0xff) < 16)
		vlapic_error(l, ESR_RECEIVE_ILLEGAL);
	else
		vlapic_pend(l, (u8)lvt, false);
}

/* The deadline is one of the vCPU's counter, which is its VM's and what it has added. */
static u64 deadline_of_vm(const struct vlapic *l)
{
	return l->s.deadline - READ_ONCE(l->vcpu->arch.guest.msr.tsc_adjust);
}

/* A deadline that is past disarms, and interrupts if it may. */
static void pass_deadline(struct vlapic *l, u64 now)
{
	/* One further than half the range of numbers away is past. */
	if (!l->s.deadline || (s64)(deadline_of_vm(l) - now) > 0)
		return;
	l->s.deadline = 0;
	timer_expire(l, now);
}

/*
 * What is due by now comes before what is done next, whether or not the host timer has told; that
 * finds nothing to do then. timer_arm() follows, for the same time: what is due between the two would be
 * neither's.
 */
static void settle(struct vlapic *l, u64 now)
{
	if (timer_mode(l) == APIC_TIMER_DEADLINE) {
		pass_deadline(l, now);
	} else if (l->timer_due && l->timer_due <= now) {
		l->timer_due = 0;
		timer_expire(l, now);
	}
}

/* When what is next happens that changes something; 0 if nothing does by itself. */
static u64 timer_next(struct vlapic *l, u64 now)
{
	u64 length = timer_length(l), elapsed = now - l->start;
	u8 vector = (u8)l->s.lvt[LVT_TIMER];

	if (timer_mode(l) == APIC_TIMER_DEADLINE)
		return l->s.deadline ? deadline_of_vm(l) : 0;
	if (!length || l->s.stopped)
		return 0;
	if (timer_mode(l) != APIC_TIMER_PERIODIC)
		return elapsed < length ? now + length - elapsed : 0;
	if (vlapic_is_pending(l, vector)) {
		l->timer_waits = true;
		vlapic_watch(l, vector);
		return 0;
	}
	return max(now + length - elapsed % length, l->expired + time_from_us(MIN_PERIOD_US));
}

/* Waits for what is next; a deadline that is past expires at once. */
static void timer_arm(struct vlapic *l, u64 now)
{
	u64 next;

	timer_cancel(&l->timer);
	l->timer_due = 0;
	l->timer_waits = false;
	if (timer_mode(l) == APIC_TIMER_DEADLINE)
		pass_deadline(l, now);
	if (l->s.lvt[LVT_TIMER] & APIC_LVT_MASKED)
		return;
	next = timer_next(l, now);
	l->timer_due = next;
	if (next)
		timer_start(&l->timer, x86_host_ticks(l->vcpu->vm, next));
}

void vlapic_timer_retry(struct vlapic *l)
{
	if (l->timer_waits)
		timer_arm(l, vm_now(l));
}

static void timer_fire(struct timer *t)
{
	struct vlapic *l = container_of(t, struct vlapic, timer);
	unsigned long flags = spin_lock_irqsave(&l->lock);
	u64 now = vm_now(l);

	/* Or it was settled, set anew or stopped meanwhile. */
	if (l->timer_due && l->timer_due <= now) {
		settle(l, now);
		timer_arm(l, now);
	}
	spin_unlock_irqrestore(&l->lock, flags);
}

void vlapic_timer_init(struct vlapic *l)
{
	timer_init_for(&l->timer, timer_fire, &l->vcpu->vm->timers);
}

/* Between once and again and again, the count goes on from where it is. */
static void keep_count(struct vlapic *l, u64 now)
{
	u64 length = timer_length(l), elapsed = now - l->start;

	if (!length)
		return;
	if (timer_mode(l) == APIC_TIMER_PERIODIC)
		l->start += elapsed - elapsed % length;
	else if (elapsed >= length)
		l->s.stopped = true;
}

void vlapic_timer_set_lvt(struct vlapic *l, u32 lvt)
{
	u32 changed = (lvt ^ l->s.lvt[LVT_TIMER]) & APIC_TIMER_MODE_MASK;
	u64 now;

	if (lvt == l->s.lvt[LVT_TIMER])
		return;
	now = vm_now(l);
	settle(l, now);
	if (changed)
		keep_count(l, now);
	l->s.lvt[LVT_TIMER] = lvt;
	/* To and from deadlines the timer is disarmed (Intel SDM vol. 3, 11.5.4.1). */
	if (changed & APIC_TIMER_DEADLINE) {
		l->s.timer_init = 0;
		l->s.deadline = 0;
	}
	timer_arm(l, now);
}

void vlapic_timer_set_divider(struct vlapic *l, u32 div)
{
	u64 now = vm_now(l);
	u32 count;

	settle(l, now);
	count = count_at(l, now);
	l->s.timer_div = div;
	/* What is left is counted with the new divider. */
	l->start = now - ((u64)(l->s.timer_init - count) << timer_shift(l));
	timer_arm(l, now);
}

void vlapic_timer_set_count(struct vlapic *l, u32 count)
{
	u64 now;

	if (timer_mode(l) == APIC_TIMER_DEADLINE)
		return;
	now = vm_now(l);
	settle(l, now);
	l->s.timer_init = count;
	l->s.stopped = false;
	l->start = now;
	timer_arm(l, now);
}

void vlapic_timer_set_deadline(struct vlapic *l, u64 deadline)
{
	if (timer_mode(l) != APIC_TIMER_DEADLINE)
		return;
	l->s.deadline = deadline;
	timer_arm(l, vm_now(l));
}

void vlapic_timer_adjusted(struct vlapic *l)
{
	unsigned long flags = spin_lock_irqsave(&l->lock);

	if (timer_mode(l) == APIC_TIMER_DEADLINE)
		timer_arm(l, vm_now(l));
	spin_unlock_irqrestore(&l->lock, flags);
}

u64 vlapic_timer_deadline(struct vlapic *l)
{
	unsigned long flags = spin_lock_irqsave(&l->lock);
	u64 deadline;

	/* In other modes it is 0, and the count goes on. */
	if (timer_mode(l) == APIC_TIMER_DEADLINE)
		pass_deadline(l, vm_now(l));
	deadline = l->s.deadline;
	spin_unlock_irqrestore(&l->lock, flags);
	return deadline;
}

void vlapic_timer_resume(struct vlapic *l, u64 elapsed)
{
	u64 now = vm_now(l);

	l->start = now - elapsed;
	timer_arm(l, now);
}

void vlapic_timer_park(struct vlapic *l)
{
	unsigned long flags = spin_lock_irqsave(&l->lock);

	/* What it had to tell by now may be told still. */
	timer_cancel(&l->timer);
	spin_unlock_irqrestore(&l->lock, flags);
}

void vlapic_timer_unpark(struct vlapic *l)
{
	unsigned long flags = spin_lock_irqsave(&l->lock);
	u64 now = vm_now(l);

	settle(l, now);
	timer_arm(l, now);
	spin_unlock_irqrestore(&l->lock, flags);
}
