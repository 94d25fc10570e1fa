// SPDX-License-Identifier: Apache-2.0
#include "../entry.h"
#include <arch/gic.h>

/* As QEMU's virt board is without firmware. */
#define UART 0x09000000UL
#define RTC  0x09010000UL
#define GPIO 0x09030000UL

enum {
	UART_FR = 0x18,
	UART_IBRD = 0x24,
	UART_FBRD = 0x28,
	UART_LCR_H = 0x2c,
	UART_CR = 0x30,
	UART_IFLS = 0x34,
	UART_IMSC = 0x38,
	UART_RIS = 0x3c,
	UART_DMACR = 0x48,
};

enum { RTC_MR = 4, RTC_LR = 8, RTC_CR = 0xc, RTC_IMSC = 0x10, RTC_RIS = 0x14 };

enum { GPIO_DATA = 0x3fc, GPIO_FIRST = 0x400, GPIO_IS = 0x404, GPIO_IE = 0x410, GPIO_END = 0x424 };

#define FIRST_SPI 32
#define END_SPI	  64 /* of those that both have */

static void uart_state(void)
{
	entry_device("UART FR", mmio_read32(UART + UART_FR), 0xb8, 0x90);
	entry_device("UART IBRD", mmio_read32(UART + UART_IBRD), 0xffff, 0);
	entry_device("UART FBRD", mmio_read32(UART + UART_FBRD), 0x3f, 0);
	entry_device("UART LCR_H", mmio_read32(UART + UART_LCR_H), 0xff, 0);
	entry_device("UART CR", mmio_read32(UART + UART_CR), 0xffff, 0x300);
	entry_device("UART IFLS", mmio_read32(UART + UART_IFLS), 0x3f, 0x12);
	entry_device("UART IMSC", mmio_read32(UART + UART_IMSC), 0x7ff, 0);
	entry_device("UART RIS", mmio_read32(UART + UART_RIS), 0x7ff, 0);
	entry_device("UART DMACR", mmio_read32(UART + UART_DMACR), 7, 0);
}

static u32 any_of(u64 at, unsigned int n)
{
	u32 all = 0;

	for (unsigned int i = 0; i < n; i++)
		all |= mmio_read32(at + 4UL * i);
	return all;
}

static void private_state(u64 frame)
{
	entry_device("GIC private groups", mmio_read32(frame + GICD_IGROUPR), 0, 0);
	entry_device("GIC SGI enables", mmio_read32(frame + GICD_ISENABLER), 0xffff,
		     gic.version == 2 ? 0xffff : 0);
	entry_device("GIC PPI enables", mmio_read32(frame + GICD_ISENABLER) >> 16, 0xffff, 0);
	entry_device("GIC private pending", mmio_read32(frame + GICD_ISPENDR), 0xffff, 0);
	entry_device("GIC private active", mmio_read32(frame + GICD_ISACTIVER), ~0u, 0);
	entry_device("GIC private priorities", any_of(frame + GICD_IPRIORITYR, 8), ~0u, 0);
	entry_device("GIC SGI configuration", mmio_read32(frame + GICD_ICFGR), ~0u, 0xaaaaaaaa);
}

static void distributor_state(void)
{
	u64 d = gic.gicd;

	entry_device("GICD_CTLR", mmio_read32(d + GICD_CTLR), 3, 0);
	/* GICv3 begins in group 1, as under KVM. */
	entry_device("GIC SPI groups", mmio_read32(d + GICD_IGROUPR + 4), 0, 0);
	entry_device("GIC SPI enables", mmio_read32(d + GICD_ISENABLER + 4), ~0u, 0);
	entry_device("GIC SPI pending", mmio_read32(d + GICD_ISPENDR + 4), ~0u, 0);
	entry_device("GIC SPI active", mmio_read32(d + GICD_ISACTIVER + 4), ~0u, 0);
	entry_device("GIC SPI priorities",
		     any_of(d + GICD_IPRIORITYR + FIRST_SPI, (END_SPI - FIRST_SPI) / 4), ~0u, 0);
	entry_device("GIC SPI configuration",
		     any_of(d + GICD_ICFGR + FIRST_SPI / 4, (END_SPI - FIRST_SPI) / 16), ~0u, 0);
}

