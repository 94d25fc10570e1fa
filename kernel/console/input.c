// SPDX-License-Identifier: Apache-2.0
/* What is typed: for the port in focus, or for the hook. */
#include <lodge/printk.h>
#include "console_internal.h"

void console_set_hook(console_hook_t hook)
{
	unsigned long flags = spin_lock_irqsave(&con.lock);

	con.hook = hook;
	con_resume_input();
	spin_unlock_irqrestore(&con.lock, flags);
}

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

static u32 port_waiting(const struct console_port *p)
{
	/* ACQUIRE: the reader has taken the bytes whose places are free. */
	return p->ring_head - __atomic_load_n(&p->ring_tail, __ATOMIC_ACQUIRE);
}

/* Whether a byte that came now would be somebody's. What is typed before there is a VM waits
 * for the first; what is typed to none afterwards is not kept for another. */
static bool input_wanted(u32 most)
{
	if (con.focus)
		return port_waiting(con.focus) < most;
	return con.hook || con.had_focus;
}

bool console_input_room(void)
{
	unsigned long flags = spin_lock_irqsave(&con.lock);
	bool room = input_wanted(PORT_RING);

	if (!room && con.driver->rx_irq) {
		con.held = true;
		con.driver->rx_irq(con.driver, false);
		/* The reader makes room and looks at held; here it is the other way round. */
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		con_resume_input();
	}
	spin_unlock_irqrestore(&con.lock, flags);
	return room;
}

void con_resume_input(void)
{
	if (!con.held || !input_wanted(PORT_RING / 2))
		return;
	con.held = false;
	con.driver->rx_irq(con.driver, true);
}

static __noinline void resume_input(void)
{
	unsigned long flags = spin_lock_irqsave(&con.lock);

	con_resume_input();
	spin_unlock_irqrestore(&con.lock, flags);
}

static void port_receive(struct console_port *p, u8 byte)
{
	u32 head = p->ring_head;

	if (port_waiting(p) >= PORT_RING) {
		p->lost++;
		return;
	}
	WRITE_ONCE(p->ring[head % PORT_RING], byte);
	/* RELEASE: the byte is there before the reader sees that it is. */
	__atomic_store_n(&p->ring_head, head + 1, __ATOMIC_RELEASE);
}

void console_input(u8 byte)
{
	unsigned long flags = spin_lock_irqsave(&con.lock);
	console_hook_t hook = con.hook;
	bool escaped;
	bool starts = !con.escaped && byte == CONSOLE_ESCAPE;

	if (input_for_hook(byte, &escaped)) {
		spin_unlock_irqrestore(&con.lock, flags);
		if (!starts)
			hook(byte, escaped);
	} else if (con.focus) {
		port_receive(con.focus, byte);
		port_call(con.focus, flags);
	} else {
		con.unclaimed++;
		spin_unlock_irqrestore(&con.lock, flags);
	}
}

void tell_unclaimed_input(void)
{
	unsigned long flags = spin_lock_irqsave(&con.lock);
	u64 n = con.unclaimed;

	con.unclaimed = 0;
	spin_unlock_irqrestore(&con.lock, flags);
	if (n)
		pr_warn("%llu bytes of input were dropped: no VM had the terminal",
			(unsigned long long)n);
}

void console_input_lost(void)
{
	pr_warn("input was lost: the UART's FIFO was full");
}

int console_port_getc(struct console_port *p)
{
	u32 tail = READ_ONCE(p->ring_tail);
	u8 byte;

	/* RELEASE: the byte is read before its place is free. Of two readers one gets it. */
	do {
		if (tail == __atomic_load_n(&p->ring_head, __ATOMIC_ACQUIRE))
			return -1;
		byte = READ_ONCE(p->ring[tail % PORT_RING]);
	} while (!__atomic_compare_exchange_n(&p->ring_tail, &tail, tail + 1, false,
					      __ATOMIC_RELEASE, __ATOMIC_RELAXED));
	/* See console_input_room(). */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (unlikely(READ_ONCE(con.held)))
		resume_input();
	return byte;
}

u64 console_port_lost(const struct console_port *p)
{
	return READ_ONCE(p->lost);
}
