// SPDX-License-Identifier: Apache-2.0
/* links: arch/aarch64/virt/vgic/vgic_state.c arch/aarch64/virt/vgic/vgic_lr.c */
/* links: arch/aarch64/virt/vgic/vgic_refill.c arch/aarch64/virt/vgic/vgic_hw.c */
/* links: arch/aarch64/virt/vgic/vgic_regs.c arch/aarch64/virt/vgic/vgic_dist.c */
/* links: arch/aarch64/virt/vgic/vgic_redist.c arch/aarch64/virt/vgic/vgic_host.c arch/aarch64/virt/vgic/vgic_v2.c arch/aarch64/virt/vgic/vgic_sgi.c */
/* flags: -DCONFIG_NR_CPUS=1 -I$(root)/arch/aarch64/include */
/* The virtual GIC: software interrupts. */
#include "vgic_vm_fixture.h"

static void sgis_go_where_they_are_sent(void **state)
{
	allow(0, 5, 1, 0x80);
	allow(1, 5, 1, 0x80);
	vgic_sgi(&test_vcpu[0], 5ull << 24 | 1, false);
	assert_int_equal(guest_ack(), 5);
	guest_eoi(5);
	/* All others. */
	vgic_sgi(&test_vcpu[0], 1ull << 40 | 5ull << 24, false);
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
	assert_int_equal(rdw(1, SGI(1) + GICD_ISPENDR, 4), 1u << 5);
	/* Other clusters, ranges and CPUs are not there. */
	wrw(1, SGI(1) + GICD_ICPENDR, 4, ~0u);
	vgic_sgi(&test_vcpu[0], 1ull << 16 | 5ull << 24 | 3, false);
	vgic_sgi(&test_vcpu[0], 1ull << 32 | 5ull << 24 | 3, false);
	vgic_sgi(&test_vcpu[0], 1ull << 44 | 5ull << 24 | 3, false);
	vgic_sgi(&test_vcpu[0], 1ull << 48 | 5ull << 24 | 3, false);
	vgic_sgi(&test_vcpu[0], 5ull << 24 | 0xfffc, false);
	assert_int_equal(rdw(0, SGI(0) + GICD_ISPENDR, 4), 0);
	assert_int_equal(rdw(0, SGI(1) + GICD_ISPENDR, 4), 0);
	/* Those of group 0 reach only that. */
	vgic_sgi(&test_vcpu[0], 5ull << 24 | 3, true);
	assert_int_equal(rdw(0, SGI(1) + GICD_ISPENDR, 4), 0);
	wrw(0, SGI(1) + GICD_IGROUPR, 4, 0);
	vgic_sgi(&test_vcpu[0], 5ull << 24 | 3, true);
	assert_int_equal(rdw(0, SGI(1) + GICD_ISPENDR, 4), 1u << 5);
}

static void sgi_to_oneself_takes_the_register_of_the_last(void **state)
{
	allow(0, 5, 1, 0x80);
	vgic_sgi(&test_vcpu[0], 5ull << 24 | 1, false);
	assert_int_equal(guest_ack(), 5);
	guest_eoi(5);
	hw.lr_accesses = 0;
	vgic_sgi(&test_vcpu[0], 5ull << 24 | 1, false);
	assert_int_equal(hw.lr_accesses, 2);
	assert_int_equal(guest_ack(), 5);
	/* While it is active it waits, and is pending once. */
	vgic_sgi(&test_vcpu[0], 5ull << 24 | 1, false);
	vgic_sgi(&test_vcpu[0], 5ull << 24 | 1, false);
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
	guest_eoi(5);
	assert_int_equal(guest_ack(), 5);
	guest_eoi(5);
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
	/* One that is not enabled stays where it is. */
	wr(SGI(0) + GICD_ICENABLER, 1u << 5);
	vgic_sgi(&test_vcpu[0], 5ull << 24 | 1, false);
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
	assert_int_equal(rd(SGI(0) + GICD_ISPENDR), 1u << 5);
}

/* It has come after what another CPU did to the one before, of which this CPU learns only later. */
static void sgi_to_oneself_outlasts_what_another_cpu_dropped(void **state)
{
	allow(0, 5, 1, 0x80);
	vgic_sgi(&test_vcpu[0], 5ull << 24 | 1, false);
	write_from_cpu_1(SGI(0) + GICD_ICPENDR, 1u << 5);
	vgic_sgi(&test_vcpu[0], 5ull << 24 | 1, false);
	host();
	assert_int_equal(guest_ack(), 5);
	guest_eoi(5);
	host();
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
}

