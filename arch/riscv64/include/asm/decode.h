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
	/* Fields of one register, where bytes would be taken apart and put together. */
	u64 kind : 8;
	u64 width : 8;
	u64 sign : 8;
	u64 write : 8;
	u64 reg : 8;
	u64 length : 8;
	u64 amo_op : 8;
	u64 offset : 8;
};

/* Tables hold the same as words: the least significant field is the first. */
#define INSN_WORD(kind, width, sign, write, length)                                 \
	((u64)(kind) | (u64)(width) << 8 | (u64)(sign) << 16 | (u64)(write) << 24 | \
	 (u64)(length) << 40)
#define INSN_WORD_REG(reg)	 ((u64)(reg) << 32)
#define INSN_WORD_LENGTH(length) ((u64)(length) << 40)
#define INSN_WORD_OFFSET(offset) ((u64)(offset) << 56)

static __always_inline struct insn insn_from_word(u64 word)
{
	return ((union {
		       u64 w;
		       struct insn i;
	       }){ .w = word })
		.i;
}

/* Pseudoinstructions in htinst (H ext. 1.0, table "special pseudoinstruction values"). */
#define HTINST_PTE_READ32  0x2000u
#define HTINST_PTE_WRITE32 0x2020u
#define HTINST_PTE_READ64  0x3000u
#define HTINST_PTE_WRITE64 0x3020u

/** insn_length() - bytes of the instruction whose first halfword is @low: 2 or 4. */
static inline unsigned int insn_length(u16 low)
{
	return (low & 3) == 3 ? 4 : 2;
}

/** insn_decode() - a raw instruction: 32 bits, or 16 in the lower half of @raw. */
struct insn insn_decode(u32 raw);

/** insn_address() - of what a load or store of integers accesses; @gpr has all registers. */
u64 insn_address(u32 raw, const u64 *gpr);

/** insn_decode_htinst() - any non-zero value of htinst; INSN_UNKNOWN if it is none
 * that the specification defines for a memory fault. */
struct insn insn_decode_htinst(u64 htinst);

/* The 32-bit opcodes LOAD and STORE differ in bit 5 only. */
#define OPCODE_LOAD  0x03u
#define OPCODE_STORE 0x23u

/* Of LOAD and STORE, by bit 5 of the opcode and funct3: words without register and
 * length; 0 where there is no such instruction. */
extern const u64 insn_memory[16];

/* @raw is of one of the two opcodes. */
static __always_inline u64 insn_memory_word(u32 raw)
{
	u64 word = insn_memory[(raw >> 2 & 8) | (raw >> 12 & 7)];
	u32 reg = raw & (OPCODE_LOAD ^ OPCODE_STORE) ? raw >> 20 : raw >> 7;

	return word ? word | INSN_WORD_REG(reg & 31) : 0;
}

/**
 * insn_from_raw() - as insn_decode(), with what drivers do inline
 */
static __always_inline struct insn insn_from_raw(u32 raw)
{
	if (likely((raw & 0x5f) == OPCODE_LOAD)) {
		u64 word = insn_memory_word(raw);

		return insn_from_word(word ? word | INSN_WORD_LENGTH(4) : 0);
	}
	return insn_decode(raw);
}

/**
 * insn_from_htinst() - as insn_decode_htinst(), with what drivers do inline
 *
 * In a transformed instruction bit 1 tells whether the original was 4 bytes long; the
 * rest is always in the 32-bit form, with the address offset for the base register.
 */
static __always_inline struct insn insn_from_htinst(u64 htinst)
{
	u32 t = (u32)htinst;

	/* LOAD or STORE, of either length. */
	if (likely((t & 0x5d) == 0x01)) {
		u64 word = insn_memory_word(t);

		if (likely(word))
			return insn_from_word(word | INSN_WORD_LENGTH(2 + (t & 2)) |
					      INSN_WORD_OFFSET((t >> 15) & 31));
	}
	return insn_decode_htinst(htinst);
}

/** insn_load_value() - what a load puts into its register, of @val as the device gave it. */
static inline u64 insn_load_value(struct insn i, u64 val)
{
	unsigned int shift = 64 - 8 * (unsigned int)i.width;

	return i.sign ? (u64)((s64)(val << shift) >> shift) : val << shift >> shift;
}

#endif
