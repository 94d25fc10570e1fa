// SPDX-License-Identifier: Apache-2.0
/* links: kernel/driver.c lib/fdt_irq.c lib/fdt.c lib/fdt_check.c lib/fdt_prop.c lib/fdt_write.c */
/* flags: -DCONFIG_NR_CPUS=2 */
/* libs: -Wl,-T,$(here)/drivers.lds */
/* The host's GICv2 on a machine that the test makes up. */
#include "../../drivers/irqchip/gic-v2.c"
#include "gic_fixture.h"

#define CPU_BASE  0x08010000ul
#define GICH_BASE 0x08030000ul
#define GICV_BASE 0x08040000ul

static u32 dist[0x1000 / 4];
static u32 banked[2][0x1000 / 4]; /* of which the private interrupts' are used */
static u32 control[2], sgir;

static u64 io_read(const volatile void *p, unsigned int width)
{
	u64 a = (u64)p, off = a - DIST_BASE;

	assert_int_equal(width, 4);
	if (a == CPU_BASE + GICC_CTLR)
		return control[shim_this_cpu->id];
	if (a == CPU_BASE + GICC_IAR)
		return acknowledge();
	assert_in_range(a, DIST_BASE, DIST_BASE + 0xfff);
	if (off == GICD_TYPER)
		return 2;
	/* The second CPU's interface is number 3. */
	if (off >= GICD_ITARGETSR && off < GICD_ITARGETSR + GIC_NR_PRIVATE)
		return (shim_this_cpu->id ? 0x08 : 0x01) * 0x01010101u;
	return frame_load(dist, off);
}

static bool is_private(u64 off)
{
	return off == GICD_ISENABLER || off == GICD_ICENABLER;
}

static void io_write(volatile void *p, unsigned int width, u64 v)
{
	u64 a = (u64)p, off = a - DIST_BASE;

	if (off >= GICD_ITARGETSR + GIC_NR_PRIVATE && off < GICD_ITARGETSR + 96 && width == 1) {
		((u8 *)dist)[off] = (u8)v;
		return;
	}
	assert_int_equal(width, 4);
	if (a == CPU_BASE + GICC_CTLR)
		control[shim_this_cpu->id] = (u32)v;
	else if (a == CPU_BASE + GICC_EOIR)
		hw.dropped[hw.nr_dropped++] = (u32)v;
	else if (a == CPU_BASE + GICC_DIR)
		hw.done[hw.nr_done++] = (u32)v;
	else if (a == CPU_BASE + GICC_PMR || a == CPU_BASE + GICC_BPR)
		return;
	else if (a == DIST_BASE + GICD_SGIR)
		sgir = (u32)v;
	else if (a >= DIST_BASE && a < DIST_BASE + 0x1000)
		frame_store(is_private(off) ? banked[shim_this_cpu->id] : dist, off, (u32)v);
	else
		fail_msg("nothing is at %lx", a);
}

static const u64 regs[] = { DIST_BASE, 0x10000, CPU_BASE,  0x10000,
			    GICH_BASE, 0x10000, GICV_BASE, 0x10000 };

static int setup_tree(void **state)
{
	static const struct shim_io io = { io_read, io_write };

	shim_io = &io;
	start_over();
	memset(dist, 0xa5, sizeof(dist));
	memset(banked, 0xa5, sizeof(banked));
	memset(control, 0, sizeof(control));
	memset(interface_of, 0, sizeof(interface_of));
	sgir = 0;
	write_tree("arm,cortex-a15-gic", regs, 4, 0);
	return 0;
}

static int setup(void **state)
{
	setup_tree(state);
	control[0] = 0x1e0;
	assert_int_equal(driver_probe_stage(tree, DRIVER_IRQCHIP), 1);
	irq_cpu_init();
	return 0;
}

static int teardown(void **state)
{
	start_over();
	assert_int_equal(shim_objects, 0);
	return 0;
}

static void all_is_off_but_the_kick(void **state)
{
	unsigned int i;

	assert_string_equal(said, "");
	assert_int_equal(gic_info()->version, 2);
	assert_int_equal(gic_info()->maintenance_irq, 25);
	assert_true((u64)gic_info()->gich == GICH_BASE);
	assert_true(gic_info()->gicv.v == GICV_BASE);
	assert_int_equal(dist[0], 1);
	for (i = 1; i < 3; i++) {
		assert_int_equal(dist[GICD_ISENABLER / 4 + i], 0);
		assert_int_equal(dist[GICD_IGROUPR / 4 + i], 0);
	}
	for (i = 32; i < 96; i++)
		assert_int_equal(((u8 *)dist)[GICD_ITARGETSR + i], 1);
	assert_int_equal(banked[0][GICD_ISENABLER / 4], 1);
	/* What the platform chose stays. */
	assert_int_equal(control[0], 0x1e0 | GICC_CTLR_ENABLE | GICC_CTLR_EOIMODE);
}

