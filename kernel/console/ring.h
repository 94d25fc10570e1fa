/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KERNEL_CONSOLE_RING_H
#define KERNEL_CONSOLE_RING_H

/*
 * What is on its way to the terminal, in the order in which it was said, and how much of it
 * each guest may have there. A ring has one lock, its owner's; positions are bytes since the
 * start, and never wrap.
 */
#include <lodge/types.h>

#define RING_SIZE (1u << CONFIG_CONSOLE_BUFFER_SHIFT)

/* Guests are held off when the ring has so much in it, threads of the host when so much. What
 * is left is for messages of those that can't wait. */
#define RING_GUESTS  (RING_SIZE / 4)
#define RING_THREADS (RING_SIZE / 8 * 3)

struct tx_ring {
	u64 head, tail;
	u8 *byte; /* RING_SIZE of them */
};

/** ring_count() - bytes that wait. */
static inline u64 ring_count(const struct tx_ring *r)
{
	return r->head - r->tail;
}

/** ring_push() - add @c; there is room. */
static inline void ring_push(struct tx_ring *r, u8 c)
{
	r->byte[r->head % RING_SIZE] = c;
	/* After a crash the bytes before head are printed without a lock. */
	__atomic_store_n(&r->head, r->head + 1, __ATOMIC_RELEASE);
}

/** ring_chunk() - the oldest bytes, as many as lie together, @max at most; their number. */
static inline unsigned int ring_chunk(const struct tx_ring *r, unsigned int max, const u8 **bytes)
{
	u64 n = min(ring_count(r), (u64)(RING_SIZE - r->tail % RING_SIZE));

	*bytes = &r->byte[r->tail % RING_SIZE];
	return (unsigned int)min(n, (u64)max);
}

/* A guest may have two of these in the ring, and a line more. */
#define WINDOW_HALF 256
/* Held off, it may say so much more before it has to stop: a UART's FIFO, and some. */
#define WINDOW_SLACK 64

/**
 * struct tx_window - a guest's share of the ring
 * @last: where its newest byte ends
 * @mark: where the older half of what it has there ends
 * @used: bytes since @mark, or since it was held off
 * @held: it is to wait till what is before @mark has been sent
 *
 * As nobody has more than two halves in the ring, which is sent in order, guests that say
 * more than the terminal can take share it evenly, and a message of the host's waits for no
 * more than that of each.
 */
struct tx_window {
	u64 last, mark;
	u32 used;
	bool held;
};

/** window_account() - its guest has added @n bytes to @r. */
static inline void window_account(struct tx_window *w, const struct tx_ring *r, u64 n)
{
	if (!ring_count(r)) {
		w->used = 0;
		return;
	}
	w->last = r->head;
	w->used += (u32)n;
	if (w->held)
		return;
	if (w->used >= WINDOW_HALF && r->tail >= w->mark) {
		w->mark = r->head;
		w->used = 0;
	} else if (w->used >= WINDOW_HALF || ring_count(r) > RING_GUESTS) {
		w->held = true;
		w->used = 0;
	}
}

/** window_open() - something was sent: whether its guest need not wait any more. */
static inline bool window_open(struct tx_window *w, const struct tx_ring *r)
{
	if (!w->held || r->tail < w->mark || ring_count(r) > RING_GUESTS)
		return false;
	w->mark = w->last;
	w->used = 0;
	w->held = false;
	return true;
}

#endif
