// SPDX-License-Identifier: Apache-2.0
/* What threads are entitled to changes while they run, wait, sleep and move. */
#include "machine.h"
#include <lodge/errno.h>
#include <shim.h>

#define CPUS	4
#define THREADS 10
#define MS	1000000 /* in nanoseconds */
#define ALL	(BIT(CPUS) - 1)

static struct {
	struct thread *thread;
	struct waitq wait;
	u32 tickets, on_cpu;
} t[THREADS];
static unsigned int rounds;
static u32 finished;
static struct waitq all_finished;

static bool has_ticket(void *arg)
{
	unsigned int me = (unsigned int)(uintptr_t)arg;

	return __atomic_load_n(&t[me].tickets, __ATOMIC_ACQUIRE);
}

static void nap(unsigned int me, unsigned int us)
{
	(void)waitq_wait(&t[me].wait, has_ticket, (void *)(uintptr_t)me,
			 time_now() + time_from_us(us));
	__atomic_store_n(&t[me].tickets, 0, __ATOMIC_RELAXED);
}

static void wake(unsigned int who)
{
	__atomic_fetch_add(&t[who].tickets, 1, __ATOMIC_RELEASE);
	waitq_wake(&t[who].wait);
}

/* It runs on one CPU, and may be interrupted there only at the end. */
static void run_for_a_moment(unsigned int me)
{
	unsigned long flags = arch_irq_save();
	unsigned int n;

	assert_int_equal(__atomic_exchange_n(&t[me].on_cpu, 1, __ATOMIC_RELAXED), 0);
	for (n = machine_random() % 64; n; n--)
		barrier();
	assert_int_equal(__atomic_exchange_n(&t[me].on_cpu, 0, __ATOMIC_RELAXED), 1);
	arch_irq_restore(flags);
	machine_relax();
	thread_make_room();
}

static bool have_all_finished(void *arg)
{
	(void)arg;
	return __atomic_load_n(&finished, __ATOMIC_ACQUIRE) == THREADS;
}

/* Nobody ends while another may still change it. */
static void finish(void)
{
	__atomic_fetch_add(&finished, 1, __ATOMIC_ACQ_REL);
	waitq_wake(&all_finished);
	(void)waitq_wait(&all_finished, have_all_finished, NULL, 0);
}

/* @beside, if there is one, starts when they do. */
static void run_all(void (*fn)(void *arg), struct thread *beside)
{
	unsigned int i;

	waitq_init(&all_finished);
	finished = 0;
	for (i = 0; i < THREADS; i++) {
		waitq_init(&t[i].wait);
		t[i].tickets = t[i].on_cpu = 0;
		t[i].thread = thread_create_any("live", fn, (void *)(uintptr_t)i);
	}
	for (i = 0; i < THREADS; i++)
		thread_start(t[i].thread);
	if (beside) {
		thread_start(beside);
		thread_join(beside);
	}
	for (i = 0; i < THREADS; i++)
		thread_join(t[i].thread);
}

/* Nothing is left behind by threads that have ended. */
static void check_free(void)
{
	unsigned int i;

	for (i = 0; i < CPUS; i++) {
		struct sched_queue *q = &cpu_get(i)->runq;

		assert_ptr_equal(READ_ONCE(q->owner), NULL);
		assert_int_equal(READ_ONCE(q->utilization), q->returned);
	}
}

/* ---- all changes at random ---- */

static void change_something(void)
{
	struct thread *any = t[machine_random() % THREADS].thread;
	u64 period = (1 + machine_random() % 4) * MS;
	int err;

	switch (machine_random() % 8) {
	case 0:
		thread_set_weight(any, 1 + machine_random() % 65536);
		break;
	case 1:
		thread_set_cap(any, machine_random() % 2 ? 50 + machine_random() % 50 : 0);
		break;
	case 2:
	case 3:
		err = thread_set_affinity(any, 1 + machine_random() % ALL);
		assert_true(!err || err == -EBUSY);
		break;
	case 4:
		err = thread_set_reservation(any, period / (2 + machine_random() % 4), period);
		assert_true(!err || err == -EBUSY || err == -ENOSPC);
		break;
	case 5:
		assert_int_equal(thread_set_reservation(any, 0, 0), 0);
		break;
	case 6:
		err = thread_set_exclusive(any, true);
		assert_true(!err || err == -EBUSY);
		break;
	default:
		assert_int_equal(thread_set_exclusive(any, false), 0);
	}
}

