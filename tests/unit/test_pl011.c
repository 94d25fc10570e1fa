// SPDX-License-Identifier: Apache-2.0
/* The guest's PL011: what its manual promises a driver, one promise a test. */
/* links: virt/bus/fdt.c virt/dev/uart.c */
#include "pl011_fixture.h"

static void reset_values(void **state)
{
	static const u64 written[] = { UART_ILPR, UART_IBRD, UART_FBRD, UART_LCR_H,
				       UART_CR,	  UART_IFLS, UART_IMSC, UART_DMACR };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(written); i++)
		wr(written[i], ~0u);
	dev->ops->reset(dev);
	assert_int_equal(rd(UART_RSR), 0);
	assert_int_equal(rd(UART_FR), FR_IDLE);
	assert_int_equal(rd(UART_ILPR), 0);
	assert_int_equal(rd(UART_IBRD), 0);
	assert_int_equal(rd(UART_FBRD), 0);
	assert_int_equal(rd(UART_LCR_H), 0);
	assert_int_equal(rd(UART_CR), 0x300);
	assert_int_equal(rd(UART_IFLS), 0x12);
	assert_int_equal(rd(UART_IMSC), 0);
	assert_int_equal(rd(UART_RIS), 0);
	assert_int_equal(rd(UART_MIS), 0);
	assert_int_equal(rd(UART_DMACR), 0);
	assert_false(line);
}

static void registers_keep_their_valid_bits(void **state)
{
	static const struct {
		u64 reg;
		u32 valid;
	} table[] = { { UART_ILPR, 0xff },  { UART_IBRD, 0xffff }, { UART_FBRD, 0x3f },
		      { UART_LCR_H, 0xff }, { UART_CR, 0xff87 },   { UART_IFLS, 0x3f },
		      { UART_IMSC, 0x7ff }, { UART_DMACR, 0x07 },  { UART_FR, 0 },
		      { UART_RIS, 0 },	    { UART_MIS, 0 },	   { UART_ICR, 0 },
		      { UART_RSR, 0 } };
	unsigned int i, bit;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		u32 before = table[i].valid ? 0 : rd(table[i].reg);

		for (bit = 0; bit < 32; bit++) {
			wr(table[i].reg, 1u << bit);
			assert_int_equal(rd(table[i].reg), before | (1u << bit & table[i].valid));
			wr(table[i].reg, 0);
		}
	}
}

static void drivers_recognise_it(void **state)
{
	static const u8 id[8] = { 0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };
	unsigned int i;

	for (i = 0; i < 8; i++) {
		wr(0xfe0 + 4 * i, 0);
		assert_int_equal(rd(0xfe0 + 4 * i), id[i]);
	}
}

static void bytes_written_come_out_in_order(void **state)
{
	const char *s = "hello";

	/* Never enabled: much software for QEMU's board does without. */
	for (; *s; s++) {
		assert_int_equal(rd(UART_FR), FR_IDLE);
		wr(UART_DR, (u8)*s);
	}
	assert_string_equal(output, "hello");
}

static void accesses_of_any_width(void **state)
{
	dev->ops->write(dev, test_vcpu, UART_DR, 1, 0x1141);
	dev->ops->write(dev, test_vcpu, UART_DR, 8, 0x1122334455667742);
	assert_string_equal(output, "AB");
	dev->ops->write(dev, test_vcpu, UART_IBRD, 2, 0x11234);
	assert_int_equal(rd(UART_IBRD), 0x1234);
	assert_int_equal(dev->ops->read(dev, test_vcpu, UART_IBRD, 1), 0x34);
	assert_int_equal(dev->ops->read(dev, test_vcpu, UART_IBRD + 1, 1), 0x12);
	assert_int_equal(dev->ops->read(dev, test_vcpu, UART_IBRD, 8), 0x1234);
	dev->ops->write(dev, test_vcpu, UART_IBRD + 1, 1, 0x55);
	assert_int_equal(rd(UART_IBRD), 0x1234);
	/* RI, the ninth of the flags, has no room in a byte. */
	wr(UART_CR, CR_LBE | CR_OUT2);
	assert_int_equal(dev->ops->read(dev, test_vcpu, UART_FR, 1), FR_TXFE | FR_RXFE);
	assert_int_equal(dev->ops->read(dev, test_vcpu, UART_FR, 2), FR_TXFE | FR_RXFE | FR_RI);
}

static void between_the_registers_is_nothing(void **state)
{
	u64 off;

	for (off = 0x4c; off < 0xfe0; off += 4) {
		wr(off, ~0u);
		assert_int_equal(rd(off), 0);
	}
	wr(0x08, ~0u);
	assert_int_equal(rd(0x08), 0);
	reset_values(state);
}

