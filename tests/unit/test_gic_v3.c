// SPDX-License-Identifier: Apache-2.0
/* links: kernel/driver.c lib/fdt_irq.c lib/fdt.c lib/fdt_check.c lib/fdt_prop.c lib/fdt_write.c */
/* flags: -DCONFIG_NR_CPUS=2 -I$(root)/arch/aarch64/include */
/* libs: -Wl,-T,$(here)/drivers.lds */
/* The host's GICv3 on a machine that the test makes up. */
#include "../../drivers/irqchip/gic-v3.c"
#include "gic_fixture.h"

#define REDIST_BASE  0x080a0000ul
#define REDIST2_BASE 0x20000000ul
#define NR_FRAMES    3

const struct shim_sysreg *shim_sysreg;

static u32 dist[0x10000 / 4];
static u64 router[96];
static u32 redist[NR_FRAMES][GICR_STRIDE / 4];
static const u64 affinity[NR_FRAMES] = { 0x7f, 0x100, 0x02000011 };
static u64 sre, sgi, ctlr, grpen;

/* The first region has frames 0 and 1, the second frame 2. */
static u32 *frame_at(u64 a, u64 *off)
{
	unsigned int n;

	if (a >= REDIST_BASE && a < REDIST_BASE + 2 * GICR_STRIDE)
		n = (unsigned int)((a - REDIST_BASE) / GICR_STRIDE);
	else if (a >= REDIST2_BASE && a < REDIST2_BASE + GICR_STRIDE)
		n = 2;
	else
		return NULL;
	*off = (a - (n == 2 ? REDIST2_BASE : REDIST_BASE)) % GICR_STRIDE;
	return redist[n];
}

static u64 io_read(const volatile void *p, unsigned int width)
{
	u64 a = (u64)p, off = a - DIST_BASE;
	u32 *frame = frame_at(a, &off);

	if (frame && off == GICR_TYPER) {
		unsigned int n = (unsigned int)(frame - redist[0]) / (GICR_STRIDE / 4);

		assert_int_equal(width, 8);
		return affinity[n] << 32 | (n >= 1 ? GICR_TYPER_LAST : 0);
	}
	assert_int_equal(width, 4);
	if (frame && off == GICR_WAKER)
		return frame[off / 4] & GICR_WAKER_SLEEP ? GICR_WAKER_SLEEP | GICR_WAKER_ASLEEP : 0;
	if (frame && off == GICR_CTLR)
		return hw.busy ? GICR_CTLR_RWP : 0;
	if (frame)
		return off >= GICR_SGI ? frame_load(frame + GICR_SGI / 4, off - GICR_SGI)
				       : frame[off / 4];
	assert_in_range(a, DIST_BASE, DIST_BASE + 0xffff);
	if (off == GICD_TYPER)
		return 2;
	if (off == GICD_CTLR)
		return dist[0] | (hw.busy ? GICD_CTLR_RWP : 0);
	return frame_load(dist, off);
}

static void io_write(volatile void *p, unsigned int width, u64 v)
{
	u64 a = (u64)p, off = a - DIST_BASE;
	u32 *frame = frame_at(a, &off);

	if (!frame && off >= GICD_IROUTER && off < GICD_IROUTER + 8 * 96) {
		assert_int_equal(width, 8);
		/* They are there only with affinity routing. */
		if (dist[0] & GICD_CTLR_ARE)
			router[(off - GICD_IROUTER) / 8] = v;
		return;
	}
	assert_int_equal(width, 4);
	if (frame && off < GICR_SGI)
		frame[off / 4] = (u32)v;
	else if (frame)
		frame_store(frame + GICR_SGI / 4, off - GICR_SGI, (u32)v);
	else
		frame_store(dist, off, (u32)v);
}

static u64 sys_read(const char *reg)
{
	if (!strcmp(reg, SYSREG_TEXT(ICC_SRE_EL2)))
		return sre;
	if (!strcmp(reg, SYSREG_TEXT(ICC_CTLR_EL1)))
		return ctlr;
	if (!strcmp(reg, SYSREG_TEXT(ICC_IAR1_EL1)))
		return acknowledge();
	fail_msg("read of %s", reg);
	return 0;
}

static bool firmware_refuses;