static void live_and_change(void *arg)
{
	unsigned int me = (unsigned int)(uintptr_t)arg, i;

	for (i = 0; i < rounds; i++) {
		run_for_a_moment(me);
		switch (machine_random() % 8) {
		case 0:
			thread_yield();
			break;
		case 1:
			nap(me, machine_random() % 100);
			break;
		case 2:
			wake(machine_random() % THREADS);
			break;
		case 3:
		case 4:
			change_something();
			break;
		}
	}
	finish();
}

static void start_changing(void *arg)
{
	(void)arg;
	run_all(live_and_change, NULL);
	check_free();
}

static void start_changes(void)
{
	thread_start(thread_create("start", start_changing, NULL, 0));
}

static void anything_may_change_at_any_time(void **state)
{
	rounds = machine_rounds(SMP_ROUNDS) / 100;
	assert_true(machine_run(CPUS, start_changes));
}

/* ---- a CPU of its own ---- */

static struct {
	u32 owned, ended, seen; /* @seen: others ran there after that */
	unsigned int home;
} own;

static void own_a_cpu(unsigned int me)
{
	unsigned int i, home;
	unsigned long flags;

	for (i = 0; i < rounds / 10; i++)
		nap(me, 20); /* others are all over the place */
	assert_int_equal(thread_set_exclusive(t[me].thread, true), 0);
	thread_yield();
	home = cpu_id();
	assert_int_not_equal(home, SCHED_HOST_CPU);
	own.home = home;
	__atomic_store_n(&own.owned, 1, __ATOMIC_RELEASE);
	for (i = 0; i < rounds; i++) {
		run_for_a_moment(me);
		flags = arch_irq_save();
		assert_int_equal(cpu_id(), home);
		/* No tick once it has looked for what may run. */
		thread_resched();
		assert_int_equal(READ_ONCE(this_cpu()->slice_end), 0);
		arch_irq_restore(flags);
		if (machine_random() % 4 == 0)
			nap(me, machine_random() % 50);
	}
	assert_int_equal(thread_set_affinity(t[me].thread, ALL & ~BIT(home)), -EBUSY);
	/* Nobody else can be sent there, nor lose the last CPU that it may run on: it sleeps or runs. */
	assert_int_equal(thread_set_affinity(t[1].thread, BIT(home)), -EBUSY);
	i = home % (CPUS - 1) + 1;
	assert_int_equal(thread_set_affinity(t[1].thread, BIT(home) | BIT(i)), 0);
	assert_int_equal(thread_set_affinity(t[2].thread, BIT(i)), 0);
	assert_int_equal(thread_set_exclusive(t[2].thread, true), -EBUSY);
	assert_int_equal(thread_set_affinity(t[1].thread, ALL), 0);
	assert_int_equal(thread_set_affinity(t[2].thread, ALL), 0);
	__atomic_store_n(&own.owned, 0, __ATOMIC_RELEASE);
	assert_int_equal(thread_set_exclusive(t[me].thread, false), 0);
	__atomic_store_n(&own.ended, 1, __ATOMIC_RELEASE);
}

static void keep_off(unsigned int me)
{
	unsigned long flags;

	while (!__atomic_load_n(&own.seen, __ATOMIC_ACQUIRE)) {
		run_for_a_moment(me);
		flags = arch_irq_save();
		if (__atomic_load_n(&own.owned, __ATOMIC_ACQUIRE) && cpu_id() == own.home)
			/* It has just ended, or this must not be. */
			assert_false(__atomic_load_n(&own.owned, __ATOMIC_ACQUIRE));
		if (__atomic_load_n(&own.ended, __ATOMIC_ACQUIRE) && cpu_id() == own.home)
			__atomic_store_n(&own.seen, 1, __ATOMIC_RELEASE);
		arch_irq_restore(flags);
		if (machine_random() % 4 == 0)
			nap(me, machine_random() % 50);
		else if (machine_random() % 2)
			wake(1 + machine_random() % (THREADS - 1));
	}
}

