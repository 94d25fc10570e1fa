// SPDX-License-Identifier: Apache-2.0
/* The loader: where things go. */
/* links: virt/image/image.c virt/image/image_kernel.c virt/image/image_foreign.c virt/image/image_unpack.c virt/image/image_fdt.c virt/mem/region.c lib/elf.c */
/* links: arch/riscv64/virt/image.c */
#include "image_fixture.h"

static const u8 skernel[8] = { 0xa1, 0x48, 0x73, 0, 0, 0, 1, 0 };

static void assert_filled(u64 addr, u64 len, u8 with)
{
	u64 i;

	for (i = 0; i < len; i++)
		if (*at(addr + i) != with)
			fail_msg("0x%lx has 0x%x", addr + i, *at(addr + i));
}

/* ---- plain code ---- */

static void eight_bytes_of_code_are_a_kernel(void **state)
{
	add_file("/k", skernel, sizeof(skernel));
	load();
	assert_int_equal(vm.entry.v, RAM + MIB(2));
	assert_memory_equal(at(vm.entry.v), skernel, sizeof(skernel));
	assert_filled(RAM, MIB(2), dirty);
}

static void load_and_entry_are_obeyed(void **state)
{
	add_file("/k", skernel, sizeof(skernel));
	cfg.has_load = cfg.has_entry = true;
	cfg.load = gpa(RAM + 0x1000);
	cfg.entry = gpa(FLASH);
	load();
	assert_int_equal(vm.entry.v, FLASH);
	assert_memory_equal(at(RAM + 0x1000), skernel, sizeof(skernel));
}

static void code_is_entered_where_it_is_loaded(void **state)
{
	add_file("/k", skernel, sizeof(skernel));
	cfg.has_load = true;
	cfg.load = gpa(RAM + 0x1234);
	load();
	assert_int_equal(vm.entry.v, RAM + 0x1234);
}

static void memory_elsewhere_is_used(void **state)
{
	struct region r = { .gpa = gpa(RAM + MIB(4)),
			    .size = MIB(8),
			    .backing = BACKING_EAGER,
			    .perm = REGION_W };

	/* There is none at the board's base: the first RAM region is as good. */
	vm.map.count = 0;
	assert_int_equal(region_add(&vm.map, &r), 0);
	add_file("/k", skernel, sizeof(skernel));
	load();
	assert_int_equal(vm.entry.v, RAM + MIB(6));
}

static void a_kernel_in_rom_has_its_tree_in_ram(void **state)
{
	struct region rom = { .gpa = gpa(RAM),
			      .size = MIB(4),
			      .backing = BACKING_LAZY,
			      .perm = REGION_R };
	struct region r = { .gpa = gpa(RAM + MIB(4)),
			    .size = MIB(8),
			    .backing = BACKING_LAZY,
			    .perm = REGION_W };

	vm.map.count = 0;
	assert_int_equal(region_add(&vm.map, &rom), 0);
	assert_int_equal(region_add(&vm.map, &r), 0);
	add_file("/k", skernel, sizeof(skernel));
	cfg.has_load = true;
	cfg.load = gpa(RAM);
	load();
	assert_int_equal(vm.entry.v, RAM);
	assert_memory_equal(at(RAM), skernel, sizeof(skernel));
	assert_int_equal(vm.boot_arg.v, RAM + MIB(12) - PAGE_SIZE);
}

/* ---- pieces of memory ---- */

static void large_files_arrive_whole(void **state)
{
	static const u64 pieces[] = { PAGE_SIZE, 2 * PAGE_SIZE, KIB(64), MIB(2), MIB(16) };
	u64 size = MIB(10) + 12345, seed = shim_seed(5), i, n;
	u8 *data = malloc(size);

	for (i = 0; i < size; i++)
		data[i] = (u8)shim_random(&seed);
	data[0] = 0;
	for (n = 0; n < ARRAY_SIZE(pieces); n++) {
		nr_files = 0;
		add_file("/k", data, size);
		piece = pieces[n];
		cfg.has_load = n % 2;
		cfg.load = gpa(RAM + 0x10345); /* in the middle of a page */
		set_ram(RAM_SIZE);
		load();
		assert_memory_equal(at(vm.entry.v), data, size);
		assert_int_equal(*at(vm.entry.v - 1), dirty);
		assert_int_equal(*at(vm.entry.v + size), dirty);
	}
	free(data);
}

/* ---- Image ---- */

