// SPDX-License-Identifier: Apache-2.0
/*
 * Whether a guest on a CPU of its own gets anywhere.
 *
 * A guest that takes the same trap for ever has no exits, and is found at the ends of its time slices
 * (vcpu.c). On a CPU of its own it has none. So a timer, which goes off on CPU 0, looks whether it has
 * exits. Only if it has had none for long is it taken out of the guest, twice; and if it looks stuck both
 * times, again and again until that is certain.
 */
#include <lodge/smp.h>
#include <lodge/time.h>
#include <lodge/vcpu.h>
#include <asm/barrier.h>
#include "watch.h"

/* So long without exits is the first look, and each further one is after twice the time. */
#define QUIET_S 10
/* Between the samples of one look. */
#define SAMPLE_US 1000
#define SAMPLES	  2

static bool is_to_be_watched(const struct vcpu *vcpu)
{
	const struct cpu *c = READ_ONCE(vcpu->running);

	return READ_ONCE(vcpu->in_loop) && (!c || READ_ONCE(c->runq.owner));
}

/* Whether nobody has to watch any more. If the vCPU gets a CPU again meanwhile, only one goes on. */
static bool end(struct vcpu *vcpu)
{
	if (likely(is_to_be_watched(vcpu)))
		return false;
	WRITE_ONCE(vcpu->watch.on, 0);
	smp_mb(); /* against the one in vcpu_watch_begin() */
	return !is_to_be_watched(vcpu) || __atomic_exchange_n(&vcpu->watch.on, 1, __ATOMIC_RELAXED);
}

/* A sample is taken at the end of a slice; this is one. */
static u64 take_sample(struct vcpu *vcpu)
{
	vcpu->watch.samples++;
	vcpu_request(vcpu, REQ_RESCHED);
	return time_from_us(SAMPLE_US);
}

/* It has no exits. */
static bool is_quiet(const struct vcpu *vcpu)
{
	/* Interrupts of the host are not recorded. */
	return vcpu->watch.seen == READ_ONCE(vcpu->record_next) && READ_ONCE(vcpu->running);
}

/* In how many ticks to look again. */
static u64 look(struct vcpu *vcpu)
{
	struct vcpu_watch *w = &vcpu->watch;

	if (w->samples) {
		if (w->samples < SAMPLES || READ_ONCE(vcpu->stuck_samples))
			return take_sample(vcpu);
		w->quiet *= 2;
	} else if (is_quiet(vcpu)) {
		return take_sample(vcpu);
	} else {
		w->quiet = time_from_us(QUIET_S * 1000000ul);
	}
	w->samples = 0;
	w->seen = READ_ONCE(vcpu->record_next);
	return w->quiet;
}

static void watch(struct timer *t)
{
	struct vcpu *vcpu = container_of(t, struct vcpu, watch.timer);

	if (!end(vcpu))
		timer_start(t, time_now() + look(vcpu));
}

void vcpu_watch_init(struct vcpu *vcpu)
{
	timer_init(&vcpu->watch.timer, watch);
}

void vcpu_watch_begin(struct vcpu *vcpu)
{
	struct vcpu_watch *w = &vcpu->watch;

	smp_mb(); /* the CPU has an owner before the look at who watches */
	if (READ_ONCE(w->on) || __atomic_exchange_n(&w->on, 1, __ATOMIC_ACQUIRE))
		return;
	w->samples = 0;
	w->seen = NULL;
	timer_start(&w->timer, time_now() + look(vcpu));
}

void vcpu_watch_destroy(struct vcpu *vcpu)
{
	timer_cancel_sync(&vcpu->watch.timer);
}
