// SPDX-License-Identifier: Apache-2.0
/* The guest's devicetree, judged by libfdt and dtc. */
/* links: kernel/random.c virt/image/guest_fdt.c virt/image/guest_fdt_host.c virt/config/host_ref.c virt/config/host_copy.c virt/mem/region.c virt/bus/fdt.c arch/riscv64/virt/guest_fdt.c */
/* links: lib/fdt.c lib/fdt_check.c lib/fdt_prop.c lib/fdt_write.c tests/unit/fdt_util.c */
/* libs: -lfdt */
#include "fdt_util.h"
#include <lodge/guest_fdt.h>
#include <lodge/random.h>
#include <lodge/time.h>
#include <lodge/vm.h>

/* ---- a VM ---- */

u64 time_hz(void)
{
	return 10000000;
}

const char *arch_guest_isa(void);
const char *arch_guest_mmu_type(void);
void arch_guest_fdt_isa(struct fdt_writer *w);

const char *arch_guest_isa(void)
{
	return "rv64imafdc_sstc";
}

const char *arch_guest_mmu_type(void)
{
	return "riscv,sv57";
}

void arch_guest_fdt_isa(struct fdt_writer *w)
{
	fdtw_u32(w, "riscv,cboz-block-size", 64);
}

static int chip_fdt(struct vdev *v, struct fdt_writer *w)
{
	u32 cells[] = { GUEST_PHANDLE_CPU_INTC(0), 9 };

	vdev_fdt_node(v, w, "plic");
	fdtw_string(w, "compatible", "riscv,plic0");
	fdtw_u32(w, "phandle", GUEST_PHANDLE_IRQCHIP);
	fdtw_empty(w, "interrupt-controller");
	fdtw_u32(w, "#interrupt-cells", 1);
	fdtw_u32(w, "#address-cells", 0);
	fdtw_cells(w, "interrupts-extended", cells, 2);
	fdtw_end_node(w);
	return 0;
}

static int serial_fdt(struct vdev *v, struct fdt_writer *w)
{
	vdev_fdt_node(v, w, "tty");
	fdtw_string(w, "compatible", "ns16550a");
	fdtw_end_node(w);
	return 0;
}

static int broken_fdt(struct vdev *v, struct fdt_writer *w)
{
	return -EIO;
}

static const struct vdev_ops chip_ops = { .compatible = "lodge,plic", .fdt = chip_fdt };
static const struct vdev_ops uart_ops = {
	.compatible = "lodge,any-uart",
	.fdt = serial_fdt,
	.stdout_node = "tty",
	.apb = true,
};
static const struct vdev_ops silent_ops = { .compatible = "lodge,silent" };
static const struct vdev_ops broken_ops = { .compatible = "lodge,broken", .fdt = broken_fdt };

static struct vm_config cfg;
static struct vm vm;
static struct vdev devs[4];
static u8 tree[65536] __aligned(8);
static const struct guest_boot with_initrd = { { 0x8f000000 }, 0x12345 };
static const struct guest_boot no_initrd;

static void add_device(const struct vdev_ops *ops, u64 base, u64 size, u32 irq)
{
	struct vdev *v = &devs[vm.nr_devs];

	*v = (struct vdev){ .ops = ops, .vm = &vm, .base = gpa(base), .size = size, .irq = irq };
	vm.dev[vm.nr_devs++] = v;
}

static void add_region(u64 start, u64 size, enum region_backing backing)
{
	struct region r = { .gpa = gpa(start),
			    .size = size,
			    .backing = backing,
			    .perm = REGION_R | REGION_W };

	assert_int_equal(region_add(&vm.map, &r), 0);
}

static int setup(void **state)
{
	memset(&cfg, 0, sizeof(cfg));
	memset(&vm, 0, sizeof(vm));
	vm.cfg = &cfg;
	cfg.nr_vcpus = 2;
	strcpy(cfg.bootargs, "console=ttyS0");
	add_region(0x80000000, MIB(256), BACKING_LAZY);
	add_region(0x200000000, GIB(3), BACKING_RESERVED);
	add_region(0x22000000, MIB(32), BACKING_DEVICE);
	add_region(0x30000000, MIB(2), BACKING_LAZY);
	region_find(&vm.map, gpa(0x30000000))->perm = REGION_R | REGION_X;
	add_region(0x10000000, 0x1000, BACKING_EMULATED);
	add_device(&chip_ops, 0xc000000, 0x600000, 0);
	add_device(&uart_ops, 0x10000000, 0x100, 10);
	add_device(&silent_ops, 0x101000, 0x1000, 11);
	vm.irqchip = &devs[0];
	return 0;
}

/* ---- what libfdt finds ---- */

static int node(const char *path)
{
	int n = fdt_path_offset(tree, path);

	if (n < 0)
		fail_msg("no %s", path);
	return n;
}

