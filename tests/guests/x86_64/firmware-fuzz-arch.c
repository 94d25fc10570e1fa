// SPDX-License-Identifier: Apache-2.0
#include "../firmware-fuzz.h"
#include <arch/vmmcall.h>

#define PUTCHAR 1 /* in AL, where bit 31 is clear */

/* Numbers of PSCI and hypercalls, others of their ranges, and any. */
static u64 random_function(void)
{
	static const u64 ranges[] = { 0x84000000, 0xc4000000, 0x80000000, 0,	      0x40000000,
				      0x86000000, 0x82000000, 0xffffffe0, 0x100000000 };
	u64 r = fuzz_random();

	switch (r & 7) {
	case 0:
		return fuzz_random();
	case 1:
		return fuzz_random() & 0xffffffff;
	}
	return ranges[(r >> 8) % ARRAY_SIZE(ranges)] + (r >> 32 & 31);
}

/* The high half of rax is nobody's. */
static bool is_left_out(u64 fn)
{
	return (u32)fn == VMMCALL_POWER_OFF || (!(fn & BIT(31)) && (u8)fn == PUTCHAR);
}

/* Errors are small negative numbers; anything may succeed. */
bool fuzz_call(void)
{
	u64 fn;
	long r;

	do
		fn = random_function();
	while (is_left_out(fn));
	r = vmmcall(fn, fuzz_argument(), fuzz_argument(), fuzz_argument());
	return r >= -4095;
}
