// SPDX-License-Identifier: Apache-2.0
/* links: arch/aarch64/virt/vgic_state.c arch/aarch64/virt/vgic_lr.c */
/* links: arch/aarch64/virt/vgic_refill.c arch/aarch64/virt/vgic_hw.c */
/* links: arch/aarch64/virt/vgic_regs.c arch/aarch64/virt/vgic_dist.c */
/* links: arch/aarch64/virt/vgic_redist.c arch/aarch64/virt/vgic_v2.c arch/aarch64/virt/vgic_sgi.c */
/* flags: -DCONFIG_NR_CPUS=1 -I$(root)/arch/aarch64/include */
/* The virtual GIC, one behaviour at a time. */
#include "vgic_fixture.h"

#define REDIST(n) (0xa0000u + GICR_STRIDE * (n))
#define SGI(n)	  (REDIST(n) + GICR_SGI)
#define UART	  33u

static int setup_v3(void **state)
{
	start(3, 2, 4);
	load(0);
	enable_cpu(0xf8);
	wr(GICD_CTLR, 3);
	return 0;
}

static int setup_v2(void **state)
{
	start(2, 2, 4);
	load(0);
	enable_cpu(0xf8);
	wr(GICD_CTLR, 3);
	return 0;
}

static int teardown(void **state)
{
	finish();
	return 0;
}

/* ---- registers ---- */

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

/* ---- interrupts ---- */

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

/* What CPU 1 writes about what is in the list register of CPU 0, which learns of it later. */
static void write_from_cpu_1(u64 off, u32 val)
{
	host_cpu.id = 1;
	dev->ops->write(dev, &test_vcpu[1], off, 4, val);
	host_cpu.id = 0;
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
	/* Only who has it active may. */
	assert_false(hw.hcr & ICH_HCR_TDIR);
}

/* ---- software interrupts ---- */

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

/* ---- the virtual timer ---- */

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

/* ---- life ---- */

static void reset_forgets_all_but_the_lines(void **state)
{
	allow(0, UART, 1, 0x80);
	allow(0, 5, 1, 0x80);
	irq(UART, true);
	vgic_sgi(&test_vcpu[0], 5ull << 24 | 1, false);
	put();
	dev->ops->reset(dev);
	vgic_vcpu_reset(&test_vcpu[0]);
	load(0);
	assert_int_equal(hw.vmcr, ICH_VMCR_VFIQEN);
	assert_int_equal(rd(GICD_CTLR), 0x50);
	assert_int_equal(rd(GICD_ISENABLER + 4), 0);
	assert_int_equal(rd(GICD_ISPENDR + 4), 2);
	assert_int_equal(rd(SGI(0) + GICD_ISPENDR), 0);
	assert_int_equal(rd(GICD_IPRIORITYR + 32), 0);
}

/* As KVM's: non-secure software takes them in group 1 without having chosen a group. */
static void interrupts_are_of_group_1_at_first(void **state)
{
	unsigned int n;

	for (n = 0; n < 2; n++)
		assert_int_equal(rd(SGI(n) + GICD_IGROUPR), ~0u);
	for (n = 1; n < NR_WORDS; n++)
		assert_int_equal(rd(GICD_IGROUPR + 4 * n), ~0u);
	wr(SGI(0) + GICD_IGROUPR, 0);
	wr(GICD_IGROUPR + 4, 0);
	dev->ops->reset(dev);
	assert_int_equal(rd(SGI(0) + GICD_IGROUPR), ~0u);
	assert_int_equal(rd(GICD_IGROUPR + 4), ~0u);
}

static void a_gicv2_has_them_in_group_0(void **state)
{
	assert_int_equal(rd(GICD_IGROUPR), 0);
	assert_int_equal(rd(GICD_IGROUPR + 4), 0);
}

static void state_is_saved_and_restored(void **state)
{
	static u8 buf[4096];
	struct vdev_state s = { buf, sizeof(buf) };

	allow(0, UART, 1, 0x80);
	allow(0, 5, 1, 0x48);
	irq(UART, true);
	assert_int_equal(guest_ack(), UART);
	vgic_sgi(&test_vcpu[0], 5ull << 24 | 1, false);
	put();
	test_state_checks(dev);
	assert_int_equal(dev->ops->save(dev, &s), 0);
	dev->ops->reset(dev);
	assert_int_equal(dev->ops->restore(dev, &s), 0);
	load(0);
	assert_int_equal(rd(GICD_ISACTIVER + 4), 2);
	assert_int_equal(guest_ack(), 5);
	guest_eoi(5);
	guest_eoi(UART);
	host();
	assert_int_equal(guest_ack(), UART);
}

