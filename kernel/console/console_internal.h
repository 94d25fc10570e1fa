/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KERNEL_CONSOLE_INTERNAL_H
#define KERNEL_CONSOLE_INTERNAL_H

/* What the parts of the console share. */
#include <lodge/console.h>
#include <lodge/list.h>
#include <lodge/spinlock.h>
#include <lodge/termtext.h>
#include <lodge/thread.h>
#include <lodge/time.h>
#include "kept.h"
#include "ring.h"

#define PORT_NAME_MAX 32
#define PORT_LINE_MAX 200
#define PORT_RING     256 /* bytes of input, a power of two */

/**
 * struct console_port - a guest's end of the terminal
 * @node:	in con.ports; guarded by con.lock, as @window is
 * @lock:	guards @line, @kept, @showing and, while it is not in focus, @text
 * @text:	what it has said so far, in focus or not
 * @showing:	console_attach() shows @kept: what it says goes there alone
 * @calls:	its notify() runs so often now: it must not be freed
 * @dropped:	bytes that were not printed, as the terminal is stuck
 *
 * The ring of input has one writer, console_input(), and one reader, so that its
 * free-running indices need no lock.
 */
struct console_port {
	struct list node;
	struct spinlock lock;
	char name[PORT_NAME_MAX];
	void (*notify)(void *arg);
	void *arg;
	u32 calls;
	u64 dropped;
	struct tx_window window;
	struct termtext text;
	struct kept kept;
	bool showing;
	unsigned int line_len;
	char line[PORT_LINE_MAX];
	u32 ring_head, ring_tail;
	u64 lost;
	u8 ring[PORT_RING];
};

/* Whose text the unfinished line on the terminal is; OWNER_NONE at the start of a line. */
enum line_owner { OWNER_NONE, OWNER_HOST, OWNER_FOCUS };

/**
 * struct console - the terminal
 * @tx:		what is still to be sent
 * @buffered:	what does not fit into the UART at once goes to @tx; else who prints waits
 * @armed:	console_tx() will be called when the UART has room
 * @pump:	calls it, where the UART does not interrupt
 * @room:	threads that wait for room in @tx
 * @stuck:	the terminal has taken nothing for long, so nobody waits for it
 * @log_lost:	bytes of the host's log that were dropped because of that
 * @held:	input is left in the UART till somebody wants it
 * @had_focus:	a port has had the focus
 * @unclaimed:	bytes of input that came since then when none had it
 * @escaped:	the last byte of input was CONSOLE_ESCAPE
 * @one:	a byte that is sent by itself, while @lock is held
 * @panic:	the host alone writes, and without @lock
 */
struct console {
	struct spinlock lock;
	struct console_driver *driver;
	struct list ports;
	struct console_port *focus;
	console_hook_t hook;
	enum line_owner owner;
	bool buffered, armed;
	bool stuck;
	bool held, had_focus;
	bool escaped;
	u8 one;
	bool panic;
	u64 log_lost;
	u64 unclaimed;
	struct timer pump;
	struct waitq room;
	struct tx_ring tx;
};

extern struct console con;

/* ---- output.c; con.lock is held ---- */

/** con_byte() - a byte for the terminal, as it is. */
void con_byte(u8 c);
/** con_own() - what is written next belongs to @owner: end the line that another has begun. */
void con_own(enum line_owner owner);
/** con_abort_sequence() - others are about to write: what the port in focus has left unfinished,
 * such as a title for the window, would swallow it. */
void con_abort_sequence(void);
/** con_text() - text that has passed the filter, where a line ends with "\n" alone. */
void con_text(const char *s, size_t n);
/** con_kick() - text was added: if nothing waited before, no interrupt will come by itself. */
void con_kick(void);

/** con_wait_for_room() - a thread that may sleep waits until others can print, too. Without con.lock. */
void con_wait_for_room(void);

/* ---- input.c ---- */

/** con_resume_input() - fetch input again if somebody wants it; con.lock is held. */
void con_resume_input(void);
/** tell_unclaimed_input() - warn of input that was nobody's. */
void tell_unclaimed_input(void);

/* ---- port.c; con.lock is held ---- */

/** con_focus_byte() - a byte of the port in focus, or of one that is about to be, as it is. */
void con_focus_byte(u8 c);
/** con_set_focus() - it goes to @p; what was on the terminal stays on a line of its own. */
void con_set_focus(struct console_port *p);
/** con_give_focus() - the same, where what is on the terminal is of @p. */
void con_give_focus(struct console_port *p);

/** port_call() - call @p's notify(), which con.lock must not be held for; it is now. */
void port_call(struct console_port *p, unsigned long flags) __releases(con.lock);

#endif
