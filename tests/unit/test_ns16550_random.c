// SPDX-License-Identifier: Apache-2.0
/* The guest's 16550A: its saved state, and whatever a guest may do to it. */
/* links: virt/dev/fdt.c virt/dev/uart.c */
#include "ns16550_fixture.h"

static void state_survives_save_and_restore(void **state)
{
	u8 buf[256];
	struct vdev_state s = { buf, sizeof(buf) };
	unsigned int i;

	wr(UART_IIR, FCR_ENABLE | 0x40);
	wr(UART_IER, IER_RDI | IER_THRI);
	wr(UART_SCR, 0x5a);
	type(5);
	rd(0);
	assert_int_equal(dev->ops->save(dev, &s), 0);
	dev->ops->reset(dev);
	assert_false(line);
	assert_int_equal(dev->ops->restore(dev, &s), 0);
	assert_true(line);
	assert_int_equal(rd(UART_SCR), 0x5a);
	assert_int_equal(rd(UART_IIR), 0xc0 | IIR_RDI);
	for (i = 0; i < 4; i++)
		assert_int_equal(rd(0), 0x41 + i);
	assert_int_equal(rd(UART_IIR), 0xc0 | IIR_THRI);
	test_state_checks(dev);
}

static void restore_survives_any_bytes(void **state)
{
	struct uart_state s;
	struct vdev_state in = { &s, sizeof(s) };
	u64 seed = shim_seed(3);
	unsigned int i, j;

	for (i = 0; i < shim_rounds(20000); i++) {
		for (j = 0; j < sizeof(s); j++)
			((u8 *)&s)[j] = (u8)shim_random(&seed);
		s.header = (struct vdev_state_header){ STATE_VERSION, sizeof(s) };
		s.fifo.head %= 24;
		s.fifo.count %= 24;
		if (dev->ops->restore(dev, &in))
			continue;
		assert_true(to_uart(dev)->s.fifo.head < UART_FIFO_SIZE);
		assert_true(to_uart(dev)->s.fifo.count <= UART_FIFO_SIZE);
		for (j = 0; j < 20; j++)
			rd(0);
	}
}

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
		assert_false(u->s.lsr & LSR_EMPTY);
}

static void random_traffic_keeps_it_whole(void **state)
{
	u64 seed = shim_seed(1);
	unsigned int i;

	for (i = 0; i < shim_rounds(300000); i++) {
		u64 r = shim_random(&seed), off = r % 10;
		unsigned int width = 1u << (r >> 8) % 4;

		if ((r >> 16) % 8 == 0 && input_head - input_tail < 40)
			type((r >> 24) % 4);
		else if ((r >> 16) % 64 == 1)
			room_ends = output_len + 1 + (r >> 24) % 4;
		else if ((r >> 16) % 64 == 2)
			drain();
		else if ((r >> 16) % 2)
			dev->ops->write(dev, test_vcpu, off, width, r >> 32);
		else
			assert_true(dev->ops->read(dev, test_vcpu, off, width) <= 0xff);
		check_invariants();
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(state_survives_save_and_restore),
		T(restore_survives_any_bytes),
		T(random_traffic_keeps_it_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
