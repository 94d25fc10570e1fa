// SPDX-License-Identifier: Apache-2.0
/* The host's timers, and who pays for the time that they take. */
/* links: kernel/time.c */
#include <lodge/arch.h>
#include <lodge/init.h>
#include <lodge/panic.h>
#include <lodge/sched.h>
#include <lodge/smp.h>
#include <lodge/time.h>
#include <lodge/timer_core.h>
#include <shim.h>

static u64 now, programmed, cost;
static unsigned int fires, slices_over, cpus, kicks;
static struct cpu cpu, second = { .id = 1 };
static struct thread thread;
static struct time_account mine, another;

unsigned int cpu_count(void)
{
	return cpus;
}

struct cpu *cpu_get(unsigned int id)
{
	return id ? &second : &cpu;
}

void arch_cpu_kick(struct cpu *c)
{
	assert_ptr_equal(c, &cpu);
	kicks++;
}

u64 time_now(void)
{
	return now;
}

u64 arch_time_hz(const void *fdt)
{
	return 1000000;
}

void arch_timer_set(u64 deadline)
{
	programmed = deadline;
}

void panic_plain(const char *fmt, ...)
{
	abort();
}

void thread_slice_over(void)
{
	slices_over++;
}

/* A timer's function that takes @cost ticks. */
static void fire(struct timer *t)
{
	fires++;
	now += cost;
}

static int setup(void **state)
{
	memset(&cpu, 0, sizeof(cpu));
	thread.waited = 0;
	memset(&mine, 0, sizeof(mine));
	memset(&another, 0, sizeof(another));
	list_init(&cpu.timers);
	shim_this_cpu = &cpu;
	cpu.current = &thread;
	thread.account = &mine;
	now = 1000;
	fires = slices_over = kicks = 0;
	cpus = 1;
	cost = 7;
	return 0;
}

#define T(name) cmocka_unit_test_setup(name, setup)

static void interrupt_at(u64 when)
{
	now = when;
	timer_interrupt();
}

static void timers_fire_in_their_order(void **state)
{
	struct timer a, b;

	timer_init(&a, fire);
	timer_init(&b, fire);
	timer_start(&a, 3000);
	timer_start(&b, 2000);
	assert_int_equal(programmed, 2000);
	interrupt_at(2000);
	assert_int_equal(fires, 1);
	assert_false(b.armed);
	assert_true(a.armed);
	assert_int_equal(programmed, 3000);
	timer_cancel(&a);
	interrupt_at(4000);
	assert_int_equal(fires, 1);
}

static void a_timer_of_another_pays_back_what_it_takes(void **state)
{
	struct timer t;

	timer_init_for(&t, fire, &another);
	timer_set_slice(11000);
	timer_start(&t, 5000);
	interrupt_at(5000);
	assert_int_equal(another.used, 7);
	assert_int_equal(another.borrowed, 7);
	assert_int_equal(another.owed, 7);
	assert_int_equal(mine.used, 0);
	assert_int_equal(cpu.lent, 7);
	assert_int_equal(thread.waited, 7);
	/* The slice that was interrupted ends so much later. */
	assert_int_equal(programmed, 11007);
	interrupt_at(11000);
	assert_int_equal(slices_over, 0);
	interrupt_at(11007);
	assert_int_equal(slices_over, 1);
}

static void a_timer_of_ones_own_owes_nothing(void **state)
{
	struct timer t, u;

	timer_init_for(&t, fire, &mine);
	timer_init(&u, fire); /* the host's own */
	timer_set_slice(11000);
	timer_start(&t, 5000);
	timer_start(&u, 5000);
	interrupt_at(5000);
	assert_int_equal(fires, 2);
	assert_int_equal(mine.used, 7);
	assert_int_equal(mine.owed, 0);
	assert_int_equal(cpu.lent, 0);
	assert_int_equal(thread.waited, 0);
	assert_int_equal(programmed, 11000);
}

