// SPDX-License-Identifier: Apache-2.0
#include <guest/guest.h>
#include <guest/tap.h>
#include "../rom.h"

/* Stores that the CPU does not describe in the syndrome: the host reads the instruction. */
void rom_arch(void)
{
	u64 at = ROM + ROM_SIZE - 32, next = at;

	__asm__ volatile("stp %0, %0, [%1]" ::"r"(~0UL), "r"(at) : "memory");
	rom_unchanged("a store of a pair");
	__asm__ volatile("str %1, [%0], #8" : "+r"(next) : "r"(~0UL) : "memory");
	rom_unchanged("a store that moves its base");
	tap_eq(next, at + 8, "which moves");
}
