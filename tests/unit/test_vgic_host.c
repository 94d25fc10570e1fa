// SPDX-License-Identifier: Apache-2.0
/* links: arch/aarch64/virt/vgic/vgic_state.c arch/aarch64/virt/vgic/vgic_lr.c */
/* links: arch/aarch64/virt/vgic/vgic_refill.c arch/aarch64/virt/vgic/vgic_hw.c */
/* links: arch/aarch64/virt/vgic/vgic_regs.c arch/aarch64/virt/vgic/vgic_dist.c arch/aarch64/virt/vgic/vgic_host.c */
/* links: arch/aarch64/virt/vgic/vgic_redist.c arch/aarch64/virt/vgic/vgic_v2.c arch/aarch64/virt/vgic/vgic_sgi.c */
/* flags: -DCONFIG_NR_CPUS=1 -I$(root)/arch/aarch64/include */
/* The virtual GIC: an interrupt of the host's that its guest was given. */
#include "vgic_vm_fixture.h"

#define BIT_OF (1u << GIVEN % 32)

static void line(bool up)
{
	hw.line = up;
	host();
}

static int give(void)
{
	assert_int_equal(dev->ops->link(dev, GIVEN, HOST_IRQ), 0);
	allow(0, GIVEN, 1, 0x80);
	return 0;
}

static int setup_host(void **state)
{
	setup_v3(state);
	return give();
}

static int setup_host_v2(void **state)
{
	setup_v2(state);
	return give();
}

static int teardown_host(void **state)
{
	hw.line = false;
	/* As a VM ends. */
	put();
	dev->ops->cut(dev, GIVEN);
	assert_false(hw.host_active);
	finish();
	return 0;
}

static void end_costs_no_exit(void **state)
{
	line(true);
	assert_true(hw.host_active);
	assert_int_equal(guest_ack(), GIVEN);
	hw.line = false;
	hw.lr_accesses = 0;
	guest_eoi(GIVEN);
	assert_false(hw.host_active);
	assert_false(hw_maintenance());
	assert_int_equal(hw.lr_accesses, 0);
	host();
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
}

static void end_without_links_is_told(void **state)
{
	line(true);
	assert_int_equal(guest_ack(), GIVEN);
	hw.line = false;
	guest_eoi(GIVEN);
	assert_true(hw_maintenance());
	host();
	assert_false(hw.host_active);
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
}

static void line_that_stays_up_comes_again(void **state)
{
	unsigned int n;

	line(true);
	for (n = 0; n < 5; n++) {
		assert_int_equal(guest_ack(), GIVEN);
		host(); /* not while the guest is at it */
		assert_int_equal(guest_ack(), GIC_INTID_NONE);
		guest_eoi(GIVEN);
		host();
	}
	assert_int_equal(guest_ack(), GIVEN);
	hw.line = false;
	guest_eoi(GIVEN);
	host();
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
}

static void link_survives_another_vcpu(void **state)
{
	/* Pending when it is put. */
	line(true);
	load(1);
	assert_true(hw.host_active);
	load(0);
	assert_int_equal(guest_ack(), GIVEN);
	/* And active. */
	load(1);
	assert_true(hw.host_active);
	load(0);
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
	hw.line = false;
	guest_eoi(GIVEN);
	if (!v2)
		assert_false(hw.host_active);
	host();
	assert_false(hw.host_active);
}

static void guest_that_clears_it_ends_it(void **state)
{
	line(true);
	hw.line = false;
	wr(GICD_ICPENDR + 4, BIT_OF);
	assert_false(hw.host_active);
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
	line(true);
	assert_int_equal(guest_ack(), GIVEN);
	hw.line = false;
	wr(GICD_ICACTIVER + 4, BIT_OF);
	assert_false(hw.host_active);
	/* With the line up there is the next one at once. */
	line(true);
	wr(GICD_ICPENDR + 4, BIT_OF);
	assert_true(hw.host_active);
}

static void guest_that_deactivates_it_apart_ends_it(void **state)
{
	hw.vmcr |= ICH_VMCR_VEOIM;
	line(true);
	assert_int_equal(guest_ack(), GIVEN);
	hw.line = false;
	guest_eoi(GIVEN);
	host();
	assert_true(hw.host_active);
	guest_dir(&test_vcpu[0], GIVEN);
	host();
	assert_false(hw.host_active);
}

static void pending_by_a_register_as_well_is_not_lost(void **state)
{
	line(true);
	assert_int_equal(guest_ack(), GIVEN);
	hw.line = false;
	wr(GICD_ISPENDR + 4, BIT_OF);
	guest_eoi(GIVEN);
	host();
	assert_int_equal(guest_ack(), GIVEN);
	guest_eoi(GIVEN);
	host();
	assert_false(hw.host_active);
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
	/* The other way round: the device's comes to one that is active by a register. */
	wr(GICD_ISPENDR + 4, BIT_OF);
	assert_int_equal(guest_ack(), GIVEN);
	line(true);
	assert_true(hw.host_active);
	hw.line = false;
	guest_eoi(GIVEN);
	host();
	assert_int_equal(guest_ack(), GIVEN);
	guest_eoi(GIVEN);
	host();
	assert_false(hw.host_active);
}

