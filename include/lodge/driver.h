/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_DRIVER_H
#define LODGE_DRIVER_H

#include <lodge/types.h>

/* In the order in which they are probed. */
enum driver_stage { DRIVER_IRQCHIP, DRIVER_CONSOLE, DRIVER_DEVICE, NR_DRIVER_STAGES };

/**
 * struct driver - what drives one kind of device of the host
 * @name:	for messages
 * @compatible: NULL-terminated list of what it drives
 * @stage:	when it is probed
 * @probe:	takes the enabled @node; 0, -ENODEV when it is not this driver's after all
 *		(silent), or another -errno that is reported
 */
struct driver {
	const char *name;
	const char *const *compatible;
	enum driver_stage stage;
	int (*probe)(const void *fdt, int node);
};

#define DRIVER_REGISTER(drv) \
	static const struct driver *const __driver_##drv __used __section(".drivers") = &drv

/** driver_probe_stage() - probe every enabled node of the host's tree; the number that took. */
int driver_probe_stage(const void *fdt, enum driver_stage stage);

#endif
