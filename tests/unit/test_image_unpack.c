// SPDX-License-Identifier: Apache-2.0
/* The loader: kernels that are compressed. */
/* links: virt/image/image.c virt/image/image_kernel.c virt/image/image_foreign.c virt/image/image_unpack.c virt/image/image_fdt.c virt/mem/region.c lib/elf.c */
/* links: arch/riscv64/virt/image.c */
#include "image_fixture.h"
#include <lodge/crc32.h>

#define KERNEL "\"kernel\": /k "
#define DAMAGED                                                                                    \
	KERNEL "can't be unpacked, it is damaged or has something behind its end: copy it again, " \
	       "or unpack it with gunzip first"
#define BIG MIB(1)

static u8 plain[BIG], packed[BIG + MIB(1)];

/* By gzip. Return: the size of what is in packed[] from @at on. */
static size_t pack(const void *src, size_t len, const char *options, size_t at)
{
	char command[100];
	size_t n;

	snprintf(command, sizeof(command), "gzip %s -c $F", options);
	n = shim_filter(command, src, len, packed + at, sizeof(packed) - at);
	assert_true(n);
	return n;
}

/* An Image of 1 MiB that compresses to about the half. */
static void make_image(void)
{
	struct image_file i = image_file();
	u64 seed = shim_seed(1);
	size_t k;

	memset(plain, 0, sizeof(plain));
	for (k = 0; k < sizeof(plain) / 2; k++)
		plain[2 * k] = shim_random(&seed);
	i.image_size = MIB(5);
	memcpy(plain, &i, sizeof(i));
}

static void an_image_is_unpacked(void **state)
{
	/* A name in its header, and pieces of memory that are smaller than what is made at once. */
	static const char *const options[] = { "-n -1", "-N -9" };
	unsigned int i;

	make_image();
	for (i = 0; i < ARRAY_SIZE(options); i++) {
		size_t n = pack(plain, sizeof(plain), options[i], 0);

		nr_files = 0;
		add_file("/k", packed, n);
		piece = i ? PAGE_SIZE : MIB(2);
		load();
		assert_int_equal(vm.entry.v, RAM + MIB(2));
		assert_memory_equal(at(RAM + MIB(2)), plain, sizeof(plain));
		assert_int_equal(open_files, 0);
		assert_int_equal(shim_objects, 0);
	}
}

/* All fields that the header may have (RFC 1952, 2.3), behind one by gzip of 10 bytes. */
static void every_field_of_the_header_is_skipped(void **state)
{
	static const char extra[] = "\4\0abcd", name[] = "a name", comment[] = "a comment",
			  crc[] = "\1\2";
	static const struct {
		u8 flag;
		const char *field;
		size_t len;
	} fields[] = { { 4, extra, 6 },
		       { 8, name, sizeof(name) },
		       { 16, comment, sizeof(comment) },
		       { 2, crc, 2 } };
	unsigned int set, i;

	make_image();
	for (set = 0; set < 16; set++) {
		size_t n = pack(plain, sizeof(plain), "-n -1", 0), at_end = 10;

		for (i = 0; i < ARRAY_SIZE(fields); i++) {
			if (!(set >> i & 1))
				continue;
			packed[3] |= fields[i].flag;
			memmove(packed + at_end + fields[i].len, packed + at_end, n - at_end);
			memcpy(packed + at_end, fields[i].field, fields[i].len);
			at_end += fields[i].len;
			n += fields[i].len;
		}
		nr_files = 0;
		add_file("/k", packed, n);
		load();
		assert_memory_equal(at(RAM + MIB(2)), plain, sizeof(plain));
		/* Flags that RFC 1952 has no meaning for. */
		packed[3] |= 0x20;
		load_fails(DAMAGED);
	}
}

/* Its headers have been read, and what its second segment needs is far before the first. */
static void an_elf_file_is_unpacked_in_any_order(void **state)
{
	static struct {
		struct elf_file e;
		u8 data[BIG / 2];
	} f;
	u64 seed = shim_seed(2);
	size_t k, n;

	f.e = elf_file();
	for (k = 0; k < sizeof(f.data); k++)
		f.data[k] = shim_random(&seed);
	f.e.phnum = 2;
	f.e.seg[1] = f.e.seg[0];
	f.e.seg[1].offset = 0x1000;
	f.e.seg[1].paddr += MIB(1);
	f.e.seg[0].offset = sizeof(f) - 0x2000;
	f.e.seg[0].filesz = 0x2000;
	n = pack(&f, sizeof(f), "-n", 0);
	add_file("/k", packed, n);
	load();
	assert_int_equal(vm.entry.v, RAM + MIB(2) + 0x10);
	assert_memory_equal(at(RAM + MIB(2)), (u8 *)&f + sizeof(f) - 0x2000, 0x2000);
	assert_memory_equal(at(RAM + MIB(3)), (u8 *)&f + 0x1000, 0x1800);
}

