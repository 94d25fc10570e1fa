// SPDX-License-Identifier: Apache-2.0
/* lib/elf.c, on what compilers make and on what is damaged. */
#include <elf.h>
#include <lodge/elf.h>
#include <lodge/errno.h>
#include <lodge/string.h>
#include <shim.h>
#include <unistd.h>

/* Of a guest's kernel, say: text and data loaded, and a note. */
struct image {
	Elf64_Ehdr h;
	Elf64_Phdr p[3];
};

static struct image good_image(void)
{
	return (struct image){
		.h = {
			.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_EXEC,
			.e_machine = EM_RISCV,
			.e_version = EV_CURRENT,
			.e_entry = 0xffffffff80201010,
			.e_phoff = sizeof(Elf64_Ehdr),
			.e_ehsize = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = 3,
		},
		.p = {
			{ .p_type = PT_NOTE, .p_offset = ~0ul, .p_filesz = ~0ul },
			{ .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_offset = 0x1000,
			  .p_vaddr = 0xffffffff80200000, .p_paddr = 0x80200000,
			  .p_filesz = 0x2000, .p_memsz = 0x2000 },
			{ .p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_offset = 0x3000,
			  .p_vaddr = 0xffffffff80210000, .p_paddr = 0x80210000,
			  .p_filesz = 0x123, .p_memsz = 0x4000 },
		},
	};
}

/* All of the reader, on memory of exactly @len bytes; what it says of the whole. */
static int read_image(const void *image, size_t len, u16 machine)
{
	u8 *copy = malloc(len + 1);
	/* Aligned to nothing, as it may be. */
	u8 *start = copy + 1;
	struct elf_segment s;
	u64 entry;
	int err;

	memcpy(start, image, len);
	err = elf_check(start, len, machine);
	for (unsigned int n = 0; !err; n++) {
		err = elf_phdr(start, len, n, &s);
		if (!err && s.type == ELF_PT_LOAD) {
			assert_true(s.filesz <= s.memsz);
			assert_true(s.offset + s.filesz >= s.offset);
			assert_true(s.paddr + s.memsz >= s.paddr);
			assert_true(s.vaddr + s.memsz >= s.vaddr);
		}
	}
	if (err == -ENOENT)
		err = elf_entry(start, len, &entry);
	free(copy);
	return err;
}

static int read_all(const struct image *image)
{
	return read_image(image, sizeof(*image), EM_RISCV);
}

static void segments_are_told(void **state)
{
	struct image i = good_image();
	struct elf_segment s;
	u64 entry;

	assert_int_equal(elf_check(&i, sizeof(i), EM_RISCV), 0);
	assert_int_equal(elf_machine(&i), EM_RISCV);
	assert_int_equal(elf_headers_size(&i), sizeof(i));
	assert_int_equal(elf_phdr(&i, sizeof(i), 0, &s), 0);
	assert_int_not_equal(s.type, ELF_PT_LOAD);
	assert_int_equal(elf_phdr(&i, sizeof(i), 2, &s), 0);
	assert_int_equal(s.type, ELF_PT_LOAD);
	assert_int_equal(s.flags, ELF_PF_R | ELF_PF_W);
	assert_int_equal(s.offset, 0x3000);
	assert_int_equal(s.filesz, 0x123);
	assert_int_equal(s.vaddr, 0xffffffff80210000);
	assert_int_equal(s.paddr, 0x80210000);
	assert_int_equal(s.memsz, 0x4000);
	assert_int_equal(elf_phdr(&i, sizeof(i), 3, &s), -ENOENT);
	assert_int_equal(elf_phdr(&i, sizeof(i), ~0u, &s), -ENOENT);
	assert_int_equal(elf_entry(&i, sizeof(i), &entry), 0);
	assert_int_equal(entry, 0x80201010);
}