static void sys_write(const char *reg, u64 v)
{
	if (!strcmp(reg, SYSREG_TEXT(ICC_SRE_EL2)))
		sre = firmware_refuses ? 0 : v;
	else if (!strcmp(reg, SYSREG_TEXT(ICC_CTLR_EL1)))
		ctlr = v;
	else if (!strcmp(reg, SYSREG_TEXT(ICC_IGRPEN1_EL1)))
		grpen = v;
	else if (!strcmp(reg, SYSREG_TEXT(ICC_EOIR1_EL1)))
		hw.dropped[hw.nr_dropped++] = (u32)v;
	else if (!strcmp(reg, SYSREG_TEXT(ICC_DIR_EL1)))
		hw.done[hw.nr_done++] = (u32)v;
	else if (!strcmp(reg, SYSREG_TEXT(ICC_SGI1R_EL1)))
		sgi = v;
	else if (strcmp(reg, SYSREG_TEXT(ICC_PMR_EL1)) && strcmp(reg, SYSREG_TEXT(ICC_BPR1_EL1)))
		fail_msg("write of %s", reg);
}

static const u64 regs[] = { DIST_BASE,	     0x10000,	   REDIST_BASE,
			    2 * GICR_STRIDE, REDIST2_BASE, GICR_STRIDE };

static void forget_redists(void)
{
	struct redist *r;

	while ((r = redists)) {
		redists = r->next;
		kfree(r);
	}
}

static int setup_tree(void **state)
{
	static const struct shim_io io = { io_read, io_write };
	static const struct shim_sysreg sys = { sys_read, sys_write };
	unsigned int i;

	shim_io = &io;
	shim_sysreg = &sys;
	start_over();
	memset(dist, 0xa5, sizeof(dist));
	memset(redist, 0xa5, sizeof(redist));
	dist[0] = 0;
	for (i = 0; i < NR_FRAMES; i++)
		redist[i][GICR_WAKER / 4] = GICR_WAKER_SLEEP;
	memset(router, 0, sizeof(router));
	memset(of_cpu, 0, sizeof(of_cpu));
	forget_redists();
	sre = sgi = ctlr = grpen = 0;
	firmware_refuses = false;
	write_tree("arm,gic-v3", regs, 3, 2);
	return 0;
}

static int setup(void **state)
{
	setup_tree(state);
	assert_int_equal(driver_probe_stage(tree, DRIVER_IRQCHIP), 1);
	irq_cpu_init();
	return 0;
}

static int teardown(void **state)
{
	start_over();
	forget_redists();
	assert_int_equal(shim_objects, 0);
	return 0;
}

static u32 sgi_frame(unsigned int n, u64 off)
{
	return redist[n][(GICR_SGI + off) / 4];
}

static void all_is_off_but_the_kick(void **state)
{
	unsigned int i;

	assert_string_equal(said, "");
	assert_int_equal(gic_info()->version, 3);
	assert_int_equal(gic_info()->maintenance_irq, 25);
	assert_int_equal(chip->nr_irqs, 96);
	assert_int_equal(dist[0], GICD_CTLR_ARE | GICD_CTLR_GRP1);
	for (i = 1; i < 3; i++) {
		assert_int_equal(dist[GICD_ISENABLER / 4 + i], 0);
		assert_int_equal(dist[GICD_ISACTIVER / 4 + i], 0);
		assert_int_equal(dist[GICD_IGROUPR / 4 + i], ~0u);
	}
	for (i = 32; i < 96; i++) {
		assert_int_equal(((u8 *)dist)[GICD_IPRIORITYR + i], 0xa0);
		assert_int_equal(router[i], 0x100);
	}
	/* The frame of the CPU that boots, not the first one. */
	assert_int_equal(sgi_frame(1, GICD_ISENABLER), 1);
	assert_int_equal(sgi_frame(1, GICD_IGROUPR), ~0u);
	assert_false(redist[1][GICR_WAKER / 4] & GICR_WAKER_SLEEP);
	assert_int_equal(redist[0][GICR_WAKER / 4], GICR_WAKER_SLEEP);
	assert_int_equal(sre, 15);
	assert_int_equal(ctlr, ICC_CTLR_EOIMODE);
	assert_int_equal(grpen, 1);
}

static void specifiers_are_understood(void **state)
{
	u32 irq;
	int dev = fdt_find_path(tree, "/dev");

	assert_int_equal(dev_irq(0), 33);
	assert_int_equal(dev_irq(1), 26);
	assert_int_equal(driver_irq(tree, dev, 2, &irq), -EINVAL);
	assert_int_equal(driver_irq(tree, dev, 3, &irq), -EINVAL);
}

