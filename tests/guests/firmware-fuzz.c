// SPDX-License-Identifier: Apache-2.0
#include "firmware-fuzz.h"
#include <guest/tap.h>
#include <guest/trap.h>

/*
 * Calls with hostile arguments. Left out is only what does what it should: ends or
 * stops the guest, waits, or writes to the console, which is ours.
 */

#define CALLS 100000

static u64 state = 0x9e3779b97f4a7c15;

u64 fuzz_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

u64 fuzz_argument(void)
{
	static const u64 edges[] = { 0,		 1,	    2,	      ~0UL,	  ~0UL - 1,
				     BIT(63),	 BIT(32),   BIT(31),  0x7fffffff, 0xffffffff,
				     0x10000000, 0xc000000, 0x100000, 0x7ffffff8, 0xfff,
				     0x22000000, BIT(38),   BIT(39),  BIT(55),	  ~0UL << 12 };
	u64 r = fuzz_random();

	switch (r & 3) {
	case 0:
		return fuzz_random() | BIT(60);
	case 1:
		return (r >> 8) & 63;
	}
	return edges[(r >> 8) % ARRAY_SIZE(edges)];
}

int guest_main(void)
{
	u64 traps = 0, odd = 0;

	state ^= bootarg_number("seed", 0) * 0x2545f4914f6cdd1d;
	for (u64 done = 1; done <= CALLS; done++) {
		trap_catch();
		odd += !fuzz_call();
		traps += trap_caught().count;
		if (done % (CALLS / 4) == 0)
			tap_note("%lu calls", done);
	}
	tap_ok(true, "%u hostile calls are survived", CALLS);
	tap_eq(odd, 0, "each gives an error code that there is");
	tap_note("%lu of them trapped", traps);
	tap_ok(arch_firmware_call(), "the firmware still answers");
	return tap_done();
}
