// SPDX-License-Identifier: Apache-2.0
/* The guest's 16550A: what the data sheet promises a driver, one promise a test. */
/* links: virt/bus/fdt.c virt/dev/uart.c */
#include "ns16550_fixture.h"

static void reset_values(void **state)
{
	wr(UART_MCR, 0x1f);
	wr(UART_IER, 0x0f);
	wr(UART_SCR, 0x77);
	dev->ops->reset(dev);
	assert_int_equal(rd(UART_IER), 0);
	assert_int_equal(rd(UART_IIR), IIR_NONE);
	assert_int_equal(rd(UART_LCR), LCR_8N1);
	assert_int_equal(rd(UART_MCR), 0);
	assert_int_equal(rd(UART_LSR), LSR_EMPTY);
	assert_int_equal(rd(UART_MSR), MSR_DCD | MSR_DSR | MSR_CTS);
	assert_int_equal(rd(UART_SCR), 0);
	assert_false(line);
}

static void registers_keep_their_valid_bits(void **state)
{
	static const struct {
		u64 reg;
		u8 valid;
	} table[] = { { UART_IER, 0x0f },
		      { UART_LCR, 0xff },
		      { UART_MCR, 0x1f },
		      { UART_SCR, 0xff } };
	unsigned int i, v;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		for (v = 0; v < 256; v++) {
			/* DLAB would hide IER. */
			wr(table[i].reg, (u8)v);
			assert_int_equal(rd(table[i].reg), v & table[i].valid);
			wr(table[i].reg, 0);
		}
}

static void divisor_is_behind_dlab(void **state)
{
	wr(UART_IER, IER_RDI);
	wr(UART_LCR, LCR_DLAB);
	wr(0, 0x12);
	wr(1, 0x34);
	assert_int_equal(rd(0), 0x12);
	assert_int_equal(rd(1), 0x34);
	wr(UART_LCR, 3);
	assert_int_equal(rd(UART_IER), IER_RDI);
	assert_int_equal(output_len, 0);
}

static void bytes_written_come_out_in_order(void **state)
{
	const char *s = "hello";

	for (; *s; s++) {
		assert_int_equal(rd(UART_LSR) & LSR_EMPTY, LSR_EMPTY);
		wr(0, (u8)*s);
	}
	assert_string_equal(output, "hello");
}

static void wide_accesses_use_the_low_byte(void **state)
{
	dev->ops->write(dev, test_vcpu, 0, 4, 0x11223341);
	dev->ops->write(dev, test_vcpu, UART_SCR, 8, 0x1122334455667788);
	assert_string_equal(output, "A");
	assert_int_equal(dev->ops->read(dev, test_vcpu, UART_SCR, 8), 0x88);
}

static void beyond_the_registers_is_nothing(void **state)
{
	u64 off;

	for (off = 8; off < 0x100; off++) {
		dev->ops->write(dev, test_vcpu, off, 1, 0xff);
		assert_int_equal(dev->ops->read(dev, test_vcpu, off, 1), 0);
	}
	reset_values(state);
}

static void fifo_bits_of_iir_follow_fcr(void **state)
{
	assert_int_equal(rd(UART_IIR), 0x01);
	wr(UART_IIR, FCR_ENABLE);
	assert_int_equal(rd(UART_IIR), 0xc1);
	wr(UART_IIR, 0xc0); /* without the enable the others don't count */
	assert_int_equal(rd(UART_IIR), 0x01);
}

static void without_fifo_one_byte_is_held(void **state)
{
	type(3);
	assert_int_equal(input_tail, 1);
	assert_int_equal(rd(UART_LSR), LSR_EMPTY | LSR_DR);
	assert_int_equal(rd(0), 0x40);
	assert_int_equal(rd(UART_LSR), LSR_EMPTY | LSR_DR);
	assert_int_equal(rd(0), 0x41);
	assert_int_equal(rd(0), 0x42);
	assert_int_equal(rd(UART_LSR), LSR_EMPTY);
	assert_int_equal(rd(0), 0);
}

static void with_fifo_the_rest_waits_in_the_console(void **state)
{
	unsigned int i;

	wr(UART_IIR, FCR_ENABLE);
	type(40);
	assert_int_equal(input_tail, UART_FIFO_SIZE);
	for (i = 0; i < 40; i++) {
		assert_int_equal(rd(UART_LSR), LSR_EMPTY | LSR_DR);
		assert_int_equal(rd(0), 0x40 + i);
	}
	assert_int_equal(rd(UART_LSR), LSR_EMPTY);
}

