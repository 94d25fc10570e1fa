// SPDX-License-Identifier: Apache-2.0
/*
 * The guests' ports. The one in focus has the terminal as it is; lines of the others are
 * collected, under a lock of each so that they do not meet, and printed whole.
 */
#include <lodge/arch.h>
#include <lodge/printf.h>
#include <lodge/slab.h>
#include <lodge/string.h>
#include "console_internal.h"

void port_call(struct console_port *p, unsigned long flags)
{
	__atomic_fetch_add(&p->calls, 1, __ATOMIC_RELAXED);
	spin_unlock_irqrestore(&con.lock, flags);
	/* Without the lock: the port's device has one of its own, under which it reads. */
	if (p->notify)
		p->notify(p->arg);
	__atomic_fetch_sub(&p->calls, 1, __ATOMIC_RELEASE);
}

/* ---- output ---- */

/* A line of @p's, with its name in front. */
static void port_line(const struct console_port *p, const char *s, size_t n)
{
	con_abort_sequence();
	con_own(OWNER_NONE);
	con_text("[", 1);
	con_text(p->name, strlen(p->name));
	con_text("] ", 2);
	con_text(s, n);
	con_text("\n", 1);
}

/* Whether @n bytes of @p's have no place, as the terminal takes nothing any more. If it does
 * again, what had none is told. */
static bool port_drops(struct console_port *p, size_t n)
{
	char line[40];

	if (con.stuck && ring_count(&con.tx) > RING_GUESTS) {
		p->dropped += n;
		return true;
	}
	if (p->dropped) {
		n = (size_t)scnprintf(line, sizeof(line), "%llu bytes were dropped",
				      (unsigned long long)p->dropped);
		p->dropped = 0;
		port_line(p, line, n);
	}
	return false;
}

/* Print what @p has collected as a line of its own. Its lock is held. */
static void port_flush_line(struct console_port *p)
{
	u64 from;

	spin_lock(&con.lock);
	from = con.tx.head;
	if (!con.panic && !port_drops(p, p->line_len)) {
		port_line(p, p->line, p->line_len);
		con_kick();
		window_account(&p->window, &con.tx, con.tx.head - from);
	}
	spin_unlock(&con.lock);
	p->line_len = 0;
}

static void port_collect_text(struct console_port *p, const char *s, unsigned int n)
{
	/* A character comes whole, and is not cut. */
	if (p->line_len + n > PORT_LINE_MAX)
		port_flush_line(p);
	memcpy(p->line + p->line_len, s, n);
	p->line_len += n;
}

static void port_collect(struct console_port *p, u8 c)
{
	char shown[TERMTEXT_MAX];

	kept_add(&p->kept, c);
	if (p->showing) {
		termtext_feed(&p->text, c, shown);
		return;
	}
	if (c != '\n') {
		port_collect_text(p, shown, termtext_feed(&p->text, c, shown));
		return;
	}
	port_collect_text(p, shown, termtext_end(&p->text, shown));
	port_flush_line(p);
}

void con_focus_byte(u8 c)
{
	if (likely(c != '\r') && unlikely(con.owner != OWNER_FOCUS))
		con_own(OWNER_FOCUS);
	con_byte(c);
	if (c == '\n')
		con.owner = OWNER_NONE;
}

/* The UART does not take it at once: it has to wait its turn. */
static void focus_queue(struct console_port *p, u8 c)
{
	u64 from = con.tx.head;

	if (port_drops(p, 1))
		return;
	con_focus_byte(c);
	window_account(&p->window, &con.tx, con.tx.head - from);
}

static __noinline void focus_putc(struct console_port *p, u8 c)
{
	char ignored[TERMTEXT_MAX];

	if (con.panic)
		return;
	if (!termtext_plain(&p->text, c))
		termtext_feed(&p->text, c, ignored);
	if (ring_count(&con.tx))
		focus_queue(p, c);
	else
		con_focus_byte(c);
}

/* The most frequent case: a character within a line, which the UART takes at once. In a panic
 * nothing is buffered any more. */
static inline bool focus_putc_quick(const struct console_port *p, u8 c)
{
	struct console_driver *d = con.driver;

	if (con.owner != OWNER_FOCUS || !con.buffered || !d || ring_count(&con.tx) ||
	    !termtext_plain(&p->text, c))
		return false;
	con.one = c; /* not on the stack, which is guarded where something points to it */
	return d->send(d, &con.one, 1);
}

