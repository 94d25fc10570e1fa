// SPDX-License-Identifier: Apache-2.0
/* links: arch/aarch64/virt/vgic/vgic_state.c arch/aarch64/virt/vgic/vgic_lr.c */
/* links: arch/aarch64/virt/vgic/vgic_refill.c arch/aarch64/virt/vgic/vgic_hw.c */
/* links: arch/aarch64/virt/vgic/vgic_regs.c arch/aarch64/virt/vgic/vgic_dist.c */
/* links: arch/aarch64/virt/vgic/vgic_redist.c arch/aarch64/virt/vgic/vgic_host.c arch/aarch64/virt/vgic/vgic_v2.c arch/aarch64/virt/vgic/vgic_sgi.c */
/* flags: -DCONFIG_NR_CPUS=1 -I$(root)/arch/aarch64/include */
/* The virtual GIC: the interrupt of the virtual timer. */
#include "vgic_vm_fixture.h"

static void timer_interrupt_ends_with_the_guests(void **state)
{
	allow(0, VGIC_IRQ_VTIMER, 1, 0x80);
	hw.timer_line = true;
	host();
	assert_true(hw.timer_active);
	assert_int_equal(guest_ack(), VGIC_IRQ_VTIMER);
	hw.timer_line = false; /* the guest sets its next deadline */
	guest_eoi(VGIC_IRQ_VTIMER);
	assert_false(hw.timer_active);
	hw.lr_accesses = 0;
	hw.timer_line = true;
	host();
	assert_int_equal(guest_ack(), VGIC_IRQ_VTIMER);
	assert_true(hw.lr_accesses <= 4);
}

static void timer_that_is_not_enabled_does_not_storm(void **state)
{
	hw.timer_line = true;
	host();
	assert_true(hw.timer_active);
	assert_int_equal(rd(SGI(0) + GICD_ISPENDR), 1u << VGIC_IRQ_VTIMER);
	/* It was turned off before it was enabled: nothing is left of it. */
	hw.timer_line = false;
	assert_int_equal(rd(SGI(0) + GICD_ISPENDR), 0);
	allow(0, VGIC_IRQ_VTIMER, 1, 0x80);
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
	assert_false(hw.timer_active);
}

/* The guest reads while the host's interrupts are off: the physical one has not been taken. */
static void a_timers_line_is_seen_before_its_interrupt(void **state)
{
	assert_int_equal(rd(SGI(0) + GICD_ISPENDR), 0);
	hw.timer_line = true;
	assert_int_equal(rd(SGI(0) + GICD_ISPENDR), 1u << VGIC_IRQ_VTIMER);
	assert_false(hw.timer_active);
	hw.timer_line = false;
	assert_int_equal(rd(SGI(0) + GICD_ISPENDR), 0);
}

static void timer_of_a_vcpu_that_is_put_is_asked_again(void **state)
{
	allow(0, VGIC_IRQ_VTIMER, 1, 0x80);
	hw.timer_line = true;
	host();
	load(1);
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
	load(0);
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
	hw.timer_line = true;
	host();
	assert_int_equal(guest_ack(), VGIC_IRQ_VTIMER);
	/* Put while it is active, with another's timer between. */
	load(1);
	enable_cpu(0xf8);
	allow(1, VGIC_IRQ_VTIMER, 1, 0x80);
	hw.timer_line = true;
	host();
	assert_int_equal(guest_ack(), VGIC_IRQ_VTIMER);
	load(0);
	hw.timer_line = true;
	host();
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
	guest_eoi(VGIC_IRQ_VTIMER);
	host();
	assert_int_equal(guest_ack(), VGIC_IRQ_VTIMER);
}

static void timer_that_is_set_anew_is_waited_for(void **state)
{
	allow(0, VGIC_IRQ_VTIMER, 1, 0x80);
	hw.timer_line = true;
	host();
	assert_true(vgic_pending(&test_vcpu[0]));
	/* Not acknowledged, and no exit when the guest sets it. */
	hw.timer_line = false;
	assert_false(vgic_pending(&test_vcpu[0]));
	assert_false(hw.timer_active);
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
	hw.timer_line = true;
	host();
	assert_int_equal(guest_ack(), VGIC_IRQ_VTIMER);
	/* One that is acknowledged ends with the guest's end of it. */
	hw.timer_line = false;
	assert_false(vgic_pending(&test_vcpu[0]));
	assert_int_equal(rd(SGI(0) + GICD_ISACTIVER), 1u << VGIC_IRQ_VTIMER);
	guest_eoi(VGIC_IRQ_VTIMER);
	host();
	assert_false(hw.timer_active);
}

static void timer_without_a_guest_is_masked(void **state)
{
	put();
	hw.timer_line = true;
	host();
	assert_true(hw.timer_masked);
	assert_false(hw.timer_active);
}

static void timer_of_a_waiting_vcpu_wakes_it(void **state)
{
	allow(0, VGIC_IRQ_VTIMER, 1, 0x80);
	put();
	woken = 0;
	vgic_set_ppi(&test_vcpu[0], VGIC_IRQ_VTIMER, true);
	assert_int_equal(woken, 1);
	assert_true(vgic_pending(&test_vcpu[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		V3(timer_interrupt_ends_with_the_guests),
		V3(timer_that_is_not_enabled_does_not_storm),
		V3(a_timers_line_is_seen_before_its_interrupt),
		V3(timer_of_a_vcpu_that_is_put_is_asked_again),
		V3(timer_that_is_set_anew_is_waited_for),
		V2(timer_that_is_set_anew_is_waited_for),
		V3(timer_without_a_guest_is_masked),
		V3(timer_of_a_waiting_vcpu_wakes_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
