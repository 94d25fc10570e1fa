// SPDX-License-Identifier: Apache-2.0
/*
 * The terminal, shared by the host's log and the guests' UARTs.
 *
 * One lock, con.lock, orders what is written. A port that is not in focus collects
 * its line under its own lock, so that guests in the background do not meet; port
 * locks are taken before con.lock. All are held for at most a line of output.
 */
#include <lodge/arch.h>
#include <lodge/console.h>
#include <lodge/printf.h>
#include <lodge/printk.h>
#include <lodge/slab.h>
#include <lodge/spinlock.h>
#include <lodge/string.h>
#include <lodge/termtext.h>

#define PORT_NAME_MAX 32
#define PORT_LINE_MAX 200
#define PORT_RING     256 /* bytes, a power of two */

#define CANCEL 0x18 /* CAN: ends a terminal's control function (DEC STD 070; xterm, Linux) */

/*
 * @line is written under @lock; the ring has one writer, console_input(), and one
 * reader, so that its free-running indices need no lock.
 */
struct console_port {
	struct spinlock lock;
	char name[PORT_NAME_MAX];
	void (*notify)(void *arg);
	void *arg;
	struct termtext text; /* what it has said, in focus or not */
	unsigned int line_len;
	char line[PORT_LINE_MAX];
	u32 ring_head, ring_tail;
	u64 lost;
	u8 ring[PORT_RING];
};

/* Whose text the unfinished line on the terminal is; OWNER_NONE at the start of a line. */
enum line_owner { OWNER_NONE, OWNER_HOST, OWNER_FOCUS };

static struct {
	struct spinlock lock;
	struct console_driver *driver;
	struct console_port *focus;
	struct console_port *notifying; /* its notify() runs: it must not be freed */
	console_hook_t hook;
	enum line_owner owner;
	bool escaped; /* the last byte of input was CONSOLE_ESCAPE */
	bool panic;
} con;

static inline void con_raw(char c)
{
	struct console_driver *d = con.driver;

	if (likely(d != NULL))
		d->putc(d, c);
	else
		arch_early_putc(c);
}

/* What is written next belongs to @owner: end the line that another has begun. */
static inline void con_own(enum line_owner owner)
{
	if (unlikely(con.owner != owner && con.owner != OWNER_NONE)) {
		con_raw('\r');
		con_raw('\n');
	}
	con.owner = owner;
}

/*
 * Others are about to write. What the port in focus has left unfinished, such as a title for the
 * window, would swallow it.
 */
static void con_abort_sequence(void)
{
	if (con.focus && con.focus->text.state) {
		con_raw(CANCEL);
		con.focus->text.state = TERMTEXT_GROUND;
	}
}

static void con_shown(const char *s, unsigned int n)
{
	while (n--) {
		con_own(OWNER_HOST);
		con_raw(*s++);
	}
}

/* Text of the host's own, where a line ends with "\n" alone. Names in it may be anybody's. */
static void con_text(const char *s, size_t n)
{
	struct termtext text = { 0 };
	char shown[TERMTEXT_MAX];

	con_abort_sequence();
	for (; n--; s++) {
		if (*s != '\n') {
			con_shown(shown, termtext_feed(&text, (u8)*s, shown));
			continue;
		}
		con_shown(shown, termtext_end(&text, shown));
		con_raw('\r');
		con_raw('\n');
		con.owner = OWNER_NONE;
	}
}

/* A byte of the port in focus, as it is. */
static inline void con_focus_byte(char c)
{
	if (likely(c != '\r'))
		con_own(OWNER_FOCUS);
	con_raw(c);
	if (c == '\n')
		con.owner = OWNER_NONE;
}

void console_write(const char *s, size_t n)
{
	unsigned long flags;

	if (con.panic) {
		con_text(s, n);
		return;
	}
	flags = spin_lock_irqsave(&con.lock);
	con_text(s, n);
	spin_unlock_irqrestore(&con.lock, flags);
}

void console_panic(void)
{
	WRITE_ONCE(con.panic, true);
}

void console_register(struct console_driver *d)
{
	unsigned long flags = spin_lock_irqsave(&con.lock);
	bool first = !con.driver;

	if (first)
		con.driver = d;
	spin_unlock_irqrestore(&con.lock, flags);
	if (first && d->start_input && d->start_input(d))
		pr_warn("%s: no interrupt, so the terminal takes no input", d->name);
}

void console_set_hook(console_hook_t hook)
{
	WRITE_ONCE(con.hook, hook);
}

/* ---- input ---- */

/* Whether @byte is for the hook and not for a port. */
static bool input_for_hook(u8 byte, bool *escaped)
{
	*escaped = con.escaped;
	if (!con.hook)
		return false;
	con.escaped = byte == CONSOLE_ESCAPE && !*escaped;
	if (con.escaped)
		return true;
	return *escaped ? byte != CONSOLE_ESCAPE : !con.focus;
}

