// SPDX-License-Identifier: Apache-2.0
/* Nodes of the host's devicetree in the guest's, judged by libfdt and dtc. */
/* links: virt/image/guest_fdt_host.c virt/config/host_ref.c virt/config/host_copy.c */
/* links: lib/fdt.c lib/fdt_check.c lib/fdt_prop.c lib/fdt_irq.c lib/fdt_write.c tests/unit/fdt_util.c */
/* libs: -lfdt */
#include "fdt_util.h"
#include "host_tree_fixture.h"
#include <lodge/guest_fdt.h>
#include <lodge/vm.h>

static struct vm_config cfg;
static struct vm vm;
static struct vdev chip;
static struct vdev_ops chip_ops = { .compatible = "lodge,gic" };
static u8 tree[65536] __aligned(8);

/* As a GIC has them. */
static unsigned int three_cells(struct vdev *v, u32 irq, u32 *cells)
{
	cells[0] = 0;
	cells[1] = irq - 32;
	cells[2] = 4;
	return 3;
}

static void give(const char *path, u64 offset)
{
	struct host_device_config *d = &cfg.host_dev[cfg.nr_host_devs++];

	*d = (struct host_device_config){ .node = fdt_find_path(host_blob, path),
					  .offset = offset,
					  .first_line = cfg.nr_lines };
	assert_true(d->node >= 0);
}

/* An interrupt of the last one. */
static void give_line(u32 irq, enum irq_trigger trigger)
{
	cfg.line[cfg.nr_lines++] = (struct line_config){ .irq = irq, .trigger = trigger };
	cfg.host_dev[cfg.nr_host_devs - 1].nr_lines++;
}

static int build(struct fdt_writer *w, size_t room)
{
	int rc;

	fdtw_begin(w, tree, room);
	fdtw_node(w, "");
	fdtw_u32(w, "#address-cells", 2);
	fdtw_u32(w, "#size-cells", 2);
	fdtw_node(w, "gic");
	fdtw_empty(w, "interrupt-controller");
	fdtw_u32(w, "#interrupt-cells", chip_ops.irq_cells ? 3 : 1);
	fdtw_u32(w, "#address-cells", 0);
	fdtw_u32(w, "phandle", GUEST_PHANDLE_IRQCHIP);
	fdtw_end_node(w);
	rc = guest_fdt_host(&vm, w);
	fdtw_end_node(w);
	return rc;
}

static void built(void)
{
	static struct fdt_writer w;
	int size;

	assert_int_equal(build(&w, sizeof(tree)), 0);
	size = fdtw_finish(&w);
	assert_true(size > 0);
	assert_int_equal(fdt_check_full(tree, (size_t)size), 0);
}

static int at(const char *path)
{
	int node = fdt_path_offset(tree, path);

	if (node < 0)
		fail_msg("%s: %s", path, fdt_strerror(node));
	return node;
}

static void assert_cells(const char *path, const char *prop, const u32 *want, int n)
{
	int len, i;
	const fdt32_t *val = fdt_getprop(tree, at(path), prop, &len);

	assert_non_null(val);
	assert_int_equal(len, 4 * n);
	for (i = 0; i < n; i++)
		assert_int_equal(fdt32_to_cpu(val[i]), want[i]);
}

#define CELLS(path, prop, ...)                                 \
	assert_cells(path, prop, (const u32[]){ __VA_ARGS__ }, \
		     sizeof((const u32[]){ __VA_ARGS__ }) / 4)

static bool has(const char *path, const char *prop)
{
	return fdt_getprop(tree, at(path), prop, NULL) != NULL;
}

/* The node that the @n-th cell of a property refers to has this compatible. */
static void assert_leads(const char *path, const char *prop, int n, const char *compatible)
{
	int len, node;
	const fdt32_t *val = fdt_getprop(tree, at(path), prop, &len);

	assert_true(val && len >= 4 * (n + 1));
	node = fdt_node_offset_by_phandle(tree, fdt32_to_cpu(val[n]));
	assert_true(node >= 0);
	if (compatible)
		assert_int_equal(fdt_node_check_compatible(tree, node, compatible), 0);
}

static const char *name_of_target(const char *path, const char *prop, int n)
{
	const fdt32_t *val = fdt_getprop(tree, at(path), prop, NULL);

	return fdt_get_name(tree, fdt_node_offset_by_phandle(tree, fdt32_to_cpu(val[n])), NULL);
}

/* What was copied beside the devices: the root has a controller and their bus, too. */
static int copies_beside(void)
{
	int node, n = 0;

	fdt_for_each_subnode(node, tree, 0)
		n++;
	return n - 2;
}

static void a_guest_without_such_devices_has_nothing(void **state)
{
	built();
	assert_int_equal(fdt_path_offset(tree, "/host"), -FDT_ERR_NOTFOUND);
}

