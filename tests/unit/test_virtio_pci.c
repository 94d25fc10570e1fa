// SPDX-License-Identifier: Apache-2.0
/* links: kernel/driver.c kernel/own.c lib/fdt_irq.c drivers/pci/pci.c drivers/pci/msix.c drivers/virtio/virtio_pci.c kernel/irq.c */
/* links: lib/fdt.c lib/fdt_check.c lib/fdt_prop.c lib/fdt_write.c */
/* flags: -DCONFIG_VIRTIO_PCI=1 */
/* libs: -Wl,-T,$(here)/drivers.lds */
/* VIRTIO devices on PCI buses, and their interrupts. */
#include "pci_fixture.h"

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
	/* Its registers and vectors are no guest's, with the pages that they are in. */
	assert_string_equal(driver_owned(BAR_BASE, 0x1000), "pci 00:01.0");
	assert_string_equal(driver_owned(BAR_BASE + 0x3fff, 1), "pci 00:01.0");
	assert_string_equal(driver_owned(MSIX_BASE + 0xfff, 1), "pci 00:01.0");
	assert_null(driver_owned(MSIX_BASE + 0x1000, 0x1000));
	assert_null(driver_owned(MSIX_BASE - 1, 1));
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
	assert_non_null(strstr(said, "do not work"));
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
