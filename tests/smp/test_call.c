// SPDX-License-Identifier: Apache-2.0
/* Functions that CPUs run for each other: each runs once, in time, and sees what it has to. */
/* links: kernel/call.c */
#include "machine.h"
#include <lodge/arch.h>
#include <lodge/call.h>
#include <sched.h>
#include <shim.h>

#define NR_CPUS 4

/* What callers and those who are called write without any atomic access. */
struct errand {
	u64 given;
	u64 taken[NR_CPUS];
};

static u64 served[NR_CPUS];
static bool calling[NR_CPUS]; /* a thread's call is under way */
static u64 nested[NR_CPUS], from_timer[NR_CPUS];
static struct timer alarms[NR_CPUS];
static bool alarms_over;

static void take(void *arg)
{
	struct errand *e = arg;
	unsigned int me = cpu_id();

	assert_false(arch_irqs_enabled());
	e->taken[me] += e->given;
	served[me]++;
}

/* One call, whose room is used for something else as soon as it returns. */
static void call_some(cpumask_t cpus)
{
	struct errand e = { .given = machine_random() | 1 };
	unsigned int i;

	cpus_call(cpus, take, &e);
	for (i = 0; i < NR_CPUS; i++)
		assert_int_equal(e.taken[i], cpumask_has(cpus, i) ? e.given : 0);
	memset(&e, 0xff, sizeof(e));
}

static cpumask_t some_cpus(void)
{
	return (cpumask_t){ machine_random() / 8 % BIT(NR_CPUS) };
}

/* With interrupts on in one half of the calls, off in the other. */
static void call_all(void *arg)
{
	unsigned int i, me = cpu_id();

	for (i = 0; i < machine_rounds(SMP_ROUNDS) / 32; i++) {
		bool off = machine_random() & 64;
		unsigned long flags = off ? arch_irq_save() : 0;

		calling[me] = true;
		call_some(some_cpus());
		calling[me] = false;
		assert_int_equal(arch_irqs_enabled(), !off);
		if (off)
			arch_irq_restore(flags);
	}
}

static void start_callers(void)
{
	unsigned int i;

	for (i = 0; i < NR_CPUS; i++)
		thread_start(thread_create("caller", call_all, NULL, i));
}

static void everyone_calls_everyone(void **state)
{
	unsigned int i;

	memset(served, 0, sizeof(served));
	assert_true(machine_run(NR_CPUS, start_callers));
	for (i = 0; i < NR_CPUS; i++)
		assert_true(served[i] > 0);
}

/* A timer that calls, too, and often while its CPU waits for a thread's call. */
static void call_from_timer(struct timer *t)
{
	unsigned int me = cpu_id();

	nested[me] += calling[me];
	from_timer[me]++;
	call_some(some_cpus());
	if (!__atomic_load_n(&alarms_over, __ATOMIC_ACQUIRE))
		timer_start(t, time_now() + machine_random() % 4000);
}

static void call_and_be_interrupted(void *arg)
{
	struct timer *t = &alarms[cpu_id()];

	timer_init(t, call_from_timer);
	timer_start(t, time_now());
	call_all(arg);
	timer_cancel(t);
}

static void start_interrupted(void)
{
	unsigned int i;

	for (i = 0; i < NR_CPUS; i++)
		thread_start(thread_create("caller", call_and_be_interrupted, NULL, i));
}

static void an_interrupt_of_a_waiting_cpu_calls(void **state)
{
	u64 all = 0, ever = 0;
	unsigned int i;

	memset(nested, 0, sizeof(nested));
	assert_true(machine_run(NR_CPUS, start_interrupted));
	for (i = 0; i < NR_CPUS; i++) {
		all += nested[i];
		ever += from_timer[i];
	}
	assert_true(ever > 0);
	if (machine_is_parallel())
		assert_true(all > 100);
}

/* Two CPUs whose interrupts are off until both have been served. */
static u32 arrived;

static void call_each_other(void *arg)
{
	unsigned int i, me = cpu_id();

	arch_irq_disable();
	for (i = 1; i <= machine_rounds(SMP_ROUNDS) / 32; i++) {
		__atomic_fetch_add(&arrived, 1, __ATOMIC_ACQ_REL);
		while (__atomic_load_n(&arrived, __ATOMIC_ACQUIRE) < 2 * i)
			cpus_call_serve();
		call_some(cpumask_of(!me));
	}
	/* The other may be about to call once more. */
	__atomic_fetch_add(&arrived, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&arrived, __ATOMIC_ACQUIRE) < 2 * i)
		cpus_call_serve();
	arch_irq_enable();
}

static void start_two(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		thread_start(thread_create("caller", call_each_other, NULL, i));
}

static void callers_with_interrupts_off_serve_each_other(void **state)
{
	arrived = 0;
	assert_true(machine_run(2, start_two));
}

/* A CPU that has been stopped answers no more. */
static u32 deaf, stopper; /* the number of a CPU, and 1 */

/* What waits asks each time: let the CPU that it waits for run, if there are too few for all. */
bool smp_is_stopping(void)
{
	static __thread unsigned int asked;

	if (++asked % 64 == 0)
		sched_yield();
	return __atomic_load_n(&stopper, __ATOMIC_ACQUIRE) == cpu_id() + 1;
}

static void be_deaf(void *arg)
{
	arch_irq_disable();
	__atomic_store_n(&deaf, cpu_id() + 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&deaf, __ATOMIC_ACQUIRE))
		barrier();
	arch_irq_enable();
}

static void stop_and_call(void *arg)
{
	struct errand e = { .given = 7 };

	while (!__atomic_load_n(&deaf, __ATOMIC_ACQUIRE))
		barrier();
	__atomic_store_n(&stopper, cpu_id() + 1, __ATOMIC_RELEASE);
	cpus_call(cpus_online(), take, &e);
	assert_int_equal(e.taken[0], 7);
	assert_int_equal(e.taken[1], 0);
	__atomic_store_n(&stopper, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&deaf, 0, __ATOMIC_RELEASE);
}

static void start_stopper(void)
{
	thread_start(thread_create("stopper", stop_and_call, NULL, 0));
	thread_start(thread_create("deaf", be_deaf, NULL, 1));
}

static void nobody_waits_for_a_stopped_cpu(void **state)
{
	assert_true(machine_run(2, start_stopper));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everyone_calls_everyone),
		cmocka_unit_test(an_interrupt_of_a_waiting_cpu_calls),
		cmocka_unit_test(callers_with_interrupts_off_serve_each_other),
		cmocka_unit_test(nobody_waits_for_a_stopped_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