/* Each segment lies before the last: all up to it would be unpacked for each. */
static void an_elf_file_that_goes_back_and_back_is_refused(void **state)
{
	static struct elf_file e;
	struct elf_file_segment s;
	unsigned int i, segments;
	size_t n;

	e = elf_file();
	for (segments = 15; segments <= 23; segments += 8) {
		memset(plain, 0, sizeof(plain));
		e.phnum = (u16)segments;
		memcpy(plain, &e, 64);
		for (i = 0; i < segments; i++) {
			s = e.seg[0];
			s.offset = 0x1000 + (u64)(segments - i) * 0xa000;
			s.paddr += i * 0x4000ul;
			s.vaddr += i * 0x4000ul;
			memcpy(plain + 64 + i * sizeof(s), &s, sizeof(s));
		}
		n = pack(plain, segments * 0xa000ul + 0xb000, "-n", 0);
		nr_files = 0;
		add_file("/k", packed, n);
		if (segments == 15)
			load();
		else
			load_fails(KERNEL "has its segments in an order that can't be unpacked "
					  "quickly: unpack it with gunzip first");
	}
}

static void an_initrd_stays_as_it_is(void **state)
{
	static const u8 code[8] = { 0x13 };
	size_t n;

	make_image();
	n = pack(plain, 5000, "-n", 0);
	add_file("/k", code, sizeof(code));
	add_file("/i", packed, n);
	strcpy(cfg.initrd, "/i");
	load();
	assert_int_equal(told.initrd_size, n);
	assert_memory_equal(at(told.initrd.v), packed, n);
}

/* ---- zboot ---- */

static size_t zboot(const char *method, size_t size)
{
	u32 head[16] = { 0x5a4d, 0x676d697a, 0x1000, (u32)size };

	memset(packed, 0xee, 0x1000);
	memcpy(&head[6], method, strlen(method) + 1);
	head[14] = 0x818223cd;
	memcpy(packed, head, sizeof(head));
	memset(packed + 0x1000 + size, 0xdd, 0x200);
	return 0x1000 + size + 0x200;
}

static void a_zboot_kernel_is_unpacked(void **state)
{
	size_t n;

	make_image();
	n = pack(plain, sizeof(plain), "-n", 0x1000);
	add_file("/k", packed, zboot("gzip", n));
	load();
	assert_memory_equal(at(RAM + MIB(2)), plain, sizeof(plain));
}

static void zboot_kernels_of_other_kinds(void **state)
{
	static const struct {
		const char *method, *said;
	} t[] = {
		{ "zstd22",
		  KERNEL "is compressed with zstd (EFI zboot): unpack it first, as \"tail -c +4097 "
			 "FILE | head -c 1000 | unzstd\" does" },
		{ "xzkern",
		  KERNEL "is compressed with xz (EFI zboot): unpack it first, as \"tail -c +4097 "
			 "FILE | head -c 1000 | unxz\" does" },
		{ "\x1b[2J", KERNEL "has an unknown compression (EFI zboot): use a plain kernel" },
		{ "gzip", DAMAGED },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		nr_files = 0;
		memset(packed + 0x1000, 0x77, 1000);
		add_file("/k", packed, zboot(t[i].method, 1000));
		load_fails(t[i].said);
	}
	disk[0].size = 0x1200;
	load_fails(KERNEL "is an EFI zboot kernel that is cut short: copy it again");
}

/* ---- bad ones ---- */

static void damage_is_noticed(void **state)
{
	size_t n, i;

	make_image();
	n = pack(plain, sizeof(plain), "-n", 0);
	add_file("/k", packed, n);
	for (i = 5; i <= 8; i++) { /* the CRC */
		packed[n - i] ^= 1;
		load_fails(DAMAGED);
		packed[n - i] ^= 1;
	}
	packed[n / 2] ^= 0x10;
	load_fails(DAMAGED);
	packed[n / 2] ^= 0x10;
	packed[3] = 0x80; /* a flag that there is not */
	load_fails(DAMAGED);
	packed[3] = 0x04; /* more before it than there is */
	packed[10] = packed[11] = 0xff;
	disk[0].size = 5000;
	load_fails(DAMAGED);
	for (i = 3; i < 24;
	     i++) { /* too short for what it begins with, which gunzip can't unpack */
		disk[0].size = i;
		load_fails(DAMAGED);
	}
	disk[0].size = 18;
	load_fails(DAMAGED);
	assert_int_equal(shim_objects, 0);
}

