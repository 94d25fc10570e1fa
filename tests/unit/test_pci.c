// SPDX-License-Identifier: Apache-2.0
/* links: kernel/driver.c kernel/own.c lib/fdt_irq.c drivers/pci/pci.c drivers/pci/msix.c drivers/virtio/virtio_pci.c kernel/irq.c */
/* links: lib/fdt.c lib/fdt_check.c lib/fdt_prop.c lib/fdt_write.c */
/* flags: -DCONFIG_VIRTIO_PCI=1 */
/* libs: -Wl,-T,$(here)/drivers.lds */
/* Functions on PCI buses: how they are found, their capabilities and windows. */
#include "pci_fixture.h"

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

static void a_bus_behind_two_bridges_is_searched_once(void **state)
{
	put(add(0, 1, 0, 0x8086, 3, PCI_HEADER_BRIDGE), PCI_SECONDARY, 1, 1);
	put(add(0, 2, 0, 0x8086, 3, PCI_HEADER_BRIDGE), PCI_SECONDARY, 1, 1);
	add_virtio(1, 0, 0, 0x1042);
	scan();
	assert_int_equal(nr_found, 1);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(functions_are_found_on_all_buses, setup),
		cmocka_unit_test_setup(other_functions_of_a_single_one_are_not_looked_at, setup),
		cmocka_unit_test_setup(bridges_that_lead_back_or_out_end_the_search, setup),
		cmocka_unit_test_setup(a_bus_behind_two_bridges_is_searched_once, setup),
		cmocka_unit_test_setup(a_ring_of_capabilities_ends, setup),
		cmocka_unit_test_setup(a_window_has_an_address_in_memory, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