static void port_receive(struct console_port *p, u8 byte)
{
	u32 head = p->ring_head;

	/* ACQUIRE: the reader has taken the byte whose place is free. */
	if (head - __atomic_load_n(&p->ring_tail, __ATOMIC_ACQUIRE) >= PORT_RING) {
		p->lost++;
		return;
	}
	p->ring[head % PORT_RING] = byte;
	/* RELEASE: the byte is there before the reader sees that it is. */
	__atomic_store_n(&p->ring_head, head + 1, __ATOMIC_RELEASE);
}

void console_input(u8 byte)
{
	unsigned long flags = spin_lock_irqsave(&con.lock);
	console_hook_t hook = con.hook;
	struct console_port *p = NULL;
	bool escaped;
	bool starts = !con.escaped && byte == CONSOLE_ESCAPE;
	bool for_hook = input_for_hook(byte, &escaped);

	if (!for_hook && con.focus) {
		p = con.focus;
		port_receive(p, byte);
		con.notifying = p;
	}
	spin_unlock_irqrestore(&con.lock, flags);

	if (for_hook && !starts)
		hook(byte, escaped);
	if (!p)
		return;
	/* Without the lock: the port's device has one of its own, under which it reads. */
	if (p->notify)
		p->notify(p->arg);
	__atomic_store_n(&con.notifying, NULL, __ATOMIC_RELEASE);
}

int console_port_getc(struct console_port *p)
{
	u32 tail = p->ring_tail;
	u8 byte;

	if (tail == __atomic_load_n(&p->ring_head, __ATOMIC_ACQUIRE))
		return -1;
	byte = p->ring[tail % PORT_RING];
	__atomic_store_n(&p->ring_tail, tail + 1, __ATOMIC_RELEASE);
	return byte;
}

u64 console_port_lost(const struct console_port *p)
{
	return READ_ONCE(p->lost);
}

/* ---- output ---- */

/* Print what @p has collected as a line of its own. Its lock is held. */
static void port_flush_line(struct console_port *p)
{
	spin_lock(&con.lock);
	if (!con.panic) {
		con_own(OWNER_NONE);
		con_text("[", 1);
		con_text(p->name, strlen(p->name));
		con_text("] ", 2);
		con_text(p->line, p->line_len);
		con_text("\n", 1);
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

	if (c != '\n') {
		port_collect_text(p, shown, termtext_feed(&p->text, c, shown));
		return;
	}
	port_collect_text(p, shown, termtext_end(&p->text, shown));
	port_flush_line(p);
}

/* Print @c if @p is in focus; else it has to be collected. */
static inline bool port_putc_focused(struct console_port *p, u8 c)
{
	bool focused;

	spin_lock(&con.lock);
	focused = con.focus == p;
	if (likely(focused && !con.panic)) {
		char ignored[TERMTEXT_MAX];

		if (unlikely(!termtext_plain(&p->text, c)))
			termtext_feed(&p->text, c, ignored);
		con_focus_byte((char)c);
	}
	spin_unlock(&con.lock);
	return focused;
}

void console_port_putc(struct console_port *p, u8 c)
{
	unsigned long flags = arch_irq_save();

	if (READ_ONCE(con.focus) == p && likely(port_putc_focused(p, c))) {
		arch_irq_restore(flags);
		return;
	}
	/* console_focus() holds both locks: the focus can't come to @p in between. */
	spin_lock(&p->lock);
	if (READ_ONCE(con.focus) != p || !port_putc_focused(p, c))
		port_collect(p, c);
	spin_unlock(&p->lock);
	arch_irq_restore(flags);
}

/* ---- ports ---- */

struct console_port *console_port_create(const char *name, void (*notify)(void *arg), void *arg)
{
	struct console_port *p = kzalloc(sizeof(*p));

	if (!p)
		return NULL;
	/* Cut if it is long: it is for people only. */
	termtext_copy(p->name, sizeof(p->name), name);
	p->notify = notify;
	p->arg = arg;
	return p;
}

/* The focus goes to @p; what was on the terminal stays on a line of its own. */
static void focus_set(struct console_port *p) __must_hold(con.lock)
{
	con_abort_sequence();
	if (con.owner == OWNER_FOCUS)
		con_own(OWNER_NONE);
	con.focus = p;
}

/* No port has the focus, if @p had it or is NULL. */
static void focus_drop(const struct console_port *p)
{
	unsigned long flags = spin_lock_irqsave(&con.lock);

	if (con.focus && (!p || con.focus == p))
		focus_set(NULL);
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
	flags = spin_lock_irqsave(&p->lock);
	spin_lock(&con.lock);
	if (con.focus != p) {
		focus_set(p);
		for (i = 0; i < p->line_len; i++)
			con_focus_byte(p->line[i]);
		for (i = 0; i < p->text.have; i++)
			con_focus_byte((char)p->text.chr[i]);
		p->line_len = 0;
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

	/* Input may be on its way on another CPU, and is short. */
	while (__atomic_load_n(&con.notifying, __ATOMIC_ACQUIRE) == p)
		barrier();
	kfree(p);
}
