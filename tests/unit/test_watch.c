// SPDX-License-Identifier: Apache-2.0
/* A guest on a CPU of its own: how often it is looked at, and when not. */
/* links: virt/vm/watch.c */
/* flags: -I$(root)/virt/vm */
#include <lodge/smp.h>
#include <lodge/time.h>
#include <lodge/vcpu.h>
#include <shim.h>
#include <watch.h>

#define SECOND 1000000ul

static u64 now;
static unsigned int samples;
static struct timer *armed;
static struct cpu cpu;
static struct sched_entity owner;
static struct vcpu vcpu;

u64 time_now(void)
{
	return now;
}

u64 time_from_us(u64 us)
{
	return us;
}

void timer_init_for(struct timer *t, void (*fn)(struct timer *t), struct time_account *account)
{
	t->fn = fn;
	t->account = account;
}

void timer_init(struct timer *t, void (*fn)(struct timer *t))
{
	timer_init_for(t, fn, NULL);
}

void timer_start(struct timer *t, u64 deadline)
{
	assert_null(armed);
	armed = t;
	t->deadline = deadline;
}

void timer_cancel_sync(struct timer *t)
{
	armed = NULL;
}

/* The vCPU looks as soon as it is asked. */
static unsigned int stuck_from; /* it looks stuck from this sample on */

void vcpu_request(struct vcpu *v, u32 req)
{
	assert_int_equal(req, REQ_RESCHED);
	samples++;
	v->stuck_samples = stuck_from && samples >= stuck_from ? v->stuck_samples + 1 : 0;
}

static int setup(void **state)
{
	now = 1000;
	samples = stuck_from = 0;
	armed = NULL;
	cpu = (struct cpu){ .runq.owner = &owner };
	vcpu = (struct vcpu){ .in_loop = true };
	vcpu.record_next = vcpu.record;
	vcpu_watch_init(&vcpu);
	vcpu_watch_begin(&vcpu);
	vcpu.running = &cpu;
	return 0;
}

/* @ticks pass, after each timer of which the guest has an exit if @exits. */
static void run_for(u64 ticks, bool exits)
{
	u64 end = now + ticks;

	while (armed && armed->deadline <= end) {
		struct timer *t = armed;

		now = t->deadline;
		armed = NULL;
		t->fn(t);
		if (exits)
			vcpu_record_exit(&vcpu, 0, 0, 0);
	}
	now = end;
}

static void one_that_has_exits_is_left_alone(void **state)
{
	vcpu_record_exit(&vcpu, 0, 0, 0);
	run_for(1000 * SECOND, true);
	assert_int_equal(samples, 0);
	assert_non_null(armed);
}

static void one_that_sleeps_is_left_alone(void **state)
{
	vcpu.running = NULL;
	run_for(1000 * SECOND, false);
	assert_int_equal(samples, 0);
}

static void one_that_has_none_is_looked_at_ever_less(void **state)
{
	run_for(9 * SECOND, false);
	assert_int_equal(samples, 0);
	run_for(2 * SECOND, false);
	assert_int_equal(samples, 2);
	run_for(18 * SECOND, false);
	assert_int_equal(samples, 2);
	run_for(3600 * SECOND, false);
	assert_in_range(samples, 12, 18);
	/* After an exit it is as at first. */
	vcpu_record_exit(&vcpu, 0, 0, 0);
	run_for(10000 * SECOND, false);
	vcpu_record_exit(&vcpu, 0, 0, 0);
	run_for(10000 * SECOND, false);
	samples = 0;
	vcpu_record_exit(&vcpu, 0, 0, 0);
	run_for(armed->deadline - now, true);
	run_for(25 * SECOND, false);
	assert_int_equal(samples, 2);
}

static void one_that_looks_stuck_is_looked_at_until_it_does_not(void **state)
{
	stuck_from = 2;
	run_for(10 * SECOND + 10000, false);
	assert_in_range(samples, 8, 12);
	/* Which it does not in the end. */
	stuck_from = 1000;
	run_for(100000, false);
	assert_in_range(samples, 8, 13);
	run_for(10 * SECOND, false);
	assert_in_range(samples, 8, 13);
}

static void nobody_watches_one_without_a_cpu(void **state)
{
	cpu.runq.owner = NULL;
	run_for(10 * SECOND, false);
	assert_null(armed);
	/* It has one again, and says so each time it looks. */
	cpu.runq.owner = &owner;
	vcpu_watch_begin(&vcpu);
	vcpu_watch_begin(&vcpu);
	assert_non_null(armed);
	run_for(21 * SECOND, false);
	assert_int_equal(samples, 2);
	vcpu.in_loop = false;
	run_for(100 * SECOND, false);
	assert_null(armed);
	assert_int_equal(samples, 2);
}

#define T(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(one_that_has_exits_is_left_alone),
		T(one_that_sleeps_is_left_alone),
		T(one_that_has_none_is_looked_at_ever_less),
		T(one_that_looks_stuck_is_looked_at_until_it_does_not),
		T(nobody_watches_one_without_a_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
