// SPDX-License-Identifier: Apache-2.0
/*
 * "lodge,pl011": Arm's PrimeCell UART, its line the VM's console.
 *
 * The line has no bit rate of its own: a character written to DR is sent at once, and the transmit
 * FIFO is empty, unless the terminal is slower than the guest; then it is full until the console
 * has room. The receive timeout has always passed. As on QEMU's board
 * much software expects, it needs not be enabled for that. Input waits in the console until
 * the FIFO has room, so none of it is ever overrun; only loopback, where the guest
 * is its own sender, can do that.
 */
#include <lodge/console.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/pl011_regs.h>
#include <lodge/slab.h>
#include <lodge/vcpu.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>
#include "pl011.h"
#include "primecell.h"

static struct pl011 *to_pl011(struct vdev *v)
{
	return container_of(v, struct pl011, vdev);
}

/* ---- what follows from the state ---- */

static unsigned int pl011_capacity(const struct pl011_state *s)
{
	return s->lcr_h & LCR_H_FEN ? UART_FIFO_SIZE : 1;
}

/* So many characters raise the receive interrupt (3.3.9). */
static unsigned int pl011_trigger(const struct pl011_state *s)
{
	static const u8 trigger[8] = { 2, 4, 8, 12, 14, 14, 14, 14 };

	return s->lcr_h & LCR_H_FEN ? trigger[s->ifls >> 3 & 7] : 1;
}

/* Without loopback, the other end is always there. */
static u16 pl011_modem_lines(const struct pl011_state *s)
{
	u16 lines = 0;

	if (!(s->cr & CR_LBE))
		return FR_CTS | FR_DSR | FR_DCD;
	if (s->cr & CR_RTS)
		lines |= FR_CTS;
	if (s->cr & CR_DTR)
		lines |= FR_DSR;
	if (s->cr & CR_OUT1)
		lines |= FR_DCD;
	if (s->cr & CR_OUT2)
		lines |= FR_RI;
	return lines;
}

static u16 pl011_flags(const struct pl011_state *s)
{
	u16 fr = (s->tx_full ? FR_TXFF | FR_BUSY : FR_TXFE) | pl011_modem_lines(s);

	if (!s->fifo.count)
		fr |= FR_RXFE;
	if (s->fifo.count == pl011_capacity(s))
		fr |= FR_RXFF;
	return fr;
}

/* After any change: what is read without the lock, and the interrupt line. */
static void pl011_settle(struct pl011 *u)
{
	struct pl011_state *s = &u->s;
	bool level = (s->ris & s->imsc) != 0;

	WRITE_ONCE(s->fr, pl011_flags(s));
	WRITE_ONCE(u->loops, (s->cr & CR_LBE) != 0);
	WRITE_ONCE(u->tx_told, (s->ris & INT_TX) != 0);
	/* The only flag that a byte has no room for. */
	if (s->fr & FR_RI)
		WRITE_ONCE(u->fr_slow, true);
	if (level == u->irq_level)
		return;
	u->irq_level = level;
	vm_irq_set(u->vdev.vm, u->vdev.irq, level);
}

/* ---- transmitter ---- */

/* When there is room again the FIFO has emptied past each trigger level at once. */
static void pl011_settle_tx(struct pl011 *u)
{
	struct pl011_state *s = &u->s;
	bool full = !console_port_room(u->port);

	if (full)
		s->ris &= (u16)~INT_TX;
	else if (s->tx_full)
		s->ris |= INT_TX;
	s->tx_full = full;
}

/* ---- receiver ---- */

/* Something has come into the FIFO. */
static void pl011_received(struct pl011_state *s)
{
	s->ris |= INT_RT;
	if (s->fifo.count >= pl011_trigger(s))
		s->ris |= INT_RX;
}

/* Takes what the console has while there is room. */
static void pl011_pull(struct pl011 *u)
{
	struct pl011_state *s = &u->s;

	WRITE_ONCE(u->fr_slow, false);
	if (!u->has_input || (s->cr & CR_LBE))
		return;
	if (uart_fifo_fill(&s->fifo, u->port, pl011_capacity(s)))
		pl011_received(s);
}

/* In loopback what is sent is received; nobody waits for room. */
static void pl011_loop(struct pl011_state *s, u16 entry)
{
	if (entry & DR_BE)
		s->ris |= INT_BE;
	if (s->fifo.count == pl011_capacity(s)) {
		s->overrun = true;
		s->rsr |= RSR_OE;
		s->ris |= INT_OE;
		return;
	}
	uart_fifo_push(&s->fifo, s->overrun ? entry | DR_OE : entry);
	s->overrun = false;
	pl011_received(s);
}

/* The rest of the console's input is not fetched before the guest looks for it:
 * drivers empty the FIFO several times while they start. */
static void pl011_clear_rx(struct pl011 *u)
{
	uart_fifo_clear(&u->s.fifo);
	u->s.ris &= (u16) ~(INT_RX | INT_RT);
	WRITE_ONCE(u->fr_slow, true);
}

