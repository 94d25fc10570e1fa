// SPDX-License-Identifier: Apache-2.0
/* links: kernel/mutex.c */
#include <shim.h>
#include <lodge/mutex.h>

/* What the holder does while somebody waits, and how often that was. */
static struct mutex *held;
static unsigned int waits, wakes, early;
static bool nested, greedy; /* it wants it again at once, and then waits for its turn */
static jmp_buf given_up;

void waitq_init(struct waitq *q)
{
	list_init(&q->waiters);
}

void waitq_wake(struct waitq *q)
{
	wakes++;
}

/* May come back early: somebody else was quicker. */
int waitq_wait(struct waitq *q, bool (*cond)(void *arg), void *arg, u64 deadline)
{
	waits++;
	assert_false(cond(arg));
	if (greedy) {
		greedy = false;
		nested = true;
		if (!setjmp(given_up)) {
			mutex_unlock(held);
			mutex_lock(held);
			fail_msg("it has it again");
		}
		nested = false;
		return 0;
	}
	if (nested)
		longjmp(given_up, 1);
	if (early)
		early--;
	else
		mutex_unlock(held);
	return 0;
}

static void taking_a_free_one_does_not_wait(void **state)
{
	struct mutex m;

	mutex_init(&m);
	waits = 0;
	mutex_lock(&m);
	mutex_unlock(&m);
	mutex_lock(&m);
	mutex_unlock(&m);
	assert_int_equal(waits, 0);
}

static void taking_a_held_one_waits_until_it_is_free(void **state)
{
	struct mutex m;

	mutex_init(&m);
	held = &m;
	mutex_lock(&m);
	waits = 0;
	early = 2;
	mutex_lock(&m);
	assert_int_equal(waits, 3);
	assert_int_equal(m.next - m.serving, 1);
	mutex_unlock(&m);
	assert_int_equal(m.next, m.serving);
}

static void who_takes_it_again_waits_for_who_asked_before(void **state)
{
	struct mutex m;

	mutex_init(&m);
	held = &m;
	mutex_lock(&m);
	waits = 0;
	early = 0;
	greedy = true;
	/* The holder gives it back and asks for it again, before this one runs. */
	mutex_lock(&m);
	assert_int_equal(waits, 2);
	assert_int_equal(m.next - m.serving, 2);
}

static void giving_it_back_wakes(void **state)
{
	struct mutex m;

	mutex_init(&m);
	mutex_lock(&m);
	wakes = 0;
	mutex_unlock(&m);
	assert_int_equal(wakes, 1);
}

static void giving_back_what_is_free_is_a_bug(void **state)
{
	struct mutex m;

	mutex_init(&m);
	assert_panics(mutex_unlock(&m));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(taking_a_free_one_does_not_wait),
		cmocka_unit_test(taking_a_held_one_waits_until_it_is_free),
		cmocka_unit_test(who_takes_it_again_waits_for_who_asked_before),
		cmocka_unit_test(giving_it_back_wakes),
		cmocka_unit_test(giving_back_what_is_free_is_a_bug),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