/* It ended on CPU 0, and comes again on CPU 1 before CPU 0 has looked. */
static void comes_to_another_cpu(void **state)
{
	line(true);
	assert_int_equal(guest_ack(), GIVEN);
	guest_eoi(GIVEN);
	assert_false(hw.host_active);
	hw.host_active = true;
	host_cpu.id = 1;
	dev->ops->forward(dev, GIVEN);
	host_cpu.id = 0;
	/* The next one interrupts where its vCPU runs. */
	assert_ptr_equal(hw.routed, &host_cpu);
	assert_true(test_vcpu[0].requests & REQ_IRQ);
	host();
	assert_true(hw.host_active);
	assert_int_equal(guest_ack(), GIVEN);
	hw.line = false;
	guest_eoi(GIVEN);
	host();
	assert_false(hw.host_active);
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
}

static void wakes_its_vcpu(void **state)
{
	wrw(0, GICD_IROUTER + 8 * GIVEN, 8, 1);
	line(true);
	assert_int_equal(woken, 2);
	load(1);
	enable_cpu(0xf8);
	assert_int_equal(guest_ack(), GIVEN);
	hw.line = false;
	guest_eoi(GIVEN);
	assert_false(hw.host_active);
}

static void masked_one_stays_kept(void **state)
{
	wr(GICD_ICENABLER + 4, BIT_OF);
	line(true);
	assert_true(hw.host_active);
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
	wr(GICD_ISENABLER + 4, BIT_OF);
	assert_int_equal(guest_ack(), GIVEN);
	hw.line = false;
	guest_eoi(GIVEN);
	host();
}

static void more_than_list_registers(void **state)
{
	unsigned int n;
	u32 id;

	for (n = 50; n < 56; n++) {
		allow(0, n, 1, 0x40);
		irq(n, true);
	}
	line(true);
	for (n = 50; n < 56; n++) {
		id = guest_ack();
		assert_in_range(id, 50, 55);
		irq(id, false);
		guest_eoi(id);
		host();
	}
	assert_int_equal(guest_ack(), GIVEN);
	hw.line = false;
	guest_eoi(GIVEN);
	host();
	assert_false(hw.host_active);
}

static void cut_and_reset_end_it(void **state)
{
	line(true);
	hw.line = false;
	put();
	assert_true(hw.host_active);
	dev->ops->cut(dev, GIVEN);
	assert_false(hw.host_active);
	load(0);
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
	line(true);
	assert_int_equal(guest_ack(), GIVEN);
	hw.line = false;
	put();
	dev->ops->reset(dev);
	assert_false(hw.host_active);
	/* It may be cut when nothing has come as well. */
	dev->ops->cut(dev, GIVEN);
}

/* That it came has woken its vCPU, which may still be about to look. */
static void cut_leaves_no_vcpu_awake(void **state)
{
	put();
	line(true);
	assert_true(vgic_pending(&test_vcpu[0]));
	hw.line = false;
	dev->ops->cut(dev, GIVEN);
	assert_false(vgic_pending(&test_vcpu[0]));
	load(0);
}

static void inputs_that_are_not_shared_can_t_be_linked(void **state)
{
	assert_int_equal(dev->ops->link(dev, 27, HOST_IRQ), -EINVAL);
	assert_int_equal(dev->ops->link(dev, NR_INTIDS, HOST_IRQ), -EINVAL);
}

#define ON_V3(f) cmocka_unit_test_setup_teardown(f, setup_host, teardown_host)
/* clang-format off */
#define ON_V2(f) { #f "_v2", f, setup_host_v2, teardown_host, NULL }
/* clang-format on */

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_V3(end_costs_no_exit),
		ON_V2(end_without_links_is_told),
		ON_V3(line_that_stays_up_comes_again),
		ON_V2(line_that_stays_up_comes_again),
		ON_V3(link_survives_another_vcpu),
		ON_V2(link_survives_another_vcpu),
		ON_V3(guest_that_clears_it_ends_it),
		ON_V2(guest_that_clears_it_ends_it),
		ON_V3(guest_that_deactivates_it_apart_ends_it),
		ON_V3(pending_by_a_register_as_well_is_not_lost),
		ON_V2(pending_by_a_register_as_well_is_not_lost),
		ON_V3(comes_to_another_cpu),
		ON_V3(wakes_its_vcpu),
		ON_V3(masked_one_stays_kept),
		ON_V2(masked_one_stays_kept),
		ON_V3(more_than_list_registers),
		ON_V2(more_than_list_registers),
		ON_V3(cut_and_reset_end_it),
		ON_V2(cut_and_reset_end_it),
		ON_V3(cut_leaves_no_vcpu_awake),
		ON_V2(cut_leaves_no_vcpu_awake),
		ON_V3(inputs_that_are_not_shared_can_t_be_linked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
