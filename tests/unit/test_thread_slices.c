// SPDX-License-Identifier: Apache-2.0
/* Threads of one CPU: slices, what their VMs' timers owe, visits, and waiting for the CPU. */
/* links: kernel/sched/account.c kernel/sched/tree.c kernel/sched/fair.c kernel/sched/server.c kernel/sched/init.c kernel/sched/queue.c kernel/sched/change.c kernel/sched/balance.c */
/* arch: riscv64 */
/* flags: -DCONFIG_NR_CPUS=1 */
#include "../../kernel/sched/core.c"
#include "../../kernel/sched/place.c"
#include "../../kernel/sched/set.c"
#include <shim.h>

static u64 now, slice_end;
static struct cpu cpu;
static struct thread *a, *b;
static struct time_account account;

u64 time_now(void)
{
	return now;
}

u64 time_from_us(u64 us)
{
	return us;
}

u64 time_from_ns(u64 ns)
{
	return ns / 1000;
}

void timer_set_slice(u64 end)
{
	slice_end = end;
}

void timers_leave(struct cpu *c)
{
}

struct cpu *cpu_get(unsigned int id)
{
	return &cpu;
}

unsigned int cpu_count(void)
{
	return 1;
}

void *host_stack_alloc(unsigned int pages)
{
	return malloc(16);
}

void host_stack_free(void *top, unsigned int pages)
{
	free(top);
}

void arch_context_init(struct arch_context *ctx, void *stack, void (*fn)(void))
{
}

/* The test is whatever thread runs. */
void arch_context_switch(struct arch_context *from, struct arch_context *to)
{
}

void arch_cpu_kick(struct cpu *c)
{
}

void arch_cpu_wait(void)
{
}

void completion_init(struct completion *c)
{
}

void complete(struct completion *c)
{
}

void completion_wait(struct completion *c)
{
}

static int setup(void **state)
{
	memset(&cpu, 0, sizeof(cpu));
	memset(&account, 0, sizeof(account));
	shim_this_cpu = &cpu;
	now = 1000;
	threads_init();
	a = thread_create("a", NULL, NULL, 0);
	b = thread_create("b", NULL, NULL, 0);
	thread_start(a);
	thread_start(b);
	thread_yield(); /* from the idle thread */
	return 0;
}

static int teardown(void **state)
{
	strike(a);
	strike(b);
	host_stack_free(a->stack, 1);
	host_stack_free(b->stack, 1);
	kfree(a);
	kfree(b);
	return 0;
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* What @t gets of @us microseconds. */
static u64 share_of(const struct thread *t, u64 us)
{
	u64 end = now + us, got = 0;

	while (now < end) {
		u64 until = min(slice_end ? slice_end : end, end);

		got += thread_current() == t ? until - now : 0;
		now = until;
		thread_resched();
	}
	return got;
}

static void shares_are_equal(void **state)
{
	u64 got = share_of(a, 100000);

	assert_in_range(got, 49000, 51000);
}

static void what_a_vm_owes_its_threads_pay(void **state)
{
	u64 got;

	share_of(a, 5000);
	while (thread_current() != a)
		share_of(a, 100);
	thread_set_account(&account);
	account.owed = 10000;
	/* What it is charged beside what it gets: ten of the hundred that both are charged. */
	got = share_of(a, 90000);
	assert_int_equal(account.owed, 0);
	assert_in_range(got, 39000, 41000);
}

static void what_timers_of_others_took_is_not_charged(void **state)
{
	const struct thread *t = thread_current();
	u64 got;

	now += 300;
	cpu.excluded = 300; /* as timer_interrupt() does */
	got = share_of(t, 100000);
	assert_in_range(got, 49000, 51000);
}

static void a_visit_is_of_the_hosts_time(void **state)
{
	struct thread *host = thread_current(), *guest = host == a ? b : a;
	u64 end = slice_end;

	now += 20;
	thread_visit(guest);
	assert_ptr_equal(thread_current(), guest);
	assert_int_equal(slice_end, min(end, now + 100));
	/* It is over before its end if the visitor sleeps. */
	now += 30;
	thread_block_begin();
	thread_block();
	assert_ptr_equal(thread_current(), host);
}

static void a_visitor_that_yields_goes_home(void **state)
{
	struct thread *host = thread_current(), *guest = host == a ? b : a;

	thread_visit(guest);
	thread_yield();
	assert_ptr_equal(thread_current(), host);
}

static void who_yields_lets_others_run(void **state)
{
	const struct thread *t = thread_current();

	thread_yield();
	assert_ptr_not_equal(thread_current(), t);
}

static void waiting_is_counted(void **state)
{
	u64 before = thread_waited(a), got;

	while (thread_current() != a)
		share_of(a, 50);
	before = thread_waited(a);
	got = share_of(a, 20000);
	while (thread_current() != a)
		share_of(a, 1);
	assert_in_range(thread_waited(a) - before, 20000 - got, 20000 - got + 1000);
}

/* What the host of a visit gives away it has waited for, and the visitor has not. */
static void a_visited_thread_waits(void **state)
{
	struct thread *host = thread_current(), *guest = host == a ? b : a;
	u64 guest_waited;

	now += 20;
	thread_visit(guest);
	guest_waited = thread_waited(guest);
	now += 30;
	thread_yield();
	assert_ptr_equal(thread_current(), host);
	assert_int_equal(thread_waited(host), 30);
	assert_int_equal(thread_waited(guest), guest_waited);
}

static void a_wait_goes_on_through_a_move(void **state)
{
	struct thread *t = thread_current() == a ? b : a;

	now += 70;
	spin_lock(&cpu.runq_lock);
	move(t, &cpu, &cpu);
	now += 50;
	thread_yield();
	assert_ptr_equal(thread_current(), t);
	assert_int_equal(thread_waited(t), 120);
}

/* It became ready on another CPU, whose clock is ahead. */
static void waiting_never_decreases(void **state)
{
	struct thread *t = thread_current() == a ? b : a;

	t->waited = 5;
	t->ready_since = now + 3;
	thread_yield();
	assert_ptr_equal(thread_current(), t);
	assert_int_equal(thread_waited(t), 5);
}

static void sleep_is_no_wait(void **state)
{
	struct thread *t = thread_current(), *other = t == a ? b : a;
	u64 before = thread_waited(t);

	now += 10;
	thread_block_begin();
	thread_block();
	assert_ptr_equal(thread_current(), other);
	now += 400;
	thread_make_ready(t);
	now += 30;
	thread_resched();
	while (thread_current() != t)
		share_of(t, 1);
	assert_int_equal(thread_waited(t) - before, now - 1000 - 410);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(shares_are_equal),
		T(what_a_vm_owes_its_threads_pay),
		T(what_timers_of_others_took_is_not_charged),
		T(a_visit_is_of_the_hosts_time),
		T(a_visitor_that_yields_goes_home),
		T(who_yields_lets_others_run),
		T(waiting_is_counted),
		T(a_visited_thread_waits),
		T(a_wait_goes_on_through_a_move),
		T(waiting_never_decreases),
		T(sleep_is_no_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
