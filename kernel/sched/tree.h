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
/** tree_exchange() - remove @out, which is in @t, and insert @in. */
void tree_exchange(struct sched_tree *t, struct sched_node *out, struct sched_node *in);
/** tree_first() - the one with the earliest key; NULL: empty. */
struct sched_node *tree_first(const struct sched_tree *t);
/** tree_first_until() - the earliest of those whose value is not after @value; NULL: none. */
struct sched_node *tree_first_until(const struct sched_tree *t, u64 value);
/** tree_next() - the one behind @n; NULL: none. */
struct sched_node *tree_next(const struct sched_node *n);

#endif