static void without_fifo_one_byte_is_held(void **state)
{
	type(3);
	assert_int_equal(input_tail, 1);
	assert_int_equal(rd(UART_FR), (FR_IDLE & ~FR_RXFE) | FR_RXFF);
	assert_int_equal(rd(UART_DR), 0x40);
	assert_int_equal(rd(UART_DR), 0x41);
	assert_int_equal(rd(UART_DR), 0x42);
	assert_int_equal(rd(UART_FR), FR_IDLE);
	assert_int_equal(rd(UART_DR), 0);
}

static void with_fifo_the_rest_waits_in_the_console(void **state)
{
	unsigned int i;

	wr(UART_LCR_H, LCR_H_FEN);
	type(40);
	assert_int_equal(input_tail, UART_FIFO_SIZE);
	assert_int_equal(rd(UART_FR) & FR_RXFF, FR_RXFF);
	for (i = 0; i < 40; i++) {
		assert_int_equal(rd(UART_FR) & FR_RXFE, 0);
		assert_int_equal(rd(UART_DR), 0x40 + i);
	}
	assert_int_equal(rd(UART_FR), FR_IDLE);
}

static void trigger_levels(void **state)
{
	static const u8 level[8] = { 2, 4, 8, 12, 14, 14, 14, 14 };
	unsigned int t, i;

	for (t = 0; t < 8; t++) {
		wr(UART_LCR_H, 0);
		wr(UART_LCR_H, LCR_H_FEN);
		wr(UART_IFLS, t << 3);
		wr(UART_IMSC, INT_RX);
		for (i = 1; i <= 16; i++) {
			type(1);
			assert_int_equal(line, i >= level[t]);
		}
		for (i = 15; i + 1 > 0; i--) {
			rd(UART_DR);
			assert_int_equal(line, i >= level[t]);
		}
	}
}

static void a_new_trigger_level_counts_at_once(void **state)
{
	wr(UART_LCR_H, LCR_H_FEN);
	wr(UART_IMSC, INT_RX);
	type(5);
	assert_false(line);
	wr(UART_IFLS, 1 << 3);
	assert_true(line);
	wr(UART_IFLS, 2 << 3);
	assert_false(line);
}

static void few_bytes_raise_the_timeout(void **state)
{
	wr(UART_LCR_H, LCR_H_FEN);
	wr(UART_IMSC, INT_RT);
	type(3);
	assert_int_equal(rd(UART_RIS), INT_RT);
	assert_int_equal(rd(UART_MIS), INT_RT);
	rd(UART_DR);
	rd(UART_DR);
	assert_true(line);
	rd(UART_DR);
	assert_false(line);
	type(1);
	assert_true(line);
	wr(UART_ICR, INT_RT);
	assert_false(line);
	/* What comes then raises it again, and so does a read that leaves something. */
	type(1);
	assert_true(line);
	wr(UART_ICR, INT_RT);
	rd(UART_DR);
	assert_true(line);
}

static void cleared_interrupts_do_not_stop_input(void **state)
{
	unsigned int i;

	wr(UART_LCR_H, LCR_H_FEN);
	wr(UART_IMSC, INT_RX | INT_RT);
	type(40);
	for (i = 0; i < 40; i++) {
		assert_true(line);
		wr(UART_ICR, INT_VALID);
		assert_false(line);
		assert_int_equal(rd(UART_DR), 0x40 + i);
	}
	assert_false(line);
}

static void the_transmit_interrupt_follows_a_write(void **state)
{
	wr(UART_IMSC, INT_TX);
	assert_false(line); /* a transition raises it, not the level */
	wr(UART_DR, 'x');
	assert_true(line);
	assert_int_equal(rd(UART_MIS), INT_TX);
	wr(UART_DR, 'y');
	wr(UART_ICR, INT_TX);
	assert_false(line);
	wr(UART_DR, 'z');
	assert_true(line);
	wr(UART_IMSC, 0);
	assert_false(line);
	assert_int_equal(rd(UART_RIS), INT_TX);
	assert_string_equal(output, "xyz");
}

