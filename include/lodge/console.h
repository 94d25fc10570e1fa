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

/** console_register() - the first UART becomes the terminal, and its input is turned on. */
void console_register(struct console_driver *d);

/** console_write() - the host's own output, "\n" becomes "\r\n". Any context. */
void console_write(const char *s, size_t n);

/** console_panic() - the machine is stopping: from now on the host alone writes,
 * and without the lock, which the CPU that fails may hold. */
void console_panic(void);

/** console_input() - a byte from the terminal; interrupt context. */
void console_input(u8 byte);

#define CONSOLE_ESCAPE 0x1d /* Ctrl-] */

/*
 * What the shell is given, in interrupt context: the byte after CONSOLE_ESCAPE
 * (@escaped; a second CONSOLE_ESCAPE goes to the guest as one), and every byte
 * while no port is in focus. Without a hook CONSOLE_ESCAPE is a byte like others.
 */
typedef void (*console_hook_t)(u8 byte, bool escaped);
/** console_set_hook() - who is given such bytes from now on; NULL: nobody. */
void console_set_hook(console_hook_t hook);

/**
 * struct console_port - a guest's end of the terminal
 *
 * The port in focus has the terminal raw. Lines of the others are collected and
 * printed whole with "[name] " in front. Input goes to the port in focus.
 */
struct console_port;

/**
 * console_port_create() - a new one, or NULL without memory
 * @notify: called with @arg, in interrupt context and with no lock of the console held, when
 *	    there is something to read
 */
struct console_port *console_port_create(const char *name, void (*notify)(void *arg), void *arg);
/**
 * console_port_destroy() - nobody may use @p any more; a focus on it is lost. Not from
 * interrupts.
 */
void console_port_destroy(struct console_port *p);
/** console_port_putc() - a byte of the guest's output; takes the console's lock. */
void console_port_putc(struct console_port *p, u8 c);
/** console_port_getc() - the next byte of input, or -1. One reader at a time. */
int console_port_getc(struct console_port *p);
/** console_port_lost() - bytes of input that found the port full. */
u64 console_port_lost(const struct console_port *p);
/** console_focus() - what @p has of an unfinished line is shown. NULL: nobody has it. */
void console_focus(struct console_port *p);

#endif