static void sizes_that_are_not_true(void **state)
{
	size_t n;
	u32 size;

	make_image();
	n = pack(plain, sizeof(plain), "-n", 0);
	add_file("/k", packed, n);
	size = BIG - 1; /* too small: more comes */
	memcpy(packed + n - 4, &size, 4);
	load_fails(DAMAGED);
	size = BIG + 1;
	memcpy(packed + n - 4, &size, 4);
	load_fails(DAMAGED);
	size = 0xfffffff0; /* more than the VM has */
	memcpy(packed + n - 4, &size, 4);
	load_fails(DAMAGED);
	size = 0;
	memcpy(packed + n - 4, &size, 4);
	load_fails(DAMAGED);
}

static void what_is_larger_than_memory_is_told(void **state)
{
	u8 *large = calloc(1, RAM_SIZE);
	size_t n = pack(large, RAM_SIZE, "-n -9", 0);

	free(large);
	add_file("/k", packed, n);
	load_fails(KERNEL "needs 0x1000000 bytes at 0x80200000, where the VM has less memory: give "
			  "it more");
	/* Whether the rest is right does not matter. */
	packed[n - 5] ^= 1;
	set_ram(RAM_SIZE / 2);
	load_fails(KERNEL "needs 0x1000000 bytes at 0x80200000, where the VM has less memory: give "
			  "it more");
}

static void empty_is_what_has_nothing_in_it(void **state)
{
	add_file("/k", packed, pack("", 0, "-n", 0));
	load_fails(KERNEL "is empty when unpacked: copy it again");
}

/* gunzip takes it all: zeroes of a medium's last block, other bytes, and a second file. */
static void what_is_behind_the_end_is_not_called_empty(void **state)
{
	size_t n, i;

	make_image();
	n = pack(plain, sizeof(plain), "-n", 0);
	for (i = 1; i < 600; i += 37) {
		memset(packed + n, 0, i);
		nr_files = 0;
		add_file("/k", packed, n + i);
		load_fails(DAMAGED);
		memset(packed + n, 'x', i);
		load_fails(DAMAGED);
	}
	disk[0].size = n + pack(plain, sizeof(plain), "-n", n);
	load_fails(DAMAGED);
	disk[0].size = n + pack("", 0, "-n", n);
	load_fails(DAMAGED);
}

static void what_is_in_it_is_told_too(void **state)
{
	static const char text[] = "a text that is no kernel, packed all the same\n";

	add_file("/k", packed, pack(text, sizeof(text) - 1, "-n", 0));
	load_fails(KERNEL "is a text file: name a kernel image");
}

static void errors_of_the_disk_are_told(void **state)
{
	make_image();
	add_file("/k", packed, pack(plain, sizeof(plain), "-n", 0))->read_error_at = 100000;
	load_fails(KERNEL "can't be read: check the boot disk");
	assert_int_equal(shim_objects, 0);
}

/* Whatever it is, loading ends, and what it took is given back. */
static void hostile_files(void **state)
{
	unsigned int rounds = shim_rounds(600), i, k;
	u64 seed = shim_seed(3);
	char err[VM_ERROR_MAX];
	size_t n, len;

	make_image();
	n = pack(plain, 60000, "-n", 0x1000);
	for (i = 0; i < rounds; i++) {
		size_t whole = zboot("gzip", n), start = i & 1 ? 0 : 0x1000;
		u8 *exact;

		for (k = shim_random(&seed) % 4 + 1; k--;)
			packed[start + shim_random(&seed) % (i & 2 ? 100 : n)] ^=
				1u << shim_random(&seed) % 8;
		len = i % 5 ? whole - start : shim_random(&seed) % (whole - start) + 1;
		exact = malloc(len);
		memcpy(exact, packed + start, len);
		nr_files = 0;
		add_file("/k", exact, len);
		err[0] = 0;
		assert_true(!image_load(&vm, err) == !err[0]);
		free(exact);
		assert_int_equal(open_files, 0);
		assert_int_equal(shim_objects, 0);
		if (i % 8 == 7)
			n = pack(plain, 60000, "-n", 0x1000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		loader_test(an_image_is_unpacked),
		loader_test(every_field_of_the_header_is_skipped),
		loader_test(an_elf_file_is_unpacked_in_any_order),
		loader_test(an_elf_file_that_goes_back_and_back_is_refused),
		loader_test(an_initrd_stays_as_it_is),
		loader_test(a_zboot_kernel_is_unpacked),
		loader_test(zboot_kernels_of_other_kinds),
		loader_test(damage_is_noticed),
		loader_test(sizes_that_are_not_true),
		loader_test(what_is_larger_than_memory_is_told),
		loader_test(empty_is_what_has_nothing_in_it),
		loader_test(what_is_behind_the_end_is_not_called_empty),
		loader_test(what_is_in_it_is_told_too),
		loader_test(errors_of_the_disk_are_told),
		loader_test(hostile_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
