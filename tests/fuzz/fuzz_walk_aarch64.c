// SPDX-License-Identifier: Apache-2.0
/*
 * How far a walk of an aarch64 guest's own tables comes, by any TCR_EL1 and any tables: it ends at
 * one of four levels, after as many reads, all aligned and within a table.
 */
/* arch: aarch64 */
/* runs: 8000 */
/* length: 120 */
/* The guest's own state, before the one that other tests have. */
#include "../../arch/aarch64/include/asm/vcpu.h"
#include "fuzz.h"

#include "../../arch/aarch64/virt/stage1.c"

#define RAM_SIZE KIB(256)

const struct shim_sysreg *shim_sysreg;

static u8 ram[RAM_SIZE];
static u64 tcr, ttbr[2];
static unsigned int reads;
static bool reads_all; /* nothing was outside of memory */

int guest_read(struct vm *vm, void *buf, gpa_t addr, size_t len)
{
	assert_int_equal(len, 8);
	assert_int_equal(addr.v % 8, 0);
	reads++;
	if (addr.v >= RAM_SIZE) {
		reads_all = false;
		return -1;
	}
	memcpy(buf, ram + addr.v, 8);
	return 0;
}

static u64 sys_read(const char *name)
{
	if (!strcmp(name, SYSREG_TEXT(tcr_el1)))
		return tcr;
	if (!strcmp(name, SYSREG_TEXT(ttbr0_el1)))
		return ttbr[0];
	assert_string_equal(name, SYSREG_TEXT(ttbr1_el1));
	return ttbr[1];
}

void fuzz_one(struct fuzz *in)
{
	static const struct shim_sysreg shim = { sys_read, NULL };
	static struct vcpu vcpu;
	u32 patched[8];
	unsigned int level, n = 0;
	u64 va;

	shim_sysreg = &shim;
	tcr = fuzz_take(in, 8);
	ttbr[0] = fuzz_take(in, 3);
	ttbr[1] = fuzz_take(in, 3);
	va = fuzz_take(in, 8);
	while (in->left && n < ARRAY_SIZE(patched)) {
		u64 at = patched[n++] = (u32)fuzz_take(in, 3) % (RAM_SIZE / 8) * 8;
		u64 desc = fuzz_take(in, 3) | 3;

		memcpy(ram + at, &desc, 8);
	}
	reads = 0;
	reads_all = true;
	level = arm64_walk_level(&vcpu, va);
	assert_in_range(level, 0, 3);
	assert_in_range(reads, 1, level + 1);
	/* A walk of less levels begins later, and ends at the last if all are tables. */
	assert_true(!reads_all || level == 3 || reads <= 3);
	while (n)
		memset(ram + patched[--n], 0, 8);
}
