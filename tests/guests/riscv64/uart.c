// SPDX-License-Identifier: Apache-2.0
#include <arch/plic.h>
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * The 16550: registers, FIFO, loopback, interrupts. While the loopback is on or an
 * interrupt is enabled nothing can be printed: results are noted and judged later.
 */

enum { RBR, IER, IIR, LCR, MCR, LSR, MSR, SCR, FCR = IIR, THR = RBR, DLL = RBR, DLM = IER };

#define IER_RX	    0x01
#define IER_THRE    0x02
#define IER_LINE    0x04
#define IIR_NONE    0x01
#define IIR_THRE    0x02
#define IIR_RX	    0x04
#define IIR_LINE    0x06
#define IIR_TIMEOUT 0x0c
#define IIR_FIFO    0xc0
#define LSR_DR	    0x01
#define LSR_OE	    0x02
#define LSR_THRE    0x20
#define LSR_TEMT    0x40
#define LCR_8N1	    0x03
#define LCR_DLAB    0x80
#define MCR_LOOP    0x10

static u8 rd(unsigned int reg)
{
	return mmio_read8(platform.uart + reg);
}

static void wr(unsigned int reg, u8 val)
{
	mmio_write8(platform.uart + reg, val);
}

static bool line_pending(void)
{
	return mmio_read32(plic_pending(platform.uart_irq)) >> (platform.uart_irq % 32) & 1;
}

/* A claim and completion clears a pending bit left from before. */
static void irq_drain(void)
{
	mmio_write32(plic_threshold(), 0);
	mmio_write32(plic_priority(platform.uart_irq), 1);
	mmio_write32(plic_enable(platform.uart_irq), BIT(platform.uart_irq % 32));
	for (int i = 0; i < 8; i++) {
		u32 irq = mmio_read32(plic_claim());

		if (!irq)
			break;
		mmio_write32(plic_claim(), irq);
	}
}

static void registers(void)
{
	u8 dll, dlm, ier, lcr;

	wr(SCR, 0x5a);
	tap_eq(rd(SCR), 0x5a, "the scratch register holds a value");
	wr(SCR, 0xa5);
	tap_eq(rd(SCR), 0xa5, "and another");
	wr(LCR, LCR_DLAB | LCR_8N1);
	wr(DLL, 0x12);
	wr(DLM, 0x34);
	dll = rd(DLL);
	dlm = rd(DLM);
	wr(DLL, 1);
	wr(DLM, 0);
	wr(LCR, LCR_8N1);
	tap_ok(dll == 0x12 && dlm == 0x34, "the divisor latch is behind LCR.DLAB");
	ier = rd(IER);
	lcr = rd(LCR);
	tap_eq(ier, 0, "and the interrupt enables are untouched by it");
	tap_eq(lcr, LCR_8N1, "LCR reads back");
	tap_ok((rd(LSR) & (LSR_THRE | LSR_TEMT)) == (LSR_THRE | LSR_TEMT),
	       "the idle transmitter is empty");
	wr(FCR, 0);
	tap_eq(rd(IIR), IIR_NONE, "without FIFO, IIR says no interrupt");
	wr(FCR, 1);
	tap_eq(rd(IIR), IIR_FIFO | IIR_NONE, "with FIFO, its bits are set");
	wr(MSR, 0);
	wr(LSR, 0);
	tap_ok(rd(LSR) & LSR_THRE, "LSR cannot be written");
}

static void wait_dr(void)
{
	u64 end = arch_time() + arch_ticks_from_us(20000);

	while (!(rd(LSR) & LSR_DR) && arch_time() < end)
		;
}