static void full_console_holds_the_guest_off(void **state)
{
	u8 buf[256];
	struct vdev_state s = { buf, sizeof(buf) };

	wr(UART_IMSC, INT_TX);
	room_ends = 2;
	wr(UART_DR, 'a');
	assert_int_equal(rd(UART_FR), FR_IDLE);
	assert_true(line);
	wr(UART_DR, 'b');
	assert_int_equal(rd(UART_FR) & (FR_TXFF | FR_TXFE | FR_BUSY), FR_TXFF | FR_BUSY);
	assert_false(line);
	assert_int_equal(dev->ops->save(dev, &s), 0);
	assert_int_equal(waits, 0);
	/* What it writes all the same is taken, and more makes it wait. */
	room = CONSOLE_OVER;
	wr(UART_DR, 'c');
	assert_int_equal(waits, 1);
	assert_string_equal(output, "abc");
	assert_false(line);
	drain();
	assert_int_equal(rd(UART_FR), FR_IDLE);
	assert_int_equal(rd(UART_MIS), INT_TX);
	assert_true(line);
	/* Restored, it is as full as the console is now. */
	assert_int_equal(dev->ops->restore(dev, &s), 0);
	assert_int_equal(rd(UART_FR), FR_IDLE);
	assert_int_equal(rd(UART_MIS), INT_TX);
	room = CONSOLE_FULL;
	dev->ops->reset(dev);
	assert_int_equal(rd(UART_FR) & FR_TXFF, FR_TXFF);
	drain();
	assert_int_equal(rd(UART_FR), FR_IDLE);
}

static void toggling_the_fifo_empties_it(void **state)
{
	wr(UART_LCR_H, LCR_H_FEN);
	wr(UART_IMSC, INT_RX | INT_RT);
	type(3);
	assert_true(line);
	wr(UART_LCR_H, 0x60);
	assert_false(line);
	assert_int_equal(rd(UART_FR), FR_IDLE);
	wr(UART_LCR_H, 0x70);
	type(1);
	wr(UART_LCR_H, 0x70); /* no change */
	assert_int_equal(rd(UART_DR), 0x43);
}

static void repeated_setups_lose_one_fifo_at_most(void **state)
{
	unsigned int i;

	wr(UART_LCR_H, LCR_H_FEN);
	type(40);
	for (i = 0; i < 3; i++) {
		wr(UART_LCR_H, 0);
		wr(UART_LCR_H, LCR_H_FEN);
	}
	assert_int_equal(input_tail, 16);
	wr(UART_IMSC, INT_RX);
	assert_true(line);
	assert_int_equal(rd(UART_DR), 0x50);
}

static void loopback_receives_what_it_sends(void **state)
{
	unsigned int i;

	wr(UART_LCR_H, LCR_H_FEN);
	wr(UART_CR, CR_LBE);
	wr(UART_ICR, INT_VALID);
	wr(UART_IMSC, INT_OE);
	type(1);
	for (i = 0; i < 16; i++)
		wr(UART_DR, 0x80 + i);
	assert_int_equal(output_len, 0);
	assert_int_equal(input_tail, 0);
	assert_int_equal(rd(UART_RIS), INT_RX | INT_RT | INT_TX);
	wr(UART_DR, 0x90);
	assert_true(line);
	assert_int_equal(rd(UART_RSR), 8);
	/* The seventeenth is lost, and the next that finds room tells. */
	assert_int_equal(rd(UART_DR), 0x80);
	wr(UART_DR, 0x91);
	for (i = 1; i < 16; i++)
		assert_int_equal(rd(UART_DR), 0x80 + i);
	assert_int_equal(rd(UART_DR), DR_OE | 0x91);
	assert_int_equal(rd(UART_RSR), 8);
	wr(UART_RSR, 0xff);
	assert_int_equal(rd(UART_RSR), 0);
	wr(UART_ICR, INT_OE);
	assert_false(line);
	wr(UART_CR, 0);
	assert_int_equal(rd(UART_DR), 0x40);
}

static void a_break_is_received_in_loopback(void **state)
{
	wr(UART_LCR_H, LCR_H_FEN | LCR_H_BRK); /* to a terminal that does not see it */
	assert_int_equal(rd(UART_RIS), 0);
	wr(UART_LCR_H, LCR_H_FEN);
	wr(UART_CR, CR_LBE);
	wr(UART_IMSC, INT_BE);
	wr(UART_LCR_H, LCR_H_FEN | LCR_H_BRK);
	wr(UART_LCR_H, LCR_H_FEN | LCR_H_BRK);
	assert_true(line);
	wr(UART_DR, 'x');
	assert_int_equal(rd(UART_DR), DR_BE);
	assert_int_equal(rd(UART_RSR), 4);
	assert_int_equal(rd(UART_DR), 'x');
	assert_int_equal(rd(UART_RSR), 0);
}

