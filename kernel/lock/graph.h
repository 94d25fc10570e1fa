/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KERNEL_LOCK_GRAPH_H
#define KERNEL_LOCK_GRAPH_H

#include <lodge/types.h>

/*
 * The classes of locks, and in which order they have been acquired. The caller serializes what
 * changes it; lock_graph_has() and lock_class_used() need no lock.
 */

#define LOCK_CLASSES 128 /* class 0 is none */
#define LOCK_EDGES   1024

/* How locks of a class have been acquired. */
#define LOCK_IN_IRQ  BIT(0) /* by an interrupt handler */
#define LOCK_IRQS_ON BIT(1) /* with interrupts on, or they were turned on while it was held */

/**
 * struct lock_edge - a lock of class @to was acquired while one of class @from was held
 * @held_at, @at: where the first time, of each of the two
 */
struct lock_edge {
	u8 from, to;
	u64 held_at, at;
};

/** lock_class() - the class called @name, a string that stays; 0: there are too many. */
unsigned int lock_class(const char *name);
const char *lock_class_name(unsigned int class);

/** lock_class_used() - LOCK_ bits of @class. */
u32 lock_class_used(unsigned int class);
/** lock_class_use() - note one of them, which first happened at @place. */
void lock_class_use(unsigned int class, u32 use, u64 place);
/** lock_class_place() - where @use of @class first happened. */
u64 lock_class_place(unsigned int class, u32 use);

/** lock_graph_has() - whether there is an edge. */
bool lock_graph_has(unsigned int from, unsigned int to);
/** lock_graph_add() - Return: false if there are too many. */
bool lock_graph_add(unsigned int from, unsigned int to, u64 held_at, u64 at);
/**
 * lock_graph_path() - the shortest way from @from to the next class that has all of @use, or to @to if
 * that is not 0
 * @path:	its edges, in order
 * Return: how many, 0 if there is none. No way is empty.
 */
unsigned int lock_graph_path(unsigned int from, unsigned int to, u32 use,
			     const struct lock_edge *path[LOCK_CLASSES]);

#endif
