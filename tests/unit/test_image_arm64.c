// SPDX-License-Identifier: Apache-2.0
/* The loader with arm64's Image, on a board that has its devicetree at the base of RAM. */
/* links: virt/image/image.c virt/image/image_kernel.c virt/image/image_foreign.c virt/image/image_unpack.c virt/mem/region.c lib/elf.c */
/* links: arch/aarch64/virt/image.c virt/image/image_fdt.c */
#define IMAGE_FDT_AT_BASE true
#include "image_fixture.h"

/* Linux, Documentation/arch/arm64/booting.rst. */
struct arm64_file {
	u32 code[2];
	u64 text_offset, image_size, flags, res[3];
	u32 magic, res5;
	u8 rest[4096];
};

static struct arm64_file arm64_file(void)
{
	return (struct arm64_file){
		.code = { 0x5a4d, 0x14000000 }, /* "MZ": an EFI program as well */
		.image_size = sizeof(struct arm64_file),
		.flags = 0xa,
		.magic = 0x644d5241,
	};
}

static void firmware_finds_a_copy_of_the_tree_at_the_base(void **state)
{
	struct arm64_file f = arm64_file();

	add_file("/k", &f, sizeof(f));
	load();
	assert_int_equal(vm.entry.v, RAM + MIB(2));
	assert_memory_equal(at(vm.entry.v), &f, sizeof(f));
	assert_int_equal(vm.boot_arg.v, RAM + RAM_SIZE - PAGE_SIZE);
	assert_memory_equal(at(RAM), at(vm.boot_arg.v), TREE_LEN);
	assert_int_not_equal(*at(RAM), dirty);
}

static void the_offset_is_from_a_boundary(void **state)
{
	struct arm64_file f = arm64_file();

	f.text_offset = 0x80000;
	add_file("/k", &f, sizeof(f));
	load();
	assert_int_equal(vm.entry.v, RAM + MIB(2) + 0x80000);
	/* Before Linux 3.17 the header did not tell. */
	f.text_offset = 0x12345;
	f.image_size = 0;
	load();
	assert_int_equal(vm.entry.v, RAM + MIB(2) + 0x80000);
}

static void a_kernel_at_the_base_stays_whole(void **state)
{
	static const u8 code[64];

	add_file("/k", code, sizeof(code));
	cfg.has_load = true;
	cfg.load = gpa(RAM);
	load();
	assert_int_equal(vm.entry.v, RAM);
	assert_memory_equal(at(RAM), code, sizeof(code));
	assert_int_equal(vm.boot_arg.v, RAM + RAM_SIZE - PAGE_SIZE);
}

static void big_endian_is_refused(void **state)
{
	struct arm64_file f = arm64_file();

	f.flags |= 1;
	add_file("/k", &f, sizeof(f));
	load_fails("\"kernel\": /k is a big-endian kernel image: use a little-endian one");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		loader_test(firmware_finds_a_copy_of_the_tree_at_the_base),
		loader_test(the_offset_is_from_a_boundary),
		loader_test(a_kernel_at_the_base_stays_whole),
		loader_test(big_endian_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
