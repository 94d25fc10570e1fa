// SPDX-License-Identifier: Apache-2.0
#include <arch/plic.h>
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * RISC-V PLIC specification 1.0.0. The source is the UART's transmitter-empty
 * interrupt: raised by enabling it, taken back by reading IIR or by disabling it.
 */

enum { UART_IER = 1, UART_IIR = 2, IER_THRE = 2 };

static u32 irq;

static void raise(void)
{
	mmio_write8(platform.uart + UART_IER, 0);
	mmio_write8(platform.uart + UART_IER, IER_THRE);
}

static void lower(void)
{
	mmio_write8(platform.uart + UART_IER, 0);
	(void)mmio_read8(platform.uart + UART_IIR);
}

static u32 claim(void)
{
	return mmio_read32(plic_claim());
}

static void complete(u32 n)
{
	mmio_write32(plic_claim(), n);
}

static void enable(bool on)
{
	u32 v = mmio_read32(plic_enable(irq));
	u32 bit = 1u << (irq % 32);

	mmio_write32(plic_enable(irq), on ? v | bit : v & ~bit);
}

static bool pending(void)
{
	return mmio_read32(plic_pending(irq)) >> (irq % 32) & 1;
}

static bool signalled(void)
{
	return irq_pending(IRQ_EXT);
}

/* A known state: nothing pending, source enabled with priority 1, threshold 0. */
static void fresh(void)
{
	u32 n;

	lower();
	mmio_write32(plic_threshold(), 0);
	mmio_write32(plic_priority(irq), 1);
	enable(true);
	for (int i = 0; i < 8 && (n = claim()); i++)
		complete(n);
}

static void registers(void)
{
	u32 prio, zero, en, thr;

	mmio_write32(plic_priority(irq), 5);
	prio = mmio_read32(plic_priority(irq));
	mmio_write32(plic_priority(0), 5);
	zero = mmio_read32(plic_priority(0));
	mmio_write32(plic_enable(irq), 0xfffffffe);
	en = mmio_read32(plic_enable(irq));
	mmio_write32(plic_enable(irq), 0);
	mmio_write32(plic_threshold(), 7);
	thr = mmio_read32(plic_threshold());
	mmio_write32(plic_threshold(), 0);
	tap_eq(prio, 5, "a priority reads back");
	tap_eq(zero, 0, "source 0 has none");
	tap_ok(en >> irq & 1, "an enable bit reads back");
	tap_eq(mmio_read32(plic_enable(irq)), 0, "and can be cleared");
	tap_eq(thr, 7, "the threshold reads back");
	mmio_write32(plic_pending(irq), 0xffffffff);
	tap_ok(!pending(), "pending bits cannot be written");
	tap_eq(claim(), 0, "with nothing pending the claim is 0");
	complete(0);
	complete(irq);
	complete(1023);
	complete(0xffffffff);
	tap_eq(claim(), 0, "completing what was not claimed does nothing");
}

static void cycle(void)
{
	bool pend, sig, pend2, sig2;
	u32 first, second;

	fresh();
	raise();
	pend = pending();
	sig = signalled();
	first = claim();
	pend2 = pending();
	sig2 = signalled();
	second = claim();
	lower();
	complete(first);
	tap_ok(pend, "a raised source is pending");
	tap_ok(sig, "and signalled to the hart");
	tap_eq(first, irq, "the claim names it");
	tap_ok(!pend2 && !sig2, "and takes it back");
	tap_eq(second, 0, "a second claim finds nothing");
	tap_ok(!pending() && !signalled(), "nor is there anything after completion");
}

static void still_raised(void)
{
	u32 first, before, again;

	fresh();
	raise();
	first = claim();
	before = claim();
	complete(first);
	again = claim();
	lower();
	complete(irq);
	tap_ok(first == irq && !before, "a source that stays raised is not claimed twice");
	tap_eq(again, irq, "but is pending again after completion");
}

static void masks(void)
{
	bool sig_prio0, sig_thr, sig_thr_below, sig_dis, pend_dis;
	u32 claim_prio0, claim_dis;

	fresh();
	mmio_write32(plic_priority(irq), 0);
	raise();
	sig_prio0 = signalled();
	claim_prio0 = claim();
	mmio_write32(plic_priority(irq), 3);
	mmio_write32(plic_threshold(), 3);
	sig_thr = signalled();
	mmio_write32(plic_threshold(), 2);
	sig_thr_below = signalled();
	enable(false);
	sig_dis = signalled();
	pend_dis = pending();
	claim_dis = claim();
	enable(true);
	fresh();
	tap_ok(!sig_prio0 && !claim_prio0, "priority 0 never interrupts");
	tap_ok(!sig_thr, "a priority equal to the threshold does not interrupt");
	tap_ok(sig_thr_below, "one above it does");
	tap_ok(!sig_dis, "a source not enabled does not interrupt");
	tap_eq(claim_dis, 0, "nor can it be claimed");
	tap_ok(pend_dis, "but stays pending");
}

/* A claim ignores the threshold (PLIC 1.0.0, chapter 9). */
static void claim_below_threshold(void)
{
	u32 n;

	fresh();
	mmio_write32(plic_threshold(), 7);
	raise();
	n = claim();
	lower();
	complete(n);
	fresh();
	tap_eq(n, irq, "a claim by polling ignores the threshold");
}

static volatile u64 taken, spurious;

static void on_external(struct trap_frame *f)
{
	u32 n = claim();

	(void)f;
	lower();
	complete(n);
	if (n == irq)
		taken++;
	else
		spurious++;
}

static void delivery(void)
{
	fresh();
	irq_set_handler(IRQ_EXT, on_external);
	csr_set(sie, BIT(IRQ_EXT));
	irq_enable();
	for (int i = 0; i < 100; i++)
		raise();
	irq_disable();
	csr_clear(sie, BIT(IRQ_EXT));
	lower();
	tap_eq(taken, 100, "100 interrupts are taken, each at once");
	tap_eq(spurious, 0, "and none besides");
}

static void strange_addresses(void)
{
	static const u32 offs[] = { 0x0ffc,    0x107c,	 0x1080,    0x1ffc,   0x1f1ffc,
				    0x1fffffc, 0x201008, 0x3fffffc, 0x5fffffc };
	u64 faults = 0;

	for (size_t i = 0; i < ARRAY_SIZE(offs); i++) {
		trap_catch();
		mmio_write32(platform.intc + offs[i], 0xffffffff);
		(void)mmio_read32(platform.intc + offs[i]);
		mmio_write32(platform.intc + offs[i], 0);
		faults += trap_caught().count;
	}
	tap_ok(true, "reserved registers and other contexts are survived");
	tap_note("%lu accesses faulted", faults);
}

int guest_main(void)
{
	irq = platform.uart_irq;
	if (!tap_ok(platform.intc && irq, "the device tree has the PLIC and a source"))
		return tap_done();
	registers();
	cycle();
	masks();
	claim_below_threshold();
	delivery();
	strange_addresses();
	still_raised();
	fresh();
	return tap_done();
}
