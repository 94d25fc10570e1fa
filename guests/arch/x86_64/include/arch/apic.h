/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_APIC_H
#define ARCH_APIC_H

#include <guest/guest.h>

/* Local APIC (AMD APM vol. 2, chapter 16) and I/O APIC (Intel 82093AA). */
#define LAPIC_BASE 0xfee00000UL

#define LAPIC_ID	  0x020
#define LAPIC_VERSION	  0x030
#define LAPIC_TPR	  0x080
#define LAPIC_PPR	  0x0a0
#define LAPIC_EOI	  0x0b0
#define LAPIC_LDR	  0x0d0
#define LAPIC_SVR	  0x0f0
#define LAPIC_ISR	  0x100
#define LAPIC_IRR	  0x200
#define LAPIC_ESR	  0x280
#define LAPIC_ICR	  0x300
#define LAPIC_ICR_HIGH	  0x310
#define LAPIC_LVT_TIMER	  0x320
#define LAPIC_LVT_LINT0	  0x350
#define LAPIC_LVT_ERROR	  0x370
#define LAPIC_TIMER_INIT  0x380
#define LAPIC_TIMER_COUNT 0x390
#define LAPIC_TIMER_DIV	  0x3e0

#define LAPIC_ENABLE	  0x100
#define LAPIC_MASKED	  0x10000
#define LAPIC_PERIODIC	  0x20000
#define LAPIC_DEADLINE	  0x40000
#define LAPIC_DIV_1	  0xb
#define LAPIC_ICR_PENDING 0x1000
#define LAPIC_ICR_ASSERT  0x4000
#define LAPIC_ICR_NMI	  0x400
#define LAPIC_ICR_INIT	  0x500
#define LAPIC_ICR_SIPI	  0x600

#define IOAPIC_SELECT 0x00
#define IOAPIC_DATA   0x10

#define IOAPIC_ID	  0
#define IOAPIC_VERSION	  1
#define IOAPIC_REDIR(pin) (0x10 + 2 * (pin))
#define IOAPIC_LEVEL	  0x8000
#define IOAPIC_REMOTE_IRR 0x4000
#define IOAPIC_MASKED	  0x10000

static inline u32 lapic_read(u32 reg)
{
	return mmio_read32(LAPIC_BASE + reg);
}

static inline void lapic_write(u32 reg, u32 v)
{
	mmio_write32(LAPIC_BASE + reg, v);
}

static inline u32 ioapic_read(u32 reg)
{
	mmio_write32(platform.intc + IOAPIC_SELECT, reg);
	return mmio_read32(platform.intc + IOAPIC_DATA);
}

static inline void ioapic_write(u32 reg, u32 v)
{
	mmio_write32(platform.intc + IOAPIC_SELECT, reg);
	mmio_write32(platform.intc + IOAPIC_DATA, v);
}

/* An IPI: the lower half of ICR without the destination. */
void lapic_send(u64 cpu, u32 command);

/* Ticks of the timer, divided by one, in a second. */
extern u64 lapic_hz;

#endif
