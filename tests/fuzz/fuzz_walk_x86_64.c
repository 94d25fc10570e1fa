// SPDX-License-Identifier: Apache-2.0
/*
 * Walks of an x86 guest's page tables, in every mode of paging. Tables that are read are as many
 * as levels; what may be written can be read at the same place, what users may do supervisors
 * may, but for SMAP and SMEP; walking again gives the same; nothing changes but A and D.
 */
/* links: arch/x86_64/virt/walk.c */
/* arch: x86_64 */
/* runs: 8000 */
/* length: 120 */
#include "fuzz.h"
#include <asm/processor.h>
#include <asm/vlapic.h>
#include <asm/walk.h>
#include <lodge/errno.h>
#include <lodge/vm.h>

#define RAM_SIZE    KIB(64)
#define ACCESSED    BIT(5)
#define DIRTY	    BIT(6)
#define EFER_LMA    BIT(10)
#define EFER_NXE    BIT(11)
#define MAX_PATCHES 10

static u8 ram[RAM_SIZE] __aligned(4096), before[RAM_SIZE];
static unsigned int lookups;

unsigned int x86_phys_bits(void)
{
	return 40;
}

int vm_memory_check(struct vm *vm, gpa_t addr, u64 len, u32 access)
{
	return addr.v >= RAM_SIZE ? -EFAULT : 0;
}

int vm_memory_segs(struct vm *vm, gpa_t addr, u64 len, u32 access, struct block_seg *segs,
		   unsigned int max)
{
	lookups++;
	assert_int_equal(addr.v % len, 0);
	if (addr.v >= RAM_SIZE)
		return -EFAULT;
	segs[0] = (struct block_seg){ hpa((u64)ram + addr.v), (u32)len };
	return 1;
}

static int walk(const struct x86_paging *p, u64 addr, u32 access, u64 *out)
{
	struct x86_fault f = { 0 };
	struct x86_walk w;
	unsigned int tries = 0;
	int rc;

	/* A table that is its own has changed when its second entry is marked. */
	do {
		lookups = 0;
		rc = x86_translate(NULL, p, addr, access, out, &f, &w);
	} while (rc == EMUL_AGAIN && ++tries <= WALK_LEVELS);
	assert_true(rc == EMUL_DONE || rc == EMUL_FAULT);
	assert_true(lookups <= WALK_LEVELS && w.levels == lookups);
	if (rc == EMUL_FAULT) {
		assert_true(f.vector == X86_PF && f.has_error && f.addr == addr);
		assert_int_equal(!!(f.error & PF_U), p->user);
		assert_int_equal(f.error & PF_W, access & PF_W);
	} else {
		assert_int_equal((*out ^ addr) & 0xfff, 0);
	}
	return rc;
}

static bool works(const struct x86_paging *p, u64 addr, u32 access, u64 *out)
{
	return walk(p, addr, access, out) == EMUL_DONE;
}

/* Bits of entries in 8 bytes or in 4: both have these two at the same places. */
static void check_entry(u32 at)
{
	for (u32 i = at; i < at + 8; i++)
		if (ram[i] != before[i])
			assert_true(i % 4 == 0 && !(before[i] & ~ram[i]) &&
				    !((ram[i] ^ before[i]) & ~(ACCESSED | DIRTY)));
}

static void check(const struct x86_paging *p, u64 addr)
{
	struct x86_paging kernel = *p, user = *p;
	u64 at, again;

	kernel.user = false;
	user.user = true;
	if (works(p, addr, PF_W, &at)) {
		assert_true(works(p, addr, 0, &again) && again == at);
		assert_true(works(p, addr, PF_W, &again) && again == at);
	}
	if (works(p, addr, PF_I, &at))
		assert_true(works(p, addr, PF_I, &again) && again == at);
	if (works(&user, addr, 0, &at) && (!(p->cr4 & CR4_SMAP) || p->flags_ac))
		assert_true(works(&kernel, addr, 0, &again) && again == at);
	if (works(&user, addr, PF_I, &at) && !(p->cr4 & CR4_SMEP))
		assert_true(works(&kernel, addr, PF_I, &again) && again == at);
}

void fuzz_one(struct fuzz *in)
{
	static const u64 cr4[] = { CR4_PAE, CR4_PSE, CR4_LA57, CR4_SMEP, CR4_SMAP };
	u16 what = (u16)fuzz_take(in, 2);
	struct x86_paging p = { .cr0 = what & 1 ? CR0_PE : CR0_PE | CR0_PG,
				.user = what & 2,
				.flags_ac = what & 4 };
	u32 patched[MAX_PATCHES];
	unsigned int i, n = 0;
	u64 addr;

	p.cr0 |= what & 8 ? CR0_WP : 0;
	for (i = 0; i < ARRAY_SIZE(cr4); i++)
		p.cr4 |= what >> (4 + i) & 1 ? cr4[i] : 0;
	p.efer = (what & 0x200 && p.cr4 & CR4_PAE ? EFER_LMA : 0) | (what & 0x400 ? EFER_NXE : 0);
	p.cr3 = fuzz_take(in, 3);
	addr = fuzz_take(in, 8);
	if (!(p.efer & EFER_LMA))
		addr = (u32)addr;
	while (in->left && n < MAX_PATCHES) {
		u32 at = (u32)fuzz_take(in, 2) % (RAM_SIZE / 8) * 8;
		u64 pte = fuzz_take(in, 2) | (u64)fuzz_u8(in) << 56;

		patched[n++] = at;
		memcpy(ram + at, &pte, 8);
	}
	for (i = 0; i < n; i++)
		memcpy(before + patched[i], ram + patched[i], 8);
	check(&p, addr);
	/* What is zero is not present, and is not changed either. */
	for (i = 0; i < n; i++)
		check_entry(patched[i]);
	while (n) {
		memset(ram + patched[--n], 0, 8);
		memset(before + patched[n], 0, 8);
	}
	assert_true(!memcmp(ram, before, sizeof(ram)));
}

/* Four levels, of which each is the same page, and a large page. */
size_t fuzz_seed(unsigned int n, u8 *buf, size_t room)
{
	static const u8 four[] = { 0x10, 2, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 7, 0x10, 0 };

	if (n >= 4)
		return 0;
	memcpy(buf, four, sizeof(four));
	buf[0] |= (u8)(n << 1);
	buf[15] |= n == 3 ? 0x80 : 0;
	return sizeof(four);
}
