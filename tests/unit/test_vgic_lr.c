// SPDX-License-Identifier: Apache-2.0
/* links: arch/aarch64/virt/vgic/vgic_state.c arch/aarch64/virt/vgic/vgic_lr.c */
/* links: arch/aarch64/virt/vgic/vgic_refill.c arch/aarch64/virt/vgic/vgic_hw.c */
/* links: arch/aarch64/virt/vgic/vgic_regs.c arch/aarch64/virt/vgic/vgic_dist.c */
/* links: arch/aarch64/virt/vgic/vgic_redist.c arch/aarch64/virt/vgic/vgic_host.c arch/aarch64/virt/vgic/vgic_v2.c arch/aarch64/virt/vgic/vgic_sgi.c */
/* flags: -DCONFIG_NR_CPUS=1 -I$(root)/arch/aarch64/include */
/* The virtual GIC: interrupts of devices, from their lines through the list registers. */
#include "vgic_vm_fixture.h"

static void level_stays_pending_until_its_line_falls(void **state)
{
	allow(0, UART, 1, 0x80);
	irq(UART, true);
	assert_int_equal(guest_ack(), UART);
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
	guest_eoi(UART);
	host();
	/* Its line is still up. */
	assert_int_equal(guest_ack(), UART);
	irq(UART, false);
	guest_eoi(UART);
	host();
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
	/* And one that falls before it was acknowledged is gone. */
	irq(UART, true);
	irq(UART, false);
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
}

static void end_of_a_level_that_fell_needs_no_exit(void **state)
{
	allow(0, UART, 1, 0x80);
	irq(UART, true);
	assert_int_equal(guest_ack(), UART);
	irq(UART, false);
	guest_eoi(UART);
	assert_false(hw_maintenance());
}

static void edge_is_remembered_while_active(void **state)
{
	allow(0, 40, 1, 0x80);
	wr(GICD_ICFGR + 8, 2u << 16);
	irq(40, true);
	irq(40, false);
	assert_int_equal(guest_ack(), 40);
	irq(40, true);
	guest_eoi(40);
	host();
	assert_int_equal(guest_ack(), 40);
	guest_eoi(40);
	host();
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
}

static void loaded_vcpu_gets_it_by_one_write(void **state)
{
	allow(0, UART, 1, 0x80);
	hw.lr_accesses = 0;
	irq(UART, true);
	assert_int_equal(hw.lr_accesses, 1);
	hw.lr_accesses = 0;
	put();
	assert_int_equal(hw.lr_accesses, 2); /* what it is, and nothing left behind */
	hw.lr_accesses = 0;
	load(1);
	put();
	assert_int_equal(hw.lr_accesses, 0);
	load(0);
	assert_int_equal(guest_ack(), UART);
}

static void waiting_vcpu_is_woken(void **state)
{
	allow(0, UART, 1, 0x80);
	wrw(0, GICD_IROUTER + 8 * UART, 8, 1);
	irq(UART, true);
	assert_int_equal(woken, 2);
	/* Its CPU interface lets nothing through yet. */
	assert_false(vgic_pending(&test_vcpu[1]));
	load(1);
	enable_cpu(0xf8);
	assert_true(vgic_pending(&test_vcpu[1]));
	put();
	assert_true(vgic_pending(&test_vcpu[1]));
	load(1);
	assert_int_equal(guest_ack(), UART);
	assert_false(vgic_pending(&test_vcpu[1]));
}

static void active_state_survives_another_vcpu(void **state)
{
	allow(0, UART, 1, 0x80);
	allow(0, 40, 1, 0x80);
	irq(UART, true);
	assert_int_equal(guest_ack(), UART);
	load(1);
	irq(40, true);
	load(0);
	/* Of the same priority: it must wait. */
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
	irq(UART, false);
	guest_eoi(UART);
	assert_int_equal(guest_ack(), 40);
}