static void program_headers_may_be_out_of_reach(void **state)
{
	struct image i = good_image();

	for (size_t len = ELF_HEADER_SIZE; len < sizeof(i); len++)
		assert_int_equal(read_image(&i, len, EM_RISCV), -E2BIG);
	assert_int_equal(read_all(&i), 0);
	i.h.e_phoff = 1ul << 40;
	assert_int_equal(read_all(&i), -E2BIG);
	assert_int_equal(elf_headers_size(&i), (1ul << 40) + 3 * sizeof(Elf64_Phdr));
}

static void what_is_no_elf_is_told_apart(void **state)
{
	struct image i = good_image();

	for (size_t len = 0; len < 4; len++)
		assert_int_equal(read_image(&i, len, EM_RISCV), -ENOEXEC);
	for (size_t len = 4; len < ELF_HEADER_SIZE; len++)
		assert_int_equal(read_image(&i, len, EM_RISCV), -EINVAL);
	i.h.e_ident[3] = 'f';
	assert_int_equal(read_all(&i), -ENOEXEC);
}

#define REFUSES(change)                                  \
	do {                                             \
		struct image i = good_image();           \
		change;                                  \
		assert_int_equal(read_all(&i), -EINVAL); \
	} while (0)

static void headers_of_another_kind_are_refused(void **state)
{
	REFUSES(i.h.e_ident[EI_CLASS] = ELFCLASS32);
	REFUSES(i.h.e_ident[EI_DATA] = ELFDATA2MSB);
	REFUSES(i.h.e_ident[EI_VERSION] = 0);
	REFUSES(i.h.e_version = 2);
	REFUSES(i.h.e_machine = EM_AARCH64);
	REFUSES(i.h.e_type = ET_REL);
	REFUSES(i.h.e_type = ET_CORE);
	REFUSES(i.h.e_phentsize = 32);
	REFUSES(i.h.e_phentsize = 0);
	REFUSES(i.h.e_phnum = 0);
	REFUSES(i.h.e_phnum = PN_XNUM);
	REFUSES(i.h.e_phoff = 0);
	REFUSES(i.h.e_phoff = ELF_HEADER_SIZE - 1);
	REFUSES(i.h.e_phoff = ~0ul - 3 * sizeof(Elf64_Phdr) + 1);
	REFUSES(i.h.e_phoff = ~0ul);
}

static void damaged_segments_are_refused(void **state)
{
	REFUSES(i.p[2].p_filesz = i.p[2].p_memsz + 1);
	REFUSES(i.p[2].p_offset = ~0ul - 0x122);
	REFUSES(i.p[2].p_paddr = ~0ul - 0x3fff);
	REFUSES(i.p[2].p_vaddr = ~0ul - 0x3fff);
	REFUSES(i.p[2].p_memsz = ~0ul);
}

static void entry_is_within_what_is_loaded(void **state)
{
	REFUSES(i.h.e_entry = 0xffffffff801fffff);
	REFUSES(i.h.e_entry = 0xffffffff80202000);
	REFUSES(i.h.e_entry = 0);
	REFUSES(i.h.e_entry = ~0ul);
	REFUSES(i.p[1].p_type = PT_NOTE);
}

/* A kernel for the upper half, linked with ENTRY() at an address before its MMU is on. */
static void entry_may_be_physical(void **state)
{
	struct image image = good_image();
	u64 entry;

	image.h.e_entry = 0x80201010;
	assert_int_equal(elf_entry(&image, sizeof(image), &entry), 0);
	assert_int_equal(entry, 0x80201010);
	image.h.e_entry = 0x80213fff;
	assert_int_equal(elf_entry(&image, sizeof(image), &entry), 0);
	assert_int_equal(entry, 0x80213fff);
	/* Where both are possible it is virtual. */
	image.h.e_entry = 0x80201010;
	image.p[2].p_vaddr = 0x80200000;
	assert_int_equal(elf_entry(&image, sizeof(image), &entry), 0);
	assert_int_equal(entry, 0x80211010);
	REFUSES(i.h.e_entry = 0x801fffff);
	REFUSES(i.h.e_entry = 0x80202000);
	REFUSES(i.h.e_entry = 0x80214000);
}

