/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_POWER_H
#define LODGE_POWER_H

#include <lodge/types.h>

/**
 * struct power_driver - a device that ends or restarts the machine
 * @off:   power off; @status is the machine's exit status where it has one (0 is success)
 * @reset: start again from the firmware; may be NULL
 *
 * Both return only when the device did not do it. Called with interrupts off.
 */
struct power_driver {
	const char *name;
	void (*off)(unsigned int status);
	void (*reset)(void);
};

/** power_driver_register() - the first one stays. */
void power_driver_register(struct power_driver *d);

/** machine_power_off() - end the machine by the registered device, else the firmware. */
__noreturn void machine_power_off(unsigned int status);

#endif
