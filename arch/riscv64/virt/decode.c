// SPDX-License-Identifier: Apache-2.0
/*
 * Loads and stores of the base ISA and of C and Zcb (unprivileged ISA, "RV64I",
 * "C" and "Zc*"), and enough of the others to say what they are.
 */
#include <asm/decode.h>

#define OPCODE_LOAD_FP	0x07u
#define OPCODE_MISC_MEM 0x0fu
#define OPCODE_STORE_FP 0x27u
#define OPCODE_AMO	0x2fu

#define FUNCT3_CBO 2u
#define AMO_LR	   2u

/* Bit 0 of htinst: an instruction, of either length; else a pseudoinstruction. */
#define HTINST_INSN 1u

static u32 field(u32 raw, unsigned int lo, unsigned int bits)
{
	return (raw >> lo) & ((1u << bits) - 1);
}

#define LOAD(w, s) INSN_WORD(INSN_LOAD, w, s, false, 0)
#define STORE(w)   INSN_WORD(INSN_STORE, w, false, true, 0)

const u64 insn_memory[16] = {
	LOAD(1, true),	LOAD(2, true),	 LOAD(4, true),	  LOAD(8, true),
	LOAD(1, false), LOAD(2, false),	 LOAD(4, false),  [8] = STORE(1),
	[9] = STORE(2), [10] = STORE(4), [11] = STORE(8),
};

/* Scalar FP has widths 1..4 in funct3; the others are the vector element widths. */
static struct insn decode_fp(u32 raw, bool write)
{
	u32 funct3 = field(raw, 12, 3);
	bool scalar = funct3 >= 1 && funct3 <= 4;

	return (struct insn){
		.kind = scalar ? INSN_FP : INSN_VECTOR,
		.width = scalar ? (1u << funct3) : 0,
		.write = write,
		.reg = (write && scalar ? field(raw, 20, 5) : field(raw, 7, 5)),
		.length = 4,
	};
}

static struct insn decode_amo(u32 raw)
{
	u32 funct3 = field(raw, 12, 3), funct5 = field(raw, 27, 5);

	if (funct3 > 3)
		return (struct insn){ 0 };
	return (struct insn){
		.kind = INSN_AMO,
		.width = (1u << funct3),
		.sign = true,
		.write = funct5 != AMO_LR,
		.reg = field(raw, 7, 5),
		.length = 4,
		.amo_op = funct5,
	};
}

static struct insn decode_rare(u32 raw)
{
	switch (field(raw, 0, 7)) {
	case OPCODE_LOAD_FP:
		return decode_fp(raw, false);
	case OPCODE_STORE_FP:
		return decode_fp(raw, true);
	case OPCODE_AMO:
		return decode_amo(raw);
	case OPCODE_MISC_MEM:
		if (field(raw, 12, 3) == FUNCT3_CBO && !field(raw, 7, 5))
			return (struct insn){ .kind = INSN_CACHE, .write = true, .length = 4 };
		break;
	}
	return (struct insn){ 0 };
}

#define C_LOAD(w, s) INSN_WORD(INSN_LOAD, w, s, false, 2)
#define C_STORE(w)   INSN_WORD(INSN_STORE, w, false, true, 2)
#define C_FP(st)     INSN_WORD(INSN_FP, 8, false, st, 2)

/* By quadrant (0 or 2) and bits 15..13; the forms with the stack pointer are the second half. */
static const u64 compressed[16] = {
	[1] = C_FP(false),     [2] = C_LOAD(4, true),	  [3] = C_LOAD(8, true),
	[5] = C_FP(true),      [6] = C_STORE(4),	  [7] = C_STORE(8),
	[8 + 1] = C_FP(false), [8 + 2] = C_LOAD(4, true), [8 + 3] = C_LOAD(8, true),
	[8 + 5] = C_FP(true),  [8 + 6] = C_STORE(4),	  [8 + 7] = C_STORE(8),
};

/* Zcb: c.lbu, c.lhu, c.lh, c.sb, c.sh by bits 12..10 and, for halfwords, 6. */
static const u64 zcb[16] = {
	[0] = C_LOAD(1, false), [1] = C_LOAD(1, false), [2] = C_LOAD(2, false),
	[3] = C_LOAD(2, true),	[4] = C_STORE(1),	[5] = C_STORE(1),
	[6] = C_STORE(2),
};