static void loopback_connects_the_modem_lines(void **state)
{
	static const struct {
		u32 cr, fr, irq;
	} lines[] = { { CR_DTR, FR_DSR, INT_DSR },
		      { CR_RTS, FR_CTS, INT_CTS },
		      { CR_OUT1, FR_DCD, INT_DCD },
		      { CR_OUT2, FR_RI, INT_RI } };
	unsigned int i;

	wr(UART_CR, CR_LBE);
	assert_int_equal(rd(UART_RIS), INT_DSR | INT_CTS | INT_DCD);
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		wr(UART_ICR, INT_VALID);
		wr(UART_CR, CR_LBE | lines[i].cr);
		assert_int_equal(rd(UART_FR), FR_TXFE | FR_RXFE | lines[i].fr);
		assert_int_equal(rd(UART_RIS), lines[i].irq);
		wr(UART_ICR, INT_VALID);
		wr(UART_CR, CR_LBE);
		assert_int_equal(rd(UART_RIS), lines[i].irq);
	}
	wr(UART_CR, 0);
	assert_int_equal(rd(UART_FR), FR_IDLE);
}

static void the_line_tells_changes_only(void **state)
{
	wr(UART_LCR_H, LCR_H_FEN);
	wr(UART_IMSC, INT_RX | INT_RT); /* vm_irq_set() checks each call */
	type(1);
	type(1);
	rd(UART_DR);
	rd(UART_DR);
	rd(UART_DR);
	assert_int_equal(line_changes, 2);
}

static void reset_lowers_the_line_and_keeps_unread_input(void **state)
{
	wr(UART_IMSC, INT_RX);
	type(2);
	dev->ops->reset(dev);
	assert_false(line);
	assert_int_equal(rd(UART_FR) & FR_RXFE, 0);
	assert_int_equal(rd(UART_DR), 0x41);
}

static void firmware_takes_what_was_received_first(void **state)
{
	unsigned int i;

	wr(UART_LCR_H, LCR_H_FEN);
	wr(UART_IMSC, INT_RT);
	type(20);
	assert_true(line);
	for (i = 0; i < 20; i++)
		assert_int_equal(pl011_ops.getc(dev), 0x40 + i);
	assert_false(line);
	assert_int_equal(rd(UART_FR), FR_IDLE);
	assert_int_equal(pl011_ops.getc(dev), -1);
	assert_int_equal(dev->lock.locked, 0);

	/* What the guest sends itself is no input. */
	wr(UART_CR, CR_LBE);
	wr(UART_DR, 0x80);
	assert_int_equal(pl011_ops.getc(dev), -1);
	assert_int_equal(rd(UART_DR), 0x80);
}

static void a_second_uart_gets_no_input(void **state)
{
	struct vdev_config c = { .name = "two", .size = 0x1000, .irq = 11 };
	struct vdev *two;

	assert_int_equal(pl011_ops.create(&test_vm, &c, &two), 0);
	type(1);
	two->ops->input(two);
	assert_int_equal(two->ops->read(two, test_vcpu, UART_FR, 4), FR_IDLE);
	assert_int_equal(rd(UART_DR), 0x40);
	pl011_ops.destroy(two);
}

static void describes_itself_as_the_board_does(void **state)
{
	test_vm.irqchip = dev; /* any that has no cells of its own */
	assert_int_equal(dev->ops->fdt(dev, NULL), 0);
	test_vm.irqchip = NULL;
	assert_string_equal(test_fdt,
			    "pl011@9000000 { reg = <0 0x9000000 0 0x1000>; "
			    "interrupt-parent = <0x100>; interrupts = <0x21>; "
			    "compatible = \"arm,pl011|arm,primecell\"; clocks = <0x102 0x102>; "
			    "clock-names = \"uartclk|apb_pclk\"; }; ");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(reset_values),
		T(registers_keep_their_valid_bits),
		T(drivers_recognise_it),
		T(bytes_written_come_out_in_order),
		T(accesses_of_any_width),
		T(between_the_registers_is_nothing),
		T(without_fifo_one_byte_is_held),
		T(with_fifo_the_rest_waits_in_the_console),
		T(trigger_levels),
		T(a_new_trigger_level_counts_at_once),
		T(few_bytes_raise_the_timeout),
		T(cleared_interrupts_do_not_stop_input),
		T(the_transmit_interrupt_follows_a_write),
		T(full_console_holds_the_guest_off),
		T(toggling_the_fifo_empties_it),
		T(repeated_setups_lose_one_fifo_at_most),
		T(loopback_receives_what_it_sends),
		T(a_break_is_received_in_loopback),
		T(loopback_connects_the_modem_lines),
		T(the_line_tells_changes_only),
		T(reset_lowers_the_line_and_keeps_unread_input),
		T(firmware_takes_what_was_received_first),
		T(a_second_uart_gets_no_input),
		T(describes_itself_as_the_board_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
