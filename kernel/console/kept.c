// SPDX-License-Identifier: Apache-2.0
/* A port comes to the terminal, and what it has said meanwhile is shown. */
#include <lodge/string.h>
#include "console_internal.h"

#define PIECE 256 /* bytes that are shown with interrupts off */
/* A guest that goes on to print meanwhile is not followed for ever. */
#define PIECES_MOST (2 * KEPT_SIZE / PIECE)

/* From the beginning of a line, if all of the first is not there. Nobody has the terminal meanwhile. */
static void begin(struct console_port *p)
{
	struct kept *k = &p->kept;

	con_set_focus(NULL);
	/* It is there, too, unfinished as it is. */
	p->line_len = 0;
	p->showing = true;
	while (k->cut && kept_count(k))
		k->cut = kept_take(k) != '\n';
	k->cut = false;
}

/* A piece, and the focus after the last. Whether that was it. */
static bool show_piece(struct console_port *p, unsigned int nth)
{
	unsigned long flags = spin_lock_irqsave(&p->lock);
	unsigned int n;
	bool last;

	spin_lock(&con.lock);
	if (!nth && con.focus != p)
		begin(p);
	for (n = 0; n < PIECE && kept_count(&p->kept); n++)
		con_focus_byte(kept_take(&p->kept));
	if (nth >= PIECES_MOST)
		kept_drop(&p->kept);
	last = !kept_count(&p->kept);
	if (last) {
		p->showing = false;
		con_give_focus(p);
	}
	con_kick();
	spin_unlock(&con.lock);
	spin_unlock_irqrestore(&p->lock, flags);
	return last;
}

void console_attach(struct console_port *p)
{
	unsigned int nth = 0;

	tell_unclaimed_input();
	do {
		con_wait_for_room();
	} while (!show_piece(p, nth++));
}
