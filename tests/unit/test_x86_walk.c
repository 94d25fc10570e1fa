// SPDX-License-Identifier: Apache-2.0
/* Walks of an x86 guest's page tables, in every mode of paging. */
/* links: arch/x86_64/virt/walk.c */
/* flags: -I$(root)/arch/x86_64/include */
#include <asm/processor.h>
#include <asm/walk.h>
#include <lodge/errno.h>
#include <lodge/vm.h>
#include <shim.h>

#define RAM_SIZE 0x40000
#define LMA	 BIT(10)
#define NXE	 BIT(11)
#define LA57	 BIT(12)

#define P  BIT(0)
#define W  BIT(1)
#define U  BIT(2)
#define A  BIT(5)
#define D  BIT(6)
#define PS BIT(7)
#define NX BIT(63)

static u8 ram[RAM_SIZE] __aligned(4096);
static unsigned int lookups;

static u64 rom = RAM_SIZE; /* what is from here on can't be written */

int vm_memory_check(struct vm *vm, gpa_t addr, u64 len, u32 access)
{
	return access & ACCESS_W && addr.v + len > rom ? -EACCES : 0;
}

unsigned int x86_phys_bits(void)
{
	return 40;
}

/* A VM whose RAM begins at 0. */
int vm_memory_segs(struct vm *vm, gpa_t addr, u64 len, u32 access, struct block_seg *segs,
		   unsigned int max)
{
	assert_int_equal(access, ACCESS_R);
	lookups++;
	if (addr.v >= RAM_SIZE || len > RAM_SIZE - addr.v)
		return -EFAULT;
	segs[0] = (struct block_seg){ hpa((u64)ram + addr.v), len };
	return 1;
}

static void set64(u64 at, u64 val)
{
	memcpy(ram + at, &val, 8);
}

static u64 get64(u64 at)
{
	u64 val;

	memcpy(&val, ram + at, 8);
	return val;
}

static void set32(u64 at, u32 val)
{
	memcpy(ram + at, &val, 4);
}

static struct x86_fault f;

static int walk(const struct x86_paging *p, u64 addr, u32 access, u64 *gpa_out)
{
	lookups = 0;
	memset(&f, 0, sizeof(f));
	return x86_translate(NULL, p, addr, access, gpa_out, &f, NULL);
}

static void succeeds(const struct x86_paging *p, u64 addr, u32 access, u64 want)
{
	u64 got = 0;

	assert_int_equal(walk(p, addr, access, &got), EMUL_DONE);
	assert_true(got == want);
}

static void faults(const struct x86_paging *p, u64 addr, u32 access, u32 error)
{
	u64 got;

	assert_int_equal(walk(p, addr, access, &got), EMUL_FAULT);
	assert_int_equal(f.vector, X86_PF);
	assert_true(f.has_error);
	assert_int_equal(f.error, error);
	assert_true(f.addr == addr);
}

/* Four levels at 0x1000, 0x2000, 0x3000, 0x4000; 0x40201000 is a page at 0x8000. */
#define VA 0x40201000ul

static struct x86_paging long_mode(u64 bits)
{
	memset(ram, 0, sizeof(ram));
	set64(0x1000, 0x2000 | P | W | U);
	set64(0x2000 + 8, 0x3000 | P | W | U);
	set64(0x3000 + 8, 0x4000 | P | W | U);
	set64(0x4000 + 8, 0x8000 | P | bits);
	return (struct x86_paging){ .cr0 = CR0_PE | CR0_PG | CR0_WP,
				    .cr3 = 0x1000,
				    .cr4 = CR4_PAE,
				    .efer = LMA | NXE };
}

static void without_paging_addresses_are_physical(void **state)
{
	struct x86_paging p = { .cr0 = CR0_PE };

	succeeds(&p, 0xfee00020, PF_W, 0xfee00020);
	assert_int_equal(lookups, 0);
}