static u16 pl011_read_dr(struct pl011 *u)
{
	struct pl011_state *s = &u->s;
	u16 entry = 0;

	if (!s->fifo.count)
		pl011_pull(u);
	if (s->fifo.count)
		entry = uart_fifo_pop(&s->fifo);
	s->rsr = (u8)((s->rsr & RSR_OE) | (entry >> 8 & RSR_OF_ONE));
	if (s->fifo.count < pl011_trigger(s))
		s->ris &= (u16)~INT_RX;
	s->ris &= (u16)~INT_RT;
	pl011_pull(u);
	/* What is left has been there for long. */
	if (s->fifo.count)
		s->ris |= INT_RT;
	return entry;
}

/* ---- registers ---- */

static void pl011_write_lcr_h(struct pl011 *u, u8 val)
{
	struct pl011_state *s = &u->s;
	u8 changed = val ^ s->lcr_h;

	s->lcr_h = val;
	if (changed & LCR_H_FEN)
		pl011_clear_rx(u);
	if ((changed & val & LCR_H_BRK) && (s->cr & CR_LBE))
		pl011_loop(s, DR_BE);
}

static void pl011_write_cr(struct pl011 *u, u16 val)
{
	static const struct {
		u16 line, irq;
	} modem[] = { { FR_RI, INT_RI },
		      { FR_CTS, INT_CTS },
		      { FR_DCD, INT_DCD },
		      { FR_DSR, INT_DSR } };
	struct pl011_state *s = &u->s;
	u16 changed = pl011_modem_lines(s);
	unsigned int i;

	s->cr = val & CR_VALID;
	changed ^= pl011_modem_lines(s);
	for (i = 0; i < ARRAY_SIZE(modem); i++)
		if (changed & modem[i].line)
			s->ris |= modem[i].irq;
	pl011_pull(u);
}

/* The level counts when it is reached, which it may be at once. */
static void pl011_write_ifls(struct pl011_state *s, u8 val)
{
	s->ifls = val & IFLS_VALID;
	if (s->fifo.count >= pl011_trigger(s))
		s->ris |= INT_RX;
	else
		s->ris &= (u16)~INT_RX;
}

static u32 pl011_reg(struct pl011 *u, u64 off)
{
	const struct pl011_state *s = &u->s;

	switch (off) {
	case UART_DR:
		return pl011_read_dr(u);
	case UART_RSR:
		return s->rsr;
	case UART_FR:
		pl011_pull(u);
		return pl011_flags(s);
	case UART_ILPR:
		return s->ilpr;
	case UART_IBRD:
		return s->ibrd;
	case UART_FBRD:
		return s->fbrd;
	case UART_LCR_H:
		return s->lcr_h;
	case UART_CR:
		return s->cr;
	case UART_IFLS:
		return s->ifls;
	case UART_IMSC:
		return s->imsc;
	case UART_RIS:
		return s->ris;
	case UART_MIS:
		return s->ris & s->imsc;
	case UART_DMACR:
		return s->dmacr;
	default:
		return primecell_id(off, PL011_PART, PL011_REVISION);
	}
}

static __noinline u64 pl011_read_locked(struct pl011 *u, u64 off, unsigned int width)
{
	u32 val;

	spin_lock(&u->vdev.lock);
	val = pl011_reg(u, ALIGN_DOWN(off, 4));
	pl011_settle(u);
	spin_unlock(&u->vdev.lock);
	return primecell_narrow(val, off, width);
}

static u64 pl011_read(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width)
{
	struct pl011 *u = to_pl011(v);

	/* Drivers poll FR for each byte they send. One value needs no lock. */
	if (off == UART_FR && likely(!READ_ONCE(u->fr_slow)))
		return READ_ONCE(u->s.fr);
	return pl011_read_locked(u, off, width);
}

static void pl011_set_reg(struct pl011 *u, u64 off, u32 val)
{
	struct pl011_state *s = &u->s;

	switch (off) {
	case UART_DR:
		s->ris |= INT_TX; /* was full, and is empty again */
		pl011_settle_tx(u);
		if (s->cr & CR_LBE)
			pl011_loop(s, (u8)val);
		break;
	case UART_RSR:
		s->rsr = 0;
		break;
	case UART_ILPR:
		s->ilpr = (u8)val;
		break;
	case UART_IBRD:
		s->ibrd = (u16)val;
		break;
	case UART_FBRD:
		s->fbrd = val & FBRD_VALID;
		break;
	case UART_LCR_H:
		pl011_write_lcr_h(u, (u8)val);
		break;
	case UART_CR:
		pl011_write_cr(u, (u16)val);
		break;
	case UART_IFLS:
		pl011_write_ifls(s, (u8)val);
		break;
	case UART_IMSC:
		s->imsc = val & INT_VALID;
		pl011_pull(u);
		break;
	case UART_ICR:
		s->ris &= (u16)~val;
		break;
	case UART_DMACR:
		s->dmacr = val & DMACR_VALID;
		break;
	}
}

