// SPDX-License-Identifier: Apache-2.0
#include <guest/guest.h>
#include <guest/tap.h>
#include "rom.h"

/* Read-only memory: a store goes nowhere, whoever makes it, and what is behind it is RAM. */

#define WORDS 8 /* at the ROM's end, that are looked at */

static volatile u64 *words(void)
{
	return (volatile u64 *)(ROM + ROM_SIZE) - WORDS;
}

void rom_unchanged(const char *what)
{
	unsigned int i, zeroes = 0;

	for (i = 0; i < WORDS; i++)
		zeroes += words()[i] == 0;
	tap_ok(zeroes == WORDS, "%s changes nothing", what);
}

int guest_main(void)
{
	volatile u64 *end = words() + WORDS;

	rom_unchanged("nobody");
	*(volatile u8 *)&words()[0] = 0xff;
	*(volatile u16 *)&words()[1] = 0xffff;
	*(volatile u32 *)&words()[2] = ~0u;
	words()[WORDS - 1] = ~0UL;
	rom_unchanged("a store");
	rom_arch();
	*end = 0x1234;
	tap_eq(*end, 0x1234, "RAM behind it keeps what is written to it");
	return tap_done();
}
