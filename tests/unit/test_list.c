// SPDX-License-Identifier: Apache-2.0
/* <lodge/list.h>, against an array. */
#include <shim.h>
#include <lodge/list.h>

struct item {
	int value;
	struct list node;
};

static struct list head = LIST_INIT(head);

/* The list has exactly these, in both directions. */
static void assert_list(const int *want, size_t n)
{
	const struct list *l = &head;
	struct item *pos;
	size_t i = 0;

	list_for_each(pos, &head, node) {
		assert_true(i < n);
		assert_int_equal(pos->value, want[i++]);
	}
	assert_int_equal(i, n);
	while ((l = l->prev) != &head)
		assert_int_equal(list_entry(l, struct item, node)->value, want[--i]);
	assert_int_equal(i, 0);
	assert_int_equal(list_empty(&head), n == 0);
}

#define ASSERT_LIST(...)                          \
	assert_list((const int[]){ __VA_ARGS__ }, \
		    sizeof((const int[]){ __VA_ARGS__ }) / sizeof(int))

static void nodes_keep_their_order(void **state)
{
	struct item a = { .value = 1 }, b = { .value = 2 }, c = { .value = 3 };

	list_init(&head);
	assert_list(NULL, 0);
	list_push(&head, &a.node);
	list_push(&head, &b.node);
	ASSERT_LIST(1, 2);
	list_insert(&a.node, &c.node);
	ASSERT_LIST(1, 3, 2);
	assert_ptr_equal(list_first(&head, struct item, node), &a);
	list_remove(&a.node);
	ASSERT_LIST(3, 2);
	list_push(&head, &a.node);
	ASSERT_LIST(3, 2, 1);
}

static void a_removed_node_may_be_removed_again(void **state)
{
	struct item a = { .value = 1 }, b = { .value = 2 };

	list_init(&head);
	list_push(&head, &a.node);
	list_push(&head, &b.node);
	list_remove(&a.node);
	assert_true(list_empty(&a.node));
	list_remove(&a.node);
	ASSERT_LIST(2);
}

static void the_body_may_free_what_it_has(void **state)
{
	struct item *pos, *tmp;
	int sum = 0;

	list_init(&head);
	for (int i = 0; i < 10; i++) {
		pos = malloc(sizeof(*pos));
		pos->value = i;
		list_push(&head, &pos->node);
	}
	list_for_each_safe(pos, tmp, &head, node) {
		sum += pos->value;
		list_remove(&pos->node);
		free(pos);
	}
	assert_int_equal(sum, 45);
	assert_list(NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_keep_their_order),
		cmocka_unit_test(a_removed_node_may_be_removed_again),
		cmocka_unit_test(the_body_may_free_what_it_has),
	};

	return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
