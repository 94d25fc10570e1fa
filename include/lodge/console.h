/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_CONSOLE_H
#define LODGE_CONSOLE_H

#include <lodge/types.h>

/* The physical terminal, which the host's log and the guests' UARTs share. */

/** struct console_driver - a UART of the host */
struct console_driver {
	const char *name;
	void (*putc)(struct console_driver *d, char c); /* polled; may be called at any time */
	/* Bytes that it takes at once, @n at most; their number. */
	unsigned int (*send)(struct console_driver *d, const u8 *bytes, unsigned int n);
	/* Polled: until all has left it. */
	void (*drain)(struct console_driver *d);
	/* Turns on interrupts, and sets the two below, or looks for input now and then, which is
	 * no success; input goes to console_input(). */
	int (*start_input)(struct console_driver *d);
	/* Interrupt, or not, for input, and when send() took less than it was given and can take
	 * more: then console_tx() is called. NULL: it does not interrupt. The console calls them
	 * with its lock held. */
	void (*rx_irq)(struct console_driver *d, bool on);
	void (*tx_irq)(struct console_driver *d, bool on);
};

/** console_register() - the first UART becomes the terminal, and its input is turned on. */
void console_register(struct console_driver *d);

/** console_start() - interrupts and timers work: from now on what the UART does not take at once
 * waits in a buffer. Until then, whoever prints waits for the UART. */
void console_start(void);
/** console_finish() - the machine ends: print all that waits, and buffer no more. */
void console_finish(void);
/** console_tx() - from the driver, in interrupt context: there may be room for output. */
void console_tx(void);

/** console_write() - the host's own output, "\n" becomes "\r\n". Any context. If much of it waits
 * already, a thread sleeps until there is less, unless it has interrupts off. */
void console_write(const char *s, size_t n);

/** console_panic() - the machine is stopping: from now on the host alone writes,
 * and without the lock, which the CPU that fails may hold. */
void console_panic(void);

/** console_input_room() - whether console_input() has a place for a byte. If not, the driver is
 * to leave it in the UART: its interrupt for input is off until there is one. */
bool console_input_room(void);
/** console_input() - a byte from the terminal; interrupt context. */
void console_input(u8 byte);
/** console_input_lost() - from the driver: input came faster than the UART was emptied. */
void console_input_lost(void);

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
 *	    there is something to read, and when console_port_room() is true again
 */
struct console_port *console_port_create(const char *name, void (*notify)(void *arg), void *arg);
/**
 * console_port_destroy() - nobody may use @p any more; a focus on it is lost. Not from
 * interrupts.
 */
void console_port_destroy(struct console_port *p);
/* Whether a guest may go on to print. */
enum console_room {
	CONSOLE_ROOM, /* it may */
	CONSOLE_FULL, /* it should wait until it is notified; so much as a FIFO holds is still taken */
	CONSOLE_OVER, /* it must not go on before */
};

/** console_port_putc() - a byte of the guest's output, which is taken in any case; takes the
 * console's lock. Says what about the next. */
enum console_room console_port_putc(struct console_port *p, u8 c);
/** console_port_room() - whether a guest may print, now; if not it is notified. */
bool console_port_room(const struct console_port *p);

#define CONSOLE_STUCK_US 5000000
/** console_stuck() - someone has waited for room for CONSOLE_STUCK_US: what has no place is dropped,
 * and counted, until the terminal takes something again. */
void console_stuck(void);
/** console_port_getc() - the next byte of input, or -1. Of several readers each gets others. */
int console_port_getc(struct console_port *p);
/** console_port_lost() - bytes of input that found the port full. */
u64 console_port_lost(const struct console_port *p);
/**
 * console_attach() - give @p the focus, after what it has said since it had none: its last
 * CONFIG_CONSOLE_KEPT_KIB, whole lines. A thread; waits for the terminal. Only with that option.
 */
void console_attach(struct console_port *p);
/** console_focus() - what @p has of an unfinished line is shown. NULL: nobody has it. */
void console_focus(struct console_port *p);

#endif