#define ZCB_FUNCT3 4u

static struct insn decode_quadrant0(u32 raw)
{
	u32 funct3 = field(raw, 13, 3);
	u64 word = compressed[funct3];

	if (funct3 == ZCB_FUNCT3)
		word = zcb[field(raw, 10, 3) << 1 | field(raw, 6, 1)];
	/* rd' or rs2' */
	return insn_from_word(word ? word | INSN_WORD_REG(8 + field(raw, 2, 3)) : 0);
}

/* Relative to the stack pointer, any register; x0 is reserved for integer loads. */
static struct insn decode_quadrant2(u32 raw)
{
	u32 funct3 = field(raw, 13, 3);
	u32 reg = field(raw, funct3 & 4 ? 2 : 7, 5);
	u64 word = compressed[8 + funct3];

	if (!reg && (funct3 == 2 || funct3 == 3))
		word = 0;
	return insn_from_word(word ? word | INSN_WORD_REG(reg) : 0);
}

struct insn insn_decode(u32 raw)
{
	switch (raw & 3) {
	case 3:
		if ((raw & 0x5f) == OPCODE_LOAD)
			return insn_from_raw(raw);
		return decode_rare(raw);
	case 2:
		return decode_quadrant2(raw);
	case 0:
		return decode_quadrant0(raw);
	default:
		return insn_from_word(0);
	}
}

/* c.lw, c.ld, c.sw, c.sd, and those of Zcb. */
static u32 offset_quadrant0(u32 raw)
{
	if (field(raw, 13, 3) == ZCB_FUNCT3)
		return field(raw, 5, 1) << 1 | (field(raw, 10, 1) ? 0 : field(raw, 6, 1));
	if (raw & BIT(13))
		return field(raw, 10, 3) << 3 | field(raw, 5, 2) << 6;
	return field(raw, 10, 3) << 3 | field(raw, 6, 1) << 2 | field(raw, 5, 1) << 6;
}

/* c.lwsp, c.ldsp, c.swsp, c.sdsp */
static u32 offset_quadrant2(u32 raw)
{
	bool wide = raw & BIT(13);

	if (raw & BIT(15))
		return wide ? field(raw, 10, 3) << 3 | field(raw, 7, 3) << 6
			    : field(raw, 9, 4) << 2 | field(raw, 7, 2) << 6;
	return field(raw, 12, 1) << 5 | (wide ? field(raw, 5, 2) << 3 | field(raw, 2, 3) << 6
					      : field(raw, 4, 3) << 2 | field(raw, 2, 2) << 6);
}

u64 insn_address(u32 raw, const u64 *gpr)
{
	s32 imm = (s32)raw >> 20;

	switch (raw & 3) {
	case 0:
		return gpr[8 + field(raw, 7, 3)] + offset_quadrant0(raw);
	case 2:
		return gpr[2] + offset_quadrant2(raw);
	}
	if (raw & (OPCODE_LOAD ^ OPCODE_STORE))
		imm = (imm & ~31) | (s32)field(raw, 7, 5);
	return gpr[field(raw, 15, 5)] + (u64)(s64)imm;
}

static struct insn decode_pseudo(u64 htinst)
{
	switch (htinst) {
	case HTINST_PTE_READ32:
		return (struct insn){ .kind = INSN_IMPLICIT, .width = 4 };
	case HTINST_PTE_WRITE32:
		return (struct insn){ .kind = INSN_IMPLICIT, .width = 4, .write = true };
	case HTINST_PTE_READ64:
		return (struct insn){ .kind = INSN_IMPLICIT, .width = 8 };
	case HTINST_PTE_WRITE64:
		return (struct insn){ .kind = INSN_IMPLICIT, .width = 8, .write = true };
	default:
		return (struct insn){ 0 };
	}
}

struct insn insn_decode_htinst(u64 htinst)
{
	struct insn i;

	if (!(htinst & HTINST_INSN))
		return decode_pseudo(htinst);
	if (htinst >> 32)
		return (struct insn){ 0 };
	i = insn_decode((u32)htinst | 2);
	if (i.kind == INSN_UNKNOWN)
		return i;
	i.length = htinst & 2 ? 4 : 2;
	i.offset = field((u32)htinst, 15, 5);
	return i;
}
