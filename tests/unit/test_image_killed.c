// SPDX-License-Identifier: Apache-2.0
/* The loader: a VM that is killed while it is loaded. Nobody waits for the rest. */
/* links: virt/image/image.c virt/image/image_kernel.c virt/image/image_foreign.c virt/image/image_unpack.c virt/image/image_fdt.c virt/mem/region.c lib/elf.c */
/* links: arch/riscv64/virt/image.c */
#include "image_fixture.h"

/* What is read or unpacked at a time, at most: looks at the time slice until it is noticed. */
#define INPUT  4096
#define ZEROED 64

static unsigned int looks, killed_at; /* at so many looks at the time slice; 0 is never */

void thread_make_room(void)
{
	if (++looks == killed_at)
		vm.state = VM_DYING;
}

/* Wherever it is killed, the load ends within @late more looks. Return: how many a whole load has. */
static unsigned int kill_everywhere(unsigned int step, unsigned int late)
{
	unsigned int whole;
	int rc;
	char err[VM_ERROR_MAX];

	looks = killed_at = 0;
	load();
	whole = looks;
	for (killed_at = 1; killed_at <= whole; killed_at += step) {
		looks = 0;
		rc = image_load(&vm, err);
		/* Where next to nothing was left, all of it may have been done. */
		if (rc || whole - killed_at > late)
			assert_int_equal(rc, -ECANCELED);
		assert_in_range(looks, killed_at, killed_at + late);
		assert_int_equal(open_files, 0);
		assert_int_equal(shim_objects, 0);
		vm.state = VM_STARTING;
	}
	killed_at = 0;
	return whole;
}

static u8 plain[MIB(1)], packed[MIB(2)];

/* An Image that compresses to about the half. */
static void make_image(void)
{
	struct image_file i = image_file();
	u64 seed = shim_seed(1);
	size_t k;

	for (k = 0; k < sizeof(plain) / 2; k++)
		plain[2 * k] = shim_random(&seed);
	memcpy(plain, &i, sizeof(i));
}

static void the_rest_is_not_read(void **state)
{
	make_image();
	add_file("/k", plain, sizeof(plain));
	add_file("/i", plain, sizeof(plain));
	strcpy(cfg.initrd, "/i");
	piece = KIB(16);
	assert_true(kill_everywhere(1, 0) >= 2);
}

static void the_rest_is_not_unpacked(void **state)
{
	size_t n;

	make_image();
	n = shim_filter("gzip -n -1 -c $F", plain, sizeof(plain), packed, sizeof(packed));
	add_file("/k", packed, n);
	piece = KIB(16);
	assert_true(kill_everywhere(1, 9) >= 30); /* the rest of a header that has been read */
}

/* It may be as long as the file. */
static void the_rest_of_a_header_is_not_read(void **state)
{
	const size_t name = 60000;
	size_t n;

	make_image();
	n = shim_filter("gzip -n -1 -c $F", plain, sizeof(plain), packed,
			sizeof(packed) - name - 1);
	memmove(packed + 10 + name + 1, packed + 10, n - 10);
	packed[3] |= 8;
	memset(packed + 10, 'x', name);
	packed[10 + name] = 0;
	add_file("/k", packed, n + name + 1);
	assert_true(kill_everywhere(997, INPUT) > name);
}

/* How much there is, the image says. */
static void the_rest_is_not_zeroed(void **state)
{
	struct elf_file e = elf_file();

	e.seg[0].memsz = MIB(12);
	add_file("/k", &e, sizeof(e));
	assert_true(kill_everywhere(1, ZEROED) > 2 * ZEROED);
}

/* Whether there is nothing but zeroes below memory, which takes one look for each few of them. */
static void the_rest_is_not_looked_through(void **state)
{
	struct elf_file e = elf_file();

	e.entry = RAM + 0x10;
	e.phnum = 1;
	memset(e.data, 0, sizeof(e.data));
	e.seg[0] = (struct elf_file_segment){ 1,      5,      0,     RAM - 0x1000, RAM - 0x1000,
					      0x1800, 0x1900, 0x1000 };
	memset((u8 *)&e + 0x1000, 0x44, 0x800);
	memset(&e.seg[1], 0, 3 * sizeof(e.seg[1]));
	add_file("/k", &e, sizeof(e));
	assert_true(kill_everywhere(1, 1) > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		loader_test(the_rest_is_not_read),
		loader_test(the_rest_is_not_unpacked),
		loader_test(the_rest_of_a_header_is_not_read),
		loader_test(the_rest_is_not_zeroed),
		loader_test(the_rest_is_not_looked_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