/* While others are pending: each takes one access to a list register, again at most a look. */
static void sgis_to_oneself_while_others_are_pending(void **state)
{
	u32 n;

	for (n = 1; n <= hw.nr_lrs; n++)
		allow(0, n, 1, 0x80);
	for (n = 1; n <= hw.nr_lrs; n++) {
		hw.lr_accesses = 0;
		vgic_sgi(&test_vcpu[0], (u64)n << 24 | 1, false);
		assert_int_equal(hw.lr_accesses, 1);
		vgic_sgi(&test_vcpu[0], (u64)n << 24 | 1, false);
		assert_int_equal(hw.lr_accesses, 2);
	}
	for (n = 1; n <= hw.nr_lrs; n++) {
		assert_int_equal(guest_ack(), n);
		guest_eoi(n);
	}
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
}

static void sgi_from_cpu_1(u32 intid)
{
	host_cpu.id = 1;
	vgic_sgi(&test_vcpu[1], (u64)intid << 24 | 1, false);
	host_cpu.id = 0;
}

/* Its list register has the last one of its number, in whatever state. */
static void sgis_of_another_cpu_come_each(void **state)
{
	unsigned int i;

	allow(0, 5, 1, 0x80);
	for (i = 0; i < 3; i++) {
		sgi_from_cpu_1(5);
		host();
		assert_int_equal(guest_ack(), 5);
		guest_eoi(5);
		host();
		assert_int_equal(guest_ack(), GIC_INTID_NONE);
		assert_int_equal(rd(SGI(0) + GICD_ISPENDR), 0);
	}
	/* While the last is active, and then pending as well, it is one more. */
	sgi_from_cpu_1(5);
	host();
	assert_int_equal(guest_ack(), 5);
	sgi_from_cpu_1(5);
	host();
	sgi_from_cpu_1(5);
	host();
	guest_eoi(5);
	host();
	assert_int_equal(guest_ack(), 5);
	guest_eoi(5);
	host();
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
	/* It is sent again, and taken back, before the CPU has looked. */
	sgi_from_cpu_1(5);
	write_from_cpu_1(SGI(0) + GICD_ICPENDR, 1u << 5);
	host();
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
	/* Not enabled, it waits for that; as urgent as it is by then. */
	write_from_cpu_1(SGI(0) + GICD_ICENABLER, 1u << 5);
	sgi_from_cpu_1(5);
	host();
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
	assert_int_equal(rd(SGI(0) + GICD_ISPENDR), 1u << 5);
	write_from_cpu_1(SGI(0) + GICD_ISENABLER, 1u << 5);
	host();
	assert_int_equal(guest_ack(), 5);
	guest_eoi(5);
	host();
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
}

static void a_gicv2_tells_who_sent_it(void **state)
{
	allow(0, 3, 0, 0x80);
	wrw(0, GICD_SGIR, 4, 2u << 24 | 3);
	wrw(1, GICD_SGIR, 4, 1u << 16 | 3);
	assert_int_equal(rdw(0, GICD_SPENDSGIR + 3, 1), 3);
	assert_int_equal(guest_ack(), 0u << 10 | 3);
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
	guest_eoi(3);
	host();
	assert_int_equal(guest_ack(), 1u << 10 | 3);
	guest_eoi(1u << 10 | 3);
	host();
	assert_int_equal(guest_ack(), GIC_INTID_NONE);
	wrw(0, GICD_SPENDSGIR + 3, 1, 0xff);
	assert_int_equal(rd(GICD_SPENDSGIR), 0x03000000);
	wrw(0, GICD_CPENDSGIR + 3, 1, 2);
	assert_int_equal(rd(GICD_CPENDSGIR), 0x01000000);
	assert_int_equal(guest_ack(), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		V3(sgis_go_where_they_are_sent),
		V3(sgi_to_oneself_takes_the_register_of_the_last),
		V3(sgi_to_oneself_outlasts_what_another_cpu_dropped),
		V3(sgis_to_oneself_while_others_are_pending),
		V3(sgis_of_another_cpu_come_each),
		V2(a_gicv2_tells_who_sent_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
