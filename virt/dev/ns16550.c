// SPDX-License-Identifier: Apache-2.0
/*
 * "lodge,ns16550": a 16550A at byte spacing, its line the VM's console.
 *
 * The line has no bit rate of its own: a byte written to THR is sent at once, and THR is empty,
 * unless the terminal is slower than the guest; then it is full until the console has room. The
 * character timeout of the receive FIFO has always passed. Input waits
 * in the console until the FIFO has room, so none of it is ever overrun; only
 * loopback, where the guest is its own sender, can do that.
 */
#include <lodge/console.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/ns16550_regs.h>
#include <lodge/slab.h>
#include <lodge/vcpu.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>
#include "uart.h"

#define UART_CLOCK    3686400
#define UART_DIVISOR  2	 /* 115200 baud, as firmware sets it */
#define PC_DIVISOR    12 /* 9600 baud, of 1.8432 MHz */
#define STATE_VERSION 1

/* The guest-visible state, as it is saved. */
struct uart_state {
	struct vdev_state_header header;
	u8 ier, fcr, lcr, mcr, lsr, msr, scr, dll, dlm;
	u8 thre_pending; /* a THR-empty interrupt that no read of IIR has cleared */
	struct uart_fifo fifo;
};

/**
 * struct uart - one UART
 * @port:	where output goes
 * @has_input:	the console's input comes here
 * @lsr_slow:	a read of LSR has to do more than to return it
 * @irq_level:	what vm_irq_set() was told last
 *
 * All of it is under the device's lock. @lsr_slow, and of @s the bytes lsr, ier, lcr and mcr are also read
 * without, one at a time.
 */
struct uart {
	struct vdev vdev;
	struct uart_state s;
	struct console_port *port;
	bool has_input;
	bool lsr_slow;
	bool irq_level;
};

static struct uart *to_uart(struct vdev *v)
{
	return container_of(v, struct uart, vdev);
}

static u8 uart_iir(const struct uart_state *s)
{
	static const u8 trigger[4] = { 1, 4, 8, 14 };

	if ((s->ier & IER_RLSI) && (s->lsr & LSR_OE))
		return IIR_RLSI;
	if ((s->ier & IER_RDI) && s->fifo.count) {
		if (!(s->fcr & FCR_ENABLE) || s->fifo.count >= trigger[s->fcr >> 6])
			return IIR_RDI;
		return IIR_CTI;
	}
	if ((s->ier & IER_THRI) && s->thre_pending)
		return IIR_THRI;
	if ((s->ier & IER_MSI) && (s->msr & MSR_DELTA))
		return IIR_MSI;
	return IIR_NONE;
}

static void uart_update_irq(struct uart *u)
{
	bool level = uart_iir(&u->s) != IIR_NONE;

	if (level == u->irq_level)
		return;
	u->irq_level = level;
	vm_irq_set(u->vdev.vm, u->vdev.irq, level);
}

/* ---- transmitter ---- */

/* THR is full as long as the console has no room; then its interrupt comes. */
static void uart_settle_tx(struct uart *u)
{
	bool room = console_port_room(u->port);
	u8 lsr = room ? u->s.lsr | LSR_EMPTY : u->s.lsr & (u8)~LSR_EMPTY;

	if (lsr == u->s.lsr)
		return;
	u->s.thre_pending = room;
	WRITE_ONCE(u->s.lsr, lsr);
}

/* ---- receiver ---- */

static unsigned int uart_capacity(const struct uart_state *s)
{
	return s->fcr & FCR_ENABLE ? UART_FIFO_SIZE : 1;
}

static void uart_set_lsr(struct uart *u, u8 lsr)
{
	WRITE_ONCE(u->lsr_slow, (lsr & LSR_OE) != 0);
	WRITE_ONCE(u->s.lsr, lsr);
}

/* Takes what the console has while there is room. */
static void uart_pull(struct uart *u)
{
	struct uart_state *s = &u->s;

	if (!u->has_input || (s->mcr & MCR_LOOP))
		return;
	uart_fifo_fill(&s->fifo, u->port, uart_capacity(s));
	uart_set_lsr(u, s->fifo.count ? s->lsr | LSR_DR : s->lsr);
}