/* Print @c if @p is in focus; else it has to be collected. */
static inline bool port_putc_focused(struct console_port *p, u8 c)
{
	bool focused;

	spin_lock(&con.lock);
	focused = con.focus == p;
	if (likely(focused) && unlikely(!focus_putc_quick(p, c)))
		focus_putc(p, c);
	spin_unlock(&con.lock);
	return focused;
}

bool console_port_room(const struct console_port *p)
{
	return !READ_ONCE(p->window.held) || READ_ONCE(con.stuck);
}

/* Where @p stands; it may change any time, which its notify() tells. */
static inline enum console_room port_room(const struct console_port *p)
{
	if (likely(console_port_room(p)))
		return CONSOLE_ROOM;
	return READ_ONCE(p->window.used) < WINDOW_SLACK ? CONSOLE_FULL : CONSOLE_OVER;
}

/* console_focus() holds both locks: the focus can't come to @p in between. */
static __noinline void port_putc_unfocused(struct console_port *p, u8 c)
{
	spin_lock(&p->lock);
	if (READ_ONCE(con.focus) != p || !port_putc_focused(p, c))
		port_collect(p, c);
	spin_unlock(&p->lock);
}

enum console_room console_port_putc(struct console_port *p, u8 c)
{
	unsigned long flags = arch_irq_save();

	if (READ_ONCE(con.focus) != p || unlikely(!port_putc_focused(p, c)))
		port_putc_unfocused(p, c);
	arch_irq_restore(flags);
	return port_room(p);
}

/* ---- life, and focus ---- */

struct console_port *console_port_create(const char *name, void (*notify)(void *arg), void *arg)
{
	struct console_port *p = kzalloc(sizeof(*p));
	unsigned long flags;

	if (!p)
		return NULL;
	p->kept.byte = KEPT_SIZE ? kzalloc(KEPT_SIZE) : NULL;
	if (KEPT_SIZE && !p->kept.byte) {
		kfree(p);
		return NULL;
	}
	/* Cut if it is long: it is for people only. */
	termtext_copy(p->name, sizeof(p->name), name);
	spin_lock_init(&p->lock, "port->lock");
	p->notify = notify;
	p->arg = arg;
	flags = spin_lock_irqsave(&con.lock);
	list_push(&con.ports, &p->node);
	spin_unlock_irqrestore(&con.lock, flags);
	return p;
}

void con_give_focus(struct console_port *p)
{
	con.focus = p;
	con.had_focus |= p != NULL;
	con_resume_input();
}

void con_set_focus(struct console_port *p)
{
	con_abort_sequence();
	if (con.owner == OWNER_FOCUS)
		con_own(OWNER_NONE);
	con_give_focus(p);
}

/* No port has the focus, if @p had it or is NULL. */
static void focus_drop(const struct console_port *p)
{
	unsigned long flags = spin_lock_irqsave(&con.lock);

	if (con.focus && (!p || con.focus == p))
		con_set_focus(NULL);
	spin_unlock_irqrestore(&con.lock, flags);
}

void console_focus(struct console_port *p)
{
	unsigned long flags;
	unsigned int i;

	if (!p) {
		focus_drop(NULL);
		return;
	}
	tell_unclaimed_input();
	flags = spin_lock_irqsave(&p->lock);
	spin_lock(&con.lock);
	if (con.focus != p) {
		con_set_focus(p);
		for (i = 0; i < p->line_len; i++)
			con_focus_byte((u8)p->line[i]);
		for (i = 0; i < p->text.have; i++)
			con_focus_byte(p->text.chr[i]);
		p->line_len = 0;
		kept_drop(&p->kept);
	}
	spin_unlock(&con.lock);
	spin_unlock_irqrestore(&p->lock, flags);
}

void console_port_destroy(struct console_port *p)
{
	unsigned long flags;

	focus_drop(p);
	flags = spin_lock_irqsave(&p->lock);
	if (p->line_len)
		port_flush_line(p);
	spin_unlock_irqrestore(&p->lock, flags);

	flags = spin_lock_irqsave(&con.lock);
	list_remove(&p->node);
	spin_unlock_irqrestore(&con.lock, flags);
	/* Its notify() may be running on another CPU, and is short. */
	while (__atomic_load_n(&p->calls, __ATOMIC_ACQUIRE))
		cpu_relax();
	if (KEPT_SIZE)
		kfree(p->kept.byte);
	kfree(p);
}
