// SPDX-License-Identifier: Apache-2.0
/* The boot protocols of x86_64 guests: what is loaded where, what kernels are told, what is
 * refused. */
/* links: virt/image/image.c virt/image/image_kernel.c virt/image/image_foreign.c virt/image/image_unpack.c virt/mem/region.c lib/elf.c */
/* links: arch/x86_64/virt/boot/boot.c arch/x86_64/virt/boot/boot_linux.c arch/x86_64/virt/boot/boot_pvh.c */
/* links: arch/x86_64/virt/boot/boot_multiboot.c arch/x86_64/virt/boot/boot_elf32.c */
/* arch: x86_64 */
#include "boot_fixture.h"

/* ---- plain code ---- */

static const u8 code[8] = { 0xb8, 8, 0, 0, 0x84, 0x0f, 1, 0xd9 };

static void plain_code_is_in_real_mode(void **state)
{
	add_file("/k", code, sizeof(code));
	load();
	assert_memory_equal(at(0x10000), code, sizeof(code));
	assert_int_equal(start()->mode, X86_START_REAL);
	assert_int_equal(start()->cs_base, 0x10000);
	assert_int_equal(start()->rip, 0);
	check_area(BOOT_AREA);
}

static void firmware_is_entered_at_its_reset_vector(void **state)
{
	struct region rom = { .gpa = gpa(0xffff0000),
			      .size = 0x10000,
			      .backing = BACKING_LAZY,
			      .perm = REGION_R | REGION_X };

	add_file("/k", code, sizeof(code));
	assert_int_equal(region_add(&vm.map, &rom), 0);
	cfg.has_entry = true;
	cfg.entry = gpa(0xfffffff0);
	load();
	assert_int_equal(start()->cs_base, 0xffff0000);
	assert_int_equal(start()->rip, 0xfff0);
}

/* The tables of long mode map no more, and other modes have 32 bits. */
static void no_kernel_starts_above_4_gib(void **state)
{
	struct region high = { .gpa = gpa(GIB(4)),
			       .size = MIB(16),
			       .backing = BACKING_LAZY,
			       .perm = REGION_R | REGION_W | REGION_X };

	assert_int_equal(region_add(&vm.map, &high), 0);
	add_file("/k", code, sizeof(code));
	cfg.has_entry = true;
	cfg.entry = gpa(GIB(4) - 16);
	load_fails("\"kernel\": /k starts at 0xfffffff0, where the VM has no memory: set "
		   "\"entry\"");
	cfg.entry = gpa(GIB(4));
	load_fails(
		"\"kernel\": /k starts at 0x100000000, which a starting CPU can't address: load it "
		"below 4 GiB");
}

static void plain_code_may_lie_where_the_tables_would(void **state)
{
	add_file("/k", code, sizeof(code));
	cfg.has_load = true;
	cfg.load = gpa(0xff000);
	load();
	assert_memory_equal(at(0xff000), code, sizeof(code));
	assert_int_equal(*at(BOOT_AREA), dirty);
}

static void plain_code_can_have_no_initrd(void **state)
{
	add_file("/k", code, sizeof(code));
	add_file("/i", code, sizeof(code));
	strcpy(cfg.initrd, "/i");
	load_fails("\"initrd\": /i is of no use to a kernel without a boot protocol: remove it or "
		   "use another kernel");
}

static void a_devicetree_is_of_no_use(void **state)
{
	add_file("/k", code, sizeof(code));
	strcpy(cfg.dtb, "/d");
	load_fails(
		"\"dtb\": /d has no effect: guests here get ACPI tables and no devicetree; remove "
		"it");
}

/* ---- ELF and PVH ---- */

#define START_MAGIC 0x336ec578

static void check_start_info(u64 info)
{
	u64 map = get(info + 40, 8);
	static const struct {
		u64 start, size, type;
	} want[] = {
		{ 0, 0xa0000, 1 },
		{ 0xa0000, 0x60000, 2 },
		{ 0x100000, RAM_SIZE - 0x100000, 1 },
	};
	unsigned int i;

	check_area(info);
	assert_int_equal(get(info, 4), START_MAGIC);
	assert_int_equal(get(info + 4, 4), 1);
	assert_string_equal(text(get(info + 24, 8)), cfg.bootargs);
	assert_int_equal(get(info + 32, 8), BOOT_AREA);
	assert_int_equal(get(info + 48, 4), ARRAY_SIZE(want));
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		assert_int_equal(get(map + 24 * i, 8), want[i].start);
		assert_int_equal(get(map + 24 * i + 8, 8), want[i].size);
		assert_int_equal(get(map + 24 * i + 16, 4), want[i].type);
	}
}

