/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_LIST_H
#define LODGE_LIST_H

#include <lodge/types.h>

/*
 * A circular doubly linked list; an empty head, or a removed node, points at itself. Whether a list
 * is empty may be asked without its lock, and the answer be old.
 */
struct list {
	struct list *next, *prev;
};

/* clang-format off */
#define LIST_INIT(name) { &(name), &(name) }
/* clang-format on */

static inline void list_init(struct list *l)
{
	l->next = l;
	l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
	return READ_ONCE(l->next) == l;
}

/** list_insert() - put @n after @pos. */
static inline void list_insert(struct list *pos, struct list *n)
{
	n->next = pos->next;
	n->prev = pos;
	pos->next->prev = n;
	WRITE_ONCE(pos->next, n);
}

/** list_push() - put @n at the end of @head. */
static inline void list_push(struct list *head, struct list *n)
{
	list_insert(head->prev, n);
}

static inline void list_remove(struct list *n)
{
	WRITE_ONCE(n->prev->next, n->next);
	n->next->prev = n->prev;
	list_init(n);
}

#define list_entry(ptr, type, member)  container_of(ptr, type, member)
#define list_first(head, type, member) list_entry((head)->next, type, member)

#define list_for_each(pos, head, member)                                                       \
	for (pos = list_entry((head)->next, __typeof__(*pos), member); &pos->member != (head); \
	     pos = list_entry(pos->member.next, __typeof__(*pos), member))

/* As list_for_each(), but @pos may be removed by the body; @tmp is of its type. */
#define list_for_each_safe(pos, tmp, head, member)                        \
	for (pos = list_entry((head)->next, __typeof__(*pos), member),    \
	    tmp = list_entry(pos->member.next, __typeof__(*pos), member); \
	     &pos->member != (head);                                      \
	     pos = tmp, tmp = list_entry(tmp->member.next, __typeof__(*tmp), member))

#endif
