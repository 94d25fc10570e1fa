/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PCI_FIXTURE_H
#define PCI_FIXTURE_H

/*
 * What the tests of PCI buses share: a machine with an ECAM window of three buses, where
 * functions are added, and the registers of one VIRTIO device behind its windows.
 */
#include "../../drivers/pci/ecam.c"
#include <lodge/irq.h>
#include <lodge/pci.h>
#include <lodge/virtio.h>
#include <shim.h>

#define ECAM_BASE 0xb0000000ul
#define BUSES	  3
#define BAR_BASE  0xfe000000ul
#define MSIX_BASE 0xfd000000ul

static u8 *ecam;
static struct {
	u32 feature_select, driver_select;
	u64 driver_features;
	u8 status, generation;
	u16 config_vector, queue, queue_size, queue_vector, queue_enable;
	u64 desc, avail, used;
	u32 notified_at, notified;
	u32 msix[3][4];
	u64 capacity;
	unsigned int changes; /* of the configuration, while it is read */
} hw;

static u64 common_read(u64 off)
{
	switch (off) {
	case 0x04:
		return hw.feature_select ? 1 : 0x1234;
	case 0x12:
		return 2;
	case 0x14:
		return hw.status;
	case 0x15:
		return hw.generation;
	case 0x18:
		return hw.queue ? 0 : 128;
	case 0x1a:
		return hw.queue_vector;
	case 0x1c:
		return hw.queue_enable;
	case 0x1e:
		return 3;
	}
	fail_msg("common configuration at %lx is read", off);
	return 0;
}

static void common_write(u64 off, u64 v)
{
	switch (off) {
	case 0x00:
		hw.feature_select = (u32)v;
		return;
	case 0x08:
		hw.driver_select = (u32)v;
		return;
	case 0x0c:
		hw.driver_features |= v << (hw.driver_select ? 32 : 0);
		return;
	case 0x10:
		hw.config_vector = (u16)v;
		return;
	case 0x14:
		hw.status = (u8)v;
		return;
	case 0x16:
		hw.queue = (u16)v;
		return;
	case 0x18:
		hw.queue_size = (u16)v;
		return;
	case 0x1a:
		hw.queue_vector = (u16)v;
		return;
	case 0x1c:
		hw.queue_enable = (u16)v;
		return;
	case 0x20 ... 0x37:
		memcpy((u8 *)&hw.desc + (off - 0x20), &v, 4);
		return;
	}
	fail_msg("common configuration at %lx is written", off);
}

static u64 io_read(const volatile void *p, unsigned int width)
{
	u64 a = (u64)p, v = 0;

	if (a - (u64)ecam < BUSES * MIB(1)) {
		memcpy(&v, (const void *)p, width);
		return v;
	}
	if (a - BAR_BASE < 0x1000)
		return common_read(a - BAR_BASE);
	if (a - (BAR_BASE + 0x2000) < 0x1000) {
		/* Its upper half is read, and a change comes in between. */
		if (a & 4 && hw.changes) {
			hw.changes--;
			hw.generation++;
			hw.capacity += GIB(4);
		}
		memcpy(&v, (u8 *)&hw.capacity + (a & 7), width);
		return v;
	}
	fail_msg("nothing is at %lx", a);
	return 0;
}

static void io_write(volatile void *p, unsigned int width, u64 v)
{
	u64 a = (u64)p;

	if (a - (u64)ecam < BUSES * MIB(1)) {
		memcpy((void *)p, &v, width);
	} else if (a - BAR_BASE < 0x1000) {
		common_write(a - BAR_BASE, v);
	} else if (a - (BAR_BASE + 0x3000) < 0x1000) {
		hw.notified_at = (u32)(a - BAR_BASE - 0x3000);
		hw.notified = (u32)v;
	} else if (a - MSIX_BASE < sizeof(hw.msix)) {
		hw.msix[(a - MSIX_BASE) / 16][(a & 15) / 4] = (u32)v;
	} else {
		fail_msg("nothing is at %lx", a);
	}
}

static const struct shim_io io = { io_read, io_write };

void *host_ioremap(u64 pa, u64 size)
{
	return pa - ECAM_BASE < BUSES * MIB(1) ? ecam + (pa - ECAM_BASE) : (void *)pa;
}

static struct virtio_device *found;
static unsigned int nr_found;

int virtio_probe(struct virtio_device *d)
{
	found = d;
	nr_found++;
	return 0;
}

static char said[512];

void pr_err(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
}

static u32 next_irq;

