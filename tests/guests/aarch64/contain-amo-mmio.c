// SPDX-License-Identifier: Apache-2.0
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * Exclusive and atomic accesses to device registers: they may work, fault, or stop this VM.
 * By number, as the assembler is one without LSE.
 */

#define TRY(what, ...)                                                \
	do {                                                          \
		struct trap_record r;                                 \
		tap_note(what " of the interrupt controller");        \
		trap_catch();                                         \
		__asm__ volatile(__VA_ARGS__);                        \
		r = trap_caught();                                    \
		tap_ok(true, "survived");                             \
		tap_note("%lu traps, cause 0x%lx", r.count, r.cause); \
	} while (0)

int guest_main(void)
{
	register u64 reg __asm__("x1") = intc_register();
	register u64 v __asm__("x0") = 1;

	TRY("ldxr", "ldxr %w0, [%1]" : "+r"(v) : "r"(reg) : "memory");
	TRY("stxr", "stxr w2, %w0, [%1]" : "+r"(v) : "r"(reg) : "memory", "x2");
	TRY("ldaxp", "ldaxp %w0, w2, [%1]" : "+r"(v) : "r"(reg) : "memory", "x2");
	/* LSE: ldadd w0, w0, [x1]; swp x0, x0, [x1]; cas w0, w0, [x1] */
	TRY("ldadd", ".4byte 0xb8200020" : "+r"(v) : "r"(reg) : "memory");
	TRY("swp", ".4byte 0xf8208020" : "+r"(v) : "r"(reg) : "memory");
	TRY("cas", ".4byte 0x88a07c20" : "+r"(v) : "r"(reg) : "memory");
	return tap_done();
}
