// SPDX-License-Identifier: Apache-2.0
/* The guest's 16550A: its saved state, and whatever a guest may do to it. */
/* links: virt/bus/fdt.c virt/dev/uart.c */
#include "ns16550_traffic.h"

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

static void random_traffic_keeps_it_whole(void **state)
{
	u64 seed = shim_seed(1);
	unsigned int i;

	for (i = 0; i < shim_rounds(300000); i++)
		wild_step(shim_random(&seed));
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
