// SPDX-License-Identifier: Apache-2.0
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * PL011 (Arm DDI 0183): registers and interrupts. While an interrupt is enabled nothing
 * can be printed: results are noted and judged later.
 */

enum {
	DR = 0x00,
	RSR = 0x04,
	FR = 0x18,
	ILPR = 0x20,
	IBRD = 0x24,
	FBRD = 0x28,
	LCR_H = 0x2c,
	CR = 0x30,
	IFLS = 0x34,
	IMSC = 0x38,
	RIS = 0x3c,
	MIS = 0x40,
	ICR = 0x44,
	DMACR = 0x48,
	PERIPHID = 0xfe0,
	PCELLID = 0xff0,
};

#define FR_RXFE	  BIT(4)
#define FR_TXFF	  BIT(5)
#define FR_TXFE	  BIT(7)
#define FR_BUSY	  BIT(3)
#define INT_TX	  BIT(5)
#define INT_RX	  BIT(4)
#define LCR_8BIT  (3u << 5)
#define LCR_FEN	  BIT(4)
#define CR_ENABLE 0x301

static u32 rd(u64 reg)
{
	return mmio_read32(platform.uart + reg);
}

static void wr(u64 reg, u32 val)
{
	mmio_write32(platform.uart + reg, val);
}

static void wait_idle(void)
{
	u64 end = guest_give_up();

	while ((rd(FR) & (FR_BUSY | FR_TXFE)) != FR_TXFE && arch_time() < end)
		;
}

static void keeps(u64 reg, u32 mask, const char *name)
{
	u32 old = rd(reg), one, other;

	wait_idle();
	wr(reg, 0xaaaaaaaa & mask);
	one = rd(reg);
	wr(reg, 0x55555555 & mask);
	other = rd(reg);
	wr(reg, old);
	if (!tap_ok(one == (0xaaaaaaaa & mask) && other == (0x55555555 & mask), "%s reads back",
		    name))
		tap_note("0x%x and 0x%x", one, other);
}

static void registers(void)
{
	static const u8 id[] = { 0x11, 0x10, 0x00, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };
	bool good = true;
	u32 revision;

	for (u64 i = 0; i < ARRAY_SIZE(id); i++) {
		u32 mask = i == 2 ? 0x0f : 0xff; /* the revision is anybody's */

		good &= (rd(PERIPHID + 4 * i) & mask) == (id[i] & mask) || i == 2;
	}
	revision = rd(PERIPHID + 8);
	tap_ok(good && (revision & 0xf) == 4, "it identifies itself as a PL011");
	tap_note("revision %u", revision >> 4);
	keeps(IBRD, 0xffff, "UARTIBRD");
	keeps(FBRD, 0x3f, "UARTFBRD");
	keeps(IFLS, 0x3f, "UARTIFLS");
	wait_idle();
	tap_ok((rd(FR) & (FR_TXFE | FR_TXFF)) == FR_TXFE, "the idle transmitter is empty");
	tap_ok(rd(FR) & FR_RXFE, "nothing is received");
	wr(LCR_H, LCR_8BIT | LCR_FEN);
	tap_eq(rd(LCR_H), LCR_8BIT | LCR_FEN, "UARTLCR_H reads back");
	wr(LCR_H, LCR_8BIT);
	tap_eq(rd(CR) & 0x381, CR_ENABLE, "UARTCR has what was written to it");
	tap_eq(rd(RSR), 0, "no error was received");
	wr(FR, 0);
	tap_ok(rd(FR) & FR_TXFE, "UARTFR cannot be written");
	wr(RIS, 0x7ff);
	tap_eq(rd(MIS), 0, "with none enabled no interrupt is there");
	(void)rd(0x100);
	wr(0x100, 0xffffffff);
	wr(0xffc, 0);
	tap_ok(true, "reserved registers are survived");
}

/* Without FIFOs, what was sent is gone at once: the interrupt says so (3.4.3). */
static void transmit_interrupt(void)
{
	u32 raw, masked, enabled, cleared, again;
	bool line, line_masked, line_off;

	tap_note("the transmitter is ready");
	wait_idle();
	dev_irq_enable(platform.uart_irq);
	raw = rd(RIS);
	masked = rd(MIS);
	line_masked = dev_irq_is_pending(platform.uart_irq);
	wr(IMSC, INT_TX);
	enabled = rd(MIS);
	line = dev_irq_is_pending(platform.uart_irq);
	wr(ICR, INT_TX);
	cleared = rd(RIS);
	line_off = !dev_irq_is_pending(platform.uart_irq);
	wr(IMSC, 0);
	wr(DR, '#');
	wait_idle();
	again = rd(RIS);
	wr(DR, '\n');
	wait_idle();
	dev_irq_disable(platform.uart_irq);
	tap_ok(raw & INT_TX, "UARTRIS has what the transmitter did");
	tap_ok(!masked && !line_masked, "masked it is no interrupt");
	tap_ok((enabled & INT_TX) && line, "enabled it raises the line");
	tap_ok(!(cleared & INT_TX) && line_off, "UARTICR takes it back");
	tap_ok(again & INT_TX, "and it is there again when something was sent");
}

static volatile u64 irqs;
static volatile u32 claimed;

static void on_external(struct trap_frame *f)
{
	(void)f;
	claimed = dev_irq_claim();
	wr(IMSC, 0);
	dev_irq_complete(claimed);
	irqs++;
}

static void delivered(void)
{
	u64 end;

	irq_set_handler(IRQ_EXT, on_external);
	dev_irq_enable(platform.uart_irq);
	irq_unmask(IRQ_EXT);
	irq_enable();
	wr(IMSC, INT_TX);
	end = arch_time() + arch_ticks_from_us(20000);
	while (!irqs && arch_time() < end)
		;
	irq_disable();
	wr(IMSC, 0);
	irq_mask(IRQ_EXT);
	dev_irq_disable(platform.uart_irq);
	tap_eq(irqs, 1, "the interrupt arrives, once");
	tap_eq(claimed, platform.uart_irq, "and is the UART's");
}

int guest_main(void)
{
	tap_ok(platform.uart && platform.uart_irq, "the device tree has the UART");
	registers();
	transmit_interrupt();
	delivered();
	return tap_done();
}
