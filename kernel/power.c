// SPDX-License-Identifier: Apache-2.0
#include <lodge/arch.h>
#include <lodge/console.h>
#include <lodge/irqsoff.h>
#include <lodge/power.h>
#include <lodge/smp.h>
#include <lodge/time.h>

#define OFF_TIMEOUT_US 1000000

static struct power_driver *driver;

void power_driver_register(struct power_driver *d)
{
	if (!driver)
		driver = d;
}

/*
 * A machine may take its time to end. Were the firmware asked meanwhile, its way, which has
 * no status, could be the one that counts.
 */
static void wait_for_end(void)
{
	u64 end = time_now() + time_from_us(OFF_TIMEOUT_US);

	while (time_now() < end)
		cpu_relax();
}

void machine_power_off(unsigned int status)
{
	if (IS_ENABLED(CONFIG_IRQSOFF_TRACER))
		irqsoff_report();
	arch_irq_disable();
	smp_stop_others();
	console_finish();
	if (driver) {
		driver->off(status);
		wait_for_end();
	}
	arch_power_off(status);
	arch_cpu_halt();
}
