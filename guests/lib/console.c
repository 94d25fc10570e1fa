// SPDX-License-Identifier: Apache-2.0
#include <guest/guest.h>

/* ---- a 16550: polled, filled a FIFO's worth per look at the status ---- */

enum { UART_THR = 0, UART_RBR = 0, UART_IER = 1, UART_FCR = 2, UART_LSR = 5 };
#define IER_RECEIVED  0x01
#define FCR_ENABLE    0x01
#define LSR_RECEIVED  0x01
#define LSR_THR_EMPTY 0x20
#define FIFO_DEPTH    16

static void ns16550_write(const char *s, size_t n)
{
	while (n) {
		size_t room = min(n, (size_t)FIFO_DEPTH);

		while (!(mmio_read8(platform.uart + UART_LSR) & LSR_THR_EMPTY))
			;
		for (n -= room; room; room--)
			mmio_write8(platform.uart + UART_THR, (u8)*s++);
	}
}

static int ns16550_read(void)
{
	if (!(mmio_read8(platform.uart + UART_LSR) & LSR_RECEIVED))
		return -1;
	return mmio_read8(platform.uart + UART_RBR);
}

/* ---- a PL011 (Arm DDI 0183, 3.3): without its FIFOs, as it comes out of reset ---- */

enum { UART_DR = 0x00, UART_FR = 0x18, UART_CR = 0x30, UART_IMSC = 0x38 };
#define FR_RX_EMPTY 0x10
#define FR_TX_FULL  0x20
#define CR_ENABLE   0x301 /* with both directions */
#define INT_RX	    0x10

static void pl011_write(const char *s, size_t n)
{
	while (n--) {
		while (mmio_read32(platform.uart + UART_FR) & FR_TX_FULL)
			;
		mmio_write32(platform.uart + UART_DR, (u8)*s++);
	}
}

static int pl011_read(void)
{
	if (mmio_read32(platform.uart + UART_FR) & FR_RX_EMPTY)
		return -1;
	return (u8)mmio_read32(platform.uart + UART_DR);
}

void console_init(void)
{
	switch (platform.uart_kind) {
	case UART_NONE:
		break;
	case UART_16550:
		mmio_write8(platform.uart + UART_FCR, FCR_ENABLE);
		break;
	case UART_PL011:
		mmio_write32(platform.uart + UART_CR, CR_ENABLE);
		break;
	}
}

void console_write(const char *s, size_t n)
{
	switch (platform.uart_kind) {
	case UART_NONE:
		arch_console_write(s, n);
		break;
	case UART_16550:
		ns16550_write(s, n);
		break;
	case UART_PL011:
		pl011_write(s, n);
		break;
	}
}

int console_read(void)
{
	switch (platform.uart_kind) {
	case UART_NONE:
		break;
	case UART_16550:
		return ns16550_read();
	case UART_PL011:
		return pl011_read();
	}
	return arch_console_read();
}

void console_irq_enable(void)
{
	switch (platform.uart_kind) {
	case UART_NONE:
		arch_console_irq_enable();
		break;
	case UART_16550:
		mmio_write8(platform.uart + UART_IER, IER_RECEIVED);
		break;
	case UART_PL011:
		mmio_write32(platform.uart + UART_IMSC, INT_RX);
		break;
	}
}