static struct elf_file low_elf(void)
{
	struct elf_file e = elf_file();

	e.seg[0].vaddr = e.seg[0].paddr = 0x200000;
	e.entry = 0x200010;
	return e;
}

static void an_elf_file_is_in_long_mode(void **state)
{
	struct elf_file e = low_elf();

	add_file("/k", &e, sizeof(e));
	strcpy(cfg.bootargs, "one two");
	load();
	check_long();
	assert_int_equal(start()->rip, 0x200010);
	assert_int_equal(start()->rsp, 0x80000);
	assert_int_equal(start()->rbx, vm.boot_arg.v);
	assert_int_equal(start()->rsi, vm.boot_arg.v);
	check_start_info(vm.boot_arg.v);
	assert_int_equal(get(vm.boot_arg.v + 12, 4), 0);
}

struct pvh_note {
	u32 namesz, descsz, type;
	char name[4];
	u32 desc[2];
};

/* A note before the right one, as linkers leave them. */
static struct elf_file pvh_elf(u32 type, u32 descsz)
{
	struct elf_file e = low_elf();
	struct pvh_note other = { 4, 8, 1, "GNU", { 1, 2 } };
	struct pvh_note n = { 4, descsz, type, "Xen", { 0x200100, 0 } };

	memcpy(e.data + 0x1800, &other, sizeof(other));
	memcpy(e.data + 0x1800 + sizeof(other), &n, sizeof(n));
	e.phnum = 2;
	e.seg[1].type = 4;
	e.seg[1].offset = offsetof(struct elf_file, data) + 0x1800;
	e.seg[1].filesz = sizeof(other) + sizeof(n);
	return e;
}

static void a_pvh_note_is_obeyed(void **state)
{
	unsigned int descsz;

	for (descsz = 4; descsz <= 8; descsz += 4) {
		struct elf_file e = pvh_elf(18, descsz);

		nr_files = 0;
		add_file("/k", &e, sizeof(e));
		/* Linux's own entry point is no virtual address of the file. */
		e.entry = 0x1000000;
		load();
		assert_int_equal(start()->mode, X86_START_PROTECTED);
		assert_int_equal(start()->rip, 0x200100);
		assert_int_equal(start()->rbx, vm.boot_arg.v);
		check_gdt(false);
		check_start_info(vm.boot_arg.v);
	}
}

static void other_notes_are_not(void **state)
{
	struct elf_file e = pvh_elf(17, 4);

	add_file("/k", &e, sizeof(e));
	load();
	assert_int_equal(start()->mode, X86_START_LONG);
}

static void notes_may_be_anything(void **state)
{
	u64 seed = shim_seed(3);
	int i;

	for (i = 0; i < 2000; i++) {
		struct elf_file e = pvh_elf(18, 4);
		u8 *at_byte = e.data + 0x1800 + shim_random(&seed) % 48;
		char err[VM_ERROR_MAX];

		*at_byte = (u8)shim_random(&seed);
		e.seg[1].filesz = shim_random(&seed) % 64;
		if (shim_random(&seed) % 8 == 0)
			e.seg[1].filesz = ~0ul;
		nr_files = 0;
		add_file("/k", &e, sizeof(e));
		if (image_load(&vm, err))
			assert_memory_equal(err, "vms/a.dtb: /chosen: ", 20);
		assert_int_equal(open_files, 0);
	}
}

static void a_module_is_told(void **state)
{
	struct elf_file e = pvh_elf(18, 4);
	static const u8 initrd[0x1234] = { 1, 2, 3 };
	u64 list;

	add_file("/k", &e, sizeof(e));
	add_file("/i", initrd, sizeof(initrd));
	strcpy(cfg.initrd, "/i");
	load();
	assert_int_equal(get(vm.boot_arg.v + 12, 4), 1);
	list = get(vm.boot_arg.v + 16, 8);
	assert_int_equal(get(list, 8), RAM_SIZE - 0x2000);
	assert_int_equal(get(list + 8, 8), sizeof(initrd));
	assert_memory_equal(at(get(list, 8)), initrd, sizeof(initrd));
}

