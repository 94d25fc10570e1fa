// SPDX-License-Identifier: Apache-2.0
#include "../watchdog.h"
#include <guest/fdt.h>
#include <guest/irq.h>
#include <guest/tap.h>

/* The D1's watchdog: a reset or an interrupt after its interval. */

enum {
	IRQ_EN = 0x00,
	IRQ_STA = 0x04,
	SOFT_RST = 0x08,
	CTRL = 0x10,
	CFG = 0x14,
	MODE = 0x18,
	OUTPUT_CFG = 0x1c,
};

#define KEY	 0x16aa0000u
#define RESTART	 (0xa57u << 1 | 1)
#define RESETS	 1u
#define ONLY_IRQ 2u

const u64 watchdog_us = 500000;

static u64 base;
static u32 irq;

static u32 rd(u64 reg)
{
	return mmio_read32(base + reg);
}

static void wr(u64 reg, u32 val)
{
	mmio_write32(base + reg, val);
}

bool watchdog_check(void)
{
	int node = fdt_find_compatible(platform.fdt, "allwinner,sun20i-d1-wdt");

	if (node < 0)
		return false;
	base = fdt_cell64(platform.fdt, node, "reg", 0);
	irq = arch_fdt_irq(platform.fdt, node);
	tap_eq(rd(CFG), RESETS, "it is to reset the system");
	tap_eq(rd(OUTPUT_CFG), 0x1f, "for a millisecond");
	return irq && !rd(MODE) && !rd(IRQ_STA) && !rd(IRQ_EN);
}

void watchdog_start(void)
{
	wr(MODE, 1);
	tap_eq(rd(MODE), 0, "without a key it does not start");
	wr(MODE, KEY | 1);
	tap_eq(rd(MODE), 1, "with one it does");
	wr(SOFT_RST, KEY | 1); /* not while it is enabled */
	wr(MODE, 0);
	tap_eq(rd(MODE), 1, "and keeps running");
}

void watchdog_ping(void)
{
	wr(CTRL, RESTART);
}

void watchdog_stop(void)
{
	wr(MODE, KEY);
	wr(IRQ_STA, 1);
	wr(IRQ_EN, 0);
}

static volatile u32 claimed, interrupts;

static void on_external(struct trap_frame *f)
{
	(void)f;
	claimed = dev_irq_claim();
	wr(IRQ_STA, 1);
	dev_irq_complete(claimed);
	interrupts++;
}

void watchdog_check_half(void)
{
	u64 end;

	wr(CFG, KEY | ONLY_IRQ);
	wr(IRQ_EN, 1);
	irq_set_handler(IRQ_EXT, on_external);
	dev_irq_enable(irq);
	irq_unmask(IRQ_EXT);
	irq_enable();
	watchdog_ping();
	end = arch_time() + arch_ticks_from_us(watchdog_us * 8);
	while (interrupts < 2 && arch_time() < end)
		;
	irq_disable();
	tap_ok(interrupts >= 2, "it may only interrupt, again and again");
	tap_eq(claimed, irq, "by the interrupt that the tree names");
	irq_mask(IRQ_EXT);
	dev_irq_disable(irq);
}

void watchdog_check_expired(void)
{
	tap_eq(rd(IRQ_STA), 1, "it tells that it has reached its interval");
	tap_eq(rd(MODE), 1, "and is still enabled");
}
