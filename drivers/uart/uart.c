// SPDX-License-Identifier: Apache-2.0
/*
 * A UART as the terminal. Input comes by interrupts, and so does the news that there is room for
 * output; a polled way is there for what comes first and last. Where it does not interrupt a timer
 * looks for input.
 */
#include "uart.h"
#include <asm/irqflags.h>
#include <lodge/driver.h>
#include <lodge/errno.h>
#include <lodge/irq.h>

/* Some tens of milliseconds of polling, and a character takes 0.1 at 115200 baud. */
#define TX_POLLS 1000000

/* Bytes that one interrupt takes; several times the largest FIFO that is common. */
#define RX_BURST 256

/* Without interrupts; a FIFO of 16 bytes is full after 1.4 ms at 115200 baud. */
#define RX_POLL_US 1000

__noinline bool uart_wait(struct uart_port *u)
{
	u32 polls = TX_POLLS;

	while (!u->stalled && polls--)
		if (u->ops->status(u) & UART_TX_ROOM)
			return true;
	u->stalled = true;
	return false;
}

/* Until all is sent, but not for ever. */
static void uart_drain(struct console_driver *d)
{
	struct uart_port *u = container_of(d, struct uart_port, console);
	u32 polls = TX_POLLS;

	while (!u->stalled && polls-- && !(u->ops->status(u) & UART_TX_IDLE))
		cpu_relax();
}

static void uart_set_irq(struct console_driver *d, unsigned int irq, bool on)
{
	struct uart_port *u = container_of(d, struct uart_port, console);
	unsigned long flags = spin_lock_irqsave(&u->lock);
	unsigned int old = u->irqs;

	u->irqs = on ? old | irq : old & ~irq;
	u->ops->set_irqs(u, u->irqs, old);
	spin_unlock_irqrestore(&u->lock, flags);
}

static void uart_rx_irq(struct console_driver *d, bool on)
{
	uart_set_irq(d, UART_IRQ_RX, on);
}

static void uart_tx_irq(struct console_driver *d, bool on)
{
	uart_set_irq(d, UART_IRQ_TX, on);
}

/* Nothing is there any more: no interrupt will come, and what is written goes nowhere. */
static void uart_gone(struct uart_port *u)
{
	irq_free(u->irq);
	u->console.tx_irq = NULL;
	u->console.rx_irq = NULL;
	console_tx();
}

/* Fetch what has come, as long as somebody wants it. False: the UART is gone. */
static bool uart_receive(struct uart_port *u)
{
	unsigned int n, lost = 0;

	for (n = 0; n < RX_BURST; n++) {
		unsigned int status = u->ops->status(u);
		int c;

		if (status & UART_GONE)
			return false;
		lost |= status & UART_RX_LOST;
		if (!(status & UART_RX_DATA) || !console_input_room())
			break;
		c = u->ops->receive(u);
		if (c >= 0)
			console_input((u8)c);
	}
	if (lost)
		console_input_lost();
	return true;
}

static void uart_irq(void *arg)
{
	struct uart_port *u = arg;

	if (!uart_receive(u)) {
		uart_gone(u);
		return;
	}
	console_tx();
	if (u->ops->end_irq) {
		spin_lock(&u->lock);
		u->ops->end_irq(u, u->irqs);
		spin_unlock(&u->lock);
	}
}

static void uart_poll(struct timer *t)
{
	struct uart_port *u = container_of(t, struct uart_port, poll);

	if (uart_receive(u))
		timer_start(t, time_now() + time_from_us(RX_POLL_US));
}

static int uart_start_input(struct console_driver *d)
{
	struct uart_port *u = container_of(d, struct uart_port, console);
	unsigned long flags;

	if (!u->has_irq || irq_request(u->irq, uart_irq, u, d->name)) {
		timer_init(&u->poll, uart_poll);
		timer_start(&u->poll, time_now() + time_from_us(RX_POLL_US));
		return -ENODEV;
	}
	d->rx_irq = uart_rx_irq;
	d->tx_irq = uart_tx_irq;
	uart_rx_irq(d, true);
	/* Some don't interrupt for what came while the firmware had them. */
	flags = arch_irq_save();
	uart_irq(u);
	arch_irq_restore(flags);
	return 0;
}

void uart_register(struct uart_port *u, const struct uart_ops *ops, const char *name,
		   const void *fdt, int node)
{
	u->ops = ops;
	u->has_irq = !driver_irq(fdt, node, 0, &u->irq);
	u->console.name = name;
	u->console.putc = ops->putc;
	u->console.send = ops->fill;
	u->console.drain = uart_drain;
	u->console.start_input = uart_start_input;
	spin_lock_init(&u->lock, "uart->lock");
	console_register(&u->console);
}