static void kicks_go_to_the_interface_that_a_cpu_has(void **state)
{
	irq_kick(&cpus[1]);
	assert_int_equal(sgir, 0); /* none yet */
	shim_this_cpu = &cpus[1];
	irq_cpu_init();
	shim_this_cpu = &cpus[0];
	irq_kick(&cpus[1]);
	assert_int_equal(sgir, 8u << 16);
	shim_this_cpu = &cpus[1];
	arrive(0u << 10 | GIC_KICK);
	irq_handle_external();
	assert_int_equal(kicked, 1);
}

static void kick_is_ended_with_who_sent_it(void **state)
{
	arrive(3u << 10 | GIC_KICK);
	irq_handle_external();
	assert_int_equal(kicked, 1);
	assert_int_equal(hw.dropped[0], 3u << 10);
	assert_int_equal(hw.done[0], 3u << 10);
}

static void private_interrupts_are_enabled_on_every_cpu(void **state)
{
	shim_this_cpu = &cpus[1];
	irq_cpu_init();
	shim_this_cpu = &cpus[0];
	assert_int_equal(irq_request(26, handler, NULL, "timer"), 0);
	assert_int_equal(banked[0][GICD_ISENABLER / 4], 1u << 26 | 1);
	assert_int_equal(banked[1][GICD_ISENABLER / 4], 1);
	assert_int_equal(sgir, 8u << 16);
	shim_this_cpu = &cpus[1];
	arrive(GIC_KICK);
	irq_handle_external();
	assert_int_equal(banked[1][GICD_ISENABLER / 4], 1u << 26 | 1);
}

static void handlers_run_between_drop_and_deactivation(void **state)
{
	handled = 0;
	assert_int_equal(irq_request(33, handler, NULL, "uart"), 0);
	arrive(33);
	irq_handle_external();
	assert_int_equal(handled, 1);
	assert_int_equal(hw.dropped[0], 33);
	assert_int_equal(hw.done[0], 33);
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

static void an_edge_that_came_while_it_was_off_is_forgotten(void **state)
{
	an_edge_is_forgotten(dist);
}

static void kept_interrupt_goes_where_it_is_routed(void **state)
{
	const u8 *targets = (const u8 *)dist + GICD_ITARGETSR;

	assert_int_equal(irq_request_kept(33, IRQ_LEVEL_HIGH, handler, NULL, "mine"), 0);
	irq_route(33, &cpus[1]);
	assert_int_equal(targets[33], 1);
	shim_this_cpu = &cpus[1];
	irq_cpu_init();
	irq_route(33, &cpus[1]);
	assert_int_equal(targets[32], 1);
	assert_int_equal(targets[33], 8);
	assert_int_equal(targets[34], 1);
	arrive(33);
	irq_handle_external();
	assert_int_equal(hw.nr_done, 0);
	/* On whichever CPU it ends. */
	dist[GICD_ISACTIVER / 4 + 1] = 6;
	shim_this_cpu = &cpus[0];
	irq_end(33);
	assert_int_equal(dist[GICD_ISACTIVER / 4 + 1], 4);
	assert_int_equal(hw.nr_done, 0);
	irq_free(33);
	/* Whoever is given it next has it come to the CPU that serves devices, as all do at first. */
	assert_int_equal(irq_request_kept(33, IRQ_LEVEL_HIGH, handler, NULL, "mine"), 0);
	assert_int_equal(targets[33], 1);
	irq_free(33);
}

static void host_works_without_the_virtual_interface(void **state)
{
	write_tree("arm,gic-400", regs, 2, 0);
	assert_int_equal(driver_probe_stage(tree, DRIVER_IRQCHIP), 1);
	assert_null(gic_info()->gich);
	assert_true(gic_info()->gicv.v == 0);
}

static void interface_without_its_second_page_is_refused(void **state)
{
	static const u64 small[] = { DIST_BASE, 0x1000, CPU_BASE, 0x1000 };

	write_tree("arm,gic-400", small, 2, 0);
	assert_int_equal(driver_probe_stage(tree, DRIVER_IRQCHIP), 0);
	assert_string_equal(said, "/gic: reg 1 is missing or smaller than 8192 bytes\n");
}

#define TEST(f)	     cmocka_unit_test_setup_teardown(f, setup, teardown)
#define TEST_TREE(f) cmocka_unit_test_setup_teardown(f, setup_tree, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_is_off_but_the_kick),
		TEST(kicks_go_to_the_interface_that_a_cpu_has),
		TEST(kick_is_ended_with_who_sent_it),
		TEST(private_interrupts_are_enabled_on_every_cpu),
		TEST(handlers_run_between_drop_and_deactivation),
		TEST(forwarded_interrupt_stays_active),
		TEST(an_edge_that_came_while_it_was_off_is_forgotten),
		TEST(kept_interrupt_goes_where_it_is_routed),
		TEST_TREE(host_works_without_the_virtual_interface),
		TEST_TREE(interface_without_its_second_page_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
