// SPDX-License-Identifier: Apache-2.0
#include "../stop.h"
#include <guest/fdt.h>
#include <guest/irq.h>
#include <guest/tap.h>

/* SiFive's GPIO (FU540-C000 manual, chapter 17) with one pin, and a key of gpio-keys at it. */

enum {
	INPUT_VAL = 0x00,
	INPUT_EN = 0x04,
	OUTPUT_EN = 0x08,
	OUTPUT_VAL = 0x0c,
	RISE_IE = 0x18,
	RISE_IP = 0x1c,
	FALL_IE = 0x20,
	FALL_IP = 0x24,
	HIGH_IE = 0x28,
	HIGH_IP = 0x2c,
	LOW_IE = 0x30,
	LOW_IP = 0x34,
	OUT_XOR = 0x40,
};

#define KEY_POWER 116

u32 button_irq;
static u64 gpio;

static u32 rd(u64 reg)
{
	return mmio_read32(gpio + reg);
}

static void wr(u64 reg, u32 val)
{
	mmio_write32(gpio + reg, val);
}

static int find_key(const void *fdt)
{
	int node = -1;

	while ((node = fdt_next_node(fdt, node)) >= 0)
		if (fdt_cell(fdt, node, "linux,code", 0) == KEY_POWER)
			return node;
	return -1;
}

static void clear(void)
{
	wr(RISE_IP, 1);
	wr(FALL_IP, 1);
	wr(HIGH_IP, 1);
	wr(LOW_IP, 1);
}

/* Whether the controller has the interrupt, which a claim takes from it. */
static bool interrupts(void)
{
	bool pending = dev_irq_is_pending(button_irq);
	u32 irq;

	dev_irq_enable(button_irq);
	irq = dev_irq_claim();
	if (irq)
		dev_irq_complete(irq);
	dev_irq_disable(button_irq);
	return pending && irq == button_irq;
}

/* The pin is driven, and looked at. */
void button_check(void)
{
	tap_ok(!rd(INPUT_EN) && !rd(OUTPUT_EN) && !rd(INPUT_VAL), "nothing is enabled");
	wr(INPUT_EN, 1);
	tap_eq(rd(INPUT_VAL), 0, "the button is not pressed");
	clear();
	wr(OUTPUT_EN, 1);
	wr(OUTPUT_VAL, 1);
	tap_ok(rd(INPUT_VAL) && rd(RISE_IP) && !rd(FALL_IP), "a pin that is driven rises");
	tap_ok(!dev_irq_is_pending(button_irq), "which interrupts nobody yet");
	wr(RISE_IE, 1);
	tap_ok(interrupts(), "and does when it is enabled");
	wr(RISE_IP, 1);
	interrupts();
	tap_ok(!rd(RISE_IP) && !interrupts(), "until it is cleared");
	wr(OUT_XOR, 1);
	tap_ok(!rd(INPUT_VAL) && rd(FALL_IP) && !interrupts(), "and falls");
	wr(LOW_IE, 1);
	wr(LOW_IP, 1);
	tap_ok(rd(LOW_IP) && interrupts(), "a level is pending again while it lasts");
	wr(OUT_XOR, 0);
	wr(LOW_IP, 1);
	interrupts();
	tap_ok(!rd(LOW_IP) && rd(HIGH_IP) && !interrupts(), "and no longer");
	wr(LOW_IE, 0);
	wr(RISE_IE, 0);
	wr(OUTPUT_VAL, 0);
	wr(OUTPUT_EN, 0);
	clear();
}

bool button_find(void)
{
	const void *fdt = platform.fdt;
	int node = fdt_find_compatible(fdt, "sifive,gpio0"), key = find_key(fdt);

	if (!tap_ok(node >= 0 && key >= 0, "the devicetree has a GPIO controller and a key"))
		return false;
	if (!tap_ok(fdt_cell(fdt, key, "gpios", 0) == fdt_cell(fdt, node, "phandle", 0) &&
			    !fdt_cell(fdt, key, "gpios", 1) && !fdt_cell(fdt, key, "gpios", 2),
		    "one is at the other, and active high"))
		return false;
	gpio = fdt_cell64(fdt, node, "reg", 0);
	button_irq = arch_fdt_irq(fdt, node);
	return true;
}

void button_listen(void)
{
	dev_irq_enable(button_irq);
	wr(INPUT_EN, 1);
	clear();
	wr(RISE_IE, 1);
	wr(FALL_IE, 1);
}

bool button_take(void)
{
	wr(RISE_IP, 1);
	wr(FALL_IP, 1);
	return !rd(INPUT_VAL);
}
