// SPDX-License-Identifier: Apache-2.0
/* What boot loaders tell (PVH and multiboot2), and the devicetree that is made of it. */
/* links: arch/x86_64/boot/bootinfo.c arch/x86_64/boot/host_fdt.c */
#include "../../arch/x86_64/boot/platform.h"
#include "../../arch/x86_64/include/asm/setup.h"
#include <lodge/fdt.h>
#include <shim.h>

#define PHYS_SIZE KIB(64)
#define INFO_AT	  0x1000u

static u8 *phys;
static struct boot_info info;

const void *boot_view(u64 pa, u64 size)
{
	return pa < PHYS_SIZE && size <= PHYS_SIZE - pa ? phys + pa : NULL;
}

static int setup(void **state)
{
	(void)state;
	phys = calloc(1, PHYS_SIZE);
	return phys ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	free(phys);
	return 0;
}

static void put32(u64 at, u32 v)
{
	memcpy(phys + at, &v, 4);
}

static void put64(u64 at, u64 v)
{
	memcpy(phys + at, &v, 8);
}

/* ---- PVH ---- */

static void put_range(u64 at, u64 start, u64 size, u32 type)
{
	put64(at, start);
	put64(at + 8, size);
	put32(at + 16, type);
}

static void make_pvh(void)
{
	put32(INFO_AT, 0x336ec578);
	put32(INFO_AT + 4, 1);
	put64(INFO_AT + 24, 0x2000);
	put64(INFO_AT + 32, 0xf5aa0);
	put64(INFO_AT + 40, 0x3000);
	put32(INFO_AT + 48, 3);
	strcpy((char *)phys + 0x2000, "lodge.run=linux quiet");
	put_range(0x3000, 0, 0x9fc00, 1);
	put_range(0x3018, 0xf0000, 0x10000, 2);
	put_range(0x3030, 0x100000, 0x3fef0000, 1);
}

static void pvh_tells_memory_and_arguments(void **state)
{
	make_pvh();
	assert_null(bootinfo_read(BOOT_PVH, INFO_AT, &info));
	assert_int_equal(info.nr_ranges, 2);
	assert_int_equal(info.range[1].start, 0x100000);
	assert_int_equal(info.range[1].size, 0x3fef0000);
	assert_string_equal(info.cmdline, "lodge.run=linux quiet");
	assert_int_equal(info.rsdp, 0xf5aa0);
}

static void pvh_without_what_it_needs_is_refused(void **state)
{
	assert_non_null(bootinfo_read(BOOT_PVH, INFO_AT, &info));
	make_pvh();
	put32(INFO_AT + 4, 0);
	assert_non_null(bootinfo_read(BOOT_PVH, INFO_AT, &info));
	make_pvh();
	put64(INFO_AT + 40, PHYS_SIZE - 24);
	assert_non_null(bootinfo_read(BOOT_PVH, INFO_AT, &info));
	make_pvh();
	put32(INFO_AT + 48, ~0u);
	assert_non_null(bootinfo_read(BOOT_PVH, INFO_AT, &info));
	assert_non_null(bootinfo_read(BOOT_PVH, PHYS_SIZE - 4, &info));
	assert_non_null(bootinfo_read(BOOT_PVH, ~0ul, &info));
}

static void long_arguments_are_cut(void **state)
{
	make_pvh();
	memset(phys + 0x2000, 'x', 2 * BOOT_CMDLINE_SIZE);
	assert_null(bootinfo_read(BOOT_PVH, INFO_AT, &info));
	assert_int_equal(strlen(info.cmdline), BOOT_CMDLINE_SIZE - 1);
}

static void more_ranges_than_there_is_room_for_are_left_out(void **state)
{
	unsigned int i;

	make_pvh();
	put32(INFO_AT + 48, 2 * BOOT_MAX_RANGES);
	for (i = 0; i < 2 * BOOT_MAX_RANGES; i++)
		put_range(0x3000 + 24 * i, MIB(i), MIB(1), 1);
	assert_null(bootinfo_read(BOOT_PVH, INFO_AT, &info));
	assert_int_equal(info.nr_ranges, BOOT_MAX_RANGES);
}

/* ---- multiboot2 ---- */

static u32 mb2_at;

static void mb2_begin(void)
{
	mb2_at = INFO_AT + 8;
}

/* A tag; where its content goes. */
static u32 mb2_tag(u32 type, u32 size)
{
	u32 at = mb2_at;

	put32(at, type);
	put32(at + 4, 8 + size);
	mb2_at = ALIGN_UP(at + 8 + size, 8);
	return at + 8;
}

