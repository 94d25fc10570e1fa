// SPDX-License-Identifier: Apache-2.0
#include "../contain-timers.h"
#include <arch/apic.h>
#include <arch/cmos.h>
#include <arch/regs.h>
#include <guest/irq.h>

#define PIT_IRQ 2
#define RTC_IRQ 8

void timers_flood(void)
{
	lapic_write(LAPIC_SVR, LAPIC_ENABLE | 0xff);
	lapic_write(LAPIC_TPR, 0xff);
	lapic_write(LAPIC_TIMER_DIV, LAPIC_DIV_1);
	lapic_write(LAPIC_LVT_TIMER, LAPIC_PERIODIC | 0x40);
	lapic_write(LAPIC_TIMER_INIT, 1);
	for (;;)
		__asm__ volatile("sti; hlt");
}

/* Each to this CPU, as an edge. */
static void route(u32 irq, u8 vector)
{
	ioapic_write(IOAPIC_REDIR(irq) + 1, lapic_read(LAPIC_ID));
	ioapic_write(IOAPIC_REDIR(irq), vector);
}

void timers_flood_devices(void)
{
	route(PIT_IRQ, 0x30);
	route(RTC_IRQ, 0x31);
	outb(0x43, 0x34); /* counter 0, a rate generator, of two clocks */
	outb(0x40, 2);
	outb(0x40, 0);
	cmos_write(0x0a, 0x23); /* 8192 Hz, and all interrupts */
	cmos_write(0x0b, 0x72);
}