static void pl011_write(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width, u64 val)
{
	struct pl011 *u = to_pl011(v);

	if (off == UART_DR && !READ_ONCE(u->loops)) {
		enum console_room room = console_port_putc(u->port, (u8)val);

		/* Nothing more changes when several are sent. */
		if (likely(room == CONSOLE_ROOM) && READ_ONCE(u->tx_told))
			return;
		/* It fills a FIFO that it was told is full. */
		if (unlikely(room == CONSOLE_OVER))
			vcpu_wait_output(vcpu);
	}
	spin_lock(&v->lock);
	pl011_set_reg(u, off, width < 4 ? (u32)val & ((1u << 8 * width) - 1) : (u32)val);
	pl011_settle(u);
	spin_unlock(&v->lock);
}

static void pl011_input(struct vdev *v)
{
	struct pl011 *u = to_pl011(v);
	unsigned long flags = spin_lock_irqsave(&v->lock);

	pl011_pull(u);
	pl011_settle_tx(u);
	pl011_settle(u);
	spin_unlock_irqrestore(&v->lock, flags);
}

static int pl011_getc(struct vdev *v)
{
	struct pl011 *u = to_pl011(v);
	unsigned long flags = spin_lock_irqsave(&v->lock);
	int c = -1;

	/* In loopback the FIFO has what the guest sent itself. */
	if (!(u->s.cr & CR_LBE)) {
		pl011_pull(u);
		if (u->s.fifo.count)
			c = pl011_read_dr(u) & 0xff;
		pl011_settle(u);
	}
	spin_unlock_irqrestore(&v->lock, flags);
	return c;
}

/* ---- life ---- */

static void pl011_reset(struct vdev *v)
{
	struct pl011 *u = to_pl011(v);
	unsigned long flags = spin_lock_irqsave(&v->lock);

	u->s = (struct pl011_state){
		.header = { STATE_VERSION, sizeof(u->s) },
		.cr = CR_TXE | CR_RXE,
		.ifls = IFLS_RESET,
	};
	u->fr_slow = true; /* the console may have input already */
	pl011_settle_tx(u);
	pl011_settle(u);
	spin_unlock_irqrestore(&v->lock, flags);
}

static const struct vdev_ops pl011_ops;

static int pl011_create(struct vm *vm, const struct vdev_config *cfg, struct vdev **out)
{
	struct pl011 *u = kzalloc_for(vm->account, sizeof(*u));

	if (!u)
		return -ENOMEM;
	vdev_init(&u->vdev, &pl011_ops, vm, cfg);
	u->port = vm->console;
	u->has_input = uart_gets_input(vm);
	pl011_reset(&u->vdev);
	*out = &u->vdev;
	return 0;
}

static void pl011_destroy(struct vdev *v)
{
	kfree_for(v->vm->account, to_pl011(v));
}

static int pl011_fdt(struct vdev *v, struct fdt_writer *w)
{
	static const char compatible[] = "arm,pl011\0arm,primecell";
	static const char clock_names[] = "uartclk\0apb_pclk";
	static const u32 clocks[] = { GUEST_PHANDLE_APB_CLOCK, GUEST_PHANDLE_APB_CLOCK };

	vdev_fdt_node(v, w, v->ops->stdout_node);
	fdtw_prop(w, "compatible", compatible, sizeof(compatible));
	fdtw_cells(w, "clocks", clocks, ARRAY_SIZE(clocks));
	fdtw_prop(w, "clock-names", clock_names, sizeof(clock_names));
	fdtw_end_node(w);
	return 0;
}

static int pl011_save(struct vdev *v, struct vdev_state *out)
{
	return vdev_state_put(v, out, &to_pl011(v)->s, sizeof(struct pl011_state));
}

static int pl011_restore(struct vdev *v, const struct vdev_state *in)
{
	struct pl011 *u = to_pl011(v);
	struct pl011_state s;
	unsigned long flags;
	int rc = vdev_state_get(in, &s, sizeof(s), STATE_VERSION);

	if (rc)
		return rc;
	s.cr &= CR_VALID;
	s.imsc &= INT_VALID;
	s.ris &= INT_VALID;
	s.ifls &= IFLS_VALID;
	if (s.fifo.head >= UART_FIFO_SIZE || s.fifo.count > pl011_capacity(&s))
		return -EINVAL;

	flags = spin_lock_irqsave(&v->lock);
	u->s = s;
	u->s.tx_full = s.tx_full != 0; /* its interrupt comes, if there is room now */
	u->fr_slow = true;
	pl011_settle_tx(u);
	pl011_settle(u);
	spin_unlock_irqrestore(&v->lock, flags);
	return 0;
}

static const struct vdev_ops pl011_ops = {
	.compatible = "lodge,pl011",
	.create = pl011_create,
	.destroy = pl011_destroy,
	.reset = pl011_reset,
	.read = pl011_read,
	.write = pl011_write,
	.input = pl011_input,
	.getc = pl011_getc,
	.fdt = pl011_fdt,
	.stdout_node = "pl011",
	.apb = true,
	.save = pl011_save,
	.restore = pl011_restore,
};
VDEV_REGISTER(pl011_ops);