static void loopback(void)
{
	u8 got[16], lsr_one, lsr_none, msr, lsr, lsr_over;
	bool order = true;

	wr(FCR, 7); /* enable, clear both FIFOs */
	wr(MCR, MCR_LOOP | 0x0f);
	msr = rd(MSR);
	wr(THR, 'x');
	wait_dr();
	lsr_one = rd(LSR);
	got[0] = rd(RBR);
	lsr_none = rd(LSR);
	wr(MCR, 0);
	tap_eq(msr & 0xf0, 0xf0, "in loopback MCR's outputs come back in MSR");
	tap_ok((lsr_one & LSR_DR) && got[0] == 'x', "a byte sent comes back");
	tap_ok(!(lsr_none & LSR_DR), "and is gone when read");

	wr(MCR, MCR_LOOP);
	for (u8 i = 0; i < 16; i++) {
		wr(THR, (u8)('A' + i));
		while (!(rd(LSR) & LSR_THRE))
			;
	}
	wait_dr();
	for (u8 i = 0; i < 16; i++) {
		wait_dr();
		got[i] = rd(RBR);
		order &= got[i] == 'A' + i;
	}
	wr(THR, '1');
	wait_dr();
	wr(FCR, 3); /* clear what was received */
	lsr_none = rd(LSR);
	lsr_over = 0; /* a read of LSR clears the overrun */
	for (u8 i = 0; i < 17; i++) {
		wr(THR, i);
		do {
			lsr = rd(LSR);
			lsr_over |= lsr;
		} while (!(lsr & LSR_THRE));
	}
	lsr_over |= rd(LSR);
	wr(FCR, 7);
	wr(MCR, 0);
	tap_ok(order, "the FIFO keeps 16 bytes in order");
	tap_ok(!(lsr_none & LSR_DR), "FCR clears it");
	tap_ok(lsr_over & LSR_OE, "a 17th byte is an overrun");
}

static void thre_interrupt(void)
{
	u8 off, on, after;
	bool line_on, line_off;

	irq_drain();
	off = rd(IIR);
	wr(IER, IER_THRE);
	line_on = line_pending();
	on = rd(IIR);
	after = rd(IIR);
	wr(IER, 0);
	irq_drain();
	line_off = !line_pending();
	tap_eq(off & 0x0f, IIR_NONE, "no interrupt while none is enabled");
	tap_ok(line_on, "enabling THRE with an empty transmitter raises the line");
	tap_eq(on & 0x0f, IIR_THRE, "IIR names it");
	tap_eq(after & 0x0f, IIR_NONE, "reading IIR takes it back");
	tap_ok(line_off, "and the line is low again");
}

static void rx_interrupt(void)
{
	u8 iir, data, after;
	bool line;

	irq_drain();
	wr(FCR, 7);
	wr(MCR, MCR_LOOP);
	wr(IER, IER_RX);
	wr(THR, 'r');
	wait_dr();
	line = line_pending();
	iir = rd(IIR);
	data = rd(RBR);
	after = rd(IIR);
	wr(IER, 0);
	wr(MCR, 0);
	irq_drain();
	tap_ok(line, "a byte received raises the line");
	tap_ok((iir & 0x0f) == IIR_RX || (iir & 0x0f) == IIR_TIMEOUT, "IIR names it");
	tap_ok(data == 'r' && (after & 0x0f) == IIR_NONE, "reading the byte takes it back");
}

static volatile u64 irqs;
static volatile u32 claimed;

static void on_external(struct trap_frame *f)
{
	(void)f;
	claimed = mmio_read32(plic_claim());
	(void)rd(IIR);
	wr(IER, 0);
	mmio_write32(plic_claim(), claimed);
	irqs++;
}

static void delivered(void)
{
	u64 end;

	irq_set_handler(IRQ_EXT, on_external);
	irq_drain();
	csr_set(sie, BIT(IRQ_EXT));
	irq_enable();
	wr(IER, IER_THRE);
	end = arch_time() + arch_ticks_from_us(20000);
	while (!irqs && arch_time() < end)
		;
	irq_disable();
	wr(IER, 0);
	csr_clear(sie, BIT(IRQ_EXT));
	tap_eq(irqs, 1, "the interrupt arrives, once");
	tap_eq(claimed, platform.uart_irq, "the claim names the UART");
}

int guest_main(void)
{
	tap_ok(platform.uart && platform.uart_irq, "the device tree has the UART");
	registers();
	loopback();
	thre_interrupt();
	rx_interrupt();
	delivered();
	return tap_done();
}
