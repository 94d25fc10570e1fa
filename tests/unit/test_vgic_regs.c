// SPDX-License-Identifier: Apache-2.0
/* links: arch/aarch64/virt/vgic/vgic_state.c arch/aarch64/virt/vgic/vgic_lr.c */
/* links: arch/aarch64/virt/vgic/vgic_refill.c arch/aarch64/virt/vgic/vgic_hw.c */
/* links: arch/aarch64/virt/vgic/vgic_regs.c arch/aarch64/virt/vgic/vgic_dist.c */
/* links: arch/aarch64/virt/vgic/vgic_redist.c arch/aarch64/virt/vgic/vgic_host.c arch/aarch64/virt/vgic/vgic_v2.c arch/aarch64/virt/vgic/vgic_sgi.c */
/* flags: -DCONFIG_NR_CPUS=1 -I$(root)/arch/aarch64/include */
/* The virtual GIC: what its registers hold, and how they are accessed. */
#include "vgic_vm_fixture.h"

static void a_gicv3_says_what_it_is(void **state)
{
	static const u8 id[] = { 0x44, 0, 0, 0, 0x92, 0xb4, 0x3b, 0, 0x0d, 0xf0, 0x05, 0xb1 };
	unsigned int i;

	/* Affinity routing and one security state can't be turned off. */
	wr(GICD_CTLR, 0);
	assert_int_equal(rd(GICD_CTLR), 0x50);
	wr(GICD_CTLR, ~0u);
	assert_int_equal(rd(GICD_CTLR), 0x53);
	/* 128 INTIDs of 10 bits, no LPIs, no message-signalled ones, no 1 of N. */
	assert_int_equal(rd(GICD_TYPER), 3 | 9u << 19 | 1u << 25);
	assert_int_equal(rd(GICD_IIDR) & 0xfff, 0x43b);
	for (i = 0; i < ARRAY_SIZE(id); i++) {
		assert_int_equal(rd(GIC_IDREGS + 4 * i), id[i]);
		assert_int_equal(rd(REDIST(1) + GIC_IDREGS + 4 * i), id[i]);
	}
	assert_true(rdw(0, REDIST(0) + GICR_TYPER, 8) == 0);
	assert_true(rdw(0, REDIST(1) + GICR_TYPER, 8) == (1ull << 32 | 1 << 8 | GICR_TYPER_LAST));
	assert_int_equal(rd(REDIST(1) + GICR_TYPER + 4), 1);
	assert_int_equal(rd(REDIST(0) + GICR_CTLR), 0);
}

static void a_gicv2_says_what_it_is(void **state)
{
	wr(GICD_CTLR, ~0u);
	assert_int_equal(rd(GICD_CTLR), 3);
	assert_int_equal(rd(GICD_TYPER), 3 | 1 << 5);
	assert_int_equal(rd(0xfe8), 0x2b);
	assert_int_equal(rd(0xffe8), 0);
	/* The redistributors' window is not there. */
	assert_true(dev->size == 0x10000);
	assert_int_equal(test_vm.map.count, 1);
	assert_true(test_vm.map.r[0].gpa.v == 0x8010000);
	assert_true(test_vm.map.r[0].hpa.v == 0x8040000);
	assert_int_equal(test_vm.map.r[0].backing, BACKING_DEVICE);
}

static void redistributor_wakes(void **state)
{
	assert_int_equal(rd(REDIST(1) + GICR_WAKER), 6);
	wr(REDIST(1) + GICR_WAKER, 0);
	assert_int_equal(rd(REDIST(1) + GICR_WAKER), 0);
	wr(REDIST(1) + GICR_WAKER, ~0u);
	assert_int_equal(rd(REDIST(1) + GICR_WAKER), 6);
}

static void reserved_registers_read_as_zero(void **state)
{
	static const u64 off[] = { 0x00c,  0x010,  0x040,  0x050,  0x080,  0x100,  0x180,
				   0x200,  0x300,  0x400,  0x41f,  0x800,  0x820,  0xc00,
				   0xd00,  0xe00,  0xf00,  0xf10,  0x110,  0x480,  0xc20,
				   0x6000, 0x60f8, 0x6400, 0xc000, 0xffcc, 0xa010, 0x14 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(off); i++) {
		wr(off[i] & ~3ul, ~0u);
		assert_int_equal(rd(off[i] & ~3ul), 0);
	}
	wr(GICD_CTLR, 3);
	/* Of LPIs, of other states' groups, and what lies between the frames. */
	wr(REDIST(0) + 0x70, ~0u);
	wr(SGI(0) + 0xd00, ~0u);
	wr(SGI(0) + 0x104, ~0u);
	wr(0x20000, ~0u);
	assert_int_equal(rd(REDIST(0) + 0x70), 0);
	assert_int_equal(rd(SGI(0) + 0xd00), 0);
	assert_int_equal(rd(SGI(0) + 0x104), 0);
	assert_int_equal(rd(0x20000), 0);
	assert_int_equal(rd(REDIST(2)), 0);
}