/* In loopback what is sent is received; nobody waits for room. */
static void uart_loop(struct uart *u, u8 byte)
{
	struct uart_state *s = &u->s;
	u8 lsr = s->lsr | LSR_DR;

	if (s->fifo.count < uart_capacity(s)) {
		uart_fifo_push(&s->fifo, byte);
	} else {
		/* A full FIFO keeps what it has; a lone RBR is overwritten. */
		if (!(s->fcr & FCR_ENABLE))
			s->fifo.entry[s->fifo.head] = byte;
		lsr |= LSR_OE;
	}
	uart_set_lsr(u, lsr);
}

/* The rest of the console's input is not fetched before the guest looks for it:
 * drivers empty the FIFO several times while they start. */
static void uart_clear_rx(struct uart *u)
{
	uart_fifo_clear(&u->s.fifo);
	uart_set_lsr(u, u->s.lsr & (u8)~LSR_DR);
	WRITE_ONCE(u->lsr_slow, true);
}

static u8 uart_read_rbr(struct uart *u)
{
	struct uart_state *s = &u->s;
	u8 byte = 0;

	if (!s->fifo.count)
		uart_pull(u);
	if (s->fifo.count)
		byte = (u8)uart_fifo_pop(&s->fifo);
	if (!s->fifo.count)
		uart_set_lsr(u, s->lsr & (u8)~LSR_DR);
	uart_pull(u);
	return byte;
}

/* ---- modem lines ---- */

/* Without loopback, the other end is always there. */
static u8 uart_modem_lines(const struct uart_state *s)
{
	u8 lines = 0;

	if (!(s->mcr & MCR_LOOP))
		return MSR_DCD | MSR_DSR | MSR_CTS;
	if (s->mcr & MCR_RTS)
		lines |= MSR_CTS;
	if (s->mcr & MCR_DTR)
		lines |= MSR_DSR;
	if (s->mcr & MCR_OUT1)
		lines |= MSR_RI;
	if (s->mcr & MCR_OUT2)
		lines |= MSR_DCD;
	return lines;
}

static void uart_write_mcr(struct uart *u, u8 val)
{
	struct uart_state *s = &u->s;
	u8 lines, changed;

	WRITE_ONCE(s->mcr, (u8)(val & MCR_VALID));
	lines = uart_modem_lines(s);
	changed = (s->msr ^ lines) & (u8)~MSR_DELTA;
	/* Deltas are the lines shifted down, but RI counts only when it falls. */
	if (lines & MSR_RI)
		changed &= (u8)~MSR_RI;
	s->msr = lines | (s->msr & MSR_DELTA) | (u8)(changed >> 4);
	uart_pull(u);
}

/* ---- registers ---- */

static void uart_write_thr(struct uart *u, u8 byte)
{
	if (u->s.mcr & MCR_LOOP)
		uart_loop(u, byte);
	uart_settle_tx(u);
	/* Full for no time at all, unless the console is. */
	u->s.thre_pending = (u->s.lsr & LSR_EMPTY) != 0;
}

static void uart_write_ier(struct uart *u, u8 val)
{
	/* If THR is empty, enabling its interrupt raises it. */
	if ((val & IER_THRI) && !(u->s.ier & IER_THRI) && (u->s.lsr & LSR_EMPTY))
		u->s.thre_pending = true;
	WRITE_ONCE(u->s.ier, (u8)(val & IER_VALID));
	uart_pull(u);
}

static void uart_write_fcr(struct uart *u, u8 val)
{
	struct uart_state *s = &u->s;

	if (((val ^ s->fcr) & FCR_ENABLE) || ((val & FCR_ENABLE) && (val & FCR_CLEAR_RX)))
		uart_clear_rx(u);
	/* The other bits count only together with the enable. */
	s->fcr = val & FCR_ENABLE ? val & FCR_KEPT : 0;
}

