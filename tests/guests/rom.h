/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ROM_H
#define ROM_H

/* Read-only memory that its description gives to this guest, with RAM right behind it. */
#define ROM	 0x30000000UL
#define ROM_SIZE 0x200000UL

/* All that the architecture has besides plain stores: each tells what it tried. */
void rom_arch(void);

/** rom_unchanged() - report whether nothing at the end of the ROM has changed by @what. */
void rom_unchanged(const char *what);

#endif
