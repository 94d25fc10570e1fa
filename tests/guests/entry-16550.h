/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_GUESTS_ENTRY_16550_H
#define TESTS_GUESTS_ENTRY_16550_H

#include "entry.h"

/* A 16550, whether it is in memory or behind ports. */

enum { UART_RBR, UART_IER, UART_IIR, UART_LCR, UART_MCR, UART_LSR, UART_MSR, UART_SCR };
#define UART_DLAB 0x80

/* entry-devices.c */
static u8 uart_read(unsigned int reg);
static void uart_write(unsigned int reg, u8 val);

/* @mcr: the bits of MCR that must be 0. */
static void uart_state(u8 mcr, u16 divisor)
{
	u8 lcr = uart_read(UART_LCR);

	entry_device("UART IER", uart_read(UART_IER), 0xff, 0);
	entry_device("UART IIR", uart_read(UART_IIR), 0x0f, 1);
	entry_device("UART LCR", lcr, 0xff, 3);
	entry_device("UART MCR", uart_read(UART_MCR), mcr, 0);
	entry_device("UART LSR", uart_read(UART_LSR), 0x60, 0x60);
	entry_device("UART MSR", uart_read(UART_MSR), 0xf0, 0xb0);
	entry_device("UART SCR", uart_read(UART_SCR), 0xff, 0);
	uart_write(UART_LCR, lcr | UART_DLAB);
	entry_device("UART divisor", uart_read(0) | uart_read(1) << 8, 0xffff, divisor);
	uart_write(UART_LCR, lcr);
}

static void uart_spoil(void)
{
	uart_write(UART_IER, 7);
	uart_write(UART_MCR, 0xf);
	uart_write(UART_SCR, 0x55);
	uart_write(UART_IIR, 0);
	uart_write(UART_LCR, UART_DLAB);
	uart_write(UART_RBR, 0x77);
	uart_write(UART_LCR, UART_DLAB | 0x1f);
}

#endif