static u8 uart_read_iir(struct uart *u)
{
	u8 iir;

	if (u->lsr_slow)
		uart_pull(u);
	iir = uart_iir(&u->s);
	if (iir == IIR_THRI)
		u->s.thre_pending = false;
	return iir | (u->s.fcr & FCR_ENABLE ? IIR_FIFOS : 0);
}

static u8 uart_read_lsr(struct uart *u)
{
	u8 lsr;

	uart_pull(u);
	lsr = u->s.lsr;
	uart_set_lsr(u, lsr & (u8)~LSR_OE);
	return lsr;
}

static u8 uart_read_msr(struct uart *u)
{
	u8 msr = u->s.msr;

	u->s.msr &= (u8)~MSR_DELTA;
	return msr;
}

static __noinline u64 uart_read_locked(struct uart *u, u64 off)
{
	struct uart_state *s = &u->s;
	bool dlab;
	u8 val = 0;

	spin_lock(&u->vdev.lock);
	dlab = s->lcr & LCR_DLAB;
	switch (off) {
	case UART_RBR:
		val = dlab ? s->dll : uart_read_rbr(u);
		break;
	case UART_IER:
		val = dlab ? s->dlm : s->ier;
		break;
	case UART_IIR:
		val = uart_read_iir(u);
		break;
	case UART_LCR:
		val = s->lcr;
		break;
	case UART_MCR:
		val = s->mcr;
		break;
	case UART_LSR:
		val = uart_read_lsr(u);
		break;
	case UART_MSR:
		val = uart_read_msr(u);
		break;
	case UART_SCR:
		val = s->scr;
		break;
	}
	uart_update_irq(u);
	spin_unlock(&u->vdev.lock);
	return val;
}

static u64 uart_read(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width)
{
	struct uart *u = to_uart(v);

	/* Drivers poll LSR for each byte they send. One byte needs no lock. */
	if (off == UART_LSR && likely(!READ_ONCE(u->lsr_slow)))
		return READ_ONCE(u->s.lsr);
	return uart_read_locked(u, off);
}

static __noinline void uart_write_locked(struct uart *u, u64 off, u8 val)
{
	struct uart_state *s = &u->s;
	bool dlab;

	spin_lock(&u->vdev.lock);
	dlab = s->lcr & LCR_DLAB;
	switch (off) {
	case UART_RBR:
		if (dlab)
			s->dll = val;
		else
			uart_write_thr(u, val);
		break;
	case UART_IER:
		if (dlab)
			s->dlm = val;
		else
			uart_write_ier(u, val);
		break;
	case UART_IIR:
		uart_write_fcr(u, val);
		break;
	case UART_LCR:
		WRITE_ONCE(s->lcr, val);
		break;
	case UART_MCR:
		uart_write_mcr(u, val);
		break;
	case UART_SCR:
		s->scr = val;
		break;
	}
	uart_update_irq(u);
	spin_unlock(&u->vdev.lock);
}

static void uart_write(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width, u64 val)
{
	struct uart *u = to_uart(v);

	if (off == UART_RBR && !(READ_ONCE(u->s.lcr) & LCR_DLAB) &&
	    !(READ_ONCE(u->s.mcr) & MCR_LOOP)) {
		enum console_room room = console_port_putc(u->port, (u8)val);

		/* A driver that polls wants no more. */
		if (likely(room == CONSOLE_ROOM) && !(READ_ONCE(u->s.ier) & IER_THRI))
			return;
		/* It fills a FIFO that it was told is full. */
		if (unlikely(room == CONSOLE_OVER))
			vcpu_wait_output(vcpu);
	}
	uart_write_locked(u, off, (u8)val);
}

static void uart_input(struct vdev *v)
{
	struct uart *u = to_uart(v);
	unsigned long flags = spin_lock_irqsave(&v->lock);

	uart_pull(u);
	uart_settle_tx(u);
	uart_update_irq(u);
	spin_unlock_irqrestore(&v->lock, flags);
}