static void four_levels(void **state)
{
	struct x86_paging p = long_mode(W | U);

	succeeds(&p, VA + 0x123, 0, 0x8123);
	assert_int_equal(lookups, 4);
	faults(&p, VA + 0x1000, PF_W, PF_W);
	faults(&p, VA + GIB(512), 0, 0);
}

static void large_pages(void **state)
{
	struct x86_paging p = long_mode(W | U);

	set64(0x3000 + 16, 0xfee00000 | P | W | U | PS);
	succeeds(&p, 0x40400020, 0, 0xfee00020);
	set64(0x2000 + 16, 0x180000000 | P | W | PS);
	succeeds(&p, 0x81234567, PF_W, 0x180000000 + 0x1234567);
	assert_int_equal(get64(0x2000 + 16), 0x180000000 | P | W | PS | A | D);
}

static void five_levels(void **state)
{
	struct x86_paging p = long_mode(W | U);

	set64(0x7000 + 8 * 3, 0x1000 | P | W | U);
	p.cr3 = 0x7000 | 0x18; /* PWT and PCD are no part of it */
	p.cr4 |= LA57;
	succeeds(&p, (3ul << 48) + VA, 0, 0x8000);
	assert_int_equal(lookups, 5);
	faults(&p, VA, 0, 0);
}

static void pae_has_a_root_of_four(void **state)
{
	struct x86_paging p = long_mode(W | U);

	p.efer = 0;
	p.cr3 = 0x7000 + 32; /* aligned to 32 bytes only */
	set64(0x7000 + 32 + 8, 0x3000 | P);
	succeeds(&p, VA, PF_W, 0x8000);
	assert_int_equal(lookups, 3);
	assert_true(get64(0x7000 + 32 + 8) == (0x3000 | P)); /* no A there */
	faults(&p, 0x80201000, 0, 0);
}

static void two_levels(void **state)
{
	struct x86_paging p = { .cr0 = CR0_PE | CR0_PG, .cr3 = 0x1000, .cr4 = CR4_PSE };
	u32 pte;

	memset(ram, 0, sizeof(ram));
	set32(0x1000 + 4 * 0x100, 0x2000 | P | W | U);
	set32(0x2000 + 4 * 5, 0x9000 | P | W);
	succeeds(&p, 0x40005678, PF_W, 0x9678);
	memcpy(&pte, ram + 0x2000 + 20, 4);
	assert_int_equal(pte, 0x9000 | P | W | A | D);
	/* 4 MiB, with bits 39 to 32 in 20 to 13. */
	set32(0x1000 + 4 * 0x101, 0xfec00000 | 1 << 13 | P | PS);
	succeeds(&p, 0x40400010, 0, 0x1fec00010);
	p.cr4 = 0; /* without PSE it is a pointer */
	succeeds(&p, 0x40400010, 0, 0xfffff010);
}

static void rights_are_those_of_all_levels(void **state)
{
	struct x86_paging p = long_mode(W | U);

	p.user = true;
	succeeds(&p, VA, PF_W, 0x8000);
	set64(0x3000 + 8, 0x4000 | P | U);
	faults(&p, VA, PF_W, PF_P | PF_W | PF_U);
	succeeds(&p, VA, 0, 0x8000);
	set64(0x2000 + 8, 0x3000 | P | W);
	faults(&p, VA, 0, PF_P | PF_U);
	p.user = false;
	faults(&p, VA, PF_W, PF_P | PF_W);
	p.cr0 &= ~CR0_WP;
	succeeds(&p, VA, PF_W, 0x8000);
}

static void fetches_need_more(void **state)
{
	struct x86_paging p = long_mode(W | U | NX);

	faults(&p, VA, PF_I, PF_P | PF_I);
	succeeds(&p, VA, 0, 0x8000);
	p = long_mode(W | U);
	succeeds(&p, VA, PF_I, 0x8000);
	p.cr4 |= CR4_SMEP;
	faults(&p, VA, PF_I, PF_P | PF_I);
	p.user = true;
	succeeds(&p, VA, PF_I, 0x8000);
	/* Without either feature nothing tells that it was a fetch. */
	p.cr4 = CR4_PAE;
	p.efer = LMA;
	set64(0x4000 + 8, 0);
	faults(&p, VA, PF_I, PF_U);
}

