// SPDX-License-Identifier: Apache-2.0
#include "../marks.h"
#include <guest/code.h>
#include <guest/trap.h>

/* CSRs, all 4096 encodings of them (privileged architecture 1.12, 2.1). */

const u32 marks_count = 4096;

bool marks_skip(u32 n)
{
	switch (n) {
	case 0x100: /* sstatus */
	case 0x104: /* sie */
	case 0x105: /* stvec */
	case 0x140: /* sscratch, which traps look at */
	case 0x144: /* sip */
	case 0x14d: /* stimecmp */
	case 0x15c: /* stopei, where a write claims */
	case 0x180: /* satp */
		return true;
	}
	/* Windows to what siselect says. */
	return n >= 0x151 && n <= 0x157;
}

static u32 code[2] __aligned(16);

static bool run(u32 insn, u64 *val)
{
	struct trap_record r;

	code[0] = insn;
	code[1] = 0x00008067; /* ret */
	code_sync();
	trap_catch();
	*val = ((u64(*)(u64))(u64)code)(*val);
	r = trap_caught();
	return !r.count;
}

bool marks_read(u32 n, u64 *val)
{
	return run(n << 20 | 0x2573, val); /* csrr a0, n */
}

bool marks_write(u32 n, u64 val)
{
	return run(n << 20 | 0x51073, &val); /* csrw n, a0 */
}
