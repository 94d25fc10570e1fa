/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONSOLE_STUB_H
#define CONSOLE_STUB_H

/* What a UART's driver calls of the console: it takes input, and counts the rest. */
#include <lodge/console.h>
#include <lodge/time.h>
#include <shim.h>

static struct console_driver *console;
static char typed[600];
static size_t nr_typed;
static bool wants_input = true;
static unsigned int lost_input, tx_calls;

void console_register(struct console_driver *d)
{
	console = d;
	assert_int_equal(d->start_input(d), 0);
}

bool console_input_room(void)
{
	if (!wants_input)
		console->rx_irq(console, false);
	return wants_input;
}

void console_input_lost(void)
{
	lost_input++;
}

void console_tx(void)
{
	tx_calls++;
}

void console_input(u8 byte)
{
	assert_true(nr_typed + 1 < sizeof(typed));
	typed[nr_typed++] = (char)byte;
	typed[nr_typed] = 0;
}

/* The timer by which a UART without interrupts looks for input. */

void timer_init(struct timer *t, void (*fn)(struct timer *t))
{
	t->fn = fn;
}

void timer_start(struct timer *t, u64 deadline)
{
	t->deadline = deadline;
}

u64 time_from_us(u64 us)
{
	return us * 10;
}

#endif
