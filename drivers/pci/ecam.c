// SPDX-License-Identifier: Apache-2.0
/*
 * Finding functions on the buses of a host bridge with memory-mapped configuration space
 * (PCI Express Base Specification 3.0, 7.2.2). Numbers of buses and windows are the firmware's.
 */
#include <asm/io.h>
#include <lodge/driver.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/hostmap.h>
#include <lodge/pci.h>
#include <lodge/printf.h>
#include <lodge/printk.h>

#define BUS_SIZE	MIB(1)
#define FUNCTION_SIZE	KIB(4)
#define DEVICES_PER_BUS 32u
#define FUNCTIONS	8u
#define VENDOR_NONE	0xffffu
#define NR_BUSES	256
#define VENDOR_VIRTIO	0x1af4u

struct pci_host {
	u64 base;
	u32 first, last;	    /* buses */
	u64 to_scan[NR_BUSES / 64]; /* a bit for each */
};

static void probe_function(const struct pci_dev *d)
{
	int err = -ENODEV;

	if (IS_ENABLED(CONFIG_VIRTIO_PCI) && d->vendor == VENDOR_VIRTIO)
		err = virtio_pci_probe(d);
	if (err && err != -ENODEV)
		pr_err("%s: not used: %s", d->name,
		       err == -ENOMEM ? "not enough memory for it"
				      : "its registers do not work as specified");
}

/* One function; false if there is none. */
static bool scan_function(struct pci_host *h, u32 bus, u32 dev, u32 fn, volatile u8 *config)
{
	struct pci_dev d = { .config = config };
	u8 type;

	d.vendor = pci_read16(&d, PCI_VENDOR_ID);
	if (d.vendor == VENDOR_NONE)
		return false;
	d.device = pci_read16(&d, PCI_DEVICE_ID);
	scnprintf(d.name, sizeof(d.name), "pci %02x:%02x.%x", bus, dev, fn);
	type = pci_read8(&d, PCI_HEADER_TYPE) & (u8)~PCI_HEADER_MULTI;
	if (type == PCI_HEADER_BRIDGE) {
		u32 behind = pci_read8(&d, PCI_SECONDARY);

		/* Numbers only grow, so that it ends, and is not searched twice. */
		if (behind > bus && behind <= h->last)
			h->to_scan[behind / 64] |= BIT(behind % 64);
	} else if (type == 0) {
		probe_function(&d);
	}
	return true;
}

static void scan_bus(struct pci_host *h, u32 bus)
{
	volatile u8 *config;
	u32 dev, fn;

	config = host_ioremap(h->base + (bus - h->first) * BUS_SIZE, BUS_SIZE);
	if (!config) {
		pr_err("pci: no memory to look at bus %u", bus);
		return;
	}
	for (dev = 0; dev < DEVICES_PER_BUS; dev++) {
		volatile u8 *at = config + dev * FUNCTIONS * FUNCTION_SIZE;
		bool multi = readb(at + PCI_HEADER_TYPE) & PCI_HEADER_MULTI;

		if (!scan_function(h, bus, dev, 0, at))
			continue;
		for (fn = 1; multi && fn < FUNCTIONS; fn++)
			scan_function(h, bus, dev, fn, at + fn * FUNCTION_SIZE);
	}
}

static int ecam_probe(const void *fdt, int node)
{
	struct pci_host h = { 0 };
	u64 size;
	u32 bus, len = 0;
	const void *range = fdt_prop(fdt, node, "bus-range", &len);

	if (fdt_reg(fdt, node, 0, &h.base, &size) || !range || len != 8)
		return -EINVAL;
	h.first = fdt_cell(range, 0);
	h.last = fdt_cell(range, 1);
	if (h.first > h.last || h.last >= NR_BUSES || size < (h.last - h.first + 1) * BUS_SIZE)
		return -EINVAL;
	h.to_scan[h.first / 64] |= BIT(h.first % 64);
	for (bus = h.first; bus <= h.last; bus++)
		if (h.to_scan[bus / 64] & BIT(bus % 64))
			scan_bus(&h, bus);
	return 0;
}

static const char *const ecam_compatible[] = { "pci-host-ecam-generic", NULL };

static const struct driver ecam_driver = {
	.name = "pci",
	.compatible = ecam_compatible,
	.stage = DRIVER_DEVICE,
	.probe = ecam_probe,
};
DRIVER_REGISTER(ecam_driver);