static void the_area_must_be_there(void **state)
{
	struct elf_file e = low_elf();

	e.seg[0].paddr = 0xe0000;
	add_file("/k", &e, sizeof(e));
	load_fails(KERNEL
		   "needs 0x20000 bytes of memory at 0xe0000 for its boot information: give the "
		   "VM that, and load nothing there");
}

/* ---- Linux ---- */

struct bzimage {
	u8 setup[5 * 512];
	u8 kernel[0x3000];
};

static void set(struct bzimage *b, unsigned int off, u64 v, unsigned int bytes)
{
	memcpy(b->setup + off, &v, bytes);
}

static struct bzimage bzimage(void)
{
	struct bzimage b;

	memset(&b, 0, sizeof(b));
	memset(b.kernel, 0x6b, sizeof(b.kernel));
	set(&b, 0x1f1, 4, 1);
	set(&b, 0x1fe, 0xaa55, 2);
	set(&b, 0x201, 0x6a, 1);
	memcpy(b.setup + 0x202, "HdrS", 4);
	set(&b, 0x206, 0x20f, 2);
	set(&b, 0x211, 1, 1);
	set(&b, 0x22c, 0x7fffffff, 4);
	set(&b, 0x230, 0x200000, 4);
	set(&b, 0x234, 1, 1);
	set(&b, 0x236, 0x7f, 2);
	set(&b, 0x238, 2047, 4);
	set(&b, 0x258, 0x1000000, 8);
	set(&b, 0x260, 0x8000, 4);
	return b;
}

static void a_bzimage_is_loaded(void **state)
{
	struct bzimage b = bzimage();
	static const u8 initrd[0x1234] = { 1, 2, 3 };
	u64 zp;

	add_file("/k", &b, sizeof(b));
	add_file("/i", initrd, sizeof(initrd));
	strcpy(cfg.initrd, "/i");
	strcpy(cfg.bootargs, "console=ttyS0");
	seeded = true;
	load();
	check_long();
	assert_int_equal(start()->rip, 0x1000200);
	assert_memory_equal(at(0x1000000), b.kernel, sizeof(b.kernel));
	zp = vm.boot_arg.v;
	assert_int_equal(start()->rsi, zp);
	check_area(zp);
	assert_memory_equal(at(zp + 0x202), "HdrS", 4);
	assert_int_equal(get(zp + 0x210, 1), 0xff);
	assert_string_equal(text(get(zp + 0x228, 4)), "console=ttyS0");
	assert_int_equal(get(zp + 0x218, 4), RAM_SIZE - 0x2000);
	assert_int_equal(get(zp + 0x21c, 4), sizeof(initrd));
	assert_int_equal(get(zp + 0x70, 8), BOOT_AREA);
	assert_int_equal(get(zp + 0x1e8, 1), 3);
	assert_int_equal(get(zp + 0x2d0 + 20, 8), 0xa0000);
	assert_int_equal(get(zp + 0x2d0 + 36, 4), 2);
	assert_int_equal(get(zp + 0x2d0 + 48, 8), RAM_SIZE - 0x100000);
	/* Nothing of the file but its header is in the zero page. */
	assert_int_equal(get(zp + 0x1f0, 1), 0);
	assert_int_equal(get(get(zp + 0x250, 8) + 8, 4), 9);
	assert_int_equal(get(get(zp + 0x250, 8) + 16, 1), 0x5e);
}

static void without_a_seed_there_is_none(void **state)
{
	struct bzimage b = bzimage();

	add_file("/k", &b, sizeof(b));
	seeded = false;
	load();
	assert_int_equal(get(vm.boot_arg.v + 0x250, 8), 0);
	assert_int_equal(get(vm.boot_arg.v + 0x21c, 4), 0);
}

static void the_initrd_stays_where_linux_can_reach_it(void **state)
{
	struct bzimage b = bzimage();
	static const u8 initrd[0x1000];

	set(&b, 0x22c, 0xffffff, 4);
	add_file("/k", &b, sizeof(b));
	add_file("/i", initrd, sizeof(initrd));
	strcpy(cfg.initrd, "/i");
	load();
	assert_int_equal(get(vm.boot_arg.v + 0x218, 4), 0xfff000);
}

static void a_small_vm_has_linux_lower(void **state)
{
	struct bzimage b = bzimage();

	set_ram(MIB(8));
	add_file("/k", &b, sizeof(b));
	load();
	assert_int_equal(start()->rip, 0x200200);
}

