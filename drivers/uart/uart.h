/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DRIVERS_UART_H
#define DRIVERS_UART_H

#include <lodge/console.h>
#include <lodge/types.h>

/* What a UART's status() tells. */
#define UART_TX_ROOM 0x1 /* it takes a byte to send */
#define UART_RX_DATA 0x2 /* it has received something */
#define UART_GONE    0x4 /* nothing is at its address any more */

struct uart_port;

/**
 * struct uart_ops - what differs between kinds of UARTs; registers only, nothing waits
 * @status:	UART_* bits
 * @putc:	for the console: uart_send() with the UART's own functions
 * @receive:	the oldest byte, when there is one; -1 if what came is no character
 * @enable_input: interrupt when something is received
 * @end_irq:	after the bytes of an interrupt were taken; may be NULL
 */
struct uart_ops {
	unsigned int (*status)(const struct uart_port *u);
	void (*putc)(struct console_driver *d, char c);
	int (*receive)(const struct uart_port *u);
	void (*enable_input)(const struct uart_port *u);
	void (*end_irq)(const struct uart_port *u);
};

/**
 * struct uart_port - a UART as the machine's terminal; embedded in the driver's own struct
 * @stalled: did not send for a long time: don't wait again
 */
struct uart_port {
	struct console_driver console;
	const struct uart_ops *ops;
	volatile u8 *regs;
	bool stalled;
	bool has_irq;
	u32 irq;
};

/** uart_wait() - until there is room, but not for ever; false: the UART does not send. */
bool uart_wait(struct uart_port *u);

/**
 * uart_send() - send @byte when there is room, or drop it where that does not come
 * @status, @send: of this kind of UART. A guest's output goes this way byte by byte, so
 * they are to become part of the caller.
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