static void another_cpu_changes_the_active_state(void **state)
{
	u32 bit = 1u << UART % 32;

	allow(0, UART, 1, 0x80);
	wr(GICD_ICFGR + UART / 16 * 4, 2u << 2 * (UART % 16));
	irq(UART, true);
	irq(UART, false);
	/* It has one there that is pending, and is to be active as well. */
	write_from_cpu_1(GICD_ISACTIVER + 4, bit);
	assert_true(test_vcpu[0].requests & REQ_IRQ);
	host();
	assert_int_equal(rd(GICD_ISACTIVER + 4) & bit, bit);
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
	/* No longer, and then again: the last counts. */
	write_from_cpu_1(GICD_ICACTIVER + 4, bit);
	write_from_cpu_1(GICD_ISACTIVER + 4, bit);
	write_from_cpu_1(GICD_ICACTIVER + 4, bit);
	host();
	assert_int_equal(guest_ack(), UART);
	/* One that it has acknowledged it may have again, and each end is one. */
	write_from_cpu_1(GICD_ICACTIVER + 4, bit);
	host();
	assert_int_equal(rd(GICD_ISACTIVER + 4) & bit, 0);
	write_from_cpu_1(GICD_ISACTIVER + 4, bit);
	host();
	assert_int_equal(rd(GICD_ISACTIVER + 4) & bit, bit);
	guest_eoi(UART);
	host();
	assert_int_equal(rd(GICD_ISACTIVER + 4) & bit, 0);
}

static void more_than_fit_come_in_order(void **state)
{
	u32 i;

	for (i = 0; i < 20; i++)
		allow(0, 40 + i, 1, 8 * (20 - i));
	for (i = 0; i < 20; i++)
		irq(40 + i, true);
	/* Nested: each that comes later preempts; then all end, most of them in no register. */
	for (i = 20; i-- > 0;) {
		assert_int_equal(guest_ack(), 40 + i);
		host();
		irq(40 + i, false);
		guest_eoi(40 + i);
		host();
	}
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
}

static void nested_beyond_the_registers_end_in_order(void **state)
{
	u32 i;

	for (i = 0; i < 12; i++) {
		allow(0, 40 + i, 1, 8 * (20 - i));
		wr(GICD_ICFGR + 8, 0xaaaaaaaa);
		wr(GICD_ICFGR + 12, 0xaaaaaaaa);
		irq(40 + i, true);
		assert_int_equal(guest_ack(), 40 + i);
		host();
	}
	for (i = 12; i-- > 0;) {
		guest_eoi(40 + i);
		host();
		assert_int_equal(rd(GICD_ISACTIVER + 4) >> 8, (1u << i) - 1);
	}
}

static void distant_deactivations_are_trapped(void **state)
{
	u32 i;

	hw.vmcr |= ICH_VMCR_VEOIM;
	wr(GICD_ICFGR + 8, 0xaaaaaaaa);
	for (i = 0; i < 6; i++) {
		allow(0, 40 + i, 1, 0x80);
		irq(40 + i, true);
		assert_int_equal(guest_ack(), 40 + i);
		guest_eoi(40 + i);
		host();
	}
	assert_true(hw.hcr & ICH_HCR_TDIR);
	for (i = 0; i < 6; i++) {
		guest_dir(&test_vcpu[0], 40 + i);
		host();
		assert_int_equal(rd(GICD_ISACTIVER + 4) >> 8, 0x3f & ~((2u << i) - 1));
	}
}

/* What one has acknowledged and dropped, a thread of the guest's ends wherever it runs. */
static void any_cpu_may_deactivate(void **state)
{
	u32 i, bit = 1u << UART % 32;

	allow(0, UART, 1, 0x80);
	wr(GICD_ICFGR + UART / 16 * 4, 2u << 2 * (UART % 16));
	hw.vmcr |= ICH_VMCR_VEOIM;
	for (i = 0; i < 2; i++) {
		irq(UART, true);
		irq(UART, false);
		assert_int_equal(guest_ack(), UART);
		guest_eoi(UART);
		load(1);
		hw.vmcr |= ICH_VMCR_VEOIM;
		assert_int_equal(rdw(1, GICD_ISACTIVER + 4, 4) & bit, bit);
		guest_dir(&test_vcpu[1], UART);
		host();
		assert_int_equal(rdw(1, GICD_ISACTIVER + 4, 4) & bit, 0);
		load(0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		V3(level_stays_pending_until_its_line_falls),
		V2(level_stays_pending_until_its_line_falls),
		V3(end_of_a_level_that_fell_needs_no_exit),
		V3(edge_is_remembered_while_active),
		V2(edge_is_remembered_while_active),
		V3(loaded_vcpu_gets_it_by_one_write),
		V3(waiting_vcpu_is_woken),
		V3(active_state_survives_another_vcpu),
		V3(another_cpu_changes_the_active_state),
		V2(another_cpu_changes_the_active_state),
		V3(more_than_fit_come_in_order),
		V2(more_than_fit_come_in_order),
		V3(nested_beyond_the_registers_end_in_order),
		V3(distant_deactivations_are_trapped),
		V3(any_cpu_may_deactivate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
