// SPDX-License-Identifier: Apache-2.0
/*
 * Loads and stores of A64 (Arm ARM C4.1.94, "Loads and Stores"): those of one or two
 * registers in full, and enough of the others to say what they are.
 */
#include <asm/decode.h>

static u32 field(u32 raw, unsigned int lo, unsigned int bits)
{
	return (raw >> lo) & ((1u << bits) - 1);
}

static s32 signed_field(u32 raw, unsigned int lo, unsigned int bits)
{
	return (s32)(raw << (32 - lo - bits)) >> (32 - bits);
}

static const struct insn unknown = { .kind = INSN_UNKNOWN };

static struct insn only_kind(enum insn_kind kind, bool write)
{
	return (struct insn){ .kind = kind, .write = write };
}

/*
 * What "size" and "opc" of a single register say, with bits 26 (@fp) of the instruction:
 * false if there is no such instruction. Size 3 with opc 2 is a prefetch.
 */
static bool single_type(struct insn *i, u32 size, u32 opc, bool fp)
{
	i->kind = INSN_ACCESS;
	i->fp = fp;
	if (fp) {
		if (opc & 2 && size)
			return false;
		i->width = opc & 2 ? 16 : 1 << size;
		i->write = !(opc & 1);
		return true;
	}
	i->width = 1 << size;
	i->write = opc == 0;
	i->sign = opc >= 2;
	i->wide = opc == 2 || size == 3;
	if (size == 3 && opc == 2)
		i->kind = INSN_PREFETCH;
	return opc < 2 || size < 2 || opc == 2;
}

/* Exclusives, ordered accesses, compare and swap. */
static struct insn decode_ordered(u32 raw)
{
	u32 size = field(raw, 30, 2);
	bool o2 = field(raw, 23, 1), load = field(raw, 22, 1), o1 = field(raw, 21, 1);

	if (!o2 && o1 && size < 2) /* CASP */
		return only_kind(INSN_ATOMIC, true);
	if (!o2)
		return only_kind(INSN_EXCLUSIVE, !load);
	if (o1)
		return only_kind(INSN_ATOMIC, true);
	return (struct insn){
		.kind = INSN_ACCESS,
		.mode = MODE_OFFSET,
		.write = !load,
		.width = 1 << size,
		.wide = size == 3,
		.rt = field(raw, 0, 5),
		.rn = field(raw, 5, 5),
	};
}

/*
 * FEAT_LRCPC3: LDIAPP and STILP of two registers, LDAPR and STLR that write their base back.
 * A load reads at the base and adds to it, a store subtracts first, in both cases as many
 * bytes as are accessed.
 */
static struct insn decode_ordered_writeback(u32 raw)
{
	u32 size = field(raw, 30, 2), opc2 = field(raw, 12, 4);
	bool single = field(raw, 23, 1), load = field(raw, 22, 1);
	s32 bytes = 1 << (size + !single);
	struct insn i = {
		.kind = INSN_ACCESS,
		.mode = opc2   ? MODE_OFFSET
			: load ? MODE_POST
			       : MODE_PRE,
		.write = !load,
		.pair = !single,
		.width = 1 << size,
		.wide = size == 3,
		.rt = field(raw, 0, 5),
		.rt2 = single ? 0 : field(raw, 16, 5),
		.rn = field(raw, 5, 5),
	};

	if (size < 2 || opc2 > 1 || (single && field(raw, 12, 9)))
		return unknown;
	if (!opc2)
		i.imm = load ? bytes : -bytes;
	return i;
}

/* LDAPUR, STLUR and their kin, those of SIMD&FP registers (FEAT_LRCPC3) among them. */
static struct insn decode_ordered_unscaled(u32 raw)
{
	bool fp = field(raw, 26, 1);
	struct insn i = {
		.mode = MODE_OFFSET,
		.rt = field(raw, 0, 5),
		.rn = field(raw, 5, 5),
		.imm = signed_field(raw, 12, 9),
	};

	if (field(raw, 10, 2) != (fp ? 2 : 0))
		return unknown;
	if (!single_type(&i, field(raw, 30, 2), field(raw, 22, 2), fp) || i.kind == INSN_PREFETCH)
		return unknown;
	return i;
}

/*
 * Bits 29:27 are 3 and 24 is 1. Memory copies (FEAT_MOPS) and memory tags are among them too,
 * which guests don't have: the ID registers hide them, and HCRX_EL2 and HCR_EL2 disable them.
 */
static struct insn decode_newer(u32 raw)
{
	bool fp = field(raw, 26, 1);

	if (field(raw, 21, 1)) {
		/* FEAT_LSE128: SWPP, LDCLRP, LDSETP */
		if (!fp && !field(raw, 30, 2) && !field(raw, 10, 2))
			return only_kind(INSN_ATOMIC, true);
		return unknown;
	}
	if (!fp && field(raw, 10, 2) == 2)
		return decode_ordered_writeback(raw);
	return decode_ordered_unscaled(raw);
}