static void own_or_keep_off(void *arg)
{
	unsigned int me = (unsigned int)(uintptr_t)arg;

	if (me == 0)
		own_a_cpu(me);
	else
		keep_off(me);
	finish();
}

static void start_owning(void *arg)
{
	(void)arg;
	own.owned = own.ended = own.seen = 0;
	run_all(own_or_keep_off, NULL);
	check_free();
}

static void start_owner(void)
{
	thread_start(thread_create("start", start_owning, NULL, 0));
}

static void nobody_comes_to_a_cpu_that_has_an_owner(void **state)
{
	rounds = machine_rounds(SMP_ROUNDS) / 100;
	assert_true(machine_run(CPUS, start_owner));
}

/* ---- reservations ---- */

static u32 placed;

/* Wherever it runs when it is given a reservation, it goes on where that is. */
static void run_reserved(void *arg)
{
	unsigned int me = (unsigned int)(uintptr_t)arg;
	unsigned long flags;

	while (__atomic_load_n(&placed, __ATOMIC_ACQUIRE) < 2) {
		run_for_a_moment(me);
		if (machine_random() % 2)
			nap(me, 30);
		if (!__atomic_load_n(&placed, __ATOMIC_ACQUIRE))
			continue;
		thread_yield();
		flags = arch_irq_save();
		assert_ptr_equal(READ_ONCE(t[me].thread->home), this_cpu());
		arch_irq_restore(flags);
	}
	finish();
}

static int reserve_percent(unsigned int who, unsigned int percent)
{
	return thread_set_reservation(t[who].thread, percent * MS / 10, 10 * MS);
}

static void place_reservations(void *arg)
{
	unsigned int i;

	(void)arg;
	/* Two thirds of each CPU, wherever they are now; then there is no room for another half. */
	for (i = 0; i < CPUS; i++)
		assert_int_equal(reserve_percent(i, 65), 0);
	for (i = CPUS; i < 2 * CPUS; i++)
		assert_int_equal(reserve_percent(i, 25), 0);
	assert_int_equal(reserve_percent(8, 10), -ENOSPC);
	assert_int_equal(reserve_percent(8, 96), -ENOSPC);
	assert_int_equal(thread_reservable(ALL), SCHED_RESERVED_MAX - sched_utilization(65, 100) -
							 sched_utilization(25, 100));
	/* What is refused leaves what was there before. */
	assert_int_equal(reserve_percent(4, 40), -ENOSPC);
	assert_int_equal(reserve_percent(8, 5), 0);
	assert_int_equal(reserve_percent(9, 5), 0);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(t[i].thread->se.class, SCHED_RESERVED);
	/* None of the CPUs can be anybody's own then. */
	assert_int_equal(thread_set_exclusive(t[9].thread, true), -EBUSY);
	assert_int_equal(thread_set_reservation(t[9].thread, 11 * MS, 10 * MS), -EINVAL);
	assert_int_equal(thread_set_reservation(t[9].thread, 1, 10 * MS), -EINVAL);
	assert_int_equal(thread_set_affinity(t[9].thread, BIT(CPUS)), -EINVAL);
	__atomic_store_n(&placed, 1, __ATOMIC_RELEASE);
	thread_sleep_us(2000);
	__atomic_store_n(&placed, 2, __ATOMIC_RELEASE);
}

static void start_reserving(void *arg)
{
	struct thread *placer = thread_create_any("place", place_reservations, NULL);

	(void)arg;
	placed = 0;
	run_all(run_reserved, placer);
	check_free();
}

static void start_reserved(void)
{
	thread_start(thread_create("start", start_reserving, NULL, 0));
}

static void a_reservation_is_where_it_fits(void **state)
{
	unsigned int i;

	for (i = 0; i < 10; i++)
		assert_true(machine_run(CPUS, start_reserved));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(anything_may_change_at_any_time),
		cmocka_unit_test(nobody_comes_to_a_cpu_that_has_an_owner),
		cmocka_unit_test(a_reservation_is_where_it_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
