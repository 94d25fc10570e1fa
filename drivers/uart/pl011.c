// SPDX-License-Identifier: Apache-2.0
/*
 * The PrimeCell UART (Arm DDI 0183, PL011) and what is left of it in the SBSA's generic
 * UART. One that the firmware has set up is left as it is; another is told to send 8 bits.
 */
#include "uart.h"
#include <asm/io.h>
#include <lodge/driver.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/pl011_regs.h>

#define PL011_SIZE 0x48 /* without DMACR; an SBSA UART has no IBRD, FBRD, LCR_H and CR */

#define FR_GONE	   0xffffffffu /* all ones: nothing is at this address any more */
#define CR_ON	   (CR_UARTEN | CR_TXE | CR_RXE)
#define INT_ERRORS (INT_FE | INT_PE | INT_BE | INT_OE)

#define DEFAULT_BAUD 115200

/* What is still to be sent when the firmware leaves: some milliseconds. */
#define BUSY_POLLS 100000

/* The terminal: one per machine. */
static struct uart_port pl011;
static bool pl011_is_sbsa; /* it has no CR */
static bool pl011_overrun;

static unsigned int pl011_status(const struct uart_port *u)
{
	u32 fr = readl(u->regs + UART_FR);

	bool overrun = pl011_overrun;

	pl011_overrun = false;
	return (fr & FR_TXFF ? 0 : UART_TX_ROOM) | (fr & FR_RXFE ? 0 : UART_RX_DATA) |
	       (fr & FR_BUSY ? 0 : UART_TX_IDLE) | (overrun ? UART_RX_LOST : 0) |
	       (fr == FR_GONE ? UART_GONE : 0);
}

static void pl011_send(const struct uart_port *u, u8 byte)
{
	writel(byte, u->regs + UART_DR);
}

static void pl011_putc(struct console_driver *d, char c)
{
	uart_send(container_of(d, struct uart_port, console), (u8)c, pl011_status, pl011_send);
}

static unsigned int pl011_fill(struct console_driver *d, const u8 *bytes, unsigned int n)
{
	const struct uart_port *u = container_of(d, const struct uart_port, console);
	unsigned int sent;

	for (sent = 0; sent < n && !(readl(u->regs + UART_FR) & FR_TXFF); sent++)
		pl011_send(u, bytes[sent]);
	return sent;
}

static int pl011_receive(const struct uart_port *u)
{
	u32 dr = readl(u->regs + UART_DR);

	pl011_overrun |= (dr & DR_OE) != 0;
	return dr & DR_BE ? -1 : (u8)dr;
}

/*
 * The transmit interrupt is raised as the FIFO empties past its trigger level (2.8.2), and stays
 * till the FIFO has been filled above it: whoever wants one has filled the FIFO before.
 */
static void pl011_set_irqs(const struct uart_port *u, unsigned int irqs, unsigned int old)
{
	if (irqs & ~old & UART_IRQ_RX)
		writel(INT_ERRORS, u->regs + UART_ICR);
	if (((irqs ^ old) & UART_IRQ_RX) && !pl011_is_sbsa) {
		u32 cr = readl(u->regs + UART_CR) & ~(u32)CR_RTS;

		writel(irqs & UART_IRQ_RX ? cr | CR_RTS : cr, u->regs + UART_CR);
	}
	writel((irqs & UART_IRQ_RX ? INT_RX | INT_RT : 0) | (irqs & UART_IRQ_TX ? INT_TX : 0),
	       u->regs + UART_IMSC);
}

static const struct uart_ops pl011_ops = {
	.status = pl011_status,
	.putc = pl011_putc,
	.fill = pl011_fill,
	.receive = pl011_receive,
	.set_irqs = pl011_set_irqs,
};

/* ---- setting it up ---- */

/* The rate of what its baud rate is divided from; 0 if the tree does not tell. */
static u32 pl011_clock(const void *fdt, int node)
{
	const void *clocks;
	u32 len, hz;
	int clock;

	if (!fdt_prop_u32(fdt, node, "clock-frequency", &hz))
		return hz;
	clocks = fdt_prop(fdt, node, "clocks", &len);
	if (!clocks || len < 4)
		return 0;
	clock = fdt_find_phandle(fdt, fdt_cell(clocks, 0));
	return clock < 0 || fdt_prop_u32(fdt, clock, "clock-frequency", &hz) ? 0 : hz;
}

/* The divisor has six fractional bits; it takes effect when LCR_H is written (3.3.6). */
static void pl011_set_baud(const struct uart_port *u, const void *fdt, int node)
{
	u64 clock = pl011_clock(fdt, node), divisor;
	u32 baud;

	if (fdt_prop_u32(fdt, node, "current-speed", &baud) || !baud)
		baud = DEFAULT_BAUD;
	divisor = (4 * clock + baud / 2) / baud;
	if (divisor < 1 << 6 || divisor >= 1 << 22)
		return;
	writel((u32)(divisor >> 6), u->regs + UART_IBRD);
	writel((u32)divisor & 0x3f, u->regs + UART_FBRD);
}

/* LCR_H and the divisor may be written only while it is off and idle (3.3.8). */
static void pl011_setup(const struct uart_port *u, const void *fdt, int node)
{
	u32 cr = readl(u->regs + UART_CR), lcr_h = readl(u->regs + UART_LCR_H);
	u32 n = BUSY_POLLS;

	if ((cr & CR_ON) == CR_ON && (lcr_h & 0xff) == (LCR_H_WLEN_8 | LCR_H_FEN))
		return;
	while (n-- && (readl(u->regs + UART_FR) & FR_BUSY))
		cpu_relax();
	writel(0, u->regs + UART_CR);
	if (!readl(u->regs + UART_IBRD))
		pl011_set_baud(u, fdt, node);
	writel(LCR_H_WLEN_8 | LCR_H_FEN, u->regs + UART_LCR_H);
	writel(CR_ON | CR_DTR | CR_RTS, u->regs + UART_CR);
}

static __cold int pl011_probe(const void *fdt, int node)
{
	if (pl011.regs || !uart_is_console(fdt, node))
		return -ENODEV;
	pl011.regs = driver_map(fdt, node, 0, PL011_SIZE);
	if (!pl011.regs)
		return -ENODEV;
	writel(0, pl011.regs + UART_IMSC);
	pl011_is_sbsa = fdt_node_is(fdt, node, "arm,sbsa-uart");
	if (!pl011_is_sbsa)
		pl011_setup(&pl011, fdt, node);
	uart_register(&pl011, &pl011_ops, "pl011", fdt, node);
	return 0;
}

static const char *const pl011_compatible[] = { "arm,pl011", "arm,sbsa-uart", NULL };

static const struct driver pl011_driver = {
	.name = "pl011",
	.compatible = pl011_compatible,
	.stage = DRIVER_CONSOLE,
	.probe = pl011_probe,
};
DRIVER_REGISTER(pl011_driver);