static void trigger_levels(void **state)
{
	static const u8 level[4] = { 1, 4, 8, 14 };
	unsigned int t, i;

	wr(UART_IER, IER_RDI);
	for (t = 0; t < 4; t++) {
		wr(UART_IIR, (u8)(t << 6 | FCR_CLEAR_RX | FCR_ENABLE));
		assert_int_equal(rd(UART_IIR), 0xc1);
		assert_false(line);
		for (i = 1; i <= 16; i++) {
			type(1);
			assert_int_equal(rd(UART_IIR) & 0x3f, i >= level[t] ? IIR_RDI : IIR_CTI);
			assert_true(line);
		}
		for (i = 15; i > 0; i--) {
			rd(0);
			assert_int_equal(rd(UART_IIR) & 0x3f, i >= level[t] ? IIR_RDI : IIR_CTI);
			assert_true(line);
		}
		rd(0);
		assert_int_equal(rd(UART_IIR), 0xc1);
		assert_false(line);
	}
}

static void fifo_reset_drops_what_it_holds(void **state)
{
	wr(UART_IIR, FCR_ENABLE);
	wr(UART_IER, IER_RDI);
	type(20);
	assert_true(line);
	wr(UART_IIR, FCR_ENABLE | FCR_CLEAR_RX);
	assert_false(line);
	/* The four that waited arrive when the guest looks. */
	assert_int_equal(rd(UART_LSR), LSR_EMPTY | LSR_DR);
	assert_true(line);
	assert_int_equal(rd(0), 0x50);
}

static void toggling_the_enable_empties_the_fifo(void **state)
{
	wr(UART_IIR, FCR_ENABLE);
	type(3);
	wr(UART_IIR, 0);
	assert_int_equal(rd(UART_LSR), LSR_EMPTY);
	type(1);
	assert_int_equal(rd(UART_LSR), LSR_EMPTY | LSR_DR);
	wr(UART_IIR, FCR_ENABLE);
	assert_int_equal(rd(UART_LSR), LSR_EMPTY);
	assert_int_equal(rd(0), 0);
}

static void repeated_resets_lose_one_fifo_at_most(void **state)
{
	unsigned int i;

	wr(UART_IIR, FCR_ENABLE);
	type(40);
	for (i = 0; i < 3; i++) {
		wr(UART_IIR, FCR_ENABLE | FCR_CLEAR_RX);
		wr(UART_IIR, 0);
	}
	assert_int_equal(input_tail, 16);
	wr(UART_IER, IER_RDI);
	assert_true(line);
	assert_int_equal(rd(0), 0x50);
}

static void thre_interrupt_is_cleared_by_iir(void **state)
{
	wr(UART_IER, IER_THRI);
	assert_true(line);
	assert_int_equal(rd(UART_IIR), IIR_THRI);
	assert_false(line);
	assert_int_equal(rd(UART_IIR), IIR_NONE);
	wr(0, 'x');
	assert_true(line);
	assert_int_equal(rd(UART_IIR), IIR_THRI);
	/* Enabling what is enabled is no new event; off and on again is. */
	wr(UART_IER, IER_THRI);
	assert_int_equal(rd(UART_IIR), IIR_NONE);
	wr(UART_IER, 0);
	wr(UART_IER, IER_THRI);
	assert_int_equal(rd(UART_IIR), IIR_THRI);
}

static void full_console_holds_the_guest_off(void **state)
{
	wr(UART_IER, IER_THRI);
	assert_int_equal(rd(UART_IIR), IIR_THRI);
	room_ends = 3;
	wr(UART_RBR, 'a');
	wr(UART_RBR, 'b');
	assert_int_equal(rd(UART_LSR), LSR_EMPTY);
	assert_true(line);
	wr(UART_RBR, 'c');
	assert_int_equal(rd(UART_LSR), 0);
	assert_false(line);
	assert_int_equal(rd(UART_IIR), IIR_NONE);
	/* Neither one byte more, nor enabling the interrupt, nor input makes it empty. */
	wr(UART_RBR, 'd');
	assert_int_equal(rd(UART_LSR), 0);
	assert_int_equal(rd(UART_IIR), IIR_NONE);
	wr(UART_IER, 0);
	wr(UART_IER, IER_THRI);
	assert_false(line);
	type(1);
	assert_int_equal(rd(UART_LSR), LSR_DR);
	rd(UART_RBR);
	drain();
	assert_int_equal(rd(UART_LSR), LSR_EMPTY);
	assert_true(line);
	assert_int_equal(rd(UART_IIR), IIR_THRI);
	assert_false(line);
	assert_int_equal(waits, 0);
}