/* Whatever a state holds: nothing of it indexes, shifts or loops too far. */
static void any_state_can_be_restored(void **state)
{
	static u8 buf[4096];
	struct vdev_state s = { buf, sizeof(buf) };
	struct vdev_state_header h;
	u32 version, i, n;
	u64 seed = shim_seed(1);

	put();
	assert_int_equal(dev->ops->save(dev, &s), 0);
	memcpy(&h, buf, sizeof(h));
	memcpy(&version, buf + sizeof(h), sizeof(version));
	for (n = 0; n < 200; n++) {
		for (i = 0; i < s.size; i++)
			buf[i] = (u8)shim_random(&seed);
		memcpy(buf, &h, sizeof(h));
		memcpy(buf + sizeof(h), &version, sizeof(version));
		assert_int_equal(dev->ops->restore(dev, &s), 0);
		for (i = 0; i < 2; i++) {
			load(i);
			enable_cpu(0xf8);
			while (hw_signalled() >= 0) {
				guest_eoi(guest_ack());
				host();
				if (!(shim_random(&seed) % 200))
					break;
			}
			hw.apr[0] = hw.apr[1] = 0;
		}
		put();
	}
}

static void tree_describes_it(void **state)
{
	dev->ops->fdt(dev, NULL);
	assert_string_equal(test_fdt,
			    v2 ? "intc@8000000 { compatible = \"arm,cortex-a15-gic\"; "
				 "reg = <0 0x8000000 0 0x10000 0 0x8010000 0 0x2000>; "
				 "phandle = <0x100>; interrupt-controller; "
				 "#interrupt-cells = <0x3>; #address-cells = <0x2>; "
				 "#size-cells = <0x2>; }; "
			       : "intc@8000000 { compatible = \"arm,gic-v3\"; "
				 "reg = <0 0x8000000 0 0x10000 0 0x80a0000 0 0x40000>; "
				 "phandle = <0x100>; interrupt-controller; "
				 "#interrupt-cells = <0x3>; #address-cells = <0x2>; "
				 "#size-cells = <0x2>; #redistributor-regions = <0x1>; }; ");
}

/* A guest that ends what it has not acknowledged, and writes anything anywhere. */
static void hostile_guest_hurts_only_itself(void **state)
{
	u64 seed = shim_seed(42);
	unsigned int i;

	for (i = 0; i < 200000; i++) {
		u64 r = shim_random(&seed), off = r >> 20 & 0xfff;

		switch (r & 15) {
		case 0:
			guest_eoi(off % 130);
			break;
		case 1:
			guest_dir(host_cpu.loaded, off % 130);
			break;
		case 2:
			guest_ack();
			break;
		case 3:
			hw.vmcr = (u32)(r >> 32);
			break;
		case 4:
			load(r >> 8 & 1);
			break;
		case 5:
			vgic_sgi(host_cpu.loaded, shim_random(&seed) & 0xff00ffffffff, r & 16);
			break;
		case 6:
			dev->ops->set_irq(dev, (u32)off % 130, r & 16);
			break;
		case 7:
			hw.timer_line = r & 16;
			break;
		case 8:
			vgic_pending(host_cpu.loaded);
			break;
		case 9:
			rdw(host_cpu.loaded->id, (v2 ? 0 : r & 16 ? 0xb0000 : 0) + (off & ~3ul), 4);
			break;
		default:
			wrw(host_cpu.loaded->id,
			    (v2	      ? 0
			     : r & 32 ? r & 16 ? 0xb0000 : 0xd0000
				      : 0) +
				    (off & ~3ul),
			    4, shim_random(&seed));
		}
		host();
	}
	put();
}

#define V3(f) cmocka_unit_test_setup_teardown(f, setup_v3, teardown)
/* clang-format off */
#define V2(f) { #f "_v2", f, setup_v2, teardown, NULL }
/* clang-format on */

int main(void)
{
	const struct CMUnitTest tests[] = {
		V3(a_gicv3_says_what_it_is),
		V2(a_gicv2_says_what_it_is),
		V3(redistributor_wakes),
		V3(reserved_registers_read_as_zero),
		V3(accesses_have_the_width_that_a_register_has),
		V3(configuration_of_private_interrupts_is_fixed),
		V2(targets_of_a_gicv2_are_cpus_that_there_are),
		V2(only_cpu_is_the_target_of_all),
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
		V3(sgis_go_where_they_are_sent),
		V3(sgi_to_oneself_takes_the_register_of_the_last),
		V3(sgis_to_oneself_while_others_are_pending),
		V2(a_gicv2_tells_who_sent_it),
		V3(timer_interrupt_ends_with_the_guests),
		V3(timer_that_is_not_enabled_does_not_storm),
		V3(a_timers_line_is_seen_before_its_interrupt),
		V3(timer_of_a_vcpu_that_is_put_is_asked_again),
		V3(timer_that_is_set_anew_is_waited_for),
		V2(timer_that_is_set_anew_is_waited_for),
		V3(timer_without_a_guest_is_masked),
		V3(timer_of_a_waiting_vcpu_wakes_it),
		V3(reset_forgets_all_but_the_lines),
		V3(interrupts_are_of_group_1_at_first),
		V2(a_gicv2_has_them_in_group_0),
		V3(state_is_saved_and_restored),
		V2(state_is_saved_and_restored),
		V3(any_state_can_be_restored),
		V2(any_state_can_be_restored),
		V3(tree_describes_it),
		V2(tree_describes_it),
		V3(hostile_guest_hurts_only_itself),
		V2(hostile_guest_hurts_only_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