static const char *string(const char *path, const char *name)
{
	const char *s = fdt_getprop(tree, node(path), name, NULL);

	if (!s)
		fail_msg("no %s in %s", name, path);
	return s;
}

static u64 number(const char *path, const char *name)
{
	int len;
	const void *p = fdt_getprop(tree, node(path), name, &len);

	assert_non_null(p);
	assert_true(len == 4 || len == 8);
	return len == 4 ? fdt32_ld(p) : fdt64_ld(p);
}

static void assert_reg(const char *path, u64 addr, u64 size)
{
	int len;
	const fdt64_t *p = fdt_getprop(tree, node(path), "reg", &len);

	assert_non_null(p);
	assert_int_equal(len, 16);
	assert_true(fdt64_ld(p) == addr);
	assert_true(fdt64_ld(p + 1) == size);
}

/* ---- generated ---- */

static void tree_is_whole(void **state)
{
	s64 size = guest_fdt_build(&vm, tree, sizeof(tree), &with_initrd);

	assert_true(size > 0);
	assert_int_equal(fdt_check_full(tree, (size_t)size), 0);
	assert_int_equal(fdt_check(tree, (size_t)size), 0);
	assert_int_equal(fdt_total_size(tree), size);
	assert_dtc_is_content(tree, (size_t)size);
}

static void tree_describes_the_vm(void **state)
{
	assert_true(guest_fdt_build(&vm, tree, sizeof(tree), &with_initrd) > 0);
	assert_string_equal(string("/", "compatible"), "riscv-virtio");
	assert_string_equal(string("/cpus/cpu@1", "riscv,isa"), "rv64imafdc_sstc");
	assert_string_equal(string("/cpus/cpu@0", "mmu-type"), "riscv,sv57");
	assert_int_equal(number("/cpus/cpu@1", "reg"), 1);
	assert_int_equal(number("/cpus/cpu@1/interrupt-controller", "phandle"), 2);
	assert_int_equal(number("/cpus", "timebase-frequency"), 10000000);
	assert_true(fdt_path_offset(tree, "/cpus/cpu@2") < 0);

	assert_reg("/memory@80000000", 0x80000000, MIB(256));
	assert_reg("/memory@200000000", 0x200000000, GIB(3));
	assert_true(fdt_path_offset(tree, "/memory@22000000") < 0);
	assert_true(fdt_path_offset(tree, "/memory@30000000") < 0); /* read-only */
	assert_true(fdt_path_offset(tree, "/memory@10000000") < 0);

	assert_string_equal(string("/chosen", "bootargs"), "console=ttyS0");
	assert_string_equal(string("/chosen", "stdout-path"), "/soc/tty@10000000");
	assert_int_equal(number("/chosen", "linux,initrd-start"), 0x8f000000);
	assert_int_equal(number("/chosen", "linux,initrd-end"), 0x8f012345);

	assert_reg("/soc/tty@10000000", 0x10000000, 0x100);
	assert_int_equal(number("/soc/tty@10000000", "interrupts"), 10);
	assert_int_equal(number("/soc/tty@10000000", "interrupt-parent"), GUEST_PHANDLE_IRQCHIP);
	assert_int_equal(number("/apb-pclk", "phandle"), GUEST_PHANDLE_APB_CLOCK);
	assert_int_equal(number("/apb-pclk", "clock-frequency"), 24000000);
}

static void absent_things_are_not_told(void **state)
{
	cfg.bootargs[0] = '\0';
	vm.nr_devs = 1;
	assert_true(guest_fdt_build(&vm, tree, sizeof(tree), &no_initrd) > 0);
	assert_null(fdt_getprop(tree, node("/chosen"), "bootargs", NULL));
	assert_null(fdt_getprop(tree, node("/chosen"), "stdout-path", NULL));
	assert_true(fdt_path_offset(tree, "/apb-pclk") < 0);
	assert_null(fdt_getprop(tree, node("/chosen"), "linux,initrd-start", NULL));
}

static void size_does_not_depend_on_addresses(void **state)
{
	static const struct guest_boot unknown = { { 0 }, 0x12345 };
	s64 size = guest_fdt_build(&vm, tree, sizeof(tree), &unknown);

	assert_int_equal(guest_fdt_build(&vm, tree, sizeof(tree), &with_initrd), size);
}

static void too_little_room_is_an_error(void **state)
{
	s64 size = guest_fdt_build(&vm, tree, sizeof(tree), &with_initrd), room;

	for (room = 0; room < size; room++) {
		u8 *buf = malloc((size_t)room);

		assert_int_equal(guest_fdt_build(&vm, buf, (size_t)room, &with_initrd), -ENOSPC);
		free(buf);
	}
}

