/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NS16550_TRAFFIC_H
#define NS16550_TRAFFIC_H

/* Whatever a guest may do to a 16550A. */
#include "ns16550_fixture.h"

/* What must hold after any access whatever. */
static void check_invariants(void)
{
	const struct uart *u = to_uart(dev);

	assert_true(u->s.fifo.head < UART_FIFO_SIZE);
	assert_true(u->s.fifo.count <= uart_capacity(&u->s));
	assert_int_equal((u->s.lsr & LSR_DR) != 0, u->s.fifo.count != 0);
	assert_int_equal(u->irq_level, uart_iir(&u->s) != IIR_NONE);
	assert_int_equal(u->irq_level, line);
	assert_true(!(u->s.lsr & LSR_OE) || u->lsr_slow);
	assert_int_equal(dev->lock.locked, 0);
	/* A full console is seen when something is sent. */
	if (room == CONSOLE_ROOM)
		assert_int_equal(u->s.lsr & LSR_EMPTY, LSR_EMPTY);
	else
		assert_false((u->s.lsr & LSR_EMPTY) || u->s.thre_pending);
}

/* Any access, and what must hold after it. */
static void wild_step(u64 r)
{
	u64 off = r % 10;
	unsigned int width = 1u << (r >> 8) % 4;

	if (!console_step(r)) {
		if ((r >> 16) % 2)
			dev->ops->write(dev, test_vcpu, off, width, r >> 32);
		else
			assert_true(dev->ops->read(dev, test_vcpu, off, width) <= 0xff);
	}
	check_invariants();
}

#endif
