// SPDX-License-Identifier: Apache-2.0
#include <arch/sbi.h>
#include <guest/tap.h>
#include "../rom.h"

/* SBI 2.0, 12.2: memory that does not satisfy what the call needs is an invalid parameter. */

enum { WRITE, READ, WRITE_BYTE };

static struct sbiret dbcn(u64 fid, u64 n, u64 addr)
{
	return sbi_call3(SBI_DBCN, fid, n, addr, 0);
}

static void refused(u64 n, u64 addr, const char *where)
{
	tap_ok(dbcn(READ, n, addr).error == SBI_ERR_INVALID_PARAM, "the console is not read to %s",
	       where);
	rom_unchanged("it");
}

/* What is written is a line of its own, for the sake of those that follow. */
static void written(u64 n, u64 addr, const char *where)
{
	long err = dbcn(WRITE, n, addr).error;

	sbi_call3(SBI_DBCN, WRITE_BYTE, '\n', 0, 0);
	tap_eq((u64)err, SBI_SUCCESS, where);
}

void rom_arch(void)
{
	u64 end = ROM + ROM_SIZE;

	refused(16, end - 64, "read-only memory");
	refused(32, end - 16, "what begins in it");
	tap_eq((u64)dbcn(READ, 1, end).error, SBI_SUCCESS, "but to RAM behind it");
	*(volatile u8 *)end = '#';
	written(1, end - 1, "and written from either");
	written(2, end - 1, "or both");
}
