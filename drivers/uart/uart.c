// SPDX-License-Identifier: Apache-2.0
/* A UART as the terminal: output is polled, input comes by interrupts. */
#include "uart.h"
#include <asm/irqflags.h>
#include <lodge/driver.h>
#include <lodge/errno.h>
#include <lodge/irq.h>

/* Some tens of milliseconds of polling, and a character takes 0.1 at 115200 baud. */
#define TX_POLLS 1000000

/* Bytes that one interrupt takes; several times the largest FIFO that is common. */
#define RX_BURST 256

__noinline bool uart_wait(struct uart_port *u)
{
	u32 polls = TX_POLLS;

	while (!u->stalled && polls--)
		if (u->ops->status(u) & UART_TX_ROOM)
			return true;
	u->stalled = true;
	return false;
}

static void uart_irq(void *arg)
{
	struct uart_port *u = arg;
	unsigned int n;

	for (n = 0; n < RX_BURST; n++) {
		unsigned int status = u->ops->status(u);
		int c;

		if (status & UART_GONE) {
			irq_free(u->irq);
			return;
		}
		if (!(status & UART_RX_DATA))
			break;
		c = u->ops->receive(u);
		if (c >= 0)
			console_input((u8)c);
	}
	if (u->ops->end_irq)
		u->ops->end_irq(u);
}

static int uart_start_input(struct console_driver *d)
{
	struct uart_port *u = container_of(d, struct uart_port, console);
	unsigned long flags;
	int err;

	if (!u->has_irq)
		return -ENOENT;
	err = irq_request(u->irq, uart_irq, u, d->name);
	if (err)
		return err;
	u->ops->enable_input(u);
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
	u->console.start_input = uart_start_input;
	console_register(&u->console);
}