static void smap_keeps_supervisors_off(void **state)
{
	struct x86_paging p = long_mode(W | U);

	p.cr4 |= CR4_SMAP;
	faults(&p, VA, 0, PF_P);
	p.flags_ac = true;
	succeeds(&p, VA, 0, 0x8000);
	p.flags_ac = false;
	set64(0x2000 + 8, 0x3000 | P | W); /* then it is no user's page */
	succeeds(&p, VA, 0, 0x8000);
}

static void reserved_bits_are_told(void **state)
{
	struct x86_paging p = long_mode(W | U | NX);

	p.efer = LMA;
	faults(&p, VA, 0, PF_P | PF_RSV);
	p = long_mode(W | U);
	set64(0x1000, 0x2000 | P | W | U | PS);
	faults(&p, VA, 0, PF_P | PF_RSV);
}

static void addresses_that_there_are_not_are_reserved(void **state)
{
	struct x86_paging p;
	unsigned int bit;

	for (bit = 32; bit < 63; bit++) {
		bool told = bit >= 40 && bit < 52;
		u64 at[] = { 0x1000, 0x2008, 0x3008, 0x4008 };
		unsigned int i;

		for (i = 0; i < 4; i++) {
			p = long_mode(W | U);
			set64(at[i], get64(at[i]) | BIT(bit));
			if (told)
				faults(&p, VA, PF_W, PF_P | PF_RSV | PF_W);
			else if (bit >= 52) /* software's */
				succeeds(&p, VA, PF_W, 0x8000);
		}
	}
	/* Without long mode none is software's, and the root has no NX either. */
	p = long_mode(W | U);
	p.efer = NXE;
	p.cr3 = 0x7000;
	set64(0x7000 + 8, 0x3000 | P);
	succeeds(&p, VA, 0, 0x8000);
	set64(0x7000 + 8, 0x3000 | P | NX);
	faults(&p, VA, 0, PF_P | PF_RSV);
	set64(0x7000 + 8, 0x3000 | P);
	set64(0x4008, 0x8000 | P | BIT(62));
	faults(&p, VA, 0, PF_P | PF_RSV);
}

static void so_are_bits_within_a_large_page(void **state)
{
	struct x86_paging p = long_mode(W | U);
	unsigned int bit;

	for (bit = 12; bit < 30; bit++) {
		if (bit < 21) {
			set64(0x3000 + 16, P | PS | BIT(bit));
			if (bit == 12) /* PAT */
				succeeds(&p, 0x40400020, 0, 0x20);
			else
				faults(&p, 0x40400020, 0, PF_P | PF_RSV);
		}
		set64(0x2000 + 16, P | PS | BIT(bit));
		if (bit == 12)
			succeeds(&p, 0x80000020, 0, 0x20);
		else
			faults(&p, 0x80000020, 0, PF_P | PF_RSV);
	}
}

static void accessed_and_dirty_are_set(void **state)
{
	struct x86_paging p = long_mode(W | U);

	succeeds(&p, VA, 0, 0x8000);
	assert_true(get64(0x1000) & A && get64(0x2008) & A && get64(0x3008) & A);
	assert_int_equal(get64(0x4008), 0x8000 | P | W | U | A);
	succeeds(&p, VA, PF_W, 0x8000);
	assert_int_equal(get64(0x4008), 0x8000 | P | W | U | A | D);
	assert_false(get64(0x3008) & D);
	/* A fault sets nothing. */
	p = long_mode(U);
	faults(&p, VA, PF_W, PF_P | PF_W);
	assert_int_equal(get64(0x4008), 0x8000 | P | U);
	assert_false(get64(0x1000) & A);
}

