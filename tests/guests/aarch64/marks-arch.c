// SPDX-License-Identifier: Apache-2.0
#include "../marks.h"
#include <guest/code.h>
#include <guest/trap.h>

/* System registers by their encoding, op1:CRn:CRm:op2, of op0 3 and then of op0 2. */

const u32 marks_count = 2 * 4 * 16 * 16 * 8;

#define KEY(op1, crn, crm, op2) ((op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))
#define DEBUG			(1u << 13)

bool marks_skip(u32 n)
{
	u32 crn = n >> 7 & 15, crm = n >> 3 & 15, op2 = n & 7;

	if (n & DEBUG) /* of breakpoints and watchpoints the addresses */
		return crn || !(op2 == 4 || op2 == 6);
	switch (n) {
	case KEY(0, 1, 0, 0):  /* SCTLR_EL1 */
	case KEY(0, 12, 0, 0): /* VBAR_EL1 */
		return true;
	}
	/* The interrupt controller's, timers, PSTATE, counters of events, nobody's. */
	return (crn == 12 && crm > 1) || (crn == 14 && crm != 1) ||
	       (crn == 4 && (crm == 2 || crm == 6)) || crn == 9 || crn == 11 || crn == 15;
}

static u32 code[2] __aligned(16);

static bool run(u32 insn, u32 n, u64 *val)
{
	struct trap_record r;

	code[0] = insn | (n & DEBUG ? 2u : 3u) << 19 | (n >> 11 & 3) << 16 | (n >> 7 & 15) << 12 |
		  (n >> 3 & 15) << 8 | (n & 7) << 5;
	code[1] = 0xd65f03c0; /* ret */
	code_sync();
	trap_catch();
	*val = ((u64(*)(u64))(u64)code)(*val);
	r = trap_caught();
	return !r.count;
}

bool marks_read(u32 n, u64 *val)
{
	return run(0xd5200000, n, val); /* mrs x0, n */
}

bool marks_write(u32 n, u64 val)
{
	return run(0xd5000000, n, &val); /* msr n, x0 */
}
