// SPDX-License-Identifier: Apache-2.0
#include <guest/guest.h>
#include <guest/tap.h>
#include "../rom.h"

#define UART_LSR 0x3fd

/* Instructions that the host carries out. */
void rom_arch(void)
{
	static const u64 from[2] = { ~0UL, ~0UL };
	u64 end = ROM + ROM_SIZE, di = end - 16, si = (u64)from, cx = 16, dx = UART_LSR, val = 0;

	__asm__ volatile("rep insb" : "+D"(di), "+c"(cx) : "d"(dx) : "memory");
	rom_unchanged("a string from a port");
	tap_eq(di, end, "which is read to its end");
	di = end - 16;
	cx = 2;
	__asm__ volatile("rep movsq" : "+D"(di), "+S"(si), "+c"(cx)::"memory");
	rom_unchanged("a string from memory");
	__asm__ volatile("orq $-1, %0; xchg %1, %0; notq %0" : "+m"(*(u64 *)(end - 8)), "+r"(val));
	rom_unchanged("a read-modify-write");
	/* Half of it is in RAM. */
	*(volatile u32 *)end = 0;
	*(volatile u64 *)(end - 4) = ~0UL;
	rom_unchanged("a store that leaves it");
	tap_eq(*(volatile u32 *)end, ~0u, "but for its other half");
}