static void tables_in_rom_keep_their_bits(void **state)
{
	struct x86_paging p = long_mode(W | U);

	rom = 0x3000;
	succeeds(&p, VA, PF_W, 0x8000);
	rom = RAM_SIZE;
	assert_true(get64(0x2000 + 8) & A);
	assert_true(get64(0x3000 + 8) == (0x4000 | P | W | U));
	assert_true(get64(0x4000 + 8) == (0x8000 | P | W | U));
	succeeds(&p, VA, PF_W, 0x8000);
	assert_true(get64(0x4000 + 8) == (0x8000 | P | W | U | A | D));
}

static void tables_outside_memory_are_ones(void **state)
{
	struct x86_paging p = long_mode(W | U);

	set64(0x2000 + 8, 0x7ffffff000 | P | W | U);
	faults(&p, VA, 0, PF_P | PF_RSV);
	p.cr3 = RAM_SIZE;
	faults(&p, VA, PF_W, PF_P | PF_RSV | PF_W);
	p.efer = 0;
	faults(&p, VA, 0, PF_P | PF_RSV);
	/* Entries of four bytes have reserved bits in large pages only. */
	p.cr4 = CR4_PSE;
	faults(&p, VA, 0, PF_P | PF_RSV);
	p.cr4 = 0;
	succeeds(&p, VA + 0x123, PF_W, 0xfffff123);
}

static void what_it_looked_at_is_told(void **state)
{
	struct x86_paging p = long_mode(W | U);
	struct x86_walk w;
	u64 got;

	assert_int_equal(x86_translate(NULL, &p, VA, 0, &got, &f, &w), EMUL_DONE);
	assert_int_equal(w.levels, 4);
	assert_true(w.wide);
	assert_ptr_equal(w.entry[3], ram + 0x4008);
	assert_int_equal(w.value[3], 0x8000 | P | W | U);
}

/* Tables of anything, which point anywhere, themselves included. */
static void random_tables_end(void **state)
{
	u64 seed = shim_seed(3), got;
	unsigned int n, i;

	for (n = 0; n < 20000; n++) {
		struct x86_paging p = { .cr0 = CR0_PE | CR0_PG | (shim_random(&seed) & CR0_WP),
					.cr3 = shim_random(&seed) % RAM_SIZE,
					.cr4 = shim_random(&seed) &
					       (CR4_PAE | CR4_PSE | CR4_SMEP | CR4_SMAP | LA57),
					.efer = shim_random(&seed) & (LMA | NXE),
					.user = shim_random(&seed) % 2 };
		int rc;

		if (n % 64 == 0)
			for (i = 0; i < RAM_SIZE; i += 8)
				set64(i, (shim_random(&seed) % RAM_SIZE) |
						 (shim_random(&seed) & 0xe7) |
						 (shim_random(&seed) % 8 ? P : 0));
		rc = walk(&p, shim_random(&seed), shim_random(&seed) & (PF_W | PF_I), &got);
		assert_true(rc == EMUL_DONE || rc == EMUL_FAULT || rc == EMUL_AGAIN);
		assert_true(lookups <= 5);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_paging_addresses_are_physical),
		cmocka_unit_test(four_levels),
		cmocka_unit_test(large_pages),
		cmocka_unit_test(five_levels),
		cmocka_unit_test(pae_has_a_root_of_four),
		cmocka_unit_test(two_levels),
		cmocka_unit_test(rights_are_those_of_all_levels),
		cmocka_unit_test(fetches_need_more),
		cmocka_unit_test(smap_keeps_supervisors_off),
		cmocka_unit_test(reserved_bits_are_told),
		cmocka_unit_test(addresses_that_there_are_not_are_reserved),
		cmocka_unit_test(so_are_bits_within_a_large_page),
		cmocka_unit_test(accessed_and_dirty_are_set),
		cmocka_unit_test(tables_in_rom_keep_their_bits),
		cmocka_unit_test(tables_outside_memory_are_ones),
		cmocka_unit_test(what_it_looked_at_is_told),
		cmocka_unit_test(random_tables_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
