// SPDX-License-Identifier: Apache-2.0
#include <guest/guest.h>

/* A 16550: polled, filled a FIFO's worth per look at the status. */

enum { UART_THR = 0, UART_FCR = 2, UART_LSR = 5 };
#define FCR_ENABLE    0x01
#define LSR_THR_EMPTY 0x20
#define FIFO_DEPTH    16

void console_init(void)
{
	if (platform.uart)
		mmio_write8(platform.uart + UART_FCR, FCR_ENABLE);
}

static void uart_write(const char *s, size_t n)
{
	while (n) {
		size_t room = min(n, (size_t)FIFO_DEPTH);

		while (!(mmio_read8(platform.uart + UART_LSR) & LSR_THR_EMPTY))
			;
		for (n -= room; room; room--)
			mmio_write8(platform.uart + UART_THR, (u8)*s++);
	}
}

void console_write(const char *s, size_t n)
{
	if (platform.uart)
		uart_write(s, n);
	else
		arch_console_write(s, n);
}