static void a_devices_error_is_passed_on(void **state)
{
	add_device(&broken_ops, 0x102000, 0x1000, 0);
	assert_int_equal(guest_fdt_build(&vm, tree, sizeof(tree), &with_initrd), -EIO);
}

/* ---- given ---- */

static s64 complete_tree(const char *dts, const struct guest_boot *boot)
{
	struct blob b = blob_from_dts(dts);
	s64 size = guest_fdt_complete(&vm, b.data, b.size, tree, sizeof(tree), boot);

	blob_free(&b);
	return size;
}

#define CELLS "#address-cells = <2>; #size-cells = <2>; "

static void a_given_tree_keeps_what_it_tells(void **state)
{
	s64 size = complete_tree(
		"/dts-v1/; / { " CELLS "compatible = \"my,board\"; "
		"chosen { bootargs = \"mine\"; x { y = <1>; }; }; "
		"memory@80000000 { device_type = \"memory\"; reg = <0 0x80000000 0 0x1000>; }; "
		"a { b { c { d = \"e\"; }; }; }; z { }; };",
		&no_initrd);

	assert_true(size > 0);
	assert_int_equal(fdt_check_full(tree, (size_t)size), 0);
	assert_string_equal(string("/", "compatible"), "my,board");
	assert_string_equal(string("/chosen", "bootargs"), "mine");
	assert_int_equal(number("/chosen/x", "y"), 1);
	assert_string_equal(string("/a/b/c", "d"), "e");
	node("/z");
	assert_reg("/memory@80000000", 0x80000000, 0x1000);
	assert_true(fdt_path_offset(tree, "/memory@200000000") < 0);
	assert_null(fdt_getprop(tree, node("/chosen"), "linux,initrd-start", NULL));
}

static void a_given_tree_is_completed(void **state)
{
	s64 size = complete_tree("/dts-v1/; / { " CELLS
				 "memory@0 { device_type = \"memory\"; reg = <0 0 0 0>; }; "
				 "chosen { linux,initrd-start = <1>; linux,initrd-end = <2>; }; };",
				 &with_initrd);

	assert_int_equal(fdt_check_full(tree, (size_t)size), 0);
	assert_string_equal(string("/chosen", "bootargs"), "console=ttyS0");
	assert_int_equal(number("/chosen", "linux,initrd-start"), 0x8f000000);
	assert_int_equal(number("/chosen", "linux,initrd-end"), 0x8f012345);
	assert_true(fdt_path_offset(tree, "/memory@0") < 0);
	assert_reg("/memory@80000000", 0x80000000, MIB(256));
	assert_dtc_is_content(tree, (size_t)size);

	size = complete_tree("/dts-v1/; / { " CELLS "};", &with_initrd);
	assert_int_equal(fdt_check_full(tree, (size_t)size), 0);
	assert_string_equal(string("/chosen", "bootargs"), "console=ttyS0");
	assert_reg("/memory@200000000", 0x200000000, GIB(3));
}

static void a_tree_that_is_none_is_refused(void **state)
{
	static const u8 junk[64] __aligned(8) = "junk";

	assert_int_equal(guest_fdt_complete(&vm, junk, sizeof(junk), tree, sizeof(tree),
					    &no_initrd),
			 -EINVAL);
	assert_int_equal(complete_tree("/dts-v1/; / { };", &no_initrd), -ERANGE);
	assert_int_equal(complete_tree("/dts-v1/; / { #address-cells = <1>; #size-cells = <2>; };",
				       &no_initrd),
			 -ERANGE);
	assert_int_equal(complete_tree("/dts-v1/; /memreserve/ 0x1000 0x1000; / { " CELLS "};",
				       &no_initrd),
			 -EOPNOTSUPP);
}

/* Everything in one tree is in the other, in the same order. */
static void assert_same_tree(const void *a, const void *b)
{
	int na = -1, nb = -1;

	for (;;) {
		const char *name_a, *name_b;
		u32 len_a, len_b, i;
		const void *p;

		na = fdt_next_node(a, na);
		nb = fdt_next_node(b, nb);
		assert_int_equal(na < 0, nb < 0);
		if (na < 0)
			return;
		assert_string_equal(fdt_node_name(a, na), fdt_node_name(b, nb));
		for (i = 0; (p = fdt_prop_at(a, na, i, &name_a, &len_a)); i++) {
			const void *q = fdt_prop_at(b, nb, i, &name_b, &len_b);

			assert_non_null(q);
			assert_string_equal(name_a, name_b);
			assert_int_equal(len_a, len_b);
			assert_memory_equal(p, q, len_a);
		}
		assert_null(fdt_prop_at(b, nb, i, &name_b, &len_b));
	}
}

static u64 rooms;

void thread_make_room(void)
{
	rooms++;
}

