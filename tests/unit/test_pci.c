// SPDX-License-Identifier: Apache-2.0
/* links: drivers/driver.c drivers/pci/pci.c drivers/pci/msix.c drivers/virtio/virtio_pci.c kernel/irq.c */
/* links: lib/fdt.c lib/fdt_check.c lib/fdt_prop.c lib/fdt_write.c */
/* flags: -DCONFIG_VIRTIO_PCI=1 */
/* libs: -Wl,-T,$(here)/drivers.lds */
/* Functions on PCI buses, their interrupts, and VIRTIO devices among them. */
#include "../../drivers/pci/ecam.c"
#include <lodge/irq.h>
#include <lodge/pci.h>
#include <lodge/virtio.h>
#include <shim.h>

#define ECAM_BASE 0xb0000000ul
#define BUSES	  3
#define BAR_BASE  0xfe000000ul
#define MSIX_BASE 0xfd000000ul

/* ---- a machine ---- */

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

static void nothing(struct irqchip *c, u32 irq)
{
}

static struct irqchip chip = { .nr_irqs = 1024,
			       .enable = nothing,
			       .disable = nothing,
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

/* ---- buses ---- */

static void functions_are_found_on_all_buses(void **state)
{
	u8 *bridge;

	add(0, 0, 0, 0x8086, 1, 0);
	add(0, 2, 0, 0x8086, 2, PCI_HEADER_MULTI);
	add_virtio(0, 2, 5, 0x1001);
	bridge = add(0, 7, 0, 0x8086, 3, PCI_HEADER_BRIDGE);
	put(bridge, PCI_SECONDARY, 1, 2);
	add_virtio(2, 31, 7, 0x1042);
	add(2, 31, 0, 0x8086, 4, PCI_HEADER_MULTI);
	scan();
	assert_int_equal(nr_found, 2);
	assert_string_equal(found->name, "pci 02:1f.7");
	assert_string_equal(said, "");
}

static void other_functions_of_a_single_one_are_not_looked_at(void **state)
{
	add(0, 2, 0, 0x8086, 2, 0);
	add_virtio(0, 2, 1, 0x1042);
	scan();
	assert_int_equal(nr_found, 0);
}

static void bridges_that_lead_back_or_out_end_the_search(void **state)
{
	put(add(0, 1, 0, 0x8086, 3, PCI_HEADER_BRIDGE), PCI_SECONDARY, 1, 1);
	put(add(1, 1, 0, 0x8086, 3, PCI_HEADER_BRIDGE), PCI_SECONDARY, 1, 0);
	put(add(1, 2, 0, 0x8086, 3, PCI_HEADER_BRIDGE), PCI_SECONDARY, 1, 1);
	put(add(1, 3, 0, 0x8086, 3, PCI_HEADER_BRIDGE), PCI_SECONDARY, 1, 200);
	scan();
	assert_int_equal(nr_found, 0);
}

static void a_ring_of_capabilities_ends(void **state)
{
	struct pci_dev d = { .config = add(0, 1, 0, 0x8086, 1, 0) };
	u8 *f = function(0, 1, 0);

	assert_int_equal(pci_find_cap(&d, PCI_CAP_MSIX, 0), 0);
	put(f, PCI_STATUS, 2, PCI_STATUS_CAPABILITIES);
	put(f, PCI_CAPABILITIES, 1, 0x40);
	put(f, 0x40, 2, 0x5005);
	put(f, 0x50, 2, 0x4009);
	assert_int_equal(pci_find_cap(&d, PCI_CAP_MSIX, 0), 0);
	assert_int_equal(pci_find_cap(&d, PCI_CAP_VENDOR, 0), 0x50);
	put(f, 0x50, 2, 0x1011); /* it points into the header */
	assert_int_equal(pci_find_cap(&d, PCI_CAP_VENDOR, 0), 0);
	put(f, 0x50, 2, 0xff11);
	put(f, 0xfc, 2, 0xfc09);
	assert_int_equal(pci_find_cap(&d, PCI_CAP_MSI, 0x50), 0);
}

static void a_window_has_an_address_in_memory(void **state)
{
	struct pci_dev d = { .config = add(0, 1, 0, 0x8086, 1, 0) };
	u8 *f = function(0, 1, 0);
	u64 addr;

	put(f, PCI_BAR(0), 4, 0xfe001008);
	put(f, PCI_BAR(1), 4, 0xc001);
	put(f, PCI_BAR(2), 4, 0x0000000c);
	put(f, PCI_BAR(3), 4, 0x8);
	put(f, PCI_BAR(5), 4, 0x4);
	assert_int_equal(pci_bar(&d, 0, &addr), 0);
	assert_int_equal(addr, 0xfe001000);
	assert_int_equal(pci_bar(&d, 1, &addr), -ENOENT);
	assert_int_equal(pci_bar(&d, 2, &addr), 0);
	assert_int_equal(addr, GIB(32));
	assert_int_equal(pci_bar(&d, 4, &addr), -ENOENT); /* not assigned */
	assert_int_equal(pci_bar(&d, 5, &addr), -ENOENT); /* its upper half would be no BAR */
	assert_int_equal(pci_bar(&d, 6, &addr), -ENOENT);
}

/* ---- VIRTIO ---- */

static void probe(u16 device)
{
	add_virtio(0, 1, 0, device);
	scan();
	assert_int_equal(nr_found, 1);
}

static void a_disk_has_two_vectors(void **state)
{
	u8 *f = function(0, 1, 0);
	u32 first = next_irq;

	probe(0x1042);
	assert_int_equal(found->id, VIRTIO_ID_BLOCK);
	assert_true(found->has_irq);
	assert_int_equal(*(u16 *)(f + PCI_COMMAND), 0x406);
	assert_int_equal(*(u16 *)(f + 0x92), 0x8002);
	assert_int_equal(hw.msix[0][0], 0xfee01000);
	assert_int_equal(hw.msix[0][1], 1);
	assert_int_equal(hw.msix[0][2], 0x40 + first);
	assert_int_equal(hw.msix[0][3], 0);
	assert_int_equal(hw.msix[1][2], 0x41 + first);
	assert_int_equal(hw.msix[2][3], 1); /* masked */
}

static void a_transitional_device_is_driven(void **state)
{
	probe(0x1001);
	assert_int_equal(found->id, VIRTIO_ID_BLOCK);
}

static void without_messages_it_is_polled(void **state)
{
	u8 *f = add_virtio(0, 1, 0, 0x1042);

	put(f, 0x90, 1, 0);
	scan();
	assert_int_equal(nr_found, 1);
	assert_false(found->has_irq);
	free(found); /* nobody else knows of it: what holds it begins with it */
}

static void a_legacy_device_is_told_of(void **state)
{
	u8 *f = add_virtio(0, 1, 0, 0x1001);

	put(f, PCI_STATUS, 2, 0);
	scan();
	assert_int_equal(nr_found, 0);
	assert_non_null(strstr(said, "legacy"));
}

static void a_device_without_its_windows_is_not_used(void **state)
{
	u8 *f = add_virtio(0, 1, 0, 0x1042);

	put(f, 0x70 + 12, 4, 1); /* no room to be told anything */
	scan();
	assert_int_equal(nr_found, 0);
	assert_non_null(strstr(said, "does not work"));
	said[0] = 0;
	put(f, PCI_BAR(4), 4, 0xc);
	scan();
	assert_int_equal(nr_found, 0);
}

static void a_device_can_be_kept_from_memory(void **state)
{
	u8 *f = add_virtio(0, 1, 0, 0x1042);

	scan();
	assert_int_equal(nr_found, 1);
	assert_true(f[PCI_COMMAND] & PCI_COMMAND_MASTER);
	assert_true(found->ops->stop(found));
	assert_false(f[PCI_COMMAND] & PCI_COMMAND_MASTER);
	assert_true(f[PCI_COMMAND] & PCI_COMMAND_MEMORY);
}

static void features_are_negotiated_in_halves(void **state)
{
	probe(0x1042);
	assert_int_equal(found->ops->get_features(found), 0x100001234);
	found->ops->set_features(found, 0x100000004);
	assert_int_equal(hw.driver_features, 0x100000004);
	found->ops->set_status(found, VIRTIO_STATUS_ACKNOWLEDGE);
	assert_int_equal(hw.config_vector, 1);
	assert_int_equal(found->ops->get_status(found), 1);
}

static void a_queue_is_where_it_says(void **state)
{
	struct virtqueue q = { .size = 64,
			       .desc = (void *)0x123456000,
			       .avail = (void *)0x123457000,
			       .used = (void *)0x123458000 };

	probe(0x1042);
	assert_int_equal(found->ops->queue_max(found, 0), 128);
	assert_int_equal(found->ops->queue_max(found, 2), 0);
	assert_int_equal(found->ops->queue_max(found, 99), 0);
	assert_int_equal(found->ops->queue_enable(found, 0, &q), 0);
	assert_int_equal(hw.queue_size, 64);
	assert_int_equal(hw.queue_vector, 0);
	assert_int_equal(hw.desc, 0x123456000);
	assert_int_equal(hw.avail, 0x123457000);
	assert_int_equal(hw.used, 0x123458000);
	assert_int_equal(hw.queue_enable, 1);
	assert_int_equal(found->ops->queue_enable(found, 0, &q), -EBUSY);
	found->ops->notify(found, 0);
	assert_int_equal(hw.notified_at, 12);
	hw.queue_enable = 0;
	q.size = 256;
	assert_int_equal(found->ops->queue_enable(found, 0, &q), -EINVAL);
}

static void a_configuration_that_changes_is_read_again(void **state)
{
	u64 v;

	probe(0x1042);
	hw.capacity = 0x1122334455667788;
	assert_int_equal(found->ops->read_config(found, 0, 8), 0x1122334455667788);
	assert_int_equal(found->ops->read_config(found, 2, 2), 0x5566);
	assert_int_equal(found->ops->read_config(found, 3, 1), 0x55);
	hw.changes = 2;
	v = found->ops->read_config(found, 0, 8);
	assert_int_equal(v, hw.capacity);
	/* One that never stops changing is not waited for. */
	hw.changes = 1000;
	(void)found->ops->read_config(found, 0, 8);
	assert_true(hw.changes > 900);
	assert_int_equal(found->ops->read_config(found, 0x1000, 1), 0);
	assert_int_equal(found->ops->read_config(found, 0xffd, 4), 0);
}

static unsigned int interrupts;

static void on_queue(struct virtio_device *d)
{
	interrupts++;
}

static void a_device_can_say_that_it_is_broken(void **state)
{
	u32 first = next_irq;

	probe(0x1042);
	found->queue_irq = on_queue;
	interrupts = 0;
	irq_dispatch(first);
	assert_int_equal(interrupts, 1);
	irq_dispatch(first + 1);
	assert_int_equal(interrupts, 1);
	assert_false(found->broken);
	hw.status = VIRTIO_STATUS_NEEDS_RESET;
	irq_dispatch(first + 1);
	assert_int_equal(interrupts, 2);
	assert_true(found->broken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(functions_are_found_on_all_buses, setup),
		cmocka_unit_test_setup(other_functions_of_a_single_one_are_not_looked_at, setup),
		cmocka_unit_test_setup(bridges_that_lead_back_or_out_end_the_search, setup),
		cmocka_unit_test_setup(a_ring_of_capabilities_ends, setup),
		cmocka_unit_test_setup(a_window_has_an_address_in_memory, setup),
		cmocka_unit_test_setup(a_disk_has_two_vectors, setup),
		cmocka_unit_test_setup(a_transitional_device_is_driven, setup),
		cmocka_unit_test_setup(without_messages_it_is_polled, setup),
		cmocka_unit_test_setup(a_legacy_device_is_told_of, setup),
		cmocka_unit_test_setup(a_device_without_its_windows_is_not_used, setup),
		cmocka_unit_test_setup(a_device_can_be_kept_from_memory, setup),
		cmocka_unit_test_setup(features_are_negotiated_in_halves, setup),
		cmocka_unit_test_setup(a_queue_is_where_it_says, setup),
		cmocka_unit_test_setup(a_configuration_that_changes_is_read_again, setup),
		cmocka_unit_test_setup(a_device_can_say_that_it_is_broken, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