static void an_idle_cpu_lends_nothing(void **state)
{
	struct timer t;

	timer_init_for(&t, fire, &another);
	timer_set_slice(0);
	timer_start(&t, 5000);
	interrupt_at(5000);
	assert_int_equal(another.used, 7);
	assert_int_equal(another.borrowed, 0);
	assert_int_equal(another.owed, 0);
}

static void each_pays_for_its_own_part(void **state)
{
	struct timer t[2];
	struct time_account third = { 0 };

	timer_init_for(&t[0], fire, &another);
	timer_init_for(&t[1], fire, &third);
	timer_set_slice(11000);
	timer_start(&t[0], 5000);
	timer_start(&t[1], 5001);
	interrupt_at(5001);
	assert_int_equal(another.owed, 7);
	assert_int_equal(third.owed, 7);
	assert_int_equal(cpu.slice_end, 11014);
}

/* ---- a CPU that has an owner ---- */

static struct sched_entity owner;

/* From here on the calling CPU is the owner's, whose VM's account is @mine. */
static int setup_owner(void **state)
{
	setup(state);
	second = (struct cpu){ .id = 1, .current = &thread };
	list_init(&second.timers);
	second.runq.owner = &owner;
	shim_this_cpu = &second;
	cpus = 2;
	return 0;
}

static void kick_host(void)
{
	assert_int_equal(kicks, 1);
	assert_true(cpu.timers_came);
	kicks = 0;
	shim_this_cpu = &cpu;
	timers_kicked();
	assert_false(cpu.timers_came);
}

static void others_timers_start_elsewhere(void **state)
{
	struct timer own, others, hosts, late;

	timer_init_for(&own, fire, &mine);
	timer_init_for(&others, fire, &another);
	timer_init(&hosts, fire);
	timer_init(&late, fire);
	timer_start(&own, 2000);
	assert_int_equal(programmed, 2000);
	timer_start(&others, 5000);
	assert_int_equal(programmed, 2000);
	assert_int_equal(kicks, 1);
	/* CPU 0 waits for something earlier. */
	timer_start(&late, 6000);
	assert_int_equal(kicks, 1);
	kick_host();
	assert_int_equal(programmed, 5000);
	interrupt_at(5000);
	assert_int_equal(fires, 1);
	assert_int_equal(programmed, 6000);
	shim_this_cpu = &second;
	timer_start(&hosts, 5500);
	/* From another CPU. */
	timer_cancel_sync(&hosts);
	timer_cancel_sync(&late);
	assert_true(list_empty(&cpu.timers));
	interrupt_at(7000);
	assert_int_equal(fires, 2);
	assert_int_equal(own.cpu, 1);
}

static void the_timers_that_are_there_leave(void **state)
{
	struct timer t[3];
	unsigned int i;

	second.runq.owner = NULL;
	for (i = 0; i < 3; i++) {
		timer_init_for(&t[i], fire, i ? &another : NULL);
		timer_start(&t[i], 4000 - 1000 * i);
	}
	second.runq.owner = &owner;
	timers_leave(&second);
	assert_true(list_empty(&second.timers));
	timer_set_slice(0);
	assert_true(programmed == ~0ul);
	kick_host();
	timer_cancel(&t[0]);
	assert_int_equal(programmed, 2000);
	interrupt_at(3000);
	assert_int_equal(fires, 2);
	/* With nobody there, everything may. */
	second.runq.owner = NULL;
	shim_this_cpu = &second;
	timer_start(&t[1], 9000);
	assert_int_equal(t[1].cpu, 1);
	assert_int_equal(programmed, 9000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(timers_fire_in_their_order),
		T(a_timer_of_another_pays_back_what_it_takes),
		T(a_timer_of_ones_own_owes_nothing),
		T(an_idle_cpu_lends_nothing),
		T(each_pays_for_its_own_part),
		cmocka_unit_test_setup(others_timers_start_elsewhere, setup_owner),
		cmocka_unit_test_setup(the_timers_that_are_there_leave, setup_owner),
	};

	time_init(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
