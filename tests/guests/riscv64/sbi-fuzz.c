// SPDX-License-Identifier: Apache-2.0
#include <arch/sbi.h>
#include <arch/trap.h>
#include <guest/tap.h>

/*
 * Calls with hostile arguments. Left out is only what does what it should: ends or
 * stops the guest, waits, or writes to the console, which is ours.
 */

#define CALLS 100000

enum { LEGACY_PUTCHAR = 1, LEGACY_SHUTDOWN = 8 };
enum { HSM_STOP = 1, HSM_SUSPEND = 3 };

static u64 state = 0x9e3779b97f4a7c15;

static u64 rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static u64 rnd_eid(void)
{
	static const u64 known[] = { SBI_BASE, SBI_TIME, SBI_IPI,  SBI_RFENCE, SBI_HSM,
				     SBI_SRST, SBI_PMU,	 SBI_DBCN, SBI_SUSP,   SBI_CPPC,
				     SBI_NACL, SBI_STA,	 0x485643 };
	u64 r = rnd();

	switch (r & 7) {
	case 0:
		return rnd();
	case 1:
		return rnd() & 0xffffffff;
	case 2:
		return (r >> 8) & 15;
	}
	return known[(r >> 8) % ARRAY_SIZE(known)];
}

/* Never a range of RAM that a call could fill or print. */
static u64 rnd_arg(void)
{
	static const u64 edges[] = { 0,		 1,	    2,	      ~0UL,	  ~0UL - 1,
				     BIT(63),	 BIT(32),   BIT(31),  0x7fffffff, 0xffffffff,
				     0x10000000, 0xc000000, 0x100000, 0x7ffffff8, 0xfff,
				     0x22000000, BIT(38),   BIT(39),  BIT(55),	  ~0UL << 12 };
	u64 r = rnd();

	switch (r & 3) {
	case 0:
		return rnd() | BIT(60);
	case 1:
		return (r >> 8) & 63;
	}
	return edges[(r >> 8) % ARRAY_SIZE(edges)];
}

static bool is_left_out(u64 eid, u64 fid)
{
	return eid == LEGACY_PUTCHAR || eid == LEGACY_SHUTDOWN || eid == SBI_SRST ||
	       (eid == SBI_DBCN && fid == 2) ||
	       (eid == SBI_HSM && (fid == HSM_STOP || fid == HSM_SUSPEND));
}

int guest_main(void)
{
	u64 done = 0, traps = 0, odd = 0;

	if (str_has_word(platform.bootargs, "seed", " ="))
		state ^= arch_time() * 0x2545f4914f6cdd1d;
	while (done < CALLS) {
		u64 eid = rnd_eid();
		u64 fid = rnd() & 1 ? rnd() & 15 : rnd_arg();
		struct sbiret r;

		if (is_left_out(eid, fid))
			continue;
		trap_catch();
		r = sbi_call(eid, fid, rnd_arg(), rnd_arg(), rnd_arg(), rnd_arg(), rnd_arg(),
			     rnd_arg());
		traps += trap_caught().count;
		done++;
		if (eid > 15 && (r.error > 0 || r.error < -13))
			odd++;
		if (done % (CALLS / 4) == 0)
			tap_note("%lu calls", done);
	}
	tap_ok(true, "%u hostile calls are survived", CALLS);
	tap_eq(odd, 0, "each gives an error code that there is");
	tap_note("%lu of them trapped", traps);
	tap_eq((u64)sbi_call3(SBI_BASE, 0, 0, 0, 0).error, SBI_SUCCESS,
	       "the firmware still answers");
	return tap_done();
}