static void mb2_end(void)
{
	mb2_tag(0, 0);
	put32(INFO_AT, mb2_at - INFO_AT);
}

static void make_mb2(void)
{
	u32 at;

	mb2_begin();
	at = mb2_tag(1, 10);
	strcpy((char *)phys + at, "debug=yes");
	at = mb2_tag(6, 8 + 2 * 24);
	put32(at, 24);
	put_range(at + 8, 0, 0x9f000, 1);
	put_range(at + 32, 0x100000, 0x7f00000, 1);
	mb2_tag(14, 20);
	mb2_tag(15, 36);
	mb2_end();
}

static void multiboot2_tells_memory_and_arguments(void **state)
{
	make_mb2();
	assert_null(bootinfo_read(BOOT_MULTIBOOT2, INFO_AT, &info));
	assert_int_equal(info.nr_ranges, 2);
	assert_int_equal(info.range[1].size, 0x7f00000);
	assert_string_equal(info.cmdline, "debug=yes");
	/* The newer copy. */
	assert_int_equal(info.rsdp, mb2_at - 8 - 40);
}

static void multiboot2_without_memory_is_refused(void **state)
{
	mb2_begin();
	mb2_end();
	assert_non_null(bootinfo_read(BOOT_MULTIBOOT2, INFO_AT, &info));
	assert_non_null(bootinfo_read(BOOT_MULTIBOOT2, INFO_AT + 4, &info));
	assert_non_null(bootinfo_read(BOOT_MULTIBOOT2, PHYS_SIZE, &info));
}

/* Any tags, at the very end of what there is. */
static void any_tags_are_survived(void **state)
{
	u64 seed = shim_seed(7);
	u32 size, at, n;
	u8 *whole = malloc(PHYS_SIZE);

	make_mb2();
	size = mb2_at - INFO_AT;
	memcpy(whole, phys + INFO_AT, size);
	at = (u32)PHYS_SIZE - size;
	for (n = 0; n < 50000; n++) {
		u32 changes = shim_random(&seed) % 5 + 1;

		memcpy(phys + at, whole, size);
		while (changes--)
			phys[at + shim_random(&seed) % size] = (u8)shim_random(&seed);
		(void)bootinfo_read(BOOT_MULTIBOOT2, at, &info);
		assert_true(info.nr_ranges <= BOOT_MAX_RANGES);
		assert_true(memchr(info.cmdline, 0, sizeof(info.cmdline)));
	}
	free(whole);
}

static void finds_room_in_ram(void **state)
{
	make_pvh();
	assert_null(bootinfo_read(BOOT_PVH, INFO_AT, &info));
	assert_int_equal(boot_range_find(&info, PAGE_SIZE, 0xa0000, PAGE_SIZE, PAGE_SIZE), 0x1000);
	assert_int_equal(boot_range_find(&info, 0x9f000, MIB(16), PAGE_SIZE, PAGE_SIZE), MIB(1));
	assert_int_equal(boot_range_find(&info, 0x234567, GIB(4), MIB(1), PAGE_SIZE), 0x235000);
	assert_int_equal(boot_range_find(&info, 0, GIB(4), GIB(2), PAGE_SIZE), 0);
	assert_int_equal(boot_range_find(&info, 0x40000000, GIB(4), 1, 1), 0);
}

/* ---- the tree ---- */

static const struct boot_platform pc = {
	.nr_cpus = 3,
	.cpu = { 0, 4, 0x123 },
	.nr_ioapics = 2,
	.ioapic = { { 0xfec00000, 0 }, { 0xfec01000, 24 } },
	.nr_overrides = 2,
	.override = { { 0, 0, 2 }, { 4, 0xf, 17 } },
	.nr_ecams = 1,
	.ecam = { { 0xb0000000, 0, 0, 0xff } },
	.hpet = 0xfed00000,
	.power = { .pm1a = { 0x604, 2 },
		   .pm_timer = { 0x608, 4 },
		   .pm_timer_32bit = true,
		   .has_s5 = true,
		   .slp_typ = { 5, 5 },
		   .has_reset = true,
		   .reset_space = 1,
		   .reset_addr = 0xcf9,
		   .reset_value = 15 },
};

static u64 tree[KIB(16)];

static void make_tree(const struct boot_platform *p)
{
	static const u8 seed[32] = { 1, 2, 3 };

	make_pvh();
	assert_null(bootinfo_read(BOOT_PVH, INFO_AT, &info));
	assert_true(host_fdt_write(tree, sizeof(tree), &info, p, 0x9000, seed, sizeof(seed)) > 0);
	assert_int_equal(fdt_check(tree, sizeof(tree)), 0);
}