static void linux_without_a_64bit_entry_starts_in_32_bits(void **state)
{
	static const u16 version[] = { 0x20a, 0x20c };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(version); i++) {
		struct bzimage b = bzimage();

		set(&b, 0x206, version[i], 2);
		set(&b, 0x236, i ? 0x7e : 0x7f, 2);
		nr_files = 0;
		add_file("/k", &b, sizeof(b));
		load();
		assert_int_equal(start()->mode, X86_START_PROTECTED);
		assert_int_equal(start()->rip % 0x1000, 0);
		assert_int_equal(start()->rsi, vm.boot_arg.v);
	}
}

static void an_old_linux_is_told_from_what_needs_a_bios(void **state)
{
	struct bzimage b = bzimage();

	add_file("/k", &b, sizeof(b));
	set(&b, 0x206, 0x207, 2);
	set(&b, 0x214, 0x100000, 4);
	load_fails(KERNEL "is a Linux kernel older than 2.6.31: use a newer one");
	/* The version's place, where another program has its name. */
	set(&b, 0x20e, 0x200, 2);
	set(&b, 0x400, 'M', 1);
	load_fails(KERNEL "needs the BIOS of a PC, which guests do not have: use a kernel with a "
			  "32-bit or 64-bit entry");
}

static void odd_linux_kernels_are_refused(void **state)
{
	static const struct {
		unsigned int off, bytes;
		u64 val;
		const char *said;
	} t[] = {
		{ 0x206, 2, 0x209,
		  "needs the BIOS of a PC, which guests do not have: use a kernel with a 32-bit or "
		  "64-bit entry" },
		{ 0x211, 1, 0, "is a Linux kernel with a damaged header: copy it again" },
		{ 0x260, 4, 0, "is a Linux kernel with a damaged header: copy it again" },
		{ 0x238, 4, 3,
		  "is a Linux kernel that accepts no bootargs of this length: shorten them" },
		{ 0x1f1, 1, 200, "is a Linux kernel that is cut short: copy it again" },
		{ 0x260, 4, 0x10000000,
		  "needs 0x10000000 bytes at 0x200000, where the VM has less memory: give it more" },
		{ 0x258, 8, 0x1100000,
		  "is a Linux kernel that must be at a multiple of 0x200000: change \"load\"" },
	};
	char want[VM_ERROR_MAX];
	unsigned int i;

	strcpy(cfg.bootargs, "quiet");
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		struct bzimage b = bzimage();

		set(&b, t[i].off, t[i].val, t[i].bytes);
		nr_files = 0;
		add_file("/k", &b, sizeof(b));
		snprintf(want, sizeof(want), KERNEL "%s", t[i].said);
		load_fails(want);
	}
}

static void headers_of_linux_may_be_anything(void **state)
{
	u64 seed = shim_seed(9);
	int i;

	for (i = 0; i < 5000; i++) {
		struct bzimage b = bzimage();
		char err[VM_ERROR_MAX];
		int n = 1 + (int)(shim_random(&seed) % 6);

		while (n--)
			b.setup[0x1f1 + shim_random(&seed) % 0x80] = (u8)shim_random(&seed);
		nr_files = 0;
		add_file("/k", &b, sizeof(b));
		if (image_load(&vm, err))
			assert_memory_equal(err, "vms/a.dtb: /chosen: ", 20);
		assert_int_equal(open_files, 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		loader_test(plain_code_is_in_real_mode),
		loader_test(firmware_is_entered_at_its_reset_vector),
		loader_test(no_kernel_starts_above_4_gib),
		loader_test(plain_code_may_lie_where_the_tables_would),
		loader_test(plain_code_can_have_no_initrd),
		loader_test(a_devicetree_is_of_no_use),
		loader_test(an_elf_file_is_in_long_mode),
		loader_test(a_pvh_note_is_obeyed),
		loader_test(other_notes_are_not),
		loader_test(notes_may_be_anything),
		loader_test(a_module_is_told),
		loader_test(the_area_must_be_there),
		loader_test(a_bzimage_is_loaded),
		loader_test(without_a_seed_there_is_none),
		loader_test(the_initrd_stays_where_linux_can_reach_it),
		loader_test(a_small_vm_has_linux_lower),
		loader_test(linux_without_a_64bit_entry_starts_in_32_bits),
		loader_test(an_old_linux_is_told_from_what_needs_a_bios),
		loader_test(odd_linux_kernels_are_refused),
		loader_test(headers_of_linux_may_be_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