static void private_interrupts_are_enabled_on_every_cpu(void **state)
{
	assert_int_equal(irq_request(26, handler, NULL, "timer"), 0);
	assert_int_equal(sgi_frame(1, GICD_ISENABLER), 1u << 26 | 1);
	/* One that comes up later. */
	shim_this_cpu = &cpus[1];
	irq_cpu_init();
	assert_int_equal(sgi_frame(2, GICD_ISENABLER), 1u << 26 | 1);
	/* And one that is up already learns of it by a kick: Aff3 2, RS 1, bit 1. */
	shim_this_cpu = &cpus[0];
	assert_int_equal(irq_request(27, handler, NULL, "vtimer"), 0);
	assert_true(sgi == (2ull << 48 | 1ull << 44 | 2));
	shim_this_cpu = &cpus[1];
	arrive(GIC_KICK);
	irq_handle_external();
	assert_int_equal(kicked, 1);
	assert_int_equal(sgi_frame(2, GICD_ISENABLER), 1u << 27 | 1u << 26 | 1);
	shim_this_cpu = &cpus[0];
	irq_free(26);
	assert_int_equal(sgi_frame(1, GICD_ISENABLER), 1u << 27 | 1);
}

static void handlers_run_between_drop_and_deactivation(void **state)
{
	handled = 0;
	assert_int_equal(irq_request(33, handler, NULL, "uart"), 0);
	assert_int_equal(dist[GICD_ISENABLER / 4 + 1], 2);
	arrive(33);
	irq_handle_external();
	assert_int_equal(handled, 1);
	assert_int_equal(hw.nr_dropped, 1);
	assert_int_equal(hw.nr_done, 1);
	assert_int_equal(hw.done[0], 33);
	irq_free(33);
	assert_int_equal(dist[GICD_ISENABLER / 4 + 1], 0);
}

static void forwarded_interrupt_stays_active(void **state)
{
	gic_forward(27);
	assert_int_equal(irq_request(27, handler, NULL, "vtimer"), 0);
	arrive(27);
	irq_handle_external();
	assert_int_equal(hw.nr_dropped, 1);
	assert_int_equal(hw.nr_done, 0);
	gic_deactivate(27);
	assert_int_equal(hw.done[0], 27);
}

static void kept_interrupt_stays_active_until_its_end(void **state)
{
	u32 before = dist[GICD_ICFGR / 4 + 2];

	handled = 0;
	assert_int_equal(irq_request_kept(33, IRQ_EDGE_RISING, handler, NULL, "mine"), 0);
	/* Its trigger alone, and it is off. */
	assert_int_equal(dist[GICD_ICFGR / 4 + 2], before | 8);
	assert_int_equal(dist[GICD_ISENABLER / 4 + 1], 0);
	assert_string_equal(irq_name(33), "mine");
	assert_int_equal(irq_request(33, handler, NULL, "another"), -EBUSY);
	irq_on(33);
	assert_int_equal(dist[GICD_ISENABLER / 4 + 1], 2);
	arrive(33);
	irq_handle_external();
	assert_int_equal(handled, 1);
	assert_int_equal(hw.nr_dropped, 1);
	assert_int_equal(hw.nr_done, 0);
	irq_end(33);
	assert_int_equal(hw.done[0], 33);
	irq_off(33);
	assert_int_equal(dist[GICD_ISENABLER / 4 + 1], 0);
	irq_free(33);
	assert_null(irq_name(33));
	/* Back to a level, as the next one wants it; who does not keep it ends it at once. */
	assert_int_equal(irq_request_kept(33, IRQ_LEVEL_HIGH, handler, NULL, "mine"), 0);
	assert_int_equal(dist[GICD_ICFGR / 4 + 2], before & ~8u);
	irq_free(33);
	assert_int_equal(irq_request(33, handler, NULL, "uart"), 0);
	arrive(33);
	irq_handle_external();
	assert_int_equal(hw.nr_done, 2);
	irq_free(33);
	assert_int_equal(irq_request_kept(33, IRQ_LEVEL_LOW, handler, NULL, "low"), -EINVAL);
	assert_null(irq_name(33));
	assert_int_equal(irq_request_kept(27, IRQ_LEVEL_HIGH, handler, NULL, "own"), -EINVAL);
	assert_int_equal(irq_request_kept(96, IRQ_LEVEL_HIGH, handler, NULL, "none"), -EINVAL);
}