static void accesses_have_the_width_that_a_register_has(void **state)
{
	/* Priorities by byte, others only whole. */
	wr(GICD_IPRIORITYR + 32, 0x11223344);
	assert_int_equal(rd(GICD_IPRIORITYR + 32), 0x10203040);
	assert_int_equal(rdw(0, GICD_IPRIORITYR + 34, 1), 0x20);
	assert_int_equal(rdw(0, GICD_IPRIORITYR + 32, 2), 0);
	wrw(0, GICD_IPRIORITYR + 35, 1, 0xff);
	assert_int_equal(rd(GICD_IPRIORITYR + 32), 0xf8203040);
	wrw(0, GICD_ISENABLER + 4, 1, 0xff);
	wrw(0, GICD_ISENABLER + 4, 2, 0xff);
	wrw(0, GICD_ISENABLER + 4, 8, 0xff);
	wrw(0, GICD_ISENABLER + 6, 4, 0xff);
	assert_int_equal(rd(GICD_ISENABLER + 4), 0);
	assert_int_equal(rdw(0, GICD_TYPER, 1), 0);
	/* Routes whole or by halves. */
	wrw(0, GICD_IROUTER + 8 * 40, 8, ~0ull);
	assert_true(rdw(0, GICD_IROUTER + 8 * 40, 8) == 0xff00ffffff);
	wrw(0, GICD_IROUTER + 8 * 40, 4, 1);
	assert_true(rdw(0, GICD_IROUTER + 8 * 40, 8) == 0xff00000001);
	wrw(0, GICD_IROUTER + 8 * 40 + 4, 4, 0);
	assert_true(rdw(0, GICD_IROUTER + 8 * 40, 8) == 1);
	assert_int_equal(rdw(0, GICD_IROUTER + 8 * 40 + 2, 4), 0);
}

static void configuration_of_private_interrupts_is_fixed(void **state)
{
	wr(SGI(0) + GICD_ICFGR, 0);
	wr(SGI(0) + GICD_ICFGR + 4, ~0u);
	assert_int_equal(rd(SGI(0) + GICD_ICFGR), 0xaaaaaaaa);
	assert_int_equal(rd(SGI(0) + GICD_ICFGR + 4), 0);
	wr(GICD_ICFGR + 8, ~0u);
	assert_int_equal(rd(GICD_ICFGR + 8), 0xaaaaaaaa);
}

static void targets_of_a_gicv2_are_cpus_that_there_are(void **state)
{
	wr(GICD_ITARGETSR + 32, 0xff030201);
	assert_int_equal(rd(GICD_ITARGETSR + 32), 0x03030201);
	wr(GICD_ITARGETSR, 0);
	assert_int_equal(rd(GICD_ITARGETSR), 0x01010101);
	assert_int_equal(rdw(1, GICD_ITARGETSR + 28, 4), 0x02020202);
}

/* As the GIC-400 has it, for whose software they need not be enabled. */
static void sgis_of_a_gicv2_are_always_enabled(void **state)
{
	unsigned int n;

	for (n = 0; n < 2; n++) {
		assert_int_equal(rdw(n, GICD_ISENABLER, 4), 0xffff);
		wrw(n, GICD_ICENABLER, 4, ~0u);
		assert_int_equal(rdw(n, GICD_ICENABLER, 4), 0xffff);
	}
	load(0);
	wrw(1, GICD_SGIR, 4, 1u << 16 | 3);
	host();
	assert_int_equal(guest_ack(), 1u << 10 | 3);
}

static void only_cpu_is_the_target_of_all(void **state)
{
	finish();
	start(2, 1, 4);
	load(0);
	enable_cpu(0xf8);
	wr(GICD_CTLR, 3);
	wr(GICD_ISENABLER + 4, ~0u);
	irq(UART, true);
	assert_int_equal(guest_ack(), UART);
	wrw(0, GICD_ITARGETSR + 40, 1, 0xff);
	assert_int_equal(rdw(0, GICD_ITARGETSR + 40, 1), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		V3(a_gicv3_says_what_it_is),
		V2(a_gicv2_says_what_it_is),
		V3(redistributor_wakes),
		V3(reserved_registers_read_as_zero),
		V3(accesses_have_the_width_that_a_register_has),
		V3(configuration_of_private_interrupts_is_fixed),
		V2(sgis_of_a_gicv2_are_always_enabled),
		V2(targets_of_a_gicv2_are_cpus_that_there_are),
		V2(only_cpu_is_the_target_of_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
