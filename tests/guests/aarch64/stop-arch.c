// SPDX-License-Identifier: Apache-2.0
#include "../stop.h"
#include <guest/fdt.h>
#include <guest/irq.h>
#include <guest/tap.h>

/* A PL061 (Arm DDI 0190), and a key of gpio-keys at one of its pins. */

enum {
	DIR = 0x400,
	IS = 0x404,
	IBE = 0x408,
	IEV = 0x40c,
	IE = 0x410,
	RIS = 0x414,
	MIS = 0x418,
	IC = 0x41c,
	AFSEL = 0x420,
	PERIPHID = 0xfe0,
};

#define KEY_POWER 116

u32 button_irq;
static u64 gpio;
static u32 pin; /* a bit */

static u32 rd(u64 reg)
{
	return mmio_read32(gpio + reg);
}

static void wr(u64 reg, u32 val)
{
	mmio_write32(gpio + reg, val);
}

/* All pins of @mask, by the data register's addresses. */
static u32 data(u32 mask)
{
	return rd((u64)mask << 2);
}

static void drive(u32 mask, u32 val)
{
	wr((u64)mask << 2, val);
}

static int find_key(const void *fdt)
{
	int node = -1;

	while ((node = fdt_next_node(fdt, node)) >= 0)
		if (fdt_cell(fdt, node, "linux,code", 0) == KEY_POWER)
			return node;
	return -1;
}

/* Another pin than the button's is driven, and looked at. */
static void check_pin(u32 n)
{
	drive(n, 0);
	wr(DIR, n);
	wr(IEV, n);
	wr(IC, 0xff);
	tap_ok(data(0xff) == 0 && rd(RIS) == 0, "a pin that is driven low is low");
	drive(n, 0xff);
	tap_ok(data(0xff) == n && !data(pin), "and high, and no other is");
	tap_ok(rd(RIS) == n && !rd(MIS) && !dev_irq_is_pending(button_irq), "its edge is seen");
	wr(IE, n);
	tap_ok(rd(MIS) == n && dev_irq_is_pending(button_irq), "and interrupts");
	wr(IC, n);
	tap_ok(!rd(RIS) && !dev_irq_is_pending(button_irq), "until it is cleared");
	wr(IS, n);
	wr(IC, n);
	tap_ok(rd(MIS) == n && dev_irq_is_pending(button_irq), "a level can't be");
	drive(n, 0);
	tap_ok(!rd(MIS) && !dev_irq_is_pending(button_irq), "but goes by itself");
	wr(IS, 0);
	wr(IE, 0);
	wr(IBE, n);
	wr(IC, n);
	drive(n, n);
	tap_eq(rd(RIS), n, "with both edges, one is seen");
	wr(IC, n);
	drive(n, 0);
	tap_eq(rd(RIS), n, "and the other");
	wr(IBE, 0);
	wr(IEV, 0);
	wr(DIR, 0);
	wr(IC, 0xff);
}

void button_check(void)
{
	static const u8 id[] = { 0x61, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };
	bool good = true;

	for (u64 i = 0; i < ARRAY_SIZE(id); i++)
		good &= rd(PERIPHID + 4 * i) == id[i];
	tap_ok(good, "it identifies itself as a PL061");
	wr(AFSEL, 0xff);
	wr(AFSEL, 0);
	tap_eq(rd(AFSEL), 0, "no pin has another function");
	tap_ok(mmio_read8(gpio + DIR) == 0 && !rd(IE), "all are inputs, and masked");
	tap_eq(data(pin), 0, "the button is not pressed");
	check_pin(pin == 1 ? 2 : 1);
}

bool button_find(void)
{
	const void *fdt = platform.fdt;
	int node = fdt_find_compatible(fdt, "arm,pl061"), key = find_key(fdt);

	if (!tap_ok(node >= 0 && key >= 0, "the devicetree has a GPIO controller and a key"))
		return false;
	if (!tap_ok(fdt_cell(fdt, key, "gpios", 0) == fdt_cell(fdt, node, "phandle", 0) &&
			    !fdt_cell(fdt, key, "gpios", 2),
		    "one is at the other, and active high"))
		return false;
	gpio = fdt_cell64(fdt, node, "reg", 0);
	button_irq = arch_fdt_irq(fdt, node);
	pin = 1u << (fdt_cell(fdt, key, "gpios", 1) & 7);
	return true;
}

void button_listen(void)
{
	dev_irq_enable(button_irq);
	wr(IBE, pin);
	wr(IC, 0xff);
	wr(IE, pin);
}

bool button_take(void)
{
	wr(IC, pin);
	return !data(pin);
}
