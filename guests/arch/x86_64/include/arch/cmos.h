/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_CMOS_H
#define ARCH_CMOS_H

#include <arch/regs.h>

/* The real-time clock and its memory (MC146818). */
#define CMOS_INDEX 0x70
#define CMOS_DATA  0x71

static inline u8 cmos_read(u8 reg)
{
	outb(CMOS_INDEX, reg);
	return inb(CMOS_DATA);
}

static inline void cmos_write(u8 reg, u8 val)
{
	outb(CMOS_INDEX, reg);
	outb(CMOS_DATA, val);
}

/* The number that two decimal digits make. */
static inline u32 cmos_bcd(u8 v)
{
	return (v >> 4) * 10u + (v & 15);
}

#endif