static void a_device_is_copied_with_what_it_needs(void **state)
{
	int len;
	const char *s;

	give("/soc/uart", (u64)0x20000000 - 0x50000000);
	give_line(40, IRQ_LEVEL_HIGH);
	built();
	s = fdt_getprop(tree, at("/host/uart@20000000"), "compatible", &len);
	assert_int_equal(len, 14);
	assert_memory_equal(s, "a,uart\0b,uart", 14);
	CELLS("/host/uart@20000000", "reg", 0, 0x20000000, 0, 0x1000);
	CELLS("/host/uart@20000000", "interrupts", 0, 8, 4);
	CELLS("/host/uart@20000000", "interrupt-parent", GUEST_PHANDLE_IRQCHIP);
	CELLS("/host/uart@20000000", "current-speed", 115200);
	assert_string_equal(fdt_getprop(tree, at("/host/uart@20000000"), "status", NULL), "okay");
	/* Its clocks, and theirs. */
	assert_leads("/host/uart@20000000", "clocks", 0, "fixed-factor-clock");
	assert_leads("/host/uart@20000000", "clocks", 2, "fixed-clock");
	assert_int_equal(copies_beside(), 2);
	s = fdt_getprop(tree, at("/host/uart@20000000"), "clocks", &len);
	assert_int_equal(len, 12);
	/* Some drivers find a clock's parent by its name. */
	s = fdt_getprop(tree,
			fdt_node_offset_by_phandle(tree, fdt32_to_cpu(((const fdt32_t *)s)[2])),
			"clock-output-names", &len);
	assert_int_equal(len, 4);
	assert_string_equal(s, "clk");
	s = fdt_getprop(tree, at("/host/uart@20000000"), "clocks", NULL);
	assert_true(has("/host/uart@20000000", "clock-output-names"));
	assert_int_equal(fdt32_to_cpu(((const fdt32_t *)s)[1]), 3); /* as it was */
	assert_dtc_is_content(tree, fdt_totalsize(tree));
}

/* The name of the guest's own clock is taken, wherever it is in the list; a device's own stays. */
static void no_clock_has_the_name_of_the_guests(void **state)
{
	struct blob b = blob_from_dts(
		"/dts-v1/; / { #address-cells = <2>; #size-cells = <2>;\n"
		"a: a { compatible = \"a\"; #clock-cells = <0>; clock-output-names = \"x\", \"" GUEST_APB_CLOCK_NAME
		"\"; };\n"
		"b: b { compatible = \"b\"; #clock-cells = <0>; clock-output-names = \"" GUEST_APB_CLOCK_NAME
		"s\"; };\n"
		"d@1000 { reg = <0 0x1000 0 0x1000>; clocks = <&a>, <&b>; };};\n");
	void *old = host_blob;
	char name[32];

	cfg.host_fdt = host_blob = b.data;
	give("/d@1000", 0);
	built();
	snprintf(name, sizeof(name), "/%s", name_of_target("/host/d@1000", "clocks", 0));
	assert_false(has(name, "clock-output-names"));
	snprintf(name, sizeof(name), "/%s", name_of_target("/host/d@1000", "clocks", 1));
	assert_true(has(name, "clock-output-names"));
	free(host_blob);
	host_blob = old;
}

static void all_ranges_and_triggers_are_told(void **state)
{
	give("/soc/two", 0);
	give_line(41, IRQ_EDGE_RISING);
	give_line(42, IRQ_LEVEL_LOW);
	built();
	CELLS("/host/two@50010000", "reg", 0, 0x50010000, 0, 0x1000, 0, 0x50012000, 0, 0x2000);
	CELLS("/host/two@50010000", "interrupts", 0, 9, 1, 0, 10, 8);
	assert_false(has("/host/two@50010000", "interrupts-extended"));
	/* A place that is empty stays so. */
	assert_int_equal(fdt32_to_cpu(((const fdt32_t *)fdt_getprop(tree, at("/host/two@50010000"),
								    "clocks", NULL))[1]),
			 0);
	assert_leads("/host/two@50010000", "clocks", 2, "fixed-clock");
	/* Two of one name, and two that refer to each other. */
	assert_int_equal(copies_beside(), 3);
	assert_string_not_equal(name_of_target("/host/two@50010000", "clocks", 0),
				name_of_target("/host/two@50010000", "clocks", 2));
	assert_dtc_is_content(tree, fdt_totalsize(tree));
}

static void coherence_is_told_of_the_nearest(void **state)
{
	give("/soc/dmabus/dma", 0);
	give("/soc/dmabus/raw", 0);
	give("/soc/uart", 0);
	built();
	assert_true(has("/host/dma@50190000", "dma-coherent"));
	assert_true(has("/host/raw@501a0000", "dma-noncoherent"));
	assert_false(has("/host/raw@501a0000", "dma-coherent"));
	assert_false(has("/host/uart@50000000", "dma-coherent"));
}

static void a_controller_of_one_cell_has_no_triggers(void **state)
{
	chip_ops.irq_cells = NULL;
	give("/soc/slot@10020000", 0);
	give_line(12, IRQ_EDGE_RISING);
	built();
	CELLS("/host/slot@50020000", "interrupts", 12);
}

