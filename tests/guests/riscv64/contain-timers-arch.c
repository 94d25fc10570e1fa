// SPDX-License-Identifier: Apache-2.0
#include "../contain-timers.h"
#include <arch/csr.h>
#include <arch/sbi.h>
#include <guest/irq.h>

#define ALARM_LOW   0x08
#define ALARM_HIGH  0x0c
#define IRQ_ENABLED 0x10

/* With nothing enabled in sie the hart sleeps for good. */
void timers_flood(void)
{
	csr_write(sie, 0);
	for (;;) {
		sbi_set_timer(arch_time() + 1);
		wfi();
	}
}

void timers_flood_devices(void)
{
	dev_irq_enable(platform.rtc_irq);
	mmio_write32(platform.rtc + IRQ_ENABLED, 1);
	mmio_write32(platform.rtc + ALARM_HIGH, 0);
	mmio_write32(platform.rtc + ALARM_LOW, 1);
}