/* Reads what the C library's own definitions say of a file, and compares. */
static void assert_file_agrees(const char *path)
{
	static u8 buf[1 << 16];
	FILE *f = fopen(path, "r");
	const Elf64_Ehdr *h = (const void *)buf;
	const Elf64_Phdr *p;
	struct elf_segment s;
	u64 entry;
	size_t len;

	assert_non_null(f);
	len = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	assert_int_equal(elf_check(buf, len, h->e_machine), 0);
	assert_int_equal(elf_check(buf, len, h->e_machine ^ 1), -EINVAL);
	/* No more of the file than it asks for. */
	len = elf_headers_size(buf);
	assert_int_equal(read_image(buf, len, h->e_machine), 0);
	assert_int_equal(read_image(buf, len - 1, h->e_machine), -E2BIG);
	p = (const void *)(buf + h->e_phoff);
	for (unsigned int n = 0; n < h->e_phnum; n++) {
		assert_int_equal(elf_phdr(buf, len, n, &s), 0);
		assert_int_equal(s.type, p[n].p_type);
		assert_int_equal(s.flags, p[n].p_flags);
		assert_int_equal(s.offset, p[n].p_offset);
		assert_int_equal(s.filesz, p[n].p_filesz);
		assert_int_equal(s.vaddr, p[n].p_vaddr);
		assert_int_equal(s.paddr, p[n].p_paddr);
		assert_int_equal(s.memsz, p[n].p_memsz);
	}
	assert_int_equal(elf_phdr(buf, len, h->e_phnum, &s), -ENOENT);
	assert_int_equal(elf_entry(buf, len, &entry), 0);
	assert_int_equal(entry, h->e_entry); /* linked where it is loaded */
}

static void this_program_is_one(void **state)
{
	assert_file_agrees("/proc/self/exe");
}

static void cross_compiled_program_is_one(void **state)
{
	char path[] = "/tmp/lodge-unit-XXXXXX", line[256];
	int fd, err;

	if (system("command -v riscv64-linux-gnu-gcc >/dev/null"))
		skip();
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	snprintf(line, sizeof(line),
		 "echo 'int x; int _start(void) { return x++; }' | riscv64-linux-gnu-gcc "
		 "-nostdlib -static -Wl,-Ttext=0x80200000 -x c -o %s -",
		 path);
	err = system(line);
	if (!err)
		assert_file_agrees(path);
	remove(path);
	assert_int_equal(err, 0);
}

static void mutants_do_no_harm(void **state)
{
	u64 seed = shim_seed(9);
	unsigned int passed = 0;

	for (int n = 0; n < 200000; n++) {
		struct image i = good_image();
		u64 r = shim_random(&seed);
		size_t len = r % 8 ? sizeof(i) : (r >> 8) % sizeof(i);
		int err;

		for (unsigned int k = 0; k <= (r >> 3) % 3; k++) {
			u64 at = shim_random(&seed);

			((u8 *)&i)[(at >> 8) % sizeof(i)] = at & 1 ? 0xff : (u8)(at >> 56);
		}
		err = read_image(&i, len, EM_RISCV);
		assert_true(!err || err == -EINVAL || err == -ENOEXEC || err == -E2BIG);
		passed += !err;
	}
	assert_true(passed > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_are_told),
		cmocka_unit_test(program_headers_may_be_out_of_reach),
		cmocka_unit_test(what_is_no_elf_is_told_apart),
		cmocka_unit_test(headers_of_another_kind_are_refused),
		cmocka_unit_test(damaged_segments_are_refused),
		cmocka_unit_test(entry_is_within_what_is_loaded),
		cmocka_unit_test(entry_may_be_physical),
		cmocka_unit_test(this_program_is_one),
		cmocka_unit_test(cross_compiled_program_is_one),
		cmocka_unit_test(mutants_do_no_harm),
	};

	return cmocka_run_group_tests_name("elf", tests, NULL, NULL);
}
