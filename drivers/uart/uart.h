/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DRIVERS_UART_H
#define DRIVERS_UART_H

#include <lodge/console.h>
#include <lodge/spinlock.h>
#include <lodge/time.h>
#include <lodge/types.h>

/* What a UART's status() tells. */
#define UART_TX_ROOM 0x1  /* it takes a byte to send */
#define UART_RX_DATA 0x2  /* it has received something */
#define UART_GONE    0x4  /* nothing is at its address any more */
#define UART_TX_IDLE 0x8  /* all has been sent */
#define UART_RX_LOST 0x10 /* something was received when its FIFO was full; told once */

/* What it interrupts for. */
#define UART_IRQ_RX 0x1 /* it has received something */
#define UART_IRQ_TX 0x2 /* its FIFO has room again */

struct uart_port;

/**
 * struct uart_ops - what differs between kinds of UARTs; registers only, nothing waits
 * @status:	UART_* bits
 * @putc:	for the console: uart_send() with the UART's own functions
 * @fill:	for the console: bytes into the FIFO as long as it has room; how many
 * @receive:	the oldest byte, when there is one; -1 if what came is no character
 * @set_irqs:	interrupt for these UART_IRQ_*, no longer for @old; without UART_IRQ_RX the
 *		other end is asked to send no more, where the line has wires for that
 * @end_irq:	after an interrupt, with those that are on; may be NULL
 */
struct uart_ops {
	unsigned int (*status)(const struct uart_port *u);
	void (*putc)(struct console_driver *d, char c);
	unsigned int (*fill)(struct console_driver *d, const u8 *bytes, unsigned int n);
	int (*receive)(const struct uart_port *u);
	void (*set_irqs)(const struct uart_port *u, unsigned int irqs, unsigned int old);
	void (*end_irq)(const struct uart_port *u, unsigned int irqs);
};

/**
 * struct uart_port - a UART as the machine's terminal; embedded in the driver's own struct
 * @lock:    guards @irqs and the register that they are in
 * @irqs:    UART_IRQ_* that are on
 * @stalled: did not send for a long time: don't wait again
 * @poll:    looks for input, where there is no interrupt
 */
struct uart_port {
	struct console_driver console;
	const struct uart_ops *ops;
	volatile u8 *regs;
	struct spinlock lock;
	unsigned int irqs;
	bool stalled;
	bool has_irq;
	u32 irq;
	struct timer poll;
};

/** uart_wait() - until there is room, but not for ever; false: the UART does not send. */
bool uart_wait(struct uart_port *u);

/**
 * uart_send() - send @byte when there is room, or drop it where that does not come
 * @status, @send: of this kind of UART
 */
static __always_inline void uart_send(struct uart_port *u, u8 byte,
				      unsigned int (*status)(const struct uart_port *u),
				      void (*send)(const struct uart_port *u, u8 byte))
{
	if (likely(status(u) & UART_TX_ROOM))
		u->stalled = false;
	else if (!uart_wait(u))
		return;
	send(u, byte);
}

/**
 * uart_register() - make @u, which is mapped and set up, the machine's terminal
 * @node: of the tree, for its interrupt; without one there is no input
 */
void uart_register(struct uart_port *u, const struct uart_ops *ops, const char *name,
		   const void *fdt, int node);

/**
 * uart_is_console() - whether the terminal is at @node
 *
 * As /chosen/stdout-path says; if it is absent or leads nowhere, every UART may be.
 */
bool uart_is_console(const void *fdt, int node);

#endif
