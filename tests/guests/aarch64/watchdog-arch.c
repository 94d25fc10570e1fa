// SPDX-License-Identifier: Apache-2.0
#include "../watchdog.h"
#include <guest/fdt.h>
#include <guest/irq.h>
#include <guest/tap.h>

/* SP805 (Arm DDI 0270): an interrupt after WDOGLOAD, and a reset after that once more. */

enum {
	WDOGLOAD = 0x000,
	WDOGVALUE = 0x004,
	WDOGCONTROL = 0x008,
	WDOGINTCLR = 0x00c,
	WDOGRIS = 0x010,
	WDOGMIS = 0x014,
	WDOGLOCK = 0xc00,
	PERIPHID = 0xfe0,
};

#define UNLOCK 0x1acce551u
#define HZ     24000000u

const u64 watchdog_us = 400000;

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
	static const u8 id[] = { 0x05, 0x18, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };
	int node = fdt_find_compatible(platform.fdt, "arm,sp805");
	bool good = true;

	if (node < 0)
		return false;
	base = fdt_cell64(platform.fdt, node, "reg", 0);
	irq = arch_fdt_irq(platform.fdt, node);
	for (u64 i = 0; i < ARRAY_SIZE(id); i++)
		good &= (rd(PERIPHID + 4 * i) & (i == 2 ? 0xf : 0xff)) == id[i];
	tap_ok(good, "it identifies itself as an SP805");
	tap_eq(rd(WDOGLOAD), 0xffffffff, "its counter begins as high as it goes");
	tap_eq(rd(WDOGLOCK), 0, "it is not locked");
	return irq && !rd(WDOGCONTROL) && !rd(WDOGRIS);
}

void watchdog_start(void)
{
	u32 value;

	wr(WDOGLOAD, (u32)(HZ / 1000000 * watchdog_us / 2));
	wr(WDOGCONTROL, 3);
	wr(WDOGLOCK, 1);
	tap_eq(rd(WDOGLOCK), 1, "it can be locked");
	wr(WDOGCONTROL, 0);
	tap_eq(rd(WDOGCONTROL), 3, "which keeps it running");
	value = rd(WDOGVALUE);
	tap_ok(rd(WDOGVALUE) < value, "it counts down");
}

void watchdog_ping(void)
{
	wr(WDOGLOCK, UNLOCK);
	wr(WDOGINTCLR, 1);
	wr(WDOGLOCK, 1);
}

void watchdog_stop(void)
{
	wr(WDOGLOCK, UNLOCK);
	wr(WDOGCONTROL, 0);
	wr(WDOGINTCLR, 1);
}

static volatile u32 claimed, interrupts;

static void on_external(struct trap_frame *f)
{
	(void)f;
	claimed = dev_irq_claim();
	watchdog_ping();
	dev_irq_complete(claimed);
	interrupts++;
}

void watchdog_check_half(void)
{
	u64 end;

	irq_set_handler(IRQ_EXT, on_external);
	dev_irq_enable(irq);
	irq_unmask(IRQ_EXT);
	irq_enable();
	watchdog_ping();
	end = arch_time() + arch_ticks_from_us(watchdog_us * 4);
	while (!interrupts && arch_time() < end)
		;
	irq_disable();
	tap_eq(interrupts, 1, "it interrupts at half of its time");
	tap_eq(claimed, irq, "by the interrupt that the tree names");
	tap_ok(!rd(WDOGRIS) && !dev_irq_is_pending(irq), "a ping clears it");
	irq_mask(IRQ_EXT);
	dev_irq_disable(irq);
}

void watchdog_check_expired(void)
{
	tap_eq(rd(WDOGRIS), 1, "its interrupt is pending");
	tap_eq(rd(WDOGMIS), 1, "and not masked");
	tap_eq(rd(WDOGVALUE), 0, "its counter has stopped");
}
