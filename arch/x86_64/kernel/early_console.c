// SPDX-License-Identifier: Apache-2.0
/* COM1 before there are drivers: polled, and silent where there is none. */
#include <lodge/arch.h>
#include <lodge/ns16550_regs.h>
#include <asm/early_console.h>
#include <asm/ioport.h>

#define COM1 0x3f8

/* A character takes 0.1 ms at 115200 baud, and a port some microseconds at most. */
#define TX_POLLS 100000

static bool present;

void early_console_init(void)
{
	port_write8(COM1 + UART_SCR, 0x5a);
	present = port_read8(COM1 + UART_SCR) == 0x5a;
	if (!present)
		return;
	port_write8(COM1 + UART_IER, 0);
	port_write8(COM1 + UART_LCR, LCR_8N1 | LCR_DLAB);
	port_write8(COM1 + UART_DLL, 1); /* 115200 baud */
	port_write8(COM1 + UART_DLM, 0);
	port_write8(COM1 + UART_LCR, LCR_8N1);
	port_write8(COM1 + UART_FCR, 0);
	port_write8(COM1 + UART_MCR, MCR_DTR | MCR_RTS);
}

void arch_early_putc(char c)
{
	u32 polls = TX_POLLS;

	if (!present)
		return;
	while (!(port_read8(COM1 + UART_LSR) & LSR_THRE) && polls--)
		cpu_relax();
	port_write8(COM1 + UART_THR, (u8)c);
}
