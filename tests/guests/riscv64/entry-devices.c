// SPDX-License-Identifier: Apache-2.0
#include "../entry-16550.h"
#include <arch/csr.h>
#include <guest/guest.h>

/* As OpenSBI hands over QEMU's virt board. */
#define UART  0x10000000UL
#define PLIC  0x0c000000UL
#define RTC   0x00101000UL
#define FLASH 0x20000000UL

#define NR_SOURCES     53
#define S_CONTEXT      1UL
#define PLIC_ENABLE    (PLIC + 0x2000 + 0x80 * S_CONTEXT)
#define PLIC_THRESHOLD (PLIC + 0x200000 + 0x1000 * S_CONTEXT)

static u8 uart_read(unsigned int reg)
{
	return mmio_read8(UART + reg);
}

static void uart_write(unsigned int reg, u8 val)
{
	mmio_write8(UART + reg, val);
}

static void plic_state(void)
{
	u32 priorities = 0, pending = 0, enables = 0;

	for (u32 i = 1; i <= NR_SOURCES; i++)
		priorities |= mmio_read32(PLIC + 4UL * i);
	for (u32 i = 0; i < 2; i++) {
		pending |= mmio_read32(PLIC + 0x1000 + 4UL * i);
		enables |= mmio_read32(PLIC_ENABLE + 4UL * i);
	}
	entry_device("PLIC priorities", priorities, 0xffffffff, 0);
	entry_device("PLIC pending", pending, 0xffffffff, 0);
	entry_device("PLIC enables", enables, 0xffffffff, 0);
	entry_device("PLIC threshold", mmio_read32(PLIC_THRESHOLD), 0, 0);
	entry_device("PLIC claim", mmio_read32(PLIC_THRESHOLD + 4), 0xffffffff, 0);
}

void entry_devices(const void *fdt)
{
	(void)fdt;
	uart_state(0xff, 2);
	plic_state();
	entry_device("RTC alarm", mmio_read32(RTC + 8), 0xffffffff, 0);
	entry_device("RTC IRQ_ENABLED", mmio_read32(RTC + 0x10), 0xffffffff, 0);
	entry_device("RTC ALARM_STATUS", mmio_read32(RTC + 0x18), 0xffffffff, 0);
	entry_device("sip", csr_read(sip), 0x222, 0);
}

/* The year 1970, and an alarm that is long over. */
void entry_spoil_devices(void)
{
	mmio_write32(RTC + 4, 0);
	mmio_write32(RTC + 0x10, 1);
	mmio_write32(RTC + 0xc, 0);
	mmio_write32(RTC + 8, 1);
	for (u32 i = 1; i <= NR_SOURCES; i++)
		mmio_write32(PLIC + 4UL * i, 1);
	mmio_write32(PLIC_ENABLE, 0xfffffffe);
	mmio_write32(PLIC_THRESHOLD, 3);
	uart_spoil();
	csr_set(sip, 2);
}

bool entry_was_spoilt(void)
{
	u32 low = mmio_read32(RTC), high = mmio_read32(RTC + 4);

	return ((u64)high << 32 | low) < 1000000000000000000UL;
}