static void an_edge_that_came_while_it_was_off_is_forgotten(void **state)
{
	an_edge_is_forgotten(dist);
}

static void kept_interrupt_goes_where_it_is_routed(void **state)
{
	assert_int_equal(irq_request_kept(33, IRQ_LEVEL_HIGH, handler, NULL, "mine"), 0);
	assert_true(router[33] == 0x100);
	/* That one has not come up. */
	irq_route(33, &cpus[1]);
	assert_true(router[33] == 0x100);
	shim_this_cpu = &cpus[1];
	irq_cpu_init();
	irq_route(33, &cpus[1]);
	assert_true(router[33] == 0x0200000011);
	assert_true(router[34] == 0x100);
	irq_free(33);
	/* Whoever is given it next has it come to the CPU that serves devices, as all do at first. */
	assert_int_equal(irq_request_kept(33, IRQ_LEVEL_HIGH, handler, NULL, "mine"), 0);
	assert_true(router[33] == 0x100);
	irq_free(33);
}

static void interrupt_that_nobody_wants_is_turned_off(void **state)
{
	redist[1][(GICR_SGI + GICD_ISENABLER) / 4] |= 1u << 20;
	arrive(20);
	irq_handle_external();
	assert_string_equal(said, "interrupt 20 has no handler; it is off now\n");
	assert_int_equal(hw.nr_done, 1);
}

static void storm_is_left_for_the_next_time(void **state)
{
	unsigned int i;

	handled = 0;
	assert_int_equal(irq_request(33, handler, NULL, "uart"), 0);
	for (i = 0; i < 40; i++)
		arrive(33);
	irq_handle_external();
	assert_int_equal(handled, GIC_BURST);
}

static void device_that_never_finishes_is_reported_once(void **state)
{
	hw.busy = true;
	assert_int_equal(driver_probe_stage(tree, DRIVER_IRQCHIP), 1);
	irq_cpu_init();
	assert_string_equal(said, "gic-v3: its distributor does not answer; "
				  "interrupts may be lost\n");
}

static void firmware_that_keeps_the_registers_is_refused(void **state)
{
	firmware_refuses = true;
	assert_int_equal(driver_probe_stage(tree, DRIVER_IRQCHIP), 0);
	assert_non_null(strstr(said, "does not let EL2 use its system registers"));
}

static void cpu_without_a_redistributor_is_told(void **state)
{
	write_tree("arm,gic-v3", regs, 2, 0);
	assert_int_equal(driver_probe_stage(tree, DRIVER_IRQCHIP), 1);
	irq_cpu_init();
	assert_string_equal(said, "");
	shim_this_cpu = &cpus[1];
	irq_cpu_init();
	assert_string_equal(said, "gic-v3: CPU 1 has no redistributor, it takes no interrupts\n");
}

static void wrong_descriptions_are_refused(void **state)
{
	write_tree("arm,gic-v3", regs, 3, 3);
	assert_int_equal(driver_probe_stage(tree, DRIVER_IRQCHIP), 0);
	write_tree("arm,gic-v3", regs, 1, 0);
	assert_int_equal(driver_probe_stage(tree, DRIVER_IRQCHIP), 0);
	assert_null(chip);
}

#define TEST(f)	     cmocka_unit_test_setup_teardown(f, setup, teardown)
#define TEST_TREE(f) cmocka_unit_test_setup_teardown(f, setup_tree, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_is_off_but_the_kick),
		TEST(specifiers_are_understood),
		TEST(private_interrupts_are_enabled_on_every_cpu),
		TEST(handlers_run_between_drop_and_deactivation),
		TEST(forwarded_interrupt_stays_active),
		TEST(kept_interrupt_stays_active_until_its_end),
		TEST(an_edge_that_came_while_it_was_off_is_forgotten),
		TEST(kept_interrupt_goes_where_it_is_routed),
		TEST(interrupt_that_nobody_wants_is_turned_off),
		TEST(storm_is_left_for_the_next_time),
		TEST_TREE(device_that_never_finishes_is_reported_once),
		TEST_TREE(firmware_that_keeps_the_registers_is_refused),
		TEST_TREE(cpu_without_a_redistributor_is_told),
		TEST_TREE(wrong_descriptions_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
