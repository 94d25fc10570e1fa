// SPDX-License-Identifier: Apache-2.0
/* The order in which classes of locks have been acquired, as a graph. */
#include <lodge/string.h>
#include "graph.h"

#define WORDS (LOCK_CLASSES / 64)

static struct {
	const char *name;
	u32 used;
	u64 place[2]; /* by the number of the LOCK_ bit */
} classes[LOCK_CLASSES];
static unsigned int nr_classes = 1;

static struct lock_edge edges[LOCK_EDGES];
static unsigned int nr_edges;
static u64 follows[LOCK_CLASSES][WORDS]; /* a bit for each edge */

unsigned int lock_class(const char *name)
{
	unsigned int i;

	for (i = 1; i < nr_classes; i++)
		if (strcmp(classes[i].name, name) == 0)
			return i;
	if (nr_classes == LOCK_CLASSES)
		return 0;
	classes[nr_classes].name = name;
	return nr_classes++;
}

const char *lock_class_name(unsigned int class)
{
	return classes[class].name;
}

u32 lock_class_used(unsigned int class)
{
	return READ_ONCE(classes[class].used);
}

static unsigned int use_index(u32 use)
{
	return use == LOCK_IRQS_ON;
}

void lock_class_use(unsigned int class, u32 use, u64 place)
{
	classes[class].place[use_index(use)] = place;
	WRITE_ONCE(classes[class].used, classes[class].used | use);
}

u64 lock_class_place(unsigned int class, u32 use)
{
	return classes[class].place[use_index(use)];
}

bool lock_graph_has(unsigned int from, unsigned int to)
{
	return READ_ONCE(follows[from][to / 64]) >> to % 64 & 1;
}

bool lock_graph_add(unsigned int from, unsigned int to, u64 held_at, u64 at)
{
	if (nr_edges == LOCK_EDGES)
		return false;
	edges[nr_edges++] = (struct lock_edge){ (u8)from, (u8)to, held_at, at };
	WRITE_ONCE(follows[from][to / 64], follows[from][to / 64] | BIT(to % 64));
	return true;
}

static const struct lock_edge *find_edge(unsigned int from, unsigned int to)
{
	unsigned int i;

	for (i = 0; edges[i].from != from || edges[i].to != to;)
		i++;
	return &edges[i];
}

static bool is_goal(unsigned int class, unsigned int to, u32 use)
{
	return to ? class == to : (classes[class].used & use) == use;
}

/* Breadth first. */
unsigned int lock_graph_path(unsigned int from, unsigned int to, u32 use,
			     const struct lock_edge *path[LOCK_CLASSES])
{
	static u8 queue[LOCK_CLASSES], before[LOCK_CLASSES];
	unsigned int head = 0, tail = 0, c, n = 0, i;

	memset(before, 0, sizeof(before));
	queue[tail++] = (u8)from;
	while (head < tail) {
		unsigned int at = queue[head++];

		for (c = 1; c < nr_classes; c++) {
			if (!lock_graph_has(at, c) || before[c])
				continue;
			before[c] = (u8)at;
			queue[tail++] = (u8)c;
			if (is_goal(c, to, use))
				goto found;
		}
	}
	return 0;
found:
	for (i = c; n == 0 || i != from; i = before[i])
		path[n++] = find_edge(before[i], i);
	for (i = 0; i < n / 2; i++) {
		const struct lock_edge *e = path[i];

		path[i] = path[n - 1 - i];
		path[n - 1 - i] = e;
	}
	return n;
}
