/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_DECODE_H
#define ASM_DECODE_H

#include <lodge/types.h>

/* What a guest's A64 instruction does to memory, as far as emulating an access needs to know. */
enum insn_kind {
	INSN_UNKNOWN,	/* no access to memory that is known here */
	INSN_ACCESS,	/* a load or store of one or two registers */
	INSN_PREFETCH,	/* a hint */
	INSN_EXCLUSIVE, /* load or store exclusive, of one register or two */
	INSN_ATOMIC,	/* read and write in one */
	INSN_STRUCTURE, /* SIMD structures */
};

/* Where the address is from. */
enum insn_mode {
	MODE_OFFSET,   /* base + imm; no write-back */
	MODE_PRE,      /* base + imm, which is the new base */
	MODE_POST,     /* base; the new base is base + imm */
	MODE_REGISTER, /* base + another register, extended and shifted */
	MODE_LITERAL,  /* pc + imm */
};

/**
 * struct insn - a decoded access
 * @kind:   enum insn_kind; but for @write the rest is valid for INSN_ACCESS
 * @mode:   enum insn_mode
 * @write:  a store
 * @width:  bytes of each register's access: 1, 2, 4, 8, or 16 (SIMD&FP)
 * @pair:   two registers
 * @fp:     SIMD&FP registers
 * @sign:   a load that sign-extends, to 64 bits if @wide, else to 32
 * @wide:   a general-purpose register of 64 bits
 * @rt, @rt2: what is loaded or stored; 31 is XZR
 * @rn:     base; 31 is SP
 * @rm, @extend, @shift: of MODE_REGISTER: the offset, its "option", and how far it is shifted
 * @imm:    bytes
 */
struct insn {
	u8 kind, mode;
	bool write, pair, fp, sign, wide;
	u8 width;
	u8 rt, rt2, rn, rm, extend, shift;
	s32 imm;
};

/** insn_decode() - an A64 instruction. */
struct insn insn_decode(u32 raw);

/** insn_offset() - what @option and @shift of MODE_REGISTER make of register value @rm. */
u64 insn_offset(u64 rm, unsigned int option, unsigned int shift);

/** insn_load_value() - what a load puts into its register, of @val as the device gave it. */
static __always_inline u64 insn_load_value(u64 val, unsigned int width, bool sign, bool wide)
{
	unsigned int shift = 64 - 8 * width;

	val <<= shift;
	if (!sign)
		return val >> shift;
	val = (u64)((s64)val >> shift);
	return wide ? val : (u32)val;
}

#endif
