// SPDX-License-Identifier: Apache-2.0
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * The 16550 at COM1's ports: registers, FIFO, loopback, interrupts. While the loopback is on or
 * an interrupt is enabled nothing can be printed: results are noted and judged later.
 */

#define COM1 0x3f8

enum { RBR, IER, IIR, LCR, MCR, LSR, MSR, SCR, FCR = IIR, THR = RBR, DLL = RBR, DLM = IER };

#define IER_RX	    0x01
#define IER_THRE    0x02
#define IIR_NONE    0x01
#define IIR_THRE    0x02
#define IIR_RX	    0x04
#define IIR_TIMEOUT 0x0c
#define IIR_FIFO    0xc0
#define LSR_DR	    0x01
#define LSR_OE	    0x02
#define LSR_EMPTY   0x60
#define LCR_8N1	    0x03
#define LCR_DLAB    0x80
#define MCR_LOOP    0x10

static u8 rd(u16 reg)
{
	return inb(COM1 + reg);
}

static void wr(u16 reg, u8 val)
{
	outb(COM1 + reg, val);
}

static void registers(void)
{
	u8 dll, dlm;

	wr(SCR, 0x5a);
	tap_eq(rd(SCR), 0x5a, "the scratch register holds a value");
	wr(LCR, LCR_DLAB | LCR_8N1);
	wr(DLL, 0x12);
	wr(DLM, 0x34);
	dll = rd(DLL);
	dlm = rd(DLM);
	wr(DLL, 1);
	wr(DLM, 0);
	wr(LCR, LCR_8N1);
	tap_ok(dll == 0x12 && dlm == 0x34, "the divisor latch is behind LCR.DLAB");
	tap_eq(rd(IER), 0, "and the interrupt enables are untouched by it");
	tap_eq(rd(LSR) & LSR_EMPTY, LSR_EMPTY, "the idle transmitter is empty");
	wr(FCR, 0);
	tap_eq(rd(IIR), IIR_NONE, "without FIFO, IIR says no interrupt");
	wr(FCR, 1);
	tap_eq(rd(IIR), IIR_FIFO | IIR_NONE, "with FIFO, its bits are set");
}

/* What a string instruction reads and writes goes through the ports one by one. */
static void strings(void)
{
	static const u8 out[4] = { 'a', 'b', 'c', 'd' };
	u8 in[4];
	const u8 *src = out;
	u8 *dst = in;
	u64 n = 4;

	wr(FCR, 7);
	wr(MCR, MCR_LOOP);
	__asm__ volatile("rep outsb" : "+S"(src), "+c"(n) : "d"(COM1 + THR) : "memory");
	n = 4;
	__asm__ volatile("rep insb" : "+D"(dst), "+c"(n) : "d"(COM1 + RBR) : "memory");
	wr(FCR, 7);
	wr(MCR, 0);
	tap_ok(src == out + 4 && dst == in + 4 && n == 0, "REP INSB and OUTSB move on");
	tap_ok(!memcmp(in, out, 4), "and what OUTSB has sent INSB receives");
}

static void loopback(void)
{
	u8 got[16], lsr_one, lsr_none, msr, lsr_over;
	bool order = true;

	wr(FCR, 7);
	wr(MCR, MCR_LOOP | 0x0f);
	msr = rd(MSR);
	wr(THR, 'x');
	lsr_one = rd(LSR);
	got[0] = rd(RBR);
	lsr_none = rd(LSR);
	wr(MCR, 0);
	tap_eq(msr & 0xf0, 0xf0, "in loopback MCR's outputs come back in MSR");
	tap_ok((lsr_one & LSR_DR) && got[0] == 'x', "a byte sent comes back");
	tap_ok(!(lsr_none & LSR_DR), "and is gone when read");

	wr(MCR, MCR_LOOP);
	for (u8 i = 0; i < 16; i++)
		wr(THR, (u8)('A' + i));
	for (u8 i = 0; i < 16; i++) {
		got[i] = rd(RBR);
		order &= got[i] == 'A' + i;
	}
	lsr_over = 0;
	for (u8 i = 0; i < 17; i++)
		wr(THR, i);
	lsr_over = rd(LSR);
	wr(FCR, 7);
	wr(MCR, 0);
	tap_ok(order, "the FIFO keeps 16 bytes in order");
	tap_ok(lsr_over & LSR_OE, "a 17th byte is an overrun");
}

static volatile u64 irqs;
static volatile u8 iir;

static void on_uart(struct trap_frame *f)
{
	(void)f;
	iir = rd(IIR);
	wr(IER, 0);
	irqs++;
}

static void interrupts(void)
{
	u8 on, after, data, rx;
	u64 end;

	wr(FCR, 7);
	wr(IER, IER_THRE);
	on = rd(IIR);
	after = rd(IIR);
	wr(IER, 0);
	tap_eq(on & 0x0f, IIR_THRE, "enabling THRE with an empty transmitter is an interrupt");
	tap_eq(after & 0x0f, IIR_NONE, "reading IIR takes it back");

	wr(MCR, MCR_LOOP);
	wr(IER, IER_RX);
	wr(THR, 'r');
	rx = rd(IIR);
	data = rd(RBR);
	after = rd(IIR);
	wr(IER, 0);
	wr(MCR, 0);
	tap_ok((rx & 0x0f) == IIR_RX || (rx & 0x0f) == IIR_TIMEOUT, "so is a byte received");
	tap_ok(data == 'r' && (after & 0x0f) == IIR_NONE, "reading the byte takes it back");

	irq_set_handler(IRQ_EXT, on_uart);
	dev_irq_enable(platform.uart_irq);
	irq_unmask(IRQ_EXT);
	irq_enable();
	wr(IER, IER_THRE);
	end = arch_time() + arch_ticks_from_us(20000);
	while (!irqs && arch_time() < end)
		;
	irq_disable();
	irq_mask(IRQ_EXT);
	tap_eq(irqs, 1, "it arrives at input 4 of the I/O APIC, once");
	tap_eq(iir & 0x0f, IIR_THRE, "with its reason in IIR");
}

int guest_main(void)
{
	registers();
	loopback();
	strings();
	interrupts();
	return tap_done();
}
