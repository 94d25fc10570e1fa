// SPDX-License-Identifier: Apache-2.0
/*
 * The 16550 UART and its relatives. The firmware has set the line's speed; the
 * driver keeps it, unless the devicetree gives both the clock and a speed.
 */
#include "uart.h"
#include <asm/io.h>
#include <lodge/console.h>
#include <lodge/driver.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/irq.h>
#include <lodge/printk.h>

/* Registers, by number */
#define UART_RBR     0 /* read: received byte */
#define UART_THR     0 /* write: byte to send */
#define UART_DLL     0 /* with LCR_DLAB: divisor */
#define UART_DLM     1
#define UART_IER     1
#define UART_IIR     2
#define UART_FCR     2
#define UART_LCR     3
#define UART_MCR     4
#define UART_LSR     5
#define UART_USR     31 /* DesignWare's only */
#define UART_NR_REGS 8

#define IER_RX	     0x01
#define IIR_ID	     0x0f
#define IIR_DW_BUSY  0x07 /* LCR was written while busy; reading USR ends it */
#define FCR_ENABLE   0x01 /* receive trigger at one byte */
#define LCR_8N1	     0x03
#define LCR_DLAB     0x80
#define MCR_DTR_RTS  0x03
#define MCR_OUT2     0x08 /* lets the interrupt out, on a PC-like board */
#define LSR_DATA     0x01
#define LSR_THR_FREE 0x20
#define LSR_GONE     0xff /* all ones: nothing is at this address any more */

/* Some tens of milliseconds of polling, and a character takes 0.1 at 115200 baud. */
#define TX_POLLS 1000000

/* Bytes that one interrupt takes; twice the largest FIFO that is common. */
#define RX_BURST 256

struct ns16550 {
	struct console_driver console;
	volatile u8 *regs;
	u32 shift;
	bool wide;    /* registers want 32-bit accesses */
	bool has_usr; /* DesignWare */
	bool stalled; /* did not send for a long time: don't wait again */
	bool has_irq;
	u32 irq;
};

/* The terminal: one per machine. */
static struct ns16550 ns16550;

static u8 uart_read(const struct ns16550 *u, u32 reg)
{
	const volatile u8 *p = u->regs + (reg << u->shift);

	return u->wide ? (u8)readl(p) : readb(p);
}

static void uart_write(const struct ns16550 *u, u32 reg, u8 val)
{
	volatile u8 *p = u->regs + (reg << u->shift);

	if (u->wide)
		writel(val, p);
	else
		writeb(val, p);
}

/* Wait until there is room, but not for ever; false: the UART does not send. */
static __noinline bool ns16550_wait(struct ns16550 *u)
{
	u32 polls = TX_POLLS;

	while (!u->stalled && polls--)
		if (uart_read(u, UART_LSR) & LSR_THR_FREE)
			return true;
	u->stalled = true;
	return false;
}

static void ns16550_putc(struct console_driver *d, char c)
{
	struct ns16550 *u = container_of(d, struct ns16550, console);

	if (likely(uart_read(u, UART_LSR) & LSR_THR_FREE))
		u->stalled = false;
	else if (!ns16550_wait(u))
		return;
	uart_write(u, UART_THR, (u8)c);
}

static void ns16550_irq(void *arg)
{
	struct ns16550 *u = arg;
	unsigned int n;

	for (n = 0; n < RX_BURST; n++) {
		u8 lsr = uart_read(u, UART_LSR);

		if (lsr == LSR_GONE) {
			irq_free(u->irq);
			return;
		}
		if (!(lsr & LSR_DATA))
			break;
		console_input(uart_read(u, UART_RBR));
	}
	if (u->has_usr && (uart_read(u, UART_IIR) & IIR_ID) == IIR_DW_BUSY)
		uart_read(u, UART_USR);
}

static int ns16550_start_input(struct console_driver *d)
{
	struct ns16550 *u = container_of(d, struct ns16550, console);
	int err;

	if (!u->has_irq)
		return -ENOENT;
	err = irq_request(u->irq, ns16550_irq, u, d->name);
	if (err)
		return err;
	uart_write(u, UART_IER, IER_RX);
	return 0;
}

/* 8 data bits, no parity, and the speed if it is known; interrupts off, FIFO on. */
static void ns16550_setup(const struct ns16550 *u, const void *fdt, int node)
{
	u32 clock, baud, divisor;

	uart_write(u, UART_IER, 0);
	if (!fdt_prop_u32(fdt, node, "clock-frequency", &clock) &&
	    !fdt_prop_u32(fdt, node, "current-speed", &baud) && baud) {
		divisor = (u32)(((u64)clock + 8 * (u64)baud) / (16 * (u64)baud));
		if (divisor > 0 && divisor <= 0xffff) {
			uart_write(u, UART_LCR, LCR_8N1 | LCR_DLAB);
			uart_write(u, UART_DLL, (u8)divisor);
			uart_write(u, UART_DLM, (u8)(divisor >> 8));
		}
	}
	uart_write(u, UART_LCR, LCR_8N1);
	uart_write(u, UART_FCR, FCR_ENABLE);
	uart_write(u, UART_MCR, MCR_DTR_RTS | MCR_OUT2);
}

/* Where the registers are and how they are reached. */
static int ns16550_map(struct ns16550 *u, const void *fdt, int node)
{
	u32 width = 1, offset = 0;
	u64 window;

	/* All three are optional and have defaults. */
	u->shift = 0;
	if (fdt_prop_u32(fdt, node, "reg-shift", &u->shift) == 0 && u->shift > 2)
		return -EINVAL;
	if (fdt_prop_u32(fdt, node, "reg-io-width", &width) == 0 && width != 1 && width != 4)
		return -EINVAL;
	if (fdt_prop_u32(fdt, node, "reg-offset", &offset) == 0 && offset > PAGE_SIZE)
		return -EINVAL;
	u->wide = width == 4;
	u->has_usr = fdt_node_is(fdt, node, "snps,dw-apb-uart");
	window = (u64)(u->has_usr ? UART_USR + 1 : UART_NR_REGS) << u->shift;
	u->regs = driver_map(fdt, node, 0, offset + window);
	if (!u->regs)
		return -ENODEV;
	u->regs += offset;
	return 0;
}

static int ns16550_probe(const void *fdt, int node)
{
	struct ns16550 *u = &ns16550;
	int err;

	if (u->regs || !uart_is_console(fdt, node))
		return -ENODEV;
	err = ns16550_map(u, fdt, node);
	if (err)
		return err;
	u->has_irq = !driver_irq(fdt, node, 0, &u->irq);
	ns16550_setup(u, fdt, node);
	u->console.name = "ns16550";
	u->console.putc = ns16550_putc;
	u->console.start_input = ns16550_start_input;
	console_register(&u->console);
	return 0;
}

static const char *const ns16550_compatible[] = { "ns16550a", "ns16550", "snps,dw-apb-uart", NULL };

static const struct driver ns16550_driver = {
	.name = "ns16550",
	.compatible = ns16550_compatible,
	.stage = DRIVER_CONSOLE,
	.probe = ns16550_probe,
};
DRIVER_REGISTER(ns16550_driver);
