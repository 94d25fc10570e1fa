// SPDX-License-Identifier: Apache-2.0
#include "../firmware-fuzz.h"
#include <arch/sbi.h>

enum { LEGACY_PUTCHAR = 1, LEGACY_SHUTDOWN = 8 };
enum { HSM_STOP = 1, HSM_SUSPEND = 3 };

static u64 random_eid(void)
{
	static const u64 known[] = { SBI_BASE, SBI_TIME, SBI_IPI,  SBI_RFENCE, SBI_HSM,
				     SBI_SRST, SBI_PMU,	 SBI_DBCN, SBI_SUSP,   SBI_CPPC,
				     SBI_NACL, SBI_STA,	 0x485643 };
	u64 r = fuzz_random();

	switch (r & 7) {
	case 0:
		return fuzz_random();
	case 1:
		return fuzz_random() & 0xffffffff;
	case 2:
		return (r >> 8) & 15;
	}
	return known[(r >> 8) % ARRAY_SIZE(known)];
}

static bool is_left_out(u64 eid, u64 fid)
{
	return eid == LEGACY_PUTCHAR || eid == LEGACY_SHUTDOWN || eid == SBI_SRST ||
	       (eid == SBI_DBCN && fid == 2) ||
	       (eid == SBI_HSM && (fid == HSM_STOP || fid == HSM_SUSPEND));
}

bool fuzz_call(void)
{
	struct sbiret r;
	u64 eid, fid;

	do {
		eid = random_eid();
		fid = fuzz_random() & 1 ? fuzz_random() & 15 : fuzz_argument();
	} while (is_left_out(eid, fid));
	r = sbi_call(eid, fid, fuzz_argument(), fuzz_argument(), fuzz_argument(), fuzz_argument(),
		     fuzz_argument(), fuzz_argument());
	return eid <= 15 || (r.error <= 0 && r.error >= -13);
}