static void an_image_goes_where_it_says(void **state)
{
	struct image_file i = image_file();

	i.text_offset = MIB(4);
	add_file("/k", &i, sizeof(i));
	load();
	assert_int_equal(vm.entry.v, RAM + MIB(4));
	assert_memory_equal(at(vm.entry.v), &i, sizeof(i));
}

static void an_image_has_room_for_its_bss(void **state)
{
	struct image_file i = image_file();
	static u8 initrd[MIB(5)];

	add_file("/k", &i, sizeof(i));
	add_file("/i", initrd, sizeof(initrd));
	strcpy(cfg.initrd, "/i");
	i.image_size = RAM_SIZE - MIB(2) - MIB(5) - KIB(4);
	load();
	assert_true(told.initrd.v >= vm.entry.v + i.image_size);
	i.image_size += KIB(4);
	load_fails("\"initrd\": /i needs 0x500000 bytes, more than the kernel leaves: "
		   "give the VM more memory");
}

/* ---- ELF ---- */

static void an_elf_file_is_loaded_by_physical_address(void **state)
{
	struct elf_file e = elf_file();

	add_file("/k", &e, sizeof(e));
	load();
	assert_int_equal(vm.entry.v, RAM + MIB(2) + 0x10);
	assert_filled(RAM + MIB(2), 0x1800, 0x55);
	assert_filled(RAM + MIB(2) + 0x1800, 0x1800, 0);
	assert_filled(RAM + MIB(2) + 0x3000, 0x1000, dirty);
}

static void an_elf_file_can_be_moved(void **state)
{
	struct elf_file e = elf_file();

	add_file("/k", &e, sizeof(e));
	e.phnum = 2;
	e.seg[1] = e.seg[0];
	e.seg[1].paddr += 0x4000;
	e.seg[1].vaddr += 0x4000;
	cfg.has_load = true;
	cfg.load = gpa(RAM + 0x8000);
	load();
	assert_int_equal(vm.entry.v, RAM + 0x8010);
	assert_filled(RAM + 0x8000, 0x1800, 0x55);
	assert_filled(RAM + 0xc000, 0x1800, 0x55);
}

static void other_segments_are_left_out(void **state)
{
	struct elf_file e = elf_file();

	e.phnum = 3;
	e.seg[1] = (struct elf_file_segment){ .type = 0x6474e551 };
	e.seg[2] = (struct elf_file_segment){ .type = 1, .paddr = 0x1234 };
	add_file("/k", &e, sizeof(e));
	load();
}

/* ---- initrd and tree ---- */

static void the_tree_is_highest(void **state)
{
	add_file("/k", skernel, sizeof(skernel));
	load();
	assert_int_equal(vm.boot_arg.v, RAM + RAM_SIZE - PAGE_SIZE);
	assert_filled(vm.boot_arg.v, TREE_LEN, 'T');
	assert_int_equal(told.initrd_size, 0);
}

static void a_large_tree_crosses_no_boundary(void **state)
{
	add_file("/k", skernel, sizeof(skernel));
	tree_result = 0x5001;
	load();
	assert_int_equal(vm.boot_arg.v, RAM + RAM_SIZE - 0x8000);
}

static void the_initrd_is_below_the_tree(void **state)
{
	static u8 initrd[0x12345];

	memset(initrd, 'i', sizeof(initrd));
	add_file("/k", skernel, sizeof(skernel));
	add_file("/i", initrd, sizeof(initrd));
	strcpy(cfg.initrd, "/i");
	load();
	assert_int_equal(told.initrd_size, sizeof(initrd));
	assert_int_equal(told.initrd.v, vm.boot_arg.v - 0x13000);
	assert_filled(told.initrd.v, sizeof(initrd), 'i');
	assert_filled(vm.boot_arg.v, TREE_LEN, 'T');
}

static void a_kernel_at_the_top_is_gone_round(void **state)
{
	struct elf_file e = elf_file();

	e.seg[0].paddr = RAM + RAM_SIZE - 0x3000;
	add_file("/k", &e, sizeof(e));
	load();
	assert_int_equal(vm.boot_arg.v, RAM + RAM_SIZE - 0x4000);
	assert_filled(RAM + RAM_SIZE - 0x3000, 0x1800, 0x55);
}

static void the_tree_stays_below_4_gib(void **state)
{
	add_file("/k", skernel, sizeof(skernel));
	/* The pages are never touched but where things go. */
	free(ram);
	ram_size = GIB(3);
	ram = calloc(1, ram_size);
	vm.map.r[1].size = GIB(3);
	load();
	assert_int_equal(vm.boot_arg.v, GIB(4) - PAGE_SIZE);
}