static void devices_refer_to_each_other(void **state)
{
	give("/soc/led", 0);
	give("/soc/gpio", (u64)0x20000000 - 0x50070000);
	give_line(43, IRQ_LEVEL_HIGH);
	built();
	assert_string_equal(name_of_target("/host/led@50080000", "led-gpios", 0), "gpio@20000000");
	assert_int_equal(copies_beside(), 0);
	/* What is below is as it was, but for references. */
	CELLS("/host/gpio@20000000/key", "interrupts", 3, 1);
	assert_string_equal(name_of_target("/host/gpio@20000000/hog", "reset-gpios", 0),
			    "gpio@20000000");
	assert_string_equal(name_of_target("/host/gpio@20000000/hog", "interrupt-parent", 0),
			    "gpio@20000000");
	assert_true(has("/host/gpio@20000000", "gpio-controller"));
}

static void what_the_guest_has_not_is_left_out(void **state)
{
	give("/soc/iommu", 0);
	built();
	assert_false(has("/host/iommu@50140000", "iommus"));
	assert_false(has("/host/iommu@50140000", "msi-parent"));
	assert_int_equal(copies_beside(), 0);
}

/* Linux's bindings have these beside lists of references. */
static void numbers_are_not_taken_for_references(void **state)
{
	struct blob b = blob_from_dts(
		"/dts-v1/; / { #address-cells = <2>; #size-cells = <2>;\n"
		"regs: regs { compatible = \"regs\"; phandle = <0x50>; }; none { phandle = <0x51>; };\n"
		"more { cell: cell { compatible = \"cell\"; #nvmem-cell-cells = <1>; }; };\n"
		"gpio@1000 { reg = <0 0x1000 0 0x1000>; snps,nr-gpios = <32>; nr-gpios = <5>;\n"
		"	hog { gpio-hog; gpios = <3 1>; }; sub { }; };\n"
		"d@2000 { reg = <0 0x2000 0 0x1000>; syscon = <&regs 0x51 7>; regmap = <&regs 0x51>;\n"
		"	nvmem-cells = <&regs>, <&cell 0x51>;\n"
		"	port { endpoint { remote-endpoint = <0x99>; }; }; };};\n");
	void *old = host_blob;

	cfg.host_fdt = host_blob = b.data;
	give("/gpio@1000", 0);
	give("/d@2000", 0);
	built();
	CELLS("/host/gpio@1000", "snps,nr-gpios", 32);
	CELLS("/host/gpio@1000", "nr-gpios", 5);
	CELLS("/host/gpio@1000/hog", "gpios", 3, 1);
	assert_leads("/host/d@2000", "syscon", 0, "regs");
	assert_leads("/host/d@2000", "regmap", 0, "regs");
	assert_leads("/host/d@2000", "nvmem-cells", 0, "regs");
	assert_leads("/host/d@2000", "nvmem-cells", 1, "cell");
	assert_false(has("/host/d@2000/port/endpoint", "remote-endpoint"));
	assert_int_equal(copies_beside(), 2);
	free(host_blob);
	host_blob = old;
}

/* One that is copied for a reference to it, and again as a part of another, is there once. */
static void nothing_is_copied_twice(void **state)
{
	give("/soc/whole", 0);
	built();
	assert_int_equal(copies_beside(), 1);
	assert_string_equal(name_of_target("/host/whole@50170000", "a-supply", 0), "part");
	assert_leads("/host/whole@50170000", "b-supply", 0, "box");
}

static void a_tree_that_is_full_is_an_error(void **state)
{
	static struct fdt_writer w;
	size_t room;

	give("/soc/uart", 0);
	give_line(40, IRQ_LEVEL_HIGH);
	for (room = 0; room < 600; room += 4) {
		(void)build(&w, room);
		assert_int_equal(fdtw_finish(&w), -ENOSPC);
	}
}

static int setup(void **state)
{
	memset(&cfg, 0, sizeof(cfg));
	memset(&vm, 0, sizeof(vm));
	vm.cfg = &cfg;
	cfg.host_fdt = host_blob;
	chip_ops.irq_cells = three_cells;
	chip = (struct vdev){ .ops = &chip_ops, .vm = &vm };
	vm.irqchip = &chip;
	return 0;
}

static int group_setup(void **state)
{
	struct blob b = blob_from_dts(host_source);

	host_blob = b.data;
	assert_int_equal(fdt_check(host_blob, b.size), 0);
	return 0;
}

static int group_teardown(void **state)
{
	free(host_blob);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_guest_without_such_devices_has_nothing),
		TEST(a_device_is_copied_with_what_it_needs),
		TEST(no_clock_has_the_name_of_the_guests),
		TEST(all_ranges_and_triggers_are_told),
		TEST(coherence_is_told_of_the_nearest),
		TEST(a_controller_of_one_cell_has_no_triggers),
		TEST(devices_refer_to_each_other),
		TEST(what_the_guest_has_not_is_left_out),
		TEST(numbers_are_not_taken_for_references),
		TEST(nothing_is_copied_twice),
		TEST(a_tree_that_is_full_is_an_error),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
