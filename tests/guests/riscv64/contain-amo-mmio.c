// SPDX-License-Identifier: Apache-2.0
#include <arch/plic.h>
#include <guest/tap.h>
#include <guest/trap.h>

/* Atomic accesses to device registers: they may work, fault, or stop this VM. */

#define TRY(what, ...)                                              \
	do {                                                        \
		struct trap_record r;                               \
		tap_note(what " of the interrupt controller");      \
		trap_catch();                                       \
		__asm__ volatile(__VA_ARGS__);                      \
		r = trap_caught();                                  \
		tap_ok(true, "survived");                           \
		tap_note("%lu traps, cause %lu", r.count, r.cause); \
	} while (0)

int guest_main(void)
{
	u64 reg = plic_priority(8), v = 1;

	TRY("lr.w", "lr.w %0, (%1)" : "+r"(v) : "r"(reg) : "memory");
	TRY("sc.w", "sc.w %0, %0, (%1)" : "+r"(v) : "r"(reg) : "memory");
	TRY("amoadd.w", "amoadd.w %0, %0, (%1)" : "+r"(v) : "r"(reg) : "memory");
	TRY("amoswap.d", "amoswap.d %0, %0, (%1)" : "+r"(v) : "r"(reg) : "memory");
	return tap_done();
}
