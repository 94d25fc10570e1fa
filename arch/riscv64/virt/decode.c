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

static struct insn decode_load(u32 raw)
{
	u32 funct3 = field(raw, 12, 3);

	if (funct3 == 7)
		return (struct insn){ 0 };
	return (struct insn){
		.kind = INSN_LOAD,
		.width = (u8)(1u << (funct3 & 3)),
		.sign = funct3 < 4,
		.reg = (u8)field(raw, 7, 5),
		.length = 4,
	};
}

static struct insn decode_store(u32 raw)
{
	u32 funct3 = field(raw, 12, 3);

	if (funct3 > 3)
		return (struct insn){ 0 };
	return (struct insn){
		.kind = INSN_STORE,
		.width = (u8)(1u << funct3),
		.write = true,
		.reg = (u8)field(raw, 20, 5),
		.length = 4,
	};
}

/* Scalar FP has widths 1..4 in funct3; the others are the vector element widths. */
static struct insn decode_fp(u32 raw, bool write)
{
	u32 funct3 = field(raw, 12, 3);
	bool scalar = funct3 >= 1 && funct3 <= 4;

	return (struct insn){
		.kind = scalar ? INSN_FP : INSN_VECTOR,
		.width = scalar ? (u8)(1u << funct3) : 0,
		.write = write,
		.reg = (u8)(write && scalar ? field(raw, 20, 5) : field(raw, 7, 5)),
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
		.width = (u8)(1u << funct3),
		.sign = true,
		.write = funct5 != AMO_LR,
		.reg = (u8)field(raw, 7, 5),
		.length = 4,
		.amo_op = (u8)funct5,
	};
}

static struct insn decode32(u32 raw)
{
	switch (field(raw, 0, 7)) {
	case OPCODE_LOAD:
		return decode_load(raw);
	case OPCODE_STORE:
		return decode_store(raw);
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

#define C_REG(raw) ((u8)(8 + field(raw, 2, 3))) /* rd' or rs2' */
#define C_LOAD(w, s, r) \
	((struct insn){ .kind = INSN_LOAD, .width = (w), .sign = (s), .reg = (r), .length = 2 })
#define C_STORE(w, r) \
	((struct insn){ .kind = INSN_STORE, .width = (w), .write = true, .reg = (r), .length = 2 })
#define C_FP(st, r) \
	((struct insn){ .kind = INSN_FP, .width = 8, .write = (st), .reg = (r), .length = 2 })

/* Zcb: c.lbu, c.lhu, c.lh, c.sb, c.sh by bits 12..10 and, for halfwords, 6. */
static struct insn decode_zcb(u32 raw)
{
	switch (field(raw, 10, 3) << 1 | field(raw, 6, 1)) {
	case 0:
	case 1:
		return C_LOAD(1, false, C_REG(raw));
	case 2:
		return C_LOAD(2, false, C_REG(raw));
	case 3:
		return C_LOAD(2, true, C_REG(raw));
	case 4:
	case 5:
		return C_STORE(1, C_REG(raw));
	case 6:
		return C_STORE(2, C_REG(raw));
	default:
		return (struct insn){ 0 };
	}
}

static struct insn decode_quadrant0(u32 raw)
{
	switch (field(raw, 13, 3)) {
	case 1:
		return C_FP(false, C_REG(raw));
	case 2:
		return C_LOAD(4, true, C_REG(raw));
	case 3:
		return C_LOAD(8, true, C_REG(raw));
	case 4:
		return decode_zcb(raw);
	case 5:
		return C_FP(true, C_REG(raw));
	case 6:
		return C_STORE(4, C_REG(raw));
	case 7:
		return C_STORE(8, C_REG(raw));
	default:
		return (struct insn){ 0 };
	}
}

/* Relative to the stack pointer, any register; x0 is reserved for integer loads. */
static struct insn decode_quadrant2(u32 raw)
{
	u8 rd = (u8)field(raw, 7, 5), rs2 = (u8)field(raw, 2, 5);

	switch (field(raw, 13, 3)) {
	case 1:
		return C_FP(false, rd);
	case 2:
		return rd ? C_LOAD(4, true, rd) : (struct insn){ 0 };
	case 3:
		return rd ? C_LOAD(8, true, rd) : (struct insn){ 0 };
	case 5:
		return C_FP(true, rs2);
	case 6:
		return C_STORE(4, rs2);
	case 7:
		return C_STORE(8, rs2);
	default:
		return (struct insn){ 0 };
	}
}

struct insn insn_decode(u32 raw)
{
	switch (raw & 3) {
	case 0:
		return decode_quadrant0(raw);
	case 2:
		return decode_quadrant2(raw);
	case 3:
		return decode32(raw);
	default:
		return (struct insn){ 0 };
	}
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
	i = decode32((u32)htinst | 2);
	if (i.kind == INSN_UNKNOWN)
		return i;
	i.length = htinst & 2 ? 4 : 2;
	i.offset = (u8)field((u32)htinst, 15, 5);
	return i;
}
