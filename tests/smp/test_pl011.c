// SPDX-License-Identifier: Apache-2.0
/* A PL011 that several vCPUs use at a time, and the console: what is read without its lock. */
/* links: virt/dev/uart.c virt/bus/fdt.c kernel/call.c */
#include "../../virt/dev/pl011.c"
#include "uart_smp.h"

static void use_pl011(unsigned int n)
{
	switch (n % 8) {
	case 0:
		access(UART_CR, n & 8 ? CR_LBE : CR_TXE);
		break;
	case 1:
		access(UART_ICR, INT_TX);
		break;
	case 2:
		access(UART_IMSC, n >> 3 & INT_TX);
		break;
	case 3:
		(void)look(UART_DR);
		break;
	case 4:
		access(UART_LCR_H, n & 8 ? LCR_H_FEN : 0);
		break;
	case 5:
		(void)look(UART_FR);
		break;
	default:
		access(UART_DR, n >> 3 & 0xff);
	}
}

static void it_is_used_by_all(void **state)
{
	uart_test(&pl011_ops, 0x1000, use_pl011);
}

static void send(unsigned int n)
{
	while (look(UART_FR) & FR_TXFF)
		machine_relax();
	access(UART_DR, n & 0xff);
}

static void what_is_sent_is_said_once(void **state)
{
	uart_test(&pl011_ops, 0x1000, send);
	assert_int_equal(said, USERS * uart_rounds());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_used_by_all),
		cmocka_unit_test(what_is_sent_is_said_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
