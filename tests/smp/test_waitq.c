// SPDX-License-Identifier: Apache-2.0
/* Wait queues between CPUs: no wake-up is lost, and no data is raced for. */
#include "machine.h"
#include <shim.h>

static struct waitq queue[2];
static struct thread *player[2];
static u32 turn;
static unsigned int rounds;

static bool is_my_turn(void *arg)
{
	return __atomic_load_n(&turn, __ATOMIC_ACQUIRE) == (u32)(uintptr_t)arg;
}

/* A random number up to 1023, of any magnitude. */
static unsigned int some(void)
{
	unsigned int r = machine_random();

	return r / 16 % (1u << r % 11);
}

/*
 * Mostly @me is awake when its turn comes, so that it wakes the other at a moment that is near its
 * falling asleep. Until then it looks at the other's thread, too: what that writes there next, its
 * state, has to wait for this CPU's cache, and what it reads then does not.
 */
static void look_out(u32 me)
{
	unsigned int n;

	for (n = machine_is_parallel() ? some() * 32 : 0; n && READ_ONCE(turn) != me; n--)
		if (READ_ONCE(player[!me]->cpu) == this_cpu())
			break;
	for (n = some(); n; n--)
		barrier();
}

/* Each waits for the other in turn, and wakes it. */
static void play(void *arg)
{
	u32 me = (u32)(uintptr_t)arg;
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		if (i + 1 < rounds) /* there is another then */
			look_out(me);
		assert_int_equal(waitq_wait(&queue[me], is_my_turn, arg, 0), 0);
		__atomic_store_n(&turn, !me, __ATOMIC_RELEASE);
		waitq_wake(&queue[!me]);
	}
}

static void start_players(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		player[i] = thread_create("player", play, (void *)(uintptr_t)i, i);
	for (i = 0; i < 2; i++)
		thread_start(player[i]);
}

static void no_wake_up_is_lost(void **state)
{
	turn = 0;
	rounds = machine_rounds(SMP_ROUNDS);
	waitq_init(&queue[0]);
	waitq_init(&queue[1]);
	assert_true(machine_run(2, start_players));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_wake_up_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
