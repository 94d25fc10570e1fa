/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONSOLE_FIXTURE_H
#define CONSOLE_FIXTURE_H

/* What the tests of the terminal share: a UART, and what else the console needs. */
#include "../../kernel/console/output.c"
#include "../../kernel/console/input.c"
#include "../../kernel/console/port.c"
#include <shim.h>

static char screen[1 << 20], early[256];
static size_t screen_len, early_len;
static bool rx_on, tx_on;
static unsigned int polled;
static unsigned int fifo_room = ~0u; /* bytes that the UART takes yet */
static u64 now;
static struct timer *armed_timer;

void arch_early_putc(char c)
{
	early[early_len++] = c;
	early[early_len] = 0;
}

static void show(char c)
{
	assert_true(screen_len < sizeof(screen) - 1);
	screen[screen_len++] = c;
	screen[screen_len] = 0;
}

static void fake_putc(struct console_driver *d, char c)
{
	polled++;
	show(c);
}

static unsigned int fake_send(struct console_driver *d, const u8 *bytes, unsigned int n)
{
	unsigned int i;

	assert_true(n <= TX_BURST);
	for (i = 0; i < n && fifo_room; i++, fifo_room -= fifo_room != ~0u)
		show((char)bytes[i]);
	return i;
}

static void fake_rx_irq(struct console_driver *d, bool on)
{
	assert_int_equal(con.lock.locked, 1);
	rx_on = on;
}

static void fake_tx_irq(struct console_driver *d, bool on)
{
	assert_int_equal(con.lock.locked, 1);
	tx_on = on;
}

static int fake_start_input(struct console_driver *d)
{
	d->rx_irq = fake_rx_irq;
	d->tx_irq = fake_tx_irq;
	rx_on = true;
	return 0;
}

static struct console_driver driver = {
	.name = "fake",
	.putc = fake_putc,
	.send = fake_send,
	.start_input = fake_start_input,
};

/* ---- time and threads ---- */

u64 time_now(void)
{
	return now;
}

u64 time_from_us(u64 us)
{
	return us;
}

void timer_init(struct timer *t, void (*fn)(struct timer *t))
{
	t->fn = fn;
}

void timer_start(struct timer *t, u64 deadline)
{
	t->deadline = deadline;
	armed_timer = t;
}

/* A thread that waits: the machine goes on meanwhile. */
static void (*meanwhile)(void);
static bool can_sleep;
static unsigned int sleeps;

bool thread_can_sleep(void)
{
	return can_sleep;
}

int waitq_wait(struct waitq *q, bool (*cond)(void *arg), void *arg, u64 deadline)
{
	assert_int_equal(con.lock.locked, 0);
	sleeps++;
	while (!cond(arg)) {
		if (!meanwhile)
			return -1;
		meanwhile();
	}
	return 0;
}

void waitq_wake(struct waitq *q)
{
	assert_int_equal(con.lock.locked, 0);
}

/* ---- what tests do ---- */

/* What has been printed since the last look, when all is sent. */
static __unused const char *seen(void)
{
	static char last[1 << 16];

	while (tx_on && fifo_room)
		console_tx();
	assert_true(screen_len < sizeof(last));
	memcpy(last, screen, screen_len + 1);
	screen_len = 0;
	screen[0] = 0;
	return last;
}

static void host(const char *s)
{
	console_write(s, strlen(s));
}

static enum console_room guest(struct console_port *p, const char *s)
{
	enum console_room room = CONSOLE_ROOM;

	while (*s)
		room = console_port_putc(p, (u8)*s++);
	return room;
}

#endif
