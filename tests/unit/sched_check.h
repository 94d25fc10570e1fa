/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHED_CHECK_H
#define SCHED_CHECK_H

/* What holds of a model of the scheduler at any time. */
#include "../../kernel/sched/tree.h"
#include "sched_model.h"

/* In order, in balance, and with the least value known. Return: how many. */
static inline unsigned int check_tree(const struct sched_node *n, const struct sched_node *parent)
{
	unsigned int count, l, r, i;
	u64 least;

	if (!n)
		return 0;
	assert_ptr_equal(n->parent, parent);
	count = 1 + check_tree(n->child[0], n) + check_tree(n->child[1], n);
	l = n->child[0] ? n->child[0]->height : 0;
	r = n->child[1] ? n->child[1]->height : 0;
	assert_int_equal(n->height, max(l, r) + 1);
	assert_true(l + 1 >= r && r + 1 >= l);
	assert_false(n->child[0] && time_before(n->key, n->child[0]->key));
	assert_false(n->child[1] && time_before(n->child[1]->key, n->key));
	least = n->value;
	for (i = 0; i < 2; i++)
		if (n->child[i] && time_before(n->child[i]->least, least))
			least = n->child[i]->least;
	assert_int_equal(n->least, least);
	return count;
}

/* Its sums are those of its entities, which are where they say they are. */
static inline void check_queue(const struct model *m, unsigned int cpu)
{
	const struct sched_queue *q = &m->cpu[cpu].q;
	unsigned int n[SCHED_THROTTLED + 1] = { 0 }, i;
	u64 weight = 0, reserved = 0;
	s64 sum = 0;

	for (i = 0; i < m->nr; i++) {
		const struct sched_entity *e = &m->t[i].e;

		if (e->queue != q)
			continue;
		n[e->state]++;
		if (e->class == SCHED_RESERVED)
			reserved += sched_utilization(e->budget, e->period);
		if (e->class != SCHED_FAIR || !model_competes(e))
			continue;
		weight += e->weight;
		sum += (s64)(e->v - q->v) * (s64)e->weight;
	}
	assert_int_equal(check_tree(q->fair.root, NULL) + check_tree(q->reserved.root, NULL),
			 n[SCHED_READY]);
	assert_int_equal(check_tree(q->throttled.root, NULL), n[SCHED_THROTTLED]);
	assert_int_equal(n[SCHED_RUNNING], !!q->current);
	assert_int_equal(q->count, n[SCHED_READY] + n[SCHED_URGENT] + n[SCHED_RUNNING]);
	assert_int_equal(q->weight, weight);
	assert_int_equal(q->fraction, sum);
	assert_true(!weight || ((u64)sum < weight && sum >= 0));
	assert_int_equal(q->utilization, reserved + q->returned);
	assert_true(q->utilization <= SCHED_RESERVED_MAX);
	assert_true(m->cpu[cpu].until == SCHED_NEVER || !time_before(m->cpu[cpu].until, m->now));
}

/* Whether @e, which waits, may run on @cpu. */
static inline bool may_run(const struct model *m, const struct sched_entity *e, unsigned int cpu)
{
	const struct sched_entity *owner = m->cpu[cpu].q.owner;

	return (e->affinity >> cpu & 1) && (!owner || owner == e);
}

static inline void check_thread(const struct model *m, const struct model_thread *t)
{
	const struct sched_entity *e = &t->e;
	unsigned int i;

	if (e->state == SCHED_ASLEEP)
		return;
	/* Never beyond its affinity, never on another's CPU. */
	assert_true(may_run(m, e, e->queue->cpu));
	if (!model_competes(e))
		return;
	/* A reservation is served by its deadline. */
	if (e->class == SCHED_RESERVED)
		assert_false(time_before(e->renew, m->now));
	/* One with a budget has some left, when it has been charged. */
	assert_false(e->period && e->left <= 0 && e->state != SCHED_RUNNING);
	/* No CPU idles while somebody waits who may run there. */
	if (e->class == SCHED_FAIR && e->state != SCHED_RUNNING && e->queue->visitor != e)
		for (i = 0; i < m->nr_cpus; i++)
			assert_false(!m->cpu[i].q.count && may_run(m, e, i));
}

static inline void check_all(const struct model *m)
{
	unsigned int i;

	for (i = 0; i < m->nr_cpus; i++)
		check_queue(m, i);
	for (i = 0; i < m->nr; i++)
		check_thread(m, &m->t[i]);
}

#endif
