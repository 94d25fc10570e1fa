// SPDX-License-Identifier: Apache-2.0
/* Threads on several CPUs: each runs on one at a time, where it may, and none is forgotten. */
#include "machine.h"
#include <lodge/errno.h>
#include <shim.h>

#define CPUS	4
#define THREADS 12

static struct {
	struct thread *thread;
	struct waitq wait;
	u32 tickets; /* of those who woke it */
	u32 on_cpu;  /* 1 while it runs; two CPUs at a time would see that */
	u64 allowed; /* what it was told last, by itself */
} t[THREADS];
static unsigned int rounds;
static u32 ended;

static bool has_ticket(void *arg)
{
	unsigned int me = (unsigned int)(uintptr_t)arg;

	return __atomic_load_n(&t[me].tickets, __ATOMIC_ACQUIRE) ||
	       __atomic_load_n(&ended, __ATOMIC_ACQUIRE);
}

static void wake_somebody(void)
{
	unsigned int who = machine_random() % THREADS;

	__atomic_fetch_add(&t[who].tickets, 1, __ATOMIC_RELEASE);
	waitq_wake(&t[who].wait);
}

/* Others see that this thread runs here; it may switch to another CPU only where @fn lets it. */
static void run_for_a_moment(unsigned int me)
{
	unsigned long flags = arch_irq_save();
	unsigned int n;

	assert_int_equal(__atomic_exchange_n(&t[me].on_cpu, 1, __ATOMIC_RELAXED), 0);
	assert_ptr_equal(thread_current(), t[me].thread);
	for (n = machine_random() % 64; n; n--)
		barrier();
	assert_int_equal(__atomic_exchange_n(&t[me].on_cpu, 0, __ATOMIC_RELAXED), 1);
	arch_irq_restore(flags);
}

static void move_to_another(unsigned int me)
{
	u64 cpus = 1 + machine_random() % (BIT(CPUS) - 1);

	assert_int_equal(thread_set_affinity(t[me].thread, cpus), 0);
	thread_yield();
	assert_true(cpus >> cpu_id() & 1);
}

static void live(void *arg)
{
	unsigned int me = (unsigned int)(uintptr_t)arg, i;

	for (i = 0; i < rounds; i++) {
		run_for_a_moment(me);
		switch (machine_random() % 8) {
		case 0:
			thread_yield();
			break;
		case 1:
			thread_resched();
			break;
		case 2:
			move_to_another(me);
			break;
		case 3:
			assert_int_equal(thread_set_affinity(t[me].thread, BIT(CPUS) - 1), 0);
			break;
		case 4:
			(void)waitq_wait(&t[me].wait, has_ticket, arg,
					 time_now() + time_from_us(50));
			break;
		default:
			wake_somebody();
			if (waitq_wait(&t[me].wait, has_ticket, arg,
				       time_now() + time_from_us(1000)) != -ETIMEDOUT)
				__atomic_store_n(&t[me].tickets, 0, __ATOMIC_RELAXED);
		}
	}
}

static void start_all(void *arg)
{
	unsigned int i;

	for (i = 0; i < THREADS; i++) {
		waitq_init(&t[i].wait);
		t[i].tickets = t[i].on_cpu = 0;
		t[i].thread = thread_create_any("life", live, (void *)(uintptr_t)i);
	}
	for (i = 0; i < THREADS; i++)
		thread_start(t[i].thread);
	for (i = 0; i < THREADS; i++)
		thread_join(t[i].thread);
}

static void start(void)
{
	thread_start(thread_create("start", start_all, NULL, 0));
}

static void each_runs_on_one_cpu_at_a_time(void **state)
{
	rounds = machine_rounds(SMP_ROUNDS) / 100;
	ended = 0;
	assert_true(machine_run(CPUS, start));
}

/* ---- work is shared out ---- */

static u32 at_work;

static void work_with_all(void *arg)
{
	(void)arg;
	__atomic_fetch_add(&at_work, 1, __ATOMIC_RELAXED);
	/* Nobody comes here twice: as many CPUs have to run one each. */
	while (__atomic_load_n(&at_work, __ATOMIC_RELAXED) < CPUS)
		machine_relax();
}

static void start_workers(void *arg)
{
	struct thread *worker[CPUS];
	unsigned int i;

	for (i = 0; i < CPUS; i++) {
		worker[i] = thread_create_any("worker", work_with_all, NULL);
		thread_start(worker[i]);
	}
	for (i = 0; i < CPUS; i++)
		thread_join(worker[i]);
}

static void start_sharing(void)
{
	at_work = 0;
	thread_start(thread_create("start", start_workers, NULL, 0));
}

/* The workers never yield: each needs a CPU of its own before any ends. */
static void idle_cpus_take_what_waits(void **state)
{
	unsigned int i;

	for (i = 0; i < 20; i++)
		assert_true(machine_run(CPUS, start_sharing));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_runs_on_one_cpu_at_a_time),
		cmocka_unit_test(idle_cpus_take_what_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
