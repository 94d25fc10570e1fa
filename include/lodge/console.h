/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_CONSOLE_H
#define LODGE_CONSOLE_H

#include <lodge/types.h>

/* The physical terminal, which the host's log and the guests' UARTs share. */

/** struct console_driver - a UART of the host */
struct console_driver {
	const char *name;
	void (*putc)(struct console_driver *d, char c); /* polled; may be called at any time */
	/* Turns on receive interrupts; each byte goes to console_input(). */
	int (*start_input)(struct console_driver *d);
};

void console_register(struct console_driver *d);

/** console_write() - the host's own output, "\n" becomes "\r\n". Any context. */
void console_write(const char *s, size_t n);

/** console_input() - a byte from the terminal; interrupt context. */
void console_input(u8 byte);

/**
 * struct console_port - a guest's end of the terminal
 *
 * The port in focus has the terminal raw. Lines of the others are collected and
 * printed whole with "[name] " in front. Input goes to the port in focus.
 */
struct console_port;

/* @notify is called, in interrupt context, when there is something to read. */
struct console_port *console_port_create(const char *name, void (*notify)(void *arg), void *arg);
void console_port_destroy(struct console_port *p);
void console_port_putc(struct console_port *p, u8 c);
/* The next byte of input, or -1. */
int console_port_getc(struct console_port *p);
/* NULL: nobody has it. */
void console_focus(struct console_port *p);

#endif