static int msi_alloc(struct irqchip *c, u32 *irq, struct msi_message *msg)
{
	*irq = next_irq++;
	*msg = (struct msi_message){ 0x1fee01000, 0x40 + *irq };
	return 0;
}

static int enable(struct irqchip *c, u32 irq)
{
	return 0;
}

static void disable(struct irqchip *c, u32 irq)
{
}

static struct irqchip chip = { .nr_irqs = 1024,
			       .enable = enable,
			       .disable = disable,
			       .msi_alloc = msi_alloc };

static u8 *function(u32 bus, u32 dev, u32 fn)
{
	return ecam + MIB(bus) + dev * KIB(32) + fn * KIB(4);
}

static void put(u8 *at, unsigned int off, unsigned int width, u32 v)
{
	memcpy(at + off, &v, width);
}

static u8 *add(u32 bus, u32 dev, u32 fn, u16 vendor, u16 device, u8 type)
{
	u8 *f = function(bus, dev, fn);

	memset(f, 0, 256);
	put(f, PCI_VENDOR_ID, 2, vendor);
	put(f, PCI_DEVICE_ID, 2, device);
	put(f, PCI_HEADER_TYPE, 1, type);
	return f;
}

static void add_cap(u8 *f, u8 at, u8 next, u8 len, u8 type, u8 bar, u32 off, u32 size)
{
	put(f, at, 1, PCI_CAP_VENDOR);
	put(f, at + 1, 1, next);
	put(f, at + 2, 1, len);
	put(f, at + 3, 1, type);
	put(f, at + 4, 1, bar);
	put(f, at + 8, 4, off);
	put(f, at + 12, 4, size);
}

static u8 *add_virtio(u32 bus, u32 dev, u32 fn, u16 device)
{
	u8 *f = add(bus, dev, fn, VENDOR_VIRTIO, device, fn ? 0 : PCI_HEADER_MULTI);

	put(f, PCI_SUBSYSTEM_ID, 2, VIRTIO_ID_BLOCK);
	put(f, PCI_STATUS, 2, PCI_STATUS_CAPABILITIES);
	put(f, PCI_CAPABILITIES, 1, 0x40);
	put(f, PCI_BAR(1), 4, MSIX_BASE);
	put(f, PCI_BAR(2), 4, 0xc001);
	put(f, PCI_BAR(4), 4, BAR_BASE | 0xc); /* 64 bits */
	/* A window in I/O space comes first; the one behind it is as good. */
	add_cap(f, 0x40, 0x50, 16, 1, 2, 0, 0x38);
	add_cap(f, 0x50, 0x60, 16, 1, 4, 0, 0x1000);
	add_cap(f, 0x60, 0x70, 16, 4, 4, 0x2000, 0x1000);
	add_cap(f, 0x70, 0x90, 20, 2, 4, 0x3000, 0x1000);
	put(f, 0x80, 4, 4); /* bytes for each unit of an offset */
	put(f, 0x90, 1, PCI_CAP_MSIX);
	put(f, 0x92, 2, 2); /* three vectors */
	put(f, 0x94, 4, 1); /* in BAR 1 */
	return f;
}

static void scan(void)
{
	static u64 tree[256];
	static struct fdt_writer w;

	fdtw_begin(&w, tree, sizeof(tree));
	fdtw_node(&w, "");
	fdtw_u32(&w, "#address-cells", 2);
	fdtw_u32(&w, "#size-cells", 2);
	fdtw_node(&w, "pcie@b0000000");
	fdtw_string(&w, "compatible", "pci-host-ecam-generic");
	fdtw_reg(&w, ECAM_BASE, BUSES * MIB(1));
	fdtw_cells(&w, "bus-range", (u32[]){ 0, BUSES - 1 }, 2);
	fdtw_end_node(&w);
	fdtw_end_node(&w);
	assert_true(fdtw_finish(&w) > 0);
	assert_int_equal(ecam_probe(tree, fdt_find_path(tree, "/pcie@b0000000")), 0);
}

static int setup(void **state)
{
	static bool registered;

	(void)state;
	ecam = realloc(ecam, BUSES * MIB(1));
	memset(ecam, 0xff, BUSES * MIB(1));
	memset(&hw, 0, sizeof(hw));
	hw.config_vector = hw.queue_vector = 0xffff;
	found = NULL;
	nr_found = 0;
	said[0] = 0;
	shim_io = &io;
	if (!registered)
		assert_int_equal(irqchip_register(&chip), 0);
	registered = true;
	next_irq = next_irq ? next_irq : 100;
	return 0;
}

#endif
