// SPDX-License-Identifier: Apache-2.0
/*
 * The terminal, which the host's log and the guests' ports share.
 *
 * Bytes go to the UART at once as long as it takes them. What it does not take waits in con.tx,
 * and the UART's interrupt, or a timer where it has none, sends it, a FIFO's worth each time.
 * So nobody waits for the UART with interrupts off but before console_start(), when the
 * machine ends, and in a panic.
 */
#include <lodge/arch.h>
#include <lodge/printf.h>
#include <lodge/printk.h>
#include <lodge/string.h>
#include <asm/barrier.h>
#include "console_internal.h"

#define CANCEL 0x18 /* CAN: ends a control function of xterm, VTE, Linux and of DEC's terminals */

/* What is sent in one go: the largest FIFO that is common; to the firmware, which waits, less. */
#define TX_BURST       32
#define TX_BURST_EARLY 4
#define PUMP_US	       1000

#define LOG_PIECE 512 /* of the host's log: a whole message of printk() */

/* By itself: what has a value from the start is in the image, whole. */
static u8 tx_bytes[RING_SIZE];

struct console con = {
	.tx = { .byte = tx_bytes },
	.ports = LIST_INIT(con.ports),
	.room = WAITQ_INIT(con.room),
	.lock = SPINLOCK_INIT,
};

/* ---- bytes ---- */

/* Wait until it is sent. */
static void send_polled(u8 c)
{
	struct console_driver *d = con.driver;

	if (likely(d != NULL))
		d->putc(d, (char)c);
	else
		arch_early_putc((char)c);
}

/* Bytes that the UART takes at once; how many that were. */
static unsigned int send_now(const u8 *bytes, unsigned int n)
{
	struct console_driver *d = con.driver;
	unsigned int i;

	if (likely(d != NULL))
		return d->send(d, bytes, n);
	n = min(n, (unsigned int)TX_BURST_EARLY);
	for (i = 0; i < n; i++)
		arch_early_putc((char)bytes[i]);
	return n;
}

static void tx_send_oldest_polled(void)
{
	const u8 *byte;

	ring_chunk(&con.tx, 1, &byte);
	send_polled(*byte);
	__atomic_store_n(&con.tx.tail, con.tx.tail + 1, __ATOMIC_RELAXED);
}

static void tx_push(u8 c)
{
	/* Guests and threads leave enough for all that can't wait. */
	if (unlikely(ring_count(&con.tx) == RING_SIZE))
		tx_send_oldest_polled();
	ring_push(&con.tx, c);
}

/* As much as the UART takes now. */
static void tx_send(void)
{
	unsigned int n, sent, left = TX_BURST;
	const u8 *bytes;

	while (left && (n = ring_chunk(&con.tx, left, &bytes))) {
		sent = send_now(bytes, n);
		con.tx.tail += sent;
		left -= sent;
		if (sent)
			WRITE_ONCE(con.stuck, false);
		if (sent < n)
			break;
	}
}

/* While something waits, console_tx() is to be called when there is room. */
static void tx_arm(void)
{
	struct console_driver *d = con.driver;
	bool wanted = ring_count(&con.tx) != 0, changes = wanted != con.armed;

	/* The interrupt may come at once, to another CPU: console_tx() must not take it for another's. */
	WRITE_ONCE(con.armed, wanted);
	wmb();
	if (d && d->tx_irq) {
		if (changes)
			d->tx_irq(d, wanted);
	} else if (wanted) {
		timer_start(&con.pump, time_now() + time_from_us(PUMP_US));
	}
}

void con_kick(void)
{
	if (con.armed || !ring_count(&con.tx))
		return;
	tx_send();
	if (ring_count(&con.tx))
		tx_arm();
}

void con_byte(u8 c)
{
	if (unlikely(!con.buffered)) {
		send_polled(c);
		return;
	}
	if (likely(!ring_count(&con.tx)) && likely(send_now(&c, 1)))
		return;
	tx_push(c);
	if (!con.armed)
		tx_arm();
}

/* ---- whose line it is ---- */

void con_own(enum line_owner owner)
{
	if (unlikely(con.owner != owner && con.owner != OWNER_NONE)) {
		con_byte('\r');
		con_byte('\n');
	}
	con.owner = owner;
}

void con_abort_sequence(void)
{
	if (con.focus && con.focus->text.state) {
		con_byte(CANCEL);
		con.focus->text.state = TERMTEXT_GROUND;
	}
}

static void text_bytes(const char *s, size_t n)
{
	while (n--)
		if (likely(con.buffered))
			tx_push((u8)*s++);
		else
			send_polled((u8)*s++);
}

void con_text(const char *s, size_t n)
{
	size_t run;

	con_abort_sequence();
	while (n) {
		for (run = 0; run < n && s[run] != '\n';)
			run++;
		if (run)
			con_own(OWNER_HOST);
		text_bytes(s, run);
		if (run == n)
			return;
		con_own(OWNER_HOST);
		text_bytes("\r\n", 2);
		con.owner = OWNER_NONE;
		s += run + 1;
		n -= run + 1;
	}
}

