// SPDX-License-Identifier: Apache-2.0
/* AVL trees in order of a key, in which each node knows the least value below it. */
#include "tree.h"

enum { LEFT, RIGHT };

static unsigned int height(const struct sched_node *n)
{
	return n ? n->height : 0;
}

static void update(struct sched_node *n)
{
	const struct sched_node *l = n->child[LEFT], *r = n->child[RIGHT];
	unsigned int tall = max(height(l), height(r)) + 1;
	u64 least = n->value;

	if (l && time_before(l->least, least))
		least = l->least;
	if (r && time_before(r->least, least))
		least = r->least;
	n->height = tall;
	n->least = least;
}

/* @with takes the place of @n below @n's parent. */
static void replace(struct sched_tree *t, struct sched_node *n, struct sched_node *with)
{
	struct sched_node *p = n->parent;

	if (!p)
		t->root = with;
	else
		p->child[p->child[RIGHT] == n] = with;
	if (with)
		with->parent = p;
}

static void set_child(struct sched_node *n, unsigned int side, struct sched_node *child)
{
	n->child[side] = child;
	if (child)
		child->parent = n;
}

/* The child of @n on the other side comes up, and @n goes down to @side. Return: the child. */
static struct sched_node *rotate(struct sched_tree *t, struct sched_node *n, unsigned int side)
{
	struct sched_node *up = n->child[!side];

	replace(t, n, up);
	set_child(n, !side, up->child[side]);
	set_child(up, side, n);
	update(n);
	update(up);
	return up;
}

/* @n and what is above it is brought up to date and into balance, until nothing changes. */
static void retrace(struct sched_tree *t, struct sched_node *n)
{
	unsigned int tall;
	u64 least;

	for (; n; n = n->parent) {
		unsigned int l = height(n->child[LEFT]), r = height(n->child[RIGHT]);
		unsigned int high = r > l;
		struct sched_node *c = n->child[high];

		if (l + 1 >= r && r + 1 >= l) {
			tall = n->height;
			least = n->least;
			update(n);
			if (n->height == tall && n->least == least)
				return;
			continue;
		}
		if (height(c->child[high]) < height(c->child[!high]))
			rotate(t, c, high);
		n = rotate(t, n, !high);
	}
}

void tree_insert(struct sched_tree *t, struct sched_node *n)
{
	struct sched_node **at = &t->root, *parent = NULL;

	while (*at) {
		parent = *at;
		at = &parent->child[!time_before(n->key, parent->key)];
	}
	*at = n;
	n->parent = parent;
	n->child[LEFT] = NULL;
	n->child[RIGHT] = NULL;
	n->height = 1;
	n->least = n->value;
	retrace(t, parent);
}

void tree_remove(struct sched_tree *t, struct sched_node *n)
{
	struct sched_node *next = n->child[RIGHT], *from;

	if (!n->child[LEFT] || !next) {
		from = n->parent;
		replace(t, n, n->child[LEFT] ? n->child[LEFT] : next);
		retrace(t, from);
		return;
	}
	while (next->child[LEFT])
		next = next->child[LEFT];
	from = next->parent == n ? next : next->parent;
	replace(t, next, next->child[RIGHT]);
	replace(t, n, next);
	set_child(next, LEFT, n->child[LEFT]);
	set_child(next, RIGHT, n->child[RIGHT]);
	/* What is above knows what it knew of @n. */
	next->height = n->height;
	next->least = n->least;
	retrace(t, from);
	retrace(t, next);
}

struct sched_node *tree_first(const struct sched_tree *t)
{
	struct sched_node *n = t->root;

	while (n && n->child[LEFT])
		n = n->child[LEFT];
	return n;
}

struct sched_node *tree_first_below(struct sched_node *n, u64 value)
{
	struct sched_node *l;

	while (n) {
		l = n->child[LEFT];
		if (l && !time_before(value, l->least))
			n = l;
		else if (!time_before(value, n->value))
			return n;
		else
			n = n->child[RIGHT];
	}
	return NULL;
}

struct sched_node *tree_next(const struct sched_node *n)
{
	struct sched_node *p;

	if (n->child[RIGHT]) {
		n = n->child[RIGHT];
		while (n->child[LEFT])
			n = n->child[LEFT];
		return (struct sched_node *)n;
	}
	for (p = n->parent; p && p->child[RIGHT] == n; p = n->parent)
		n = p;
	return p;
}
