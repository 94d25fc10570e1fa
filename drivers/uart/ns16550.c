// SPDX-License-Identifier: Apache-2.0
/*
 * The 16550 UART and its relatives. The firmware has set the line's speed; the
 * driver keeps it, unless the devicetree gives both the clock and a speed.
 */
#include "uart.h"
#include <asm/io.h>
#include <lodge/driver.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/ioport.h>
#include <lodge/ns16550_regs.h>

/* DesignWare's only */
#define UART_USR    31
#define IIR_DW_BUSY 0x07 /* LCR was written while busy; reading USR ends it */

#define UART_NR_REGS 8
#define LSR_GONE     0xff /* all ones: nothing is at this address any more */

#define FIFO_SIZE 16

/**
 * struct ns16550 - the UART
 * @fifo:    how many bytes it takes when LSR says that it is empty
 * @room:    how many of these are left since it did
 * @overrun: LSR has told of one
 */
struct ns16550 {
	struct uart_port port;
	u32 shift;
	u16 io;	      /* registers are I/O ports from here on; 0: they are memory */
	bool wide;    /* registers want 32-bit accesses */
	bool has_usr; /* DesignWare */
	u8 fifo, room;
	bool overrun;
};

/* The terminal: one per machine. */
static struct ns16550 ns16550;

static const struct ns16550 *to_ns16550(const struct uart_port *port)
{
	return container_of(port, const struct ns16550, port);
}

static u8 reg_read(const struct ns16550 *u, u32 reg)
{
	const volatile u8 *p;

	if (IS_ENABLED(CONFIG_HAS_IOPORT) && u->io)
		return port_read8((u16)(u->io + reg));
	p = u->port.regs + (reg << u->shift);
	return u->wide ? (u8)readl(p) : readb(p);
}

static void reg_write(const struct ns16550 *u, u32 reg, u8 val)
{
	volatile u8 *p;

	if (IS_ENABLED(CONFIG_HAS_IOPORT) && u->io) {
		port_write8((u16)(u->io + reg), val);
		return;
	}
	p = u->port.regs + (reg << u->shift);
	if (u->wide)
		writel(val, p);
	else
		writeb(val, p);
}

static unsigned int ns16550_status(const struct uart_port *port)
{
	const struct ns16550 *u = to_ns16550(port);
	u8 lsr = reg_read(u, UART_LSR);
	bool overrun = u->overrun || (lsr & LSR_OE);

	ns16550.overrun = false;
	return (lsr & LSR_THRE ? UART_TX_ROOM : 0) | (lsr & LSR_DR ? UART_RX_DATA : 0) |
	       (lsr & LSR_TEMT ? UART_TX_IDLE : 0) | (overrun ? UART_RX_LOST : 0) |
	       (lsr == LSR_GONE ? UART_GONE : 0);
}

static void ns16550_send(const struct uart_port *port, u8 byte)
{
	reg_write(to_ns16550(port), UART_THR, byte);
}

static void ns16550_putc(struct console_driver *d, char c)
{
	uart_send(container_of(d, struct uart_port, console), (u8)c, ns16550_status, ns16550_send);
}

/* When LSR says empty, there is room for a FIFO's worth, and it need not be read for each. */
static unsigned int ns16550_fill(struct console_driver *d, const u8 *bytes, unsigned int n)
{
	struct ns16550 *u = container_of(d, struct ns16550, port.console);
	unsigned int sent;

	for (sent = 0; sent < n; sent++) {
		if (!u->room) {
			u8 lsr = reg_read(u, UART_LSR);

			u->overrun |= (lsr & LSR_OE) != 0;
			if (!(lsr & LSR_THRE))
				break;
			u->room = u->fifo;
		}
		u->room--;
		reg_write(u, UART_THR, bytes[sent]);
	}
	return sent;
}

static int ns16550_receive(const struct uart_port *port)
{
	return reg_read(to_ns16550(port), UART_RBR);
}

static u8 ns16550_ier(unsigned int irqs)
{
	return (irqs & UART_IRQ_RX ? IER_RDI : 0) | (irqs & UART_IRQ_TX ? IER_THRI : 0);
}

static void ns16550_set_irqs(const struct uart_port *port, unsigned int irqs, unsigned int old)
{
	const struct ns16550 *u = to_ns16550(port);

	if ((irqs ^ old) & UART_IRQ_RX)
		reg_write(u, UART_MCR, MCR_DTR | MCR_OUT2 | (irqs & UART_IRQ_RX ? MCR_RTS : 0));
	reg_write(u, UART_IER, ns16550_ier(irqs));
}

static void ns16550_end_irq(const struct uart_port *port, unsigned int irqs)
{
	const struct ns16550 *u = to_ns16550(port);

	if (u->has_usr && (reg_read(u, UART_IIR) & IIR_ID) == IIR_DW_BUSY)
		reg_read(u, UART_USR);
	/*
	 * The controller of a PC wants an edge. If something has come meanwhile, the line has
	 * not been low: make it so.
	 */
	if (IS_ENABLED(CONFIG_HAS_IOPORT) && u->io) {
		reg_write(u, UART_IER, 0);
		reg_write(u, UART_IER, ns16550_ier(irqs));
	}
}

static const struct uart_ops ns16550_ops = {
	.status = ns16550_status,
	.putc = ns16550_putc,
	.fill = ns16550_fill,
	.receive = ns16550_receive,
	.set_irqs = ns16550_set_irqs,
	.end_irq = ns16550_end_irq,
};

/* 8 data bits, no parity, and the speed if it is known; interrupts off, FIFO on. */
static void ns16550_setup(struct ns16550 *u, const void *fdt, int node)
{
	u32 clock, baud, divisor;

	reg_write(u, UART_IER, 0);
	if (!fdt_prop_u32(fdt, node, "clock-frequency", &clock) &&
	    !fdt_prop_u32(fdt, node, "current-speed", &baud) && baud) {
		divisor = (u32)(((u64)clock + 8 * (u64)baud) / (16 * (u64)baud));
		if (divisor > 0 && divisor <= 0xffff) {
			reg_write(u, UART_LCR, LCR_8N1 | LCR_DLAB);
			reg_write(u, UART_DLL, (u8)divisor);
			reg_write(u, UART_DLM, (u8)(divisor >> 8));
		}
	}
	reg_write(u, UART_LCR, LCR_8N1);
	reg_write(u, UART_FCR, FCR_ENABLE);
	u->fifo = (reg_read(u, UART_IIR) & IIR_FIFOS) == IIR_FIFOS ? FIFO_SIZE : 1;
	reg_write(u, UART_MCR, MCR_DTR | MCR_RTS | MCR_OUT2);
}

/* Where the registers are and how they are reached. */
static int ns16550_map(struct ns16550 *u, const void *fdt, int node)
{
	u32 width = 1, offset = 0;
	u64 window;

	if (driver_port(fdt, node, 0, UART_NR_REGS, &u->io) == 0) {
		ioport_claim(u->io, UART_NR_REGS, "ns16550");
		return 0;
	}
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
	u->port.regs = driver_map(fdt, node, 0, offset + window);
	if (!u->port.regs)
		return -ENODEV;
	u->port.regs += offset;
	return 0;
}

static __cold int ns16550_probe(const void *fdt, int node)
{
	struct ns16550 *u = &ns16550;
	int err;

	if (u->port.ops || !uart_is_console(fdt, node))
		return -ENODEV;
	err = ns16550_map(u, fdt, node);
	if (err)
		return err;
	ns16550_setup(u, fdt, node);
	uart_register(&u->port, &ns16550_ops, "ns16550", fdt, node);
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
