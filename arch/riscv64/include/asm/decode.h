/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_DECODE_H
#define ASM_DECODE_H

#include <lodge/types.h>

/* What a guest's instruction does to memory, as far as emulating an access needs to know. */
enum insn_kind {
	INSN_UNKNOWN,  /* no access to memory that could be emulated */
	INSN_LOAD,     /* integer */
	INSN_STORE,    /* integer */
	INSN_FP,       /* floating-point load or store */
	INSN_VECTOR,   /* vector load or store */
	INSN_AMO,      /* lr, sc or an atomic operation */
	INSN_CACHE,    /* cache-block operation */
	INSN_IMPLICIT, /* no instruction: the guest's own page-table walk */
};

/**
 * struct insn - a decoded access
 * @kind:     enum insn_kind; the rest is valid as far as the kind has it
 * @width:    bytes: 1, 2, 4 or 8 (16 for quad FP)
 * @sign:     a load that sign-extends
 * @write:    stores, whatever else it does
 * @reg:      register that is loaded (rd) or stored (rs2)
 * @length:   of the instruction: 2 or 4, 0 for INSN_IMPLICIT
 * @amo_op:   of INSN_AMO: funct5
 * @offset:   of the faulting part of a misaligned access from its start (htinst only)
 */
struct insn {
	u8 kind;
	u8 width;
	u8 sign;
	u8 write;
	u8 reg;
	u8 length;
	u8 amo_op;
	u8 offset;
};

/* Pseudoinstructions in htinst (H ext. 1.0, table "special pseudoinstruction values"). */
#define HTINST_PTE_READ32  0x2000u
#define HTINST_PTE_WRITE32 0x2020u
#define HTINST_PTE_READ64  0x3000u
#define HTINST_PTE_WRITE64 0x3020u

/* Opcode fields. */
#define OPCODE_LOAD  0x03u
#define OPCODE_STORE 0x23u

/** insn_length() - bytes of the instruction whose first halfword is @low: 2 or 4. */
static inline unsigned int insn_length(u16 low)
{
	return (low & 3) == 3 ? 4 : 2;
}

/** insn_decode() - a raw instruction: 32 bits, or 16 in the lower half of @raw. */
struct insn insn_decode(u32 raw);

/** insn_decode_htinst() - any non-zero value of htinst; INSN_UNKNOWN if it is none
 * that the specification defines for a memory fault. */
struct insn insn_decode_htinst(u64 htinst);

/**
 * insn_from_htinst() - as insn_decode_htinst(), with what drivers do inline
 *
 * In a transformed instruction bit 1 tells whether the original was 4 bytes long; the
 * rest is always in the 32-bit form, with the address offset for the base register.
 */
static __always_inline struct insn insn_from_htinst(u64 htinst)
{
	u32 t = (u32)htinst, op = (t | 2) & 0x7f, funct3 = (t >> 12) & 7;

	if (likely(op == OPCODE_LOAD && funct3 != 7))
		return (struct insn){
			.kind = INSN_LOAD,
			.width = (u8)(1u << (funct3 & 3)),
			.sign = funct3 < 4,
			.reg = (t >> 7) & 31,
			.length = (u8)(2 + (t & 2)),
			.offset = (t >> 15) & 31,
		};
	if (likely(op == OPCODE_STORE && funct3 < 4))
		return (struct insn){
			.kind = INSN_STORE,
			.width = (u8)(1u << funct3),
			.write = true,
			.reg = (t >> 20) & 31,
			.length = (u8)(2 + (t & 2)),
			.offset = (t >> 15) & 31,
		};
	return insn_decode_htinst(htinst);
}

/** insn_load_value() - what a load puts into its register, of @val as the device gave it. */
static inline u64 insn_load_value(struct insn i, u64 val)
{
	unsigned int shift = 64 - 8 * (unsigned int)i.width;

	return i.sign ? (u64)((s64)(val << shift) >> shift) : val << shift >> shift;
}

#endif
