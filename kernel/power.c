/* SPDX-License-Identifier: Apache-2.0 */
#include <lodge/arch.h>
#include <lodge/power.h>
#include <lodge/smp.h>

static struct power_driver *driver;

void power_driver_register(struct power_driver *d)
{
	if (!driver)
		driver = d;
}

void machine_power_off(unsigned int status)
{
	arch_irq_disable();
	smp_stop_others();
	if (driver)
		driver->off(status);
	arch_power_off(status);
	arch_cpu_halt();
}