static void polling_driver_is_held_off(void **state)
{
	room_ends = 1;
	wr(UART_RBR, 'a');
	assert_int_equal(rd(UART_LSR), 0);
	/* What it writes all the same is taken, and more makes it wait. */
	wr(UART_RBR, 'b');
	assert_int_equal(waits, 0);
	room = CONSOLE_OVER;
	wr(UART_RBR, 'c');
	assert_int_equal(waits, 1);
	assert_string_equal(output, "abc");
	drain();
	assert_int_equal(rd(UART_LSR), LSR_EMPTY);
	assert_false(line);
}

static void reset_and_restore_look_at_the_console(void **state)
{
	u8 buf[256];
	struct vdev_state s = { buf, sizeof(buf) };

	assert_int_equal(dev->ops->save(dev, &s), 0);
	room = CONSOLE_FULL;
	dev->ops->reset(dev);
	assert_int_equal(rd(UART_LSR), 0);
	assert_int_equal(dev->ops->restore(dev, &s), 0);
	assert_int_equal(rd(UART_LSR), 0);
	drain();
	assert_int_equal(rd(UART_LSR), LSR_EMPTY);
}

static void one_restored_full_says_when_there_is_room(void **state)
{
	u8 buf[256];
	struct vdev_state s = { buf, sizeof(buf) };

	wr(UART_IER, IER_THRI);
	room_ends = 1;
	wr(UART_RBR, 'a');
	assert_int_equal(rd(UART_LSR), 0);
	assert_int_equal(dev->ops->save(dev, &s), 0);
	drain();
	assert_int_equal(rd(UART_IIR), IIR_THRI);
	assert_false(line);
	assert_int_equal(dev->ops->restore(dev, &s), 0);
	assert_int_equal(rd(UART_LSR), LSR_EMPTY);
	assert_true(line);
	assert_int_equal(rd(UART_IIR), IIR_THRI);
}

static void thre_stays_pending_behind_a_higher_one(void **state)
{
	wr(UART_IER, IER_THRI | IER_RDI);
	type(1);
	assert_int_equal(rd(UART_IIR), IIR_RDI);
	assert_int_equal(rd(UART_IIR), IIR_RDI);
	rd(0);
	assert_int_equal(rd(UART_IIR), IIR_THRI);
	assert_int_equal(rd(UART_IIR), IIR_NONE);
}

static void interrupts_come_in_order_of_priority(void **state)
{
	wr(UART_MCR, MCR_LOOP); /* the modem lines fall */
	wr(0, 1);
	wr(0, 2); /* and there is an overrun */
	wr(UART_IER, IER_VALID);
	assert_int_equal(rd(UART_IIR), IIR_RLSI);
	assert_int_equal(rd(UART_LSR), LSR_EMPTY | LSR_DR | LSR_OE);
	assert_int_equal(rd(UART_IIR), IIR_RDI);
	assert_int_equal(rd(0), 2);
	assert_int_equal(rd(UART_IIR), IIR_THRI);
	assert_int_equal(rd(UART_IIR), IIR_MSI);
	assert_true(line);
	assert_int_equal(rd(UART_MSR), MSR_DCTS | MSR_DDSR | MSR_DDCD);
	assert_int_equal(rd(UART_IIR), IIR_NONE);
	assert_false(line);
}

static void loopback_receives_what_it_sends(void **state)
{
	unsigned int i;

	wr(UART_IIR, FCR_ENABLE);
	wr(UART_MCR, MCR_LOOP);
	type(1);
	for (i = 0; i < 17; i++)
		wr(0, (u8)(0x80 + i));
	assert_int_equal(output_len, 0);
	assert_int_equal(input_tail, 0);
	/* Overrun: the seventeenth is lost, and LSR tells once. */
	assert_int_equal(rd(UART_LSR), LSR_EMPTY | LSR_DR | LSR_OE);
	assert_int_equal(rd(UART_LSR), LSR_EMPTY | LSR_DR);
	for (i = 0; i < 16; i++)
		assert_int_equal(rd(0), 0x80 + i);
	assert_int_equal(rd(UART_LSR), LSR_EMPTY);
	wr(UART_MCR, 0);
	assert_int_equal(rd(0), 0x40);
}

static void loopback_connects_the_modem_lines(void **state)
{
	static const u8 in[4] = { MSR_DSR, MSR_CTS, MSR_RI, MSR_DCD };
	unsigned int mcr, i;

	for (mcr = 0; mcr < 16; mcr++) {
		u8 want = 0;

		for (i = 0; i < 4; i++)
			want |= mcr & 1u << i ? in[i] : 0;
		wr(UART_MCR, (u8)(MCR_LOOP | mcr));
		assert_int_equal(rd(UART_MSR) & 0xf0, want);
	}
	wr(UART_MCR, 0);
	assert_int_equal(rd(UART_MSR) & 0xf0, MSR_DCD | MSR_DSR | MSR_CTS);
}

