// SPDX-License-Identifier: Apache-2.0
#include <guest/guest.h>

/*
 * It asks for a reset at once, for ever (or, with "off", to be powered off), and has the host clear memory for it each time: a section
 * of zeroes in its file, which its own start does not clear.
 */
__asm__(".pushsection .huge, \"aw\", @nobits\n\t"
	".space 256 << 20\n\t"
	".popsection");

int guest_main(void)
{
	if (str_has_word(platform.bootargs, "off", " "))
		return 0;
	for (;;)
		arch_reset();
}
