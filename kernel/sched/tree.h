/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHED_TREE_H
#define SCHED_TREE_H

#include <lodge/sched_policy.h>

/* Times wrap around: what is less than 2^63 before another is the earlier one. */
static inline bool time_before(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

/** tree_insert() - @n, by its key, behind those of the same key. */
void tree_insert(struct sched_tree *t, struct sched_node *n);
/** tree_remove() - @n is in @t. */
void tree_remove(struct sched_tree *t, struct sched_node *n);
/** tree_first() - the one with the earliest key; NULL: empty. */
struct sched_node *tree_first(const struct sched_tree *t);
/** tree_first_below() - as tree_first_until(), in the tree below @n. */
struct sched_node *tree_first_below(struct sched_node *n, u64 value);
/** tree_next() - the one behind @n; NULL: none. */
struct sched_node *tree_next(const struct sched_node *n);

/** tree_first_until() - the earliest of those whose value is not after @value; NULL: none. */
static inline struct sched_node *tree_first_until(const struct sched_tree *t, u64 value)
{
	struct sched_node *n = t->root;

	return n && !n->child[0] && !time_before(value, n->value) ? n : tree_first_below(n, value);
}

/** tree_exchange() - remove @out, which is in @t, and insert @in. */
static inline void tree_exchange(struct sched_tree *t, struct sched_node *out,
				 struct sched_node *in)
{
	if (t->root != out || out->height > 1) {
		tree_remove(t, out);
		tree_insert(t, in);
		return;
	}
	/* They take turns, and nobody else waits. */
	t->root = in;
	in->parent = in->child[0] = in->child[1] = NULL;
	in->height = 1;
	in->least = in->value;
}

#endif
