// SPDX-License-Identifier: Apache-2.0
/* The table of a VM's states: what must hold whatever is in it. */
/* links: virt/vm/state.c */
#include <lodge/errno.h>
#include <lodge/vm_state.h>
#include <shim.h>

#define FIRST_OUTCOME VM_EV_LOADED

static void every_state_has_a_name(void **state)
{
	unsigned int a, b;

	for (a = 0; a < NR_VM_STATES; a++)
		for (b = 0; b < a; b++)
			assert_string_not_equal(vm_state_name(a), vm_state_name(b));
}

static void answers_are_states_or_reasons(void **state)
{
	unsigned int s, e;
	int next;

	for (s = 0; s < NR_VM_STATES; s++)
		for (e = 0; e < NR_VM_EVENTS; e++) {
			next = vm_state_next(s, e);
			assert_true(next == -EBUSY || next == -EINVAL ||
				    (next >= 0 && next < NR_VM_STATES));
			/* Only what is under way passes. */
			if (next == -EBUSY)
				assert_true(s == VM_STARTING || s == VM_STOPPING || s == VM_DYING);
		}
}

static void what_is_alive_can_be_killed_and_nothing_else(void **state)
{
	unsigned int s;

	for (s = 0; s < NR_VM_STATES; s++) {
		assert_int_equal(vm_state_next(s, VM_EV_KILL),
				 vm_state_alive(s) ? VM_DYING : -EINVAL);
		/* And what is not can be destroyed, once. */
		if (!vm_state_alive(s) && s != VM_DESTROYED)
			assert_int_equal(vm_state_next(s, VM_EV_DESTROY), VM_DESTROYED);
		else
			assert_true(vm_state_next(s, VM_EV_DESTROY) < 0);
	}
}

/* The states that @from leads to by the events from @first on. */
static u32 reach(unsigned int from, unsigned int first)
{
	u32 seen = BIT(from), before = 0;
	unsigned int s, e;

	while (seen != before) {
		before = seen;
		for (s = 0; s < NR_VM_STATES; s++)
			for (e = first; (before >> s & 1) && e < NR_VM_EVENTS; e++)
				if (vm_state_next(s, e) >= 0)
					seen |= BIT(vm_state_next(s, e));
	}
	return seen;
}

static void each_state_is_reached_and_left(void **state)
{
	unsigned int s;

	assert_int_equal(reach(VM_CREATED, 0), BIT(NR_VM_STATES) - 1);
	for (s = 0; s < NR_VM_STATES; s++)
		assert_true(reach(s, 0) & BIT(VM_DESTROYED));
	assert_int_equal(reach(VM_DESTROYED, 0), BIT(VM_DESTROYED));
}

static void what_is_under_way_ends_by_itself(void **state)
{
	u32 rests = BIT(VM_RUNNING) | BIT(VM_PAUSED) | BIT(VM_STOPPED) | BIT(VM_CRASHED);

	assert_true(reach(VM_STARTING, FIRST_OUTCOME) & rests);
	assert_true(reach(VM_STOPPING, FIRST_OUTCOME) & rests);
	assert_true(reach(VM_DYING, FIRST_OUTCOME) & rests);
	/* And one that dies never runs again but by a start. */
	assert_int_equal(reach(VM_DYING, FIRST_OUTCOME),
			 BIT(VM_DYING) | BIT(VM_STOPPED) | BIT(VM_CRASHED));
}

static void outcomes_need_what_they_come_of(void **state)
{
	unsigned int s;

	for (s = 0; s < NR_VM_STATES; s++) {
		bool ran = s == VM_RUNNING || s == VM_PAUSED || s == VM_STOPPING;

		assert_int_equal(vm_state_next(s, VM_EV_LOADED) >= 0, s == VM_STARTING);
		assert_int_equal(vm_state_next(s, VM_EV_LOADED_PAUSED) >= 0, s == VM_STARTING);
		assert_int_equal(vm_state_next(s, VM_EV_END) >= 0, ran);
		assert_int_equal(vm_state_next(s, VM_EV_RESET) >= 0, ran);
		assert_int_equal(vm_state_next(s, VM_EV_ENDED) >= 0, s == VM_DYING);
		assert_int_equal(vm_state_next(s, VM_EV_NOT_STOPPED) >= 0, s == VM_STOPPING);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_state_has_a_name),
		cmocka_unit_test(answers_are_states_or_reasons),
		cmocka_unit_test(what_is_alive_can_be_killed_and_nothing_else),
		cmocka_unit_test(each_state_is_reached_and_left),
		cmocka_unit_test(what_is_under_way_ends_by_itself),
		cmocka_unit_test(outcomes_need_what_they_come_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
