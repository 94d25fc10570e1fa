/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KERNEL_CONSOLE_KEPT_H
#define KERNEL_CONSOLE_KEPT_H

/*
 * What a port has said while it did not have the terminal: the last of it, as the guest said it. The
 * port's lock guards it. Positions are bytes since the start, and never wrap.
 */
#include <lodge/types.h>

#define KEPT_SIZE    (CONFIG_CONSOLE_KEPT_KIB * 1024u)
#define KEPT_AT(pos) ((pos) % (KEPT_SIZE + !KEPT_SIZE))

/** struct kept - @cut: the oldest line is not whole, as what began it had no place any more */
struct kept {
	u8 *byte; /* KEPT_SIZE of them; NULL if none are kept */
	u64 head, tail;
	bool cut;
};

/** kept_count() - bytes that are there. */
static inline u64 kept_count(const struct kept *k)
{
	return k->head - k->tail;
}

/** kept_add() - the newest; the oldest goes if there is no place. */
static inline void kept_add(struct kept *k, u8 c)
{
	if (!KEPT_SIZE)
		return;
	if (kept_count(k) == KEPT_SIZE) {
		k->tail++;
		k->cut = true;
	}
	k->byte[KEPT_AT(k->head++)] = c;
}

/** kept_take() - the oldest; there is one. */
static inline u8 kept_take(struct kept *k)
{
	return k->byte[KEPT_AT(k->tail++)];
}

/** kept_drop() - all of it. */
static inline void kept_drop(struct kept *k)
{
	k->tail = k->head;
	k->cut = false;
}

#endif
