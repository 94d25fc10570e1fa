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
 * @probe:	takes the enabled @node; 0, -ENODEV when it is not this driver's after all or
 *		what is wrong has been said, or another -errno that is reported
 * @shares:	it only reads its device, and at boot: a guest may have it as well
 * @use:	what the host has the device for that was taken, as in "as the boot disk"; NULL: for nothing
 * @give:	gives up a device without a use, for good: neither memory nor an interrupt of the host is its any more;
 *		0, or -ETIMEDOUT if it can't be reset
 * @stop:	a device that no driver has, or a place for one: after that it reaches no memory. 0, or -ETIMEDOUT: it may
 *		still do. In a thread, for up to a tenth of a second
 */
struct driver {
	const char *name;
	const char *const *compatible;
	enum driver_stage stage;
	int (*probe)(const void *fdt, int node);
	bool shares;
	/* Where guests can have the devices: all three, or none. */
	const char *(*use)(int node);
	int (*give)(int node);
	int (*stop)(int node);
};

#define DRIVER_REGISTER(drv) \
	static const struct driver *const __driver_##drv __used __section(".drivers") = &drv

/** driver_probe_stage() - probe every enabled node of the host's tree; the number that took. */
int driver_probe_stage(const void *fdt, enum driver_stage stage);

/**
 * driver_user() - the @n-th device that a driver of the host has to itself and can't give up
 * @use: what for, as in "as the boot disk"; "" if it is what such a device is for
 * Return: the driver's name, with the device's *@node; NULL after the last.
 */
const char *driver_user(unsigned int n, int *node, const char **use);

/**
 * driver_own() - map registers for the host, as host_ioremap(), that no node of its tree tells of
 * @what: as in "the local APIC", at most 23 characters; copied. No guest gets the pages that they are in.
 * Return: NULL also where there are too many.
 */
volatile void *driver_own(u64 addr, u64 size, const char *what);
/** driver_owned() - what the first is of driver_own() in [@addr, @addr + @size), or NULL. */
const char *driver_owned(u64 addr, u64 size);

/**
 * driver_give() - have drivers give up what they have in [@addr, @addr + @size)
 * @dma: the guest has memory for devices that do DMA; if not, -EPERM where driver_stop() knows one
 * @node, @name, @use: on failure, the device that they do not, as of driver_user()
 * All that driver_stop() knows there is stopped. In the thread that makes VMs. It can be called again.
 * Return: 0; -EBUSY, or -ETIMEDOUT if the device does not come out of reset.
 */
__must_check int driver_give(u64 addr, u64 size, bool dma, int *node, const char **name,
			     const char **use);

/**
 * driver_stop() - devices in [@addr, @addr + @size), which no driver has, reach no memory any more
 * Return: 0, or -ETIMEDOUT if one may still do: it can be called again. In a thread.
 */
__must_check int driver_stop(u64 addr, u64 size);

/**
 * driver_map() - map the @n-th register window of @node
 * @min_size: what the driver is going to reach
 * Return: NULL with a line on the console when there is none, it is too small or
 * there is no room.
 */
volatile void *driver_map(const void *fdt, int node, unsigned int n, u64 min_size);

/**
 * driver_port() - the @n-th range of I/O ports of @node, a device on an ISA bus
 * Return: 0, or -ENOENT when it has none of at least @min_size ports there.
 */
__must_check int driver_port(const void *fdt, int node, unsigned int n, u32 min_size, u16 *port);

/**
 * driver_irq() - the @n-th interrupt of @node, for irq_request()
 *
 * Of "interrupts" with the inherited interrupt-parent, or "interrupts-extended".
 * Return: 0, -ENOENT when there is none, -EINVAL when it can't be understood, -ENODEV when
 * it is of a controller that nobody drives, as that of a second socket.
 */
__must_check int driver_irq(const void *fdt, int node, unsigned int n, u32 *irq);

#endif
