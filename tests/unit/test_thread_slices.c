// SPDX-License-Identifier: Apache-2.0
/* Time slices: in turn, equal, and shorter for those whose timers took from others. */
/* arch: riscv64 */
#include "../../kernel/sched/core.c"
#include <shim.h>

static u64 now, slice;
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

void timer_set_slice(u64 end)
{
	slice = end - now;
	cpu.slice_end = end;
}

struct cpu *cpu_get(unsigned int id)
{
	return &cpu;
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

static int setup(void **state)
{
	memset(&cpu, 0, sizeof(cpu));
	memset(&account, 0, sizeof(account));
	list_init(&cpu.runq);
	shim_this_cpu = &cpu;
	now = 1000;
	threads_init();
	a = thread_create("a", NULL, NULL, 0);
	b = thread_create("b", NULL, NULL, 0);
	thread_start(a);
	thread_start(b);
	thread_yield(); /* from the idle thread */
	assert_ptr_equal(thread_current(), a);
	thread_set_account(&account);
	return 0;
}

static int teardown(void **state)
{
	host_stack_free(a->stack, 1);
	host_stack_free(b->stack, 1);
	kfree(a);
	kfree(b);
	return 0;
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* The slice that @t, which is next, gets. */
static u64 next_slice(const struct thread *t)
{
	thread_yield();
	assert_ptr_equal(thread_current(), t);
	return slice;
}

static void slices_are_equal(void **state)
{
	assert_int_equal(slice, 10000);
	assert_int_equal(next_slice(b), 10000);
	assert_int_equal(next_slice(a), 10000);
}

static void what_is_owed_is_taken_from_the_next(void **state)
{
	account.owed = 3000;
	assert_int_equal(next_slice(b), 10000);
	assert_int_equal(account.owed, 3000);
	assert_int_equal(next_slice(a), 7000);
	assert_int_equal(account.owed, 0);
	assert_int_equal(next_slice(b), 10000);
	assert_int_equal(next_slice(a), 10000);
}

/* Nobody is starved: what is more is taken from those that follow. */
static void a_tenth_is_always_left(void **state)
{
	static const u64 slices[] = { 1000, 1000, 3000, 10000 };
	unsigned int i;

	account.owed = 25000;
	for (i = 0; i < ARRAY_SIZE(slices); i++) {
		assert_int_equal(next_slice(b), 10000);
		assert_int_equal(next_slice(a), slices[i]);
	}
}

static void all_threads_of_a_vm_pay(void **state)
{
	assert_int_equal(next_slice(b), 10000);
	thread_set_account(&account);
	account.owed = 12000;
	assert_int_equal(next_slice(a), 1000);
	assert_int_equal(next_slice(b), 7000);
}

static void a_visit_pays_nothing(void **state)
{
	assert_int_equal(next_slice(b), 10000);
	account.owed = 3000;
	thread_visit(a);
	assert_ptr_equal(thread_current(), a);
	assert_int_equal(slice, VISIT_US);
	assert_int_equal(account.owed, 3000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(slices_are_equal),	   T(what_is_owed_is_taken_from_the_next),
		T(a_tenth_is_always_left), T(all_threads_of_a_vm_pay),
		T(a_visit_pays_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