static void copying_gives_way_and_takes_no_longer_than_the_tree_is(void **state)
{
	const u32 nodes = 10000, tokens = 3 * nodes;
	static u8 given[MIB(1)] __aligned(8);
	static struct fdt_writer w;
	int size;

	/* Each is looked into, and left out. */
	fdtw_begin(&w, given, sizeof(given));
	fdtw_node(&w, "");
	fdtw_u32(&w, "#address-cells", 2);
	fdtw_u32(&w, "#size-cells", 2);
	for (u32 i = 0; i < nodes; i++) {
		fdtw_nodef(&w, "memory@%x", i);
		fdtw_string(&w, "device_type", "memory");
		fdtw_end_node(&w);
	}
	fdtw_end_node(&w);
	size = fdtw_finish(&w);
	assert_true(size > 0);
	rooms = 0;
	assert_true(guest_fdt_complete(&vm, given, (size_t)size, tree, sizeof(tree), &no_initrd) >
		    0);
	assert_true(rooms > tokens && rooms < 4 * tokens);
}

static void a_whole_board_is_copied(void **state)
{
	struct blob b = blob_from_qemu("virt");
	s64 size;

	cfg.bootargs[0] = '\0';
	size = guest_fdt_complete(&vm, b.data, b.size, tree, sizeof(tree), &no_initrd);
	assert_true(size > 0);
	assert_same_tree(b.data, tree);
	blob_free(&b);
}

static void damaged_trees_are_survived(void **state)
{
	struct blob b =
		blob_from_dts("/dts-v1/; / { " CELLS "chosen { bootargs = \"mine\"; }; "
			      "memory@0 { device_type = \"memory\"; reg = <0 0 0 0x1000>; }; "
			      "a { b { c { d = \"e\"; }; }; }; };");
	u8 *copy = malloc(b.size);
	u64 seed = shim_seed(3), i, n, good = 0;

	for (n = 0; n < 20000; n++) {
		s64 size;

		memcpy(copy, b.data, b.size);
		for (i = 0; i < 1 + n % 3; i++)
			copy[40 + shim_random(&seed) % (b.size - 40)] = (u8)shim_random(&seed);
		size = guest_fdt_complete(&vm, copy, b.size, tree, sizeof(tree), &with_initrd);
		if (size < 0)
			continue;
		assert_int_equal(fdt_check(tree, (size_t)size), 0);
		good++;
	}
	assert_true(good > 100);
	free(copy);
	blob_free(&b);
}

/* The last: from here on there is randomness. */
static void seeds_are_the_guests_own(void **state)
{
	struct blob b = blob_from_dts("/dts-v1/; / { chosen { rng-seed = <1 2 3 4 5 6 7 8>; }; };");
	const void *seed;
	u64 first;
	int len;

	assert_true(guest_fdt_build(&vm, tree, sizeof(tree), &no_initrd) > 0);
	assert_null(fdt_getprop(tree, node("/chosen"), "rng-seed", NULL));
	assert_null(fdt_getprop(tree, node("/chosen"), "kaslr-seed", NULL));
	random_init(b.data);
	blob_free(&b);
	assert_true(guest_fdt_build(&vm, tree, sizeof(tree), &no_initrd) > 0);
	seed = fdt_getprop(tree, node("/chosen"), "rng-seed", &len);
	assert_non_null(seed);
	assert_int_equal(len, 32);
	seed = fdt_getprop(tree, node("/chosen"), "kaslr-seed", &len);
	assert_non_null(seed);
	assert_int_equal(len, 8);
	memcpy(&first, seed, 8);
	assert_true(guest_fdt_build(&vm, tree, sizeof(tree), &no_initrd) > 0);
	assert_memory_not_equal(fdt_getprop(tree, node("/chosen"), "kaslr-seed", NULL), &first, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(tree_is_whole, setup),
		cmocka_unit_test_setup(tree_describes_the_vm, setup),
		cmocka_unit_test_setup(absent_things_are_not_told, setup),
		cmocka_unit_test_setup(size_does_not_depend_on_addresses, setup),
		cmocka_unit_test_setup(too_little_room_is_an_error, setup),
		cmocka_unit_test_setup(a_devices_error_is_passed_on, setup),
		cmocka_unit_test_setup(a_given_tree_keeps_what_it_tells, setup),
		cmocka_unit_test_setup(a_given_tree_is_completed, setup),
		cmocka_unit_test_setup(a_tree_that_is_none_is_refused, setup),
		cmocka_unit_test_setup(copying_gives_way_and_takes_no_longer_than_the_tree_is,
				       setup),
		cmocka_unit_test_setup(a_whole_board_is_copied, setup),
		cmocka_unit_test_setup(damaged_trees_are_survived, setup),
		cmocka_unit_test_setup(seeds_are_the_guests_own, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