static int uart_getc(struct vdev *v)
{
	struct uart *u = to_uart(v);
	unsigned long flags = spin_lock_irqsave(&v->lock);
	int c = -1;

	/* In loopback the FIFO has what the guest sent itself. */
	if (!(u->s.mcr & MCR_LOOP)) {
		uart_pull(u);
		if (u->s.fifo.count)
			c = uart_read_rbr(u);
		uart_update_irq(u);
	}
	spin_unlock_irqrestore(&v->lock, flags);
	return c;
}

/* ---- life ---- */

/*
 * There is no firmware to do it: 8n1, so that a guest needs to set up nothing. FIFOs are off: a
 * driver that clears them when it starts would lose what has been typed.
 */
static void uart_reset(struct vdev *v)
{
	struct uart *u = to_uart(v);
	unsigned long flags = spin_lock_irqsave(&v->lock);

	u->s = (struct uart_state){
		.header = { STATE_VERSION, sizeof(u->s) },
		.lsr = LSR_EMPTY,
		.msr = MSR_DCD | MSR_DSR | MSR_CTS,
		.lcr = LCR_8N1,
		.dll = u->vdev.space == VDEV_PORTS ? PC_DIVISOR : UART_DIVISOR,
	};
	u->lsr_slow = true; /* the console may have input already */
	uart_settle_tx(u);
	uart_update_irq(u);
	spin_unlock_irqrestore(&v->lock, flags);
}

static const struct vdev_ops uart_ops;

static int uart_create(struct vm *vm, const struct vdev_config *cfg, struct vdev **out)
{
	struct uart *u = kzalloc_for(vm->account, sizeof(*u));

	if (!u)
		return -ENOMEM;
	vdev_init(&u->vdev, &uart_ops, vm, cfg);
	u->port = vm->console;
	u->has_input = uart_gets_input(vm);
	uart_reset(&u->vdev);
	*out = &u->vdev;
	return 0;
}

static void uart_destroy(struct vdev *v)
{
	kfree_for(v->vm->account, to_uart(v));
}

static int uart_fdt(struct vdev *v, struct fdt_writer *w)
{
	vdev_fdt_node(v, w, v->ops->stdout_node);
	fdtw_string(w, "compatible", "ns16550a");
	fdtw_u32(w, "clock-frequency", UART_CLOCK);
	fdtw_end_node(w);
	return 0;
}

static int uart_save(struct vdev *v, struct vdev_state *out)
{
	return vdev_state_put(v, out, &to_uart(v)->s, sizeof(struct uart_state));
}

static int uart_restore(struct vdev *v, const struct vdev_state *in)
{
	struct uart *u = to_uart(v);
	struct uart_state s;
	unsigned long flags;
	int rc = vdev_state_get(in, &s, sizeof(s), STATE_VERSION);

	if (rc)
		return rc;
	s.ier &= IER_VALID;
	s.mcr &= MCR_VALID;
	s.fcr = s.fcr & FCR_ENABLE ? s.fcr & FCR_KEPT : 0;
	if (s.fifo.head >= UART_FIFO_SIZE || s.fifo.count > uart_capacity(&s))
		return -EINVAL;
	/* One that was full raises its interrupt, if there is room now. */
	s.lsr = ((s.lsr & LSR_EMPTY) ? LSR_EMPTY : 0) | (s.lsr & LSR_OE) |
		(s.fifo.count ? LSR_DR : 0);
	s.thre_pending = s.thre_pending && (s.lsr & LSR_EMPTY);

	flags = spin_lock_irqsave(&v->lock);
	u->s = s;
	u->lsr_slow = true;
	uart_settle_tx(u);
	uart_update_irq(u);
	spin_unlock_irqrestore(&v->lock, flags);
	return 0;
}

static const struct vdev_ops uart_ops = {
	.compatible = "lodge,ns16550",
	.byte_ports = true,
	.stdout_node = "serial",
	.create = uart_create,
	.destroy = uart_destroy,
	.reset = uart_reset,
	.read = uart_read,
	.write = uart_write,
	.input = uart_input,
	.getc = uart_getc,
	.fdt = uart_fdt,
	.save = uart_save,
	.restore = uart_restore,
};
VDEV_REGISTER(uart_ops);
