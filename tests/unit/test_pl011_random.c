// SPDX-License-Identifier: Apache-2.0
/* The guest's PL011: its saved state, and whatever a guest may do to it. */
/* links: virt/bus/fdt.c virt/dev/uart.c */
#include "pl011_model.h"

static void state_survives_save_and_restore(void **state)
{
	u8 buf[256];
	struct vdev_state s = { buf, sizeof(buf) };
	unsigned int i;

	wr(UART_LCR_H, LCR_H_FEN);
	wr(UART_IMSC, INT_RT | INT_TX);
	wr(UART_IBRD, 0x1234);
	type(5);
	rd(UART_DR);
	assert_int_equal(dev->ops->save(dev, &s), 0);
	dev->ops->reset(dev);
	assert_false(line);
	assert_int_equal(dev->ops->restore(dev, &s), 0);
	assert_true(line);
	assert_int_equal(rd(UART_IBRD), 0x1234);
	for (i = 0; i < 4; i++)
		assert_int_equal(rd(UART_DR), 0x41 + i);
	assert_false(line);
	test_state_checks(dev);
}

static void restore_survives_any_bytes(void **state)
{
	struct pl011_state s;
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
		assert_true(to_pl011(dev)->s.fifo.head < UART_FIFO_SIZE);
		assert_true(to_pl011(dev)->s.fifo.count <= UART_FIFO_SIZE);
		for (j = 0; j < 20; j++)
			rd(UART_DR);
	}
}

static void random_traffic_agrees_with_a_model(void **state)
{
	u64 seed = shim_seed(1);
	unsigned int i;

	model_start();
	model_check();
	for (i = 0; i < shim_rounds(200000); i++)
		random_step(shim_random(&seed));
}

static void random_accesses_keep_it_whole(void **state)
{
	u64 seed = shim_seed(5);
	unsigned int i;

	for (i = 0; i < shim_rounds(300000); i++)
		wild_step(shim_random(&seed));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(state_survives_save_and_restore),
		T(restore_survives_any_bytes),
		T(random_traffic_agrees_with_a_model),
		T(random_accesses_keep_it_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
