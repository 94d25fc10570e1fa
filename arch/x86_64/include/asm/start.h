/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_START_H
#define ASM_START_H

#include <lodge/types.h>

/* How the first vCPU begins, as its kernel's boot protocol asks for; the others begin with a
 * start-up IPI. */

enum x86_start_mode {
	X86_START_REAL,	     /* 16 bits, as after a start-up IPI */
	X86_START_PROTECTED, /* 32 bits, flat segments, no paging */
	X86_START_LONG,	     /* 64 bits, flat segments, paging from @cr3 on */
};

/* Selectors of the flat code and data segments (Linux boot protocol, __BOOT_CS). */
#define X86_START_CS 0x10
#define X86_START_DS 0x18

/**
 * struct x86_start - the registers that a boot protocol fixes; all others are 0 or as after INIT
 * @cs_base:  in real mode, the base of CS, whose selector is that >> 4
 * @rip:      in real mode, within that segment
 * @cr3:      in long mode, the root of page tables in the guest's memory
 * @gdt, @gdt_limit: of a table that has the flat segments; not in real mode
 */
struct x86_start {
	enum x86_start_mode mode;
	u16 gdt_limit;
	u64 cs_base, rip;
	u64 cr3, gdt;
	u64 rax, rbx, rsi, rsp;
};

#endif