static struct insn decode_literal(u32 raw)
{
	u32 opc = field(raw, 30, 2);
	bool fp = field(raw, 26, 1);
	struct insn i = {
		.kind = INSN_ACCESS,
		.mode = MODE_LITERAL,
		.fp = fp,
		.rt = field(raw, 0, 5),
		.imm = signed_field(raw, 5, 19) * 4,
	};

	if (opc == 3)
		return fp ? unknown : only_kind(INSN_PREFETCH, false);
	if (fp) {
		i.width = 4 << opc;
		return i;
	}
	i.width = opc == 1 ? 8 : 4;
	i.sign = opc == 2;
	i.wide = opc != 0;
	return i;
}

static struct insn decode_pair(u32 raw)
{
	static const u8 modes[] = { MODE_OFFSET, MODE_POST, MODE_OFFSET, MODE_PRE };
	u32 opc = field(raw, 30, 2), how = field(raw, 23, 2);
	bool fp = field(raw, 26, 1), load = field(raw, 22, 1);
	struct insn i = {
		.kind = INSN_ACCESS,
		.mode = modes[how],
		.write = !load,
		.pair = true,
		.fp = fp,
		.rt = field(raw, 0, 5),
		.rt2 = field(raw, 10, 5),
		.rn = field(raw, 5, 5),
	};

	if (opc == 3)
		return unknown;
	if (fp) {
		i.width = 4 << opc;
	} else {
		/* opc 1: LDPSW, which has no form without allocation; as a store, tags (STGP). */
		if (opc == 1 && (!load || how == 0))
			return unknown;
		i.width = opc == 2 ? 8 : 4;
		i.sign = opc == 1;
		i.wide = opc != 0;
	}
	i.imm = signed_field(raw, 15, 7) * i.width;
	return i;
}

/* Bits 25:24 are 0 and 21 is 1: atomics, a register as the offset, authenticated pointers. */
static struct insn decode_register(u32 raw, struct insn i)
{
	if (field(raw, 10, 2) == 0)
		return field(raw, 26, 1) ? unknown : only_kind(INSN_ATOMIC, true);
	if (field(raw, 10, 2) != 2 || !field(raw, 14, 1))
		return unknown;
	i.mode = MODE_REGISTER;
	i.rm = field(raw, 16, 5);
	i.extend = field(raw, 13, 3);
	i.shift = field(raw, 12, 1) ? __builtin_ctz(i.width) : 0;
	return i;
}

static struct insn decode_single(u32 raw)
{
	static const u8 modes[] = { MODE_OFFSET, MODE_POST, MODE_OFFSET, MODE_PRE };
	u32 how = field(raw, 10, 2);
	struct insn i = { .rt = field(raw, 0, 5), .rn = field(raw, 5, 5) };
	bool fp = field(raw, 26, 1);
	bool known = single_type(&i, field(raw, 30, 2), field(raw, 22, 2), fp);

	if (field(raw, 24, 1)) {
		if (field(raw, 25, 1) || !known)
			return unknown;
		i.mode = MODE_OFFSET;
		i.imm = (s32)field(raw, 10, 12) * i.width;
		return i.kind == INSN_PREFETCH ? only_kind(INSN_PREFETCH, false) : i;
	}
	if (field(raw, 25, 1))
		return unknown;
	if (field(raw, 21, 1)) {
		/* The fields of atomics are others. */
		if (!known && how != 0)
			return unknown;
		i = decode_register(raw, i);
		return i.kind == INSN_PREFETCH ? only_kind(INSN_PREFETCH, false) : i;
	}
	/* Unprivileged ones are of general-purpose registers; hints have no write-back. */
	if (!known || (how == 2 && fp) || (how != 0 && i.kind == INSN_PREFETCH))
		return unknown;
	if (i.kind == INSN_PREFETCH)
		return only_kind(INSN_PREFETCH, false);
	i.mode = modes[how];
	i.imm = signed_field(raw, 12, 9);
	return i;
}

struct insn insn_decode(u32 raw)
{
	/* Bits 29:27; 27 and 25 are 1 and 0 in all loads and stores. */
	switch (field(raw, 27, 3)) {
	case 1:
		if (field(raw, 25, 1))
			return unknown;
		if (field(raw, 26, 1))
			return field(raw, 31, 1) ? unknown
						 : only_kind(INSN_STRUCTURE, !field(raw, 22, 1));
		return field(raw, 24, 1) ? unknown : decode_ordered(raw);
	case 3:
		if (field(raw, 25, 1))
			return unknown;
		return field(raw, 24, 1) ? decode_newer(raw) : decode_literal(raw);
	case 5:
		return field(raw, 25, 1) ? unknown : decode_pair(raw);
	case 7:
		return decode_single(raw);
	}
	return unknown;
}

/* DecodeRegExtend() and ExtendReg() (Arm ARM J1.1.3); word and doubleword forms only. */
u64 insn_offset(u64 rm, unsigned int option, unsigned int shift)
{
	switch (option) {
	case 2:
		rm = (u32)rm;
		break;
	case 6:
		rm = (u64)(s64)(s32)rm;
		break;
	}
	return rm << shift;
}