/* ---- the host's log ---- */

static bool has_room(void *arg)
{
	(void)arg;
	return ring_count(&con.tx) <= RING_THREADS || READ_ONCE(con.stuck);
}

/* Threads wait where they may; what is left of the ring is for who can't. */
void con_wait_for_room(void)
{
	if (likely(has_room(NULL)) || !arch_irqs_enabled() || !thread_can_sleep())
		return;
	if (waitq_wait(&con.room, has_room, NULL, time_now() + time_from_us(CONSOLE_STUCK_US)))
		console_stuck();
}

/* Whether the terminal takes nothing any more, and @n more bytes have no place. */
static bool log_is_lost(size_t n)
{
	if (likely(!con.stuck) || ring_count(&con.tx) + 2 * n < RING_SIZE)
		return false;
	con.log_lost += n;
	return true;
}

static void tell_lost_log(void)
{
	char line[64];

	if (con.stuck)
		return;
	scnprintf(line, sizeof(line), "lodge: warning: %llu bytes of the log were dropped\n",
		  (unsigned long long)con.log_lost);
	con.log_lost = 0;
	con_text(line, strlen(line));
}

/* All that waits, and from now on who prints waits. */
static void tx_finish(void)
{
	u64 most = RING_SIZE;

	con.buffered = false;
	/* In a panic another CPU may be at it, too. */
	while ((s64)ring_count(&con.tx) > 0 && most--)
		tx_send_oldest_polled();
}

static void log_write(const char *s, size_t n)
{
	unsigned long flags;

	if (con.panic) {
		if (con.buffered)
			tx_finish();
		con_text(s, n);
		return;
	}
	con_wait_for_room();
	flags = spin_lock_irqsave(&con.lock);
	if (unlikely(con.log_lost))
		tell_lost_log();
	if (!log_is_lost(n))
		con_text(s, n);
	con_kick();
	spin_unlock_irqrestore(&con.lock, flags);
}

/* The filter comes before the lock, and interrupts are still on. A byte of its input makes no
 * more than a byte on the average, so that what it kept of the piece before is all that is added. */
void console_write(const char *s, size_t n)
{
	char shown[LOG_PIECE + TERMTEXT_MAX];
	struct termtext text = { 0 };
	size_t i, len;

	while (n) {
		for (len = 0, i = 0; i < n && i < LOG_PIECE; i++)
			if (likely(termtext_plain(&text, (u8)s[i]))) {
				shown[len++] = s[i];
			} else if (s[i] != '\n') {
				len += termtext_feed(&text, (u8)s[i], shown + len);
			} else {
				len += termtext_end(&text, shown + len);
				shown[len++] = '\n';
			}
		log_write(shown, len);
		s += i;
		n -= i;
	}
}

void console_panic(void)
{
	WRITE_ONCE(con.panic, true);
}

void console_finish(void)
{
	struct console_driver *d = con.driver;
	unsigned long flags;

	if (con.panic)
		return;
	flags = spin_lock_irqsave(&con.lock);
	tx_finish();
	if (d && d->drain)
		d->drain(d);
	spin_unlock_irqrestore(&con.lock, flags);
}

void console_stuck(void)
{
	WRITE_ONCE(con.stuck, true);
}

/* ---- when the UART has room ---- */

/* A port that waited and need not any more, its notify() about to be called. */
static struct console_port *first_opened(void) __must_hold(con.lock)
{
	struct console_port *p;

	list_for_each(p, &con.ports, node)
		if (window_open(&p->window, &con.tx))
			return p;
	return NULL;
}

void console_tx(void)
{
	unsigned long flags;
	struct console_port *p;

	if (!READ_ONCE(con.armed))
		return;
	flags = spin_lock_irqsave(&con.lock);
	if (!con.buffered) {
		spin_unlock_irqrestore(&con.lock, flags);
		return;
	}
	tx_send();
	tx_arm();
	while ((p = first_opened())) {
		port_call(p, flags);
		flags = spin_lock_irqsave(&con.lock);
	}
	spin_unlock_irqrestore(&con.lock, flags);
	if (has_room(NULL))
		waitq_wake(&con.room);
}

static void pump(struct timer *t)
{
	(void)t;
	console_tx();
}

/* ---- setting it up ---- */

void console_register(struct console_driver *d)
{
	unsigned long flags = spin_lock_irqsave(&con.lock);
	bool first = !con.driver;

	if (first)
		con.driver = d;
	spin_unlock_irqrestore(&con.lock, flags);
	if (first && d->start_input && d->start_input(d))
		pr_warn("%s: no interrupt, so the terminal is polled", d->name);
}

void console_start(void)
{
	unsigned long flags = spin_lock_irqsave(&con.lock);

	timer_init(&con.pump, pump);
	con.buffered = !con.panic;
	spin_unlock_irqrestore(&con.lock, flags);
}
