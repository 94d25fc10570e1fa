// SPDX-License-Identifier: Apache-2.0
#include "../contain-timers.h"
#include <arch/gic.h>
#include <guest/irq.h>

#define RTC_DR	 0x00
#define RTC_MR	 0x04
#define RTC_IMSC 0x10

/* Neither a timer's own mask keeps its interrupt back nor the distributor, but the priority. */
void timers_flood(void)
{
	irq_unmask(IRQ_TIMER);
	mmio_write32(gic_private() + GICD_ISENABLER, BIT(PPI_VTIMER) | BIT(PPI_PTIMER));
	gic_set_pmr(0);
	for (;;) {
		sysreg_write(cntv_cval_el0, arch_time() + 1);
		sysreg_write(cntv_ctl_el0, 1);
		sysreg_write(cntp_cval_el0, 0);
		sysreg_write(cntp_ctl_el0, 1);
		wfi();
	}
}

void timers_flood_devices(void)
{
	dev_irq_enable(platform.rtc_irq);
	mmio_write32(platform.rtc + RTC_IMSC, 1);
	mmio_write32(platform.rtc + RTC_MR, mmio_read32(platform.rtc + RTC_DR));
}