static void interface_state(void)
{
	if (gic.version == 2) {
		entry_device("GICC_CTLR", mmio_read32(gic.gicc + GICC_CTLR), ~0u, 0);
		entry_device("GICC_PMR", mmio_read32(gic.gicc + GICC_PMR), ~0u, 0);
		entry_device("GICC_BPR", mmio_read32(gic.gicc + GICC_BPR), 0, 0);
		return;
	}
	entry_device("GICR_CTLR", mmio_read32(gic_redistributor() + GICR_CTLR), 1, 0);
	entry_device("GICR_WAKER", mmio_read32(gic_redistributor() + GICR_WAKER), 0, 0);
	entry_device("ICC_SRE_EL1", sysreg_read(ICC_SRE_EL1), 1, 1);
	entry_device("ICC_CTLR_EL1", sysreg_read(ICC_CTLR_EL1), 3, 0);
	entry_device("ICC_PMR_EL1", sysreg_read(ICC_PMR_EL1), ~0u, 0);
	entry_device("ICC_BPR1_EL1", sysreg_read(ICC_BPR1_EL1), 0, 0);
	entry_device("ICC_IGRPEN0_EL1", sysreg_read(ICC_IGRPEN0_EL1), 1, 0);
	entry_device("ICC_IGRPEN1_EL1", sysreg_read(ICC_IGRPEN1_EL1), 1, 0);
}

void entry_devices(const void *fdt)
{
	struct platform p = { .fdt = fdt };

	gic_find(&p);
	uart_state();
	entry_device("RTC MR", mmio_read32(RTC + RTC_MR), ~0u, 0);
	entry_device("RTC CR", mmio_read32(RTC + RTC_CR), 1, 1);
	entry_device("RTC IMSC", mmio_read32(RTC + RTC_IMSC), 1, 0);
	entry_device("RTC RIS", mmio_read32(RTC + RTC_RIS), 1, 0);
	entry_device("GPIO DATA", mmio_read32(GPIO + GPIO_DATA), 0xff, 0);
	entry_device("GPIO DIR to AFSEL", any_of(GPIO + GPIO_FIRST, (GPIO_END - GPIO_FIRST) / 4),
		     0xff, 0);
	distributor_state();
	private_state(gic_private());
	interface_state();
}

/* The year 1970, and an alarm that is over at once. */
void entry_spoil_devices(void)
{
	u64 frame = gic_private();

	mmio_write32(GPIO + GPIO_FIRST, 0xff);
	mmio_write32(GPIO + GPIO_DATA, 0xff);
	mmio_write32(GPIO + GPIO_IS, 0xff);
	mmio_write32(GPIO + GPIO_IE, 0xf0);
	mmio_write32(RTC + RTC_LR, 1000);
	mmio_write32(RTC + RTC_IMSC, 1);
	mmio_write32(RTC + RTC_MR, 1000);
	for (u32 i = FIRST_SPI; i < END_SPI; i += 4)
		mmio_write32(gic.gicd + GICD_IPRIORITYR + i, 0x50505050);
	mmio_write32(gic.gicd + GICD_ICFGR + FIRST_SPI / 4, 0xaaaaaaaa);
	mmio_write32(gic.gicd + GICD_ISENABLER + 4, ~0u);
	mmio_write32(gic.gicd + GICD_ISPENDR + 4, ~0u);
	mmio_write32(frame + GICD_ISENABLER, ~0u);
	mmio_write32(frame + GICD_ISPENDR, ~0u);
	mmio_write32(frame + GICD_IPRIORITYR, 0x60606060);
	gic_set_pmr(0x10);
	mmio_write32(UART + UART_IBRD, 3);
	mmio_write32(UART + UART_FBRD, 5);
	mmio_write32(UART + UART_LCR_H, 0x70);
	mmio_write32(UART + UART_IFLS, 0);
	mmio_write32(UART + UART_IMSC, 0x7ff);
	mmio_write32(UART + UART_CR, 0);
}

bool entry_was_spoilt(void)
{
	return mmio_read32(RTC) < 1000000000;
}