static u32 cell(const char *path, const char *prop, unsigned int n)
{
	int node = fdt_find_path(tree, path);
	u32 len = 0;
	const void *p = node < 0 ? NULL : fdt_prop(tree, node, prop, &len);

	assert_non_null(p);
	assert_true(4 * (n + 1) <= len);
	return fdt_cell(p, n);
}

static void the_tree_has_what_was_told(void **state)
{
	u64 addr, size;

	make_tree(&pc);
	assert_string_equal(fdt_prop_string(tree, fdt_find_path(tree, "/chosen"), "bootargs"),
			    "lodge.run=linux quiet");
	assert_int_equal(fdt_reg(tree, fdt_find_path(tree, "/memory@100000"), 0, &addr, &size), 0);
	assert_int_equal(size, 0x3fef0000);
	assert_int_equal(cell("/cpus/cpu@123", "reg", 0), 0x123);
	assert_int_equal(fdt_reg(tree, fdt_find_compatible(tree, -1, "lodge,trampoline"), 0, &addr,
				 &size),
			 0);
	assert_int_equal(addr, 0x9000);
	assert_int_equal(fdt_reg(tree, fdt_find_path(tree, "/pcie@b0000000"), 0, &addr, &size), 0);
	assert_int_equal(size, MIB(256));
	assert_int_equal(cell("/power", "soft-off", 1), 5);
	assert_int_equal(cell("/power", "reset", 2), 0xcf9);
	assert_int_equal(cell("/pm-timer", "port", 0), 0x608);
	assert_int_equal(cell("/timer@fed00000", "reg", 1), 0xfed00000);
}

static void the_uart_is_where_its_override_says(void **state)
{
	u32 controller;

	make_tree(&pc);
	controller = cell("/interrupt-controller@fec00000", "phandle", 0);
	assert_int_equal(cell("/isa", "interrupt-parent", 0), controller);
	assert_int_equal(cell("/isa/serial@i3f8", "interrupts", 0), 17);
	assert_int_equal(cell("/isa/serial@i3f8", "interrupts", 1), 1); /* level, low */
	assert_int_equal(cell("/interrupt-controller@fec00000", "lodge,first-input", 1), 24);
}

static void a_machine_with_nothing_has_a_tree(void **state)
{
	static const struct boot_platform bare = { .nr_cpus = 0 };

	make_tree(&bare);
	assert_true(fdt_find_path(tree, "/isa/serial@i3f8") > 0);
	assert_true(fdt_find_compatible(tree, -1, "pci-host-ecam-generic") < 0);
}

/* As much as there can be of everything. */
static void the_largest_machine_has_a_tree(void **state)
{
	static struct boot_platform large;
	static struct boot_info full;
	unsigned int i;

	large = pc;
	large.nr_cpus = BOOT_MAX_CPUS;
	for (i = 0; i < BOOT_MAX_CPUS; i++)
		large.cpu[i] = 1000000 + i;
	large.nr_ioapics = BOOT_MAX_IOAPICS;
	large.nr_overrides = BOOT_MAX_OVERRIDES;
	large.nr_ecams = BOOT_MAX_ECAMS;
	for (i = 0; i < BOOT_MAX_ECAMS; i++)
		large.ecam[i] = (struct boot_ecam){ GIB(100 + i), (u16)i, 0, 0xff };
	full.nr_ranges = BOOT_MAX_RANGES;
	for (i = 0; i < BOOT_MAX_RANGES; i++)
		full.range[i] = (struct boot_range){ GIB(i), MIB(1), 1 };
	memset(full.cmdline, 'x', BOOT_CMDLINE_SIZE - 1);
	assert_true(host_fdt_write(tree, sizeof(tree), &full, &large, 0x9000, NULL, 0) > 0);
	assert_int_equal(fdt_check(tree, sizeof(tree)), 0);
	assert_true(host_fdt_write(tree, 4096, &full, &large, 0x9000, NULL, 0) < 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pvh_tells_memory_and_arguments),
		TEST(pvh_without_what_it_needs_is_refused),
		TEST(long_arguments_are_cut),
		TEST(more_ranges_than_there_is_room_for_are_left_out),
		TEST(multiboot2_tells_memory_and_arguments),
		TEST(multiboot2_without_memory_is_refused),
		TEST(any_tags_are_survived),
		TEST(finds_room_in_ram),
		TEST(the_tree_has_what_was_told),
		TEST(the_uart_is_where_its_override_says),
		TEST(a_machine_with_nothing_has_a_tree),
		TEST(the_largest_machine_has_a_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