static void a_given_tree_is_used(void **state)
{
	static u64 tree[100];

	memset(tree, 'G', sizeof(tree));
	add_file("/k", skernel, sizeof(skernel));
	add_file("/d", tree, sizeof(tree));
	strcpy(cfg.dtb, "/d");
	load();
	assert_filled(vm.boot_arg.v, sizeof(tree), 'G');
}

static void loading_again_is_the_same(void **state)
{
	struct elf_file e = elf_file();
	gpa_t entry, fdt;

	add_file("/k", &e, sizeof(e));
	load();
	entry = vm.entry;
	fdt = vm.boot_arg;
	memset(ram, 0x77, ram_size);
	load();
	assert_int_equal(vm.entry.v, entry.v);
	assert_int_equal(vm.boot_arg.v, fdt.v);
	assert_filled(RAM + MIB(2), 0x1800, 0x55);
	assert_filled(RAM + MIB(2) + 0x1800, 0x1800, 0);
	assert_filled(vm.boot_arg.v, TREE_LEN, 'T');
}

/* As GNU ld links without a script: the page before the code has headers, a note and padding. */
static struct elf_file below_ram(void)
{
	struct elf_file e = elf_file();

	e.phnum = 3;
	e.entry = RAM + 0x10;
	memset(e.data, 0, 0x1000);
	e.seg[0] = (struct elf_file_segment){ 1,      5,      0,     RAM - 0x1000, RAM - 0x1000,
					      0x1800, 0x1900, 0x1000 };
	e.seg[1] = (struct elf_file_segment){ .type = 4, .offset = 64 + 3 * 56 };
	e.seg[1].vaddr = e.seg[1].paddr = RAM - 0x1000 + e.seg[1].offset;
	e.seg[1].filesz = e.seg[1].memsz = 0x24;
	memset((u8 *)&e + e.seg[1].offset, 0x99, 0x24);
	memset(&e.seg[3], 0, sizeof(e.seg[3]));
	memset((u8 *)&e + 64 + 3 * 56, 0x99, 0x24);
	memset((u8 *)&e + 0x1000, 0x44, 0x800);
	return e;
}

static void headers_below_memory_are_left_out(void **state)
{
	struct elf_file e = below_ram();

	add_file("/k", &e, sizeof(e));
	load();
	assert_int_equal(vm.entry.v, RAM + 0x10);
	assert_memory_equal(at(RAM), (u8 *)&e + 0x1000, 0x800);
	assert_int_equal(*at(RAM + 0x800), 0);
	assert_int_equal(*at(RAM + 0x8ff), 0);
}

/* With its own segment, as linkers separate code. */
static void headers_alone_are_left_out(void **state)
{
	struct elf_file e = below_ram();

	e.seg[0].filesz = e.seg[0].memsz = 0x200;
	e.seg[2] = (struct elf_file_segment){ 1, 5, 0x1000, RAM, RAM, 0x800, 0x800, 0x1000 };
	add_file("/k", &e, sizeof(e));
	load();
	assert_memory_equal(at(RAM), (u8 *)&e + 0x1000, 0x800);
	assert_int_equal(*at(RAM + 0x900), dirty);
}

static void data_below_memory_is_not_left_out(void **state)
{
	struct elf_file e = below_ram();

	((u8 *)&e)[0xfff] = 1;
	add_file("/k", &e, sizeof(e));
	load_fails("\"kernel\": /k has headers and data at 0x7ffff000, where the VM has no memory: "
		   "link it with -Wl,-n or a linker script");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		loader_test(headers_below_memory_are_left_out),
		loader_test(headers_alone_are_left_out),
		loader_test(data_below_memory_is_not_left_out),
		loader_test(eight_bytes_of_code_are_a_kernel),
		loader_test(load_and_entry_are_obeyed),
		loader_test(code_is_entered_where_it_is_loaded),
		loader_test(memory_elsewhere_is_used),
		loader_test(a_kernel_in_rom_has_its_tree_in_ram),
		loader_test(large_files_arrive_whole),
		loader_test(an_image_goes_where_it_says),
		loader_test(an_image_has_room_for_its_bss),
		loader_test(an_elf_file_is_loaded_by_physical_address),
		loader_test(an_elf_file_can_be_moved),
		loader_test(other_segments_are_left_out),
		loader_test(the_tree_is_highest),
		loader_test(a_large_tree_crosses_no_boundary),
		loader_test(the_initrd_is_below_the_tree),
		loader_test(a_kernel_at_the_top_is_gone_round),
		loader_test(the_tree_stays_below_4_gib),
		loader_test(a_given_tree_is_used),
		loader_test(loading_again_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
