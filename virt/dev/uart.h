/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_DEV_UART_H
#define VIRT_DEV_UART_H

/*
 * What the UARTs that guests see have in common: the receive FIFO, and where what is in
 * it comes from. Input waits in the console until there is room.
 */
#include <lodge/types.h>

struct console_port;
struct vm;

#define UART_FIFO_SIZE 16

/**
 * struct uart_fifo - characters received, as they are saved
 * @entry: each with what its kind of UART notes beside it
 * @head:  the oldest
 * @count: how many there are
 */
struct uart_fifo {
	u16 entry[UART_FIFO_SIZE];
	u8 head, count;
};

/** uart_fifo_push() - add what came; there is room. */
static inline void uart_fifo_push(struct uart_fifo *f, u16 entry)
{
	f->entry[(f->head + f->count++) % UART_FIFO_SIZE] = entry;
}

/** uart_fifo_pop() - take the oldest; there is one. */
static inline u16 uart_fifo_pop(struct uart_fifo *f)
{
	u16 entry = f->entry[f->head];

	f->head = (f->head + 1) % UART_FIFO_SIZE;
	f->count--;
	return entry;
}

/** uart_fifo_clear() - forget all of it. */
static inline void uart_fifo_clear(struct uart_fifo *f)
{
	f->head = 0;
	f->count = 0;
}

/** uart_fifo_fill() - take what @port has, up to @capacity in all; how much came. */
unsigned int uart_fifo_fill(struct uart_fifo *f, struct console_port *port, unsigned int capacity);

/** uart_gets_input() - whether the UART about to be added to @vm is the one that is typed to. */
bool uart_gets_input(const struct vm *vm);

#endif