static void ring_counts_when_it_ends(void **state)
{
	wr(UART_MCR, MCR_LOOP | MCR_OUT1 | MCR_OUT2 | MCR_DTR | MCR_RTS);
	assert_int_equal(rd(UART_MSR), 0xf0);
	wr(UART_MCR, MCR_LOOP | MCR_OUT2 | MCR_DTR | MCR_RTS);
	assert_int_equal(rd(UART_MSR), 0xb0 | MSR_TERI);
	assert_int_equal(rd(UART_MSR), 0xb0);
}

static void the_line_tells_changes_only(void **state)
{
	wr(UART_IER, IER_RDI); /* vm_irq_set() checks each call */
	type(1);
	type(1);
	rd(0);
	rd(0);
	rd(0);
	assert_int_equal(line_changes, 2);
}

static void reset_lowers_the_line_and_keeps_unread_input(void **state)
{
	wr(UART_IER, IER_RDI);
	type(2);
	dev->ops->reset(dev);
	assert_false(line);
	assert_int_equal(rd(UART_LSR), LSR_EMPTY | LSR_DR);
	assert_int_equal(rd(0), 0x41);
}

static void firmware_takes_what_was_received_first(void **state)
{
	unsigned int i;

	wr(UART_IIR, FCR_ENABLE);
	wr(UART_IER, IER_RDI);
	type(20);
	assert_true(line);
	for (i = 0; i < 20; i++)
		assert_int_equal(uart_ops.getc(dev), 0x40 + i);
	assert_false(line);
	assert_int_equal(rd(UART_LSR), LSR_EMPTY);
	assert_int_equal(uart_ops.getc(dev), -1);
	assert_int_equal(dev->lock.locked, 0);

	/* What the guest sends itself is no input. */
	wr(UART_MCR, MCR_LOOP);
	wr(0, 0x80);
	assert_int_equal(uart_ops.getc(dev), -1);
	assert_int_equal(rd(0), 0x80);
}

static void a_second_uart_gets_no_input(void **state)
{
	struct vdev_config c = { .name = "two", .size = 0x100, .irq = 11 };
	struct vdev *two;

	assert_int_equal(uart_ops.create(&test_vm, &c, &two), 0);
	type(1);
	two->ops->input(two);
	assert_int_equal(two->ops->read(two, test_vcpu, UART_LSR, 1), LSR_EMPTY);
	assert_int_equal(rd(0), 0x40);
	uart_ops.destroy(two);
}

static void describes_itself_as_the_board_does(void **state)
{
	test_vm.irqchip = dev; /* any that has no cells of its own */
	assert_int_equal(dev->ops->fdt(dev, NULL), 0);
	test_vm.irqchip = NULL;
	assert_string_equal(test_fdt, "serial@10000000 { reg = <0 0x10000000 0 0x100>; "
				      "interrupt-parent = <0x100>; interrupts = <0xa>; "
				      "compatible = \"ns16550a\"; "
				      "clock-frequency = <0x384000>; }; ");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(reset_values),
		T(registers_keep_their_valid_bits),
		T(divisor_is_behind_dlab),
		T(bytes_written_come_out_in_order),
		T(wide_accesses_use_the_low_byte),
		T(beyond_the_registers_is_nothing),
		T(fifo_bits_of_iir_follow_fcr),
		T(without_fifo_one_byte_is_held),
		T(with_fifo_the_rest_waits_in_the_console),
		T(trigger_levels),
		T(fifo_reset_drops_what_it_holds),
		T(toggling_the_enable_empties_the_fifo),
		T(repeated_resets_lose_one_fifo_at_most),
		T(thre_interrupt_is_cleared_by_iir),
		T(full_console_holds_the_guest_off),
		T(polling_driver_is_held_off),
		T(reset_and_restore_look_at_the_console),
		T(one_restored_full_says_when_there_is_room),
		T(thre_stays_pending_behind_a_higher_one),
		T(interrupts_come_in_order_of_priority),
		T(loopback_receives_what_it_sends),
		T(loopback_connects_the_modem_lines),
		T(ring_counts_when_it_ends),
		T(the_line_tells_changes_only),
		T(reset_lowers_the_line_and_keeps_unread_input),
		T(firmware_takes_what_was_received_first),
		T(a_second_uart_gets_no_input),
		T(describes_itself_as_the_board_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
