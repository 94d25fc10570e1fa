// SPDX-License-Identifier: Apache-2.0
/* Timers that one CPU runs and another ends: what a timer uses is free once it is cancelled. */
#include "machine.h"
#include <lodge/arch.h>
#include <lodge/errno.h>
#include <shim.h>

/* One that is started on CPU 0 and cancelled on CPU 1. */
struct alarm {
	struct timer timer;
	unsigned int again; /* so often it starts itself */
	bool moves;	    /* CPU 1 starts it anew, where CPU 0 may be running its function */
	u64 fired;
};

static struct waitq started, cancelled;
static struct alarm *alarm_now;
static u64 fired, pending;
static unsigned int rounds;
static bool all_done;

static void ring(struct timer *t)
{
	struct alarm *a = container_of(t, struct alarm, timer);
	unsigned int i;

	a->fired++;
	for (i = 0; i < 20; i++)
		barrier();
	if (a->again) {
		a->again--;
		timer_start(t, time_now());
	}
	a->fired++;
}

static bool is_there(void *arg)
{
	return __atomic_load_n(&alarm_now, __ATOMIC_ACQUIRE);
}

static bool is_gone(void *arg)
{
	return !is_there(arg);
}

static void start_timers(void *arg)
{
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		struct alarm *a = calloc(1, sizeof(*a));
		u64 until;

		timer_init(&a->timer, ring);
		a->again = machine_random() % 3;
		a->moves = !a->again;
		timer_start(&a->timer, time_now() + machine_random() % (i % 4 ? 8000 : 400000));
		__atomic_store_n(&alarm_now, a, __ATOMIC_RELEASE);
		waitq_wake(&started);
		/* Interrupts come when this turns them on. */
		for (until = time_now() + machine_random() % 10000; time_now() < until;) {
			arch_irq_disable();
			arch_irq_enable();
		}
		assert_int_equal(waitq_wait(&cancelled, is_gone, NULL, 0), 0);
	}
}

static void cancel_timers(void *arg)
{
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		struct alarm *a;
		u64 until;

		assert_int_equal(waitq_wait(&started, is_there, NULL, 0), 0);
		a = alarm_now;
		for (until = time_now() + machine_random() % 8000; time_now() < until;)
			barrier();
		if (a->moves)
			timer_start(&a->timer, time_now() + 1000000000);
		timer_cancel_sync(&a->timer);
		/* Not in the middle of its function, and never again. */
		assert_int_equal(a->fired % 2, 0);
		fired += a->fired != 0;
		pending += a->fired == 0;
		memset(a, 0xff, sizeof(*a));
		free(a);
		__atomic_store_n(&alarm_now, NULL, __ATOMIC_RELEASE);
		waitq_wake(&cancelled);
	}
	__atomic_store_n(&all_done, true, __ATOMIC_RELEASE);
}

static void start_both(void)
{
	waitq_init(&started);
	waitq_init(&cancelled);
	thread_start(thread_create("start", start_timers, NULL, 0));
	thread_start(thread_create("cancel", cancel_timers, NULL, 1));
}

static void a_cancelled_timer_is_nobodys(void **state)
{
	rounds = machine_rounds(SMP_ROUNDS) / 4;
	fired = pending = 0;
	assert_true(machine_run(2, start_both));
	/* Both happened, so the moments in between did. */
	if (machine_is_parallel()) {
		assert_true(fired > 100);
		assert_true(pending > 100);
	}
}

/* The same, while timers leave the CPU where they are armed, as when that gets an owner. */
static u64 moved;

static void move_timers(void *arg)
{
	struct cpu *from = cpu_get(1);

	(void)arg;
	while (!__atomic_load_n(&all_done, __ATOMIC_ACQUIRE)) {
		moved += READ_ONCE(from->timers.next) != &from->timers;
		timers_leave(from);
		machine_relax();
	}
}

static void start_movers(void)
{
	waitq_init(&started);
	waitq_init(&cancelled);
	thread_start(thread_create("start", start_timers, NULL, 1));
	thread_start(thread_create("cancel", cancel_timers, NULL, 2));
	thread_start(thread_create("move", move_timers, NULL, 0));
}

static void a_timer_that_moves_is_cancelled_all_the_same(void **state)
{
	rounds = machine_rounds(SMP_ROUNDS) / 20;
	fired = pending = moved = 0;
	all_done = false;
	assert_true(machine_run(3, start_movers));
	if (machine_is_parallel()) {
		assert_true(fired > 10);
		assert_true(pending > 10);
		assert_true(moved > 10);
	}
}

/* The wait that ends by time as it ends by being woken: its timer is on the stack. */
static struct waitq queue;
static u32 flag;
static u64 late, woken;

static bool is_set(void *arg)
{
	return __atomic_load_n(&flag, __ATOMIC_ACQUIRE) == (u32)(uintptr_t)arg;
}

static void wait_with_deadline(void *arg)
{
	unsigned int i;

	for (i = 1; i <= machine_rounds(SMP_ROUNDS) / 8; i++) {
		u64 deadline = time_now() + machine_random() % 20000;
		int err = waitq_wait(&queue, is_set, (void *)(uintptr_t)i, deadline);

		late += err == -ETIMEDOUT;
		woken += !err;
		if (err)
			assert_int_equal(waitq_wait(&queue, is_set, (void *)(uintptr_t)i, 0), 0);
		__atomic_store_n(&flag, 0, __ATOMIC_RELEASE);
		waitq_wake(&queue);
	}
}

static void set_near_the_deadline(void *arg)
{
	unsigned int i;

	for (i = 1; i <= machine_rounds(SMP_ROUNDS) / 8; i++) {
		u64 until = time_now() + machine_random() % 20000;

		assert_int_equal(waitq_wait(&queue, is_set, NULL, 0), 0);
		while (time_now() < until)
			barrier();
		__atomic_store_n(&flag, i, __ATOMIC_RELEASE);
		waitq_wake(&queue);
	}
}

static void start_waiters(void)
{
	waitq_init(&queue);
	thread_start(thread_create("wait", wait_with_deadline, NULL, 0));
	thread_start(thread_create("set", set_near_the_deadline, NULL, 1));
}

static void a_wait_ends_by_either(void **state)
{
	flag = 0;
	late = woken = 0;
	assert_true(machine_run(2, start_waiters));
	if (machine_is_parallel()) {
		/* How many of each, depends on how busy the building machine is. */
		assert_true(late > 0);
		assert_true(woken > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cancelled_timer_is_nobodys),
		cmocka_unit_test(a_timer_that_moves_is_cancelled_all_the_same),
		cmocka_unit_test(a_wait_ends_by_either),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
