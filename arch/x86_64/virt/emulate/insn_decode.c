// SPDX-License-Identifier: Apache-2.0
/*
 * From bytes to struct insn: prefixes, opcode, ModRM, SIB, displacement, immediate (AMD APM
 * vol. 3, chapter 1). What the bytes are is the guest's choice, so each is counted before it
 * is looked at.
 */
#include <lodge/errno.h>
#include "insn_table.h"

#define REX_B BIT(0)
#define REX_X BIT(1)
#define REX_R BIT(2)
#define REX_W BIT(3)

#define OPCODE_ESCAPE 0x0f
#define OPCODE_MOVSXD 0x63
#define OPCODE_NOP    0x90
#define OPCODE_VEX3   0xc4
#define OPCODE_VEX2   0xc5

struct decoder {
	const u8 *buf;
	unsigned int at, len;
	unsigned int mode;
	u8 rex, modrm;
	bool opsize, addrsize;
	u8 seg; /* as a prefix says, or NR_SEGS */
	bool overrun;
};

/* The next @n bytes, 8 at most, sign-extended; 0 once there are no more. */
static u64 take(struct decoder *d, unsigned int n)
{
	u64 v = 0;
	unsigned int i;

	if (n > d->len - d->at) {
		d->overrun = true;
		d->at = d->len;
		return 0;
	}
	for (i = 0; i < n; i++)
		v |= (u64)d->buf[d->at + i] << (8 * i);
	d->at += n;
	return n ? sign_extend(v, 8 * n) : 0;
}

static u8 take_byte(struct decoder *d)
{
	if (unlikely(d->at == d->len)) {
		d->overrun = true;
		return 0;
	}
	return d->buf[d->at++];
}

/* ---- prefixes ---- */

static void legacy_prefix(struct decoder *d, struct insn *out, u8 b)
{
	/* 64-bit mode has no bases for the first four, so there the prefix means nothing. */
	bool ignored = d->mode == 8;

	switch (b) {
	case 0x26:
		d->seg = ignored ? d->seg : SEG_ES;
		break;
	case 0x2e:
		d->seg = ignored ? d->seg : SEG_CS;
		break;
	case 0x36:
		d->seg = ignored ? d->seg : SEG_SS;
		break;
	case 0x3e:
		d->seg = ignored ? d->seg : SEG_DS;
		break;
	case 0x64:
		d->seg = SEG_FS;
		break;
	case 0x65:
		d->seg = SEG_GS;
		break;
	case 0x66:
		d->opsize = true;
		break;
	case 0x67:
		d->addrsize = true;
		break;
	case 0xf0:
		out->lock = true;
		break;
	case 0xf2:
		out->repne = true;
		out->rep = false;
		break;
	case 0xf3:
		out->rep = true;
		out->repne = false;
		break;
	}
}

/* The first byte that is no prefix. Every turn takes a byte, so there are INSN_MAX at most. */
static u8 prefixes(struct decoder *d, struct insn *out)
{
	u8 b;

	for (;;) {
		b = take_byte(d);
		if (d->mode == 8 && (b & 0xf0) == 0x40) {
			d->rex = b;
			continue;
		}
		if (likely(insn_map1[b].flags != OP_PREFIX))
			return b;
		legacy_prefix(d, out, b);
		d->rex = 0; /* one counts only right before the opcode */
	}
}

/* ---- operands ---- */

/* The eight ways to build an address of 16 bits. */
static const u8 base16[8] = {
	GPR_RBX, GPR_RBX, GPR_RBP, GPR_RBP, GPR_RSI, GPR_RDI, GPR_RBP, GPR_RBX
};
static const u8 index16[8] = { GPR_RSI,	    GPR_RDI,	 GPR_RSI,     GPR_RDI,
			       INSN_NO_REG, INSN_NO_REG, INSN_NO_REG, INSN_NO_REG };

static void memory16(struct decoder *d, struct insn *out, unsigned int mod, unsigned int rm)
{
	if (mod == 0 && rm == 6) {
		out->disp = take(d, 2);
		return;
	}
	out->base = base16[rm];
	out->index = index16[rm];
	out->disp = take(d, mod); /* none, one or two bytes */
}

static unsigned int sib(struct decoder *d, struct insn *out, unsigned int mod)
{
	u8 b = take_byte(d);
	unsigned int base = b & 7, index = (b >> 3 & 7) | (d->rex & REX_X ? 8 : 0);

	out->scale = b >> 6;
	if (index != GPR_RSP)
		out->index = index;
	if (base != GPR_RBP || mod != 0)
		out->base = base | (d->rex & REX_B ? 8 : 0);
	return base;
}

static void memory(struct decoder *d, struct insn *out, unsigned int mod, unsigned int rm)
{
	if (rm == 4)
		rm = sib(d, out, mod);
	else if (mod != 0 || rm != 5)
		out->base = rm | (d->rex & REX_B ? 8 : 0);
	else if (d->mode == 8)
		out->base = INSN_RIP_REL;
	if (mod == 1)
		out->disp = take(d, 1);
	else if (mod == 2 || rm == 5)
		out->disp = take(d, 4);
}

static void modrm(struct decoder *d, struct insn *out)
{
	unsigned int mod = d->modrm >> 6, rm = d->modrm & 7;

	out->reg = (d->modrm >> 3 & 7) | (d->rex & REX_R ? 8 : 0);
	if (mod == 3) {
		out->rm = rm | (d->rex & REX_B ? 8 : 0);
		return;
	}
	out->memory = true;
	if (out->addr_width == 2)
		memory16(d, out, mod, rm);
	else
		memory(d, out, mod, rm);
	if (d->seg == NR_SEGS && (out->base == GPR_RSP || out->base == GPR_RBP))
		out->seg = SEG_SS;
}

static unsigned int z_size(const struct insn *out)
{
	return out->width == 2 ? 2 : 4;
}

static void immediate(struct decoder *d, struct insn *out, unsigned int kind, unsigned int z)
{
	switch (kind) {
	case IMM_8:
		out->imm = take(d, 1);
		break;
	case IMM_Z:
		out->imm = take(d, z);
		break;
	case IMM_V:
		out->imm = take(d, out->width);
		break;
	case IMM_16:
		out->imm = take(d, 2);
		break;
	case IMM_16_8:
		out->imm = take(d, 2);
		(void)take(d, 1);
		break;
	case IMM_FAR:
		out->imm = take(d, z);
		(void)take(d, 2);
		break;
	case IMM_ADDR:
		out->disp = take(d, out->addr_width);
		out->memory = true;
		break;
	}
}

/* ---- moves of vector registers ---- */

/* Of the last two that there were; they come before 66 (AMD APM vol. 3, 1.2.1). */
static u8 mandatory_prefix(const struct decoder *d, const struct insn *out)
{
	if (out->rep || out->repne)
		return out->rep ? PP_F3 : PP_F2;
	return d->opsize ? PP_66 : PP_NONE;
}

static void vector_move(struct insn *out, const struct vector_move *v, bool wide, bool is_256)
{
	out->op = INSN_VMOVE;
	out->form = v->vector & VEC_STORE ? FORM_MR : FORM_RM;
	out->vector = v->vector;
	out->width = v->width;
	if (v->width == VW_FULL)
		out->width = is_256 ? 32 : 16;
	else if (v->width == VW_GPR)
		out->width = wide ? 8 : 4;
	out->src_width = out->width;
}

/*
 * VEX (AMD APM vol. 3, 1.5.1) behind C4 or C5: of its instructions only the moves of memory. Register 15 is
 * none, in one's complement.
 */
static int vex(struct decoder *d, struct insn *out, u8 first)
{
	u8 p0 = first == OPCODE_VEX3 ? take_byte(d) : 0, p1 = take_byte(d), opcode = take_byte(d);
	u8 map = first == OPCODE_VEX3 ? p0 & 0x1f : MAP_0F;
	const struct vector_move *v = insn_vector_move(map, opcode, p1 & 3);
	bool wide = first == OPCODE_VEX3 && p1 & 0x80, is_256 = p1 & 4;

	d->modrm = take_byte(d);
	if (d->overrun)
		return -E2BIG;
	if (!v || v->legacy || d->modrm >= 0xc0 || d->rex || d->opsize || out->rep || out->repne ||
	    out->lock)
		return -EINVAL;
	if (first == OPCODE_VEX2)
		p0 = p1 | 0x60;
	if (d->mode == 8)
		d->rex = (p0 & 0x80 ? 0 : REX_R) | (p0 & 0x40 ? 0 : REX_X) |
			 (p0 & 0x20 ? 0 : REX_B);
	vector_move(out, v, wide && d->mode == 8, is_256);
	modrm(d, out);
	out->vector |= VEC_VEX;
	out->rm = ~(p1 >> 3) & (d->mode == 8 ? 15 : 7);
	/* The scalar ones ignore L; a second source is there for merges only. */
	if (is_256 && out->width < 16 && !(opcode <= 0x11))
		return -EINVAL;
	return !(out->vector & VEC_MERGE) && ~(p1 >> 3) & 15 ? -EINVAL : 0;
}

/* ---- the whole ---- */

static const struct opcode *map3(struct decoder *d, u8 escape, u8 *b)
{
	static const struct opcode movbe_load = { INSN_MOVBE, FORM_RM, OP_EXISTS | OP_MODRM };
	static const struct opcode movbe_store = { INSN_MOVBE, FORM_MR, OP_EXISTS | OP_MODRM };
	static const struct opcode other = { INSN_OTHER, FORM_M, OP_EXISTS | OP_MODRM };
	static const struct opcode other_imm8 = { INSN_OTHER, FORM_M,
						  OP_EXISTS | OP_MODRM | OP_IMM(IMM_8) };

	*b = take_byte(d);
	if (escape == 0x3a)
		return &other_imm8;
	return *b == 0xf0 ? &movbe_load : *b == 0xf1 ? &movbe_store : &other;
}

/* The entry of the maps; @b becomes the last byte of the opcode. */
static const struct opcode *find_opcode(struct decoder *d, struct insn *out, u8 *b)
{
	const struct opcode *o;

	*b = prefixes(d, out);
	if (*b != OPCODE_ESCAPE)
		return &insn_map1[*b];
	*b = take_byte(d);
	if (*b != 0x38 && *b != 0x3a)
		return &insn_map2[*b];
	o = map3(d, *b, b);
	/* With F2 these are crc32. */
	if (o->op == INSN_MOVBE && out->repne)
		out->form = FORM_NONE;
	return o;
}

/* Whether VEX is there, and not les or lds: those have a memory operand. */
static bool is_vex(const struct decoder *d, const struct opcode *o)
{
	if (o != &insn_map1[OPCODE_VEX3] && o != &insn_map1[OPCODE_VEX2])
		return false;
	return d->mode == 8 || (d->at < d->len && d->buf[d->at] >= 0xc0);
}

static void widths(const struct decoder *d, struct insn *out, bool byte)
{
	if (d->mode == 8)
		out->addr_width = d->addrsize ? 4 : 8;
	else
		out->addr_width = (d->mode == 4) != d->addrsize ? 4 : 2;
	if (byte)
		out->width = 1;
	else if (d->rex & REX_W)
		out->width = 8;
	else
		out->width = (d->mode != 2) != d->opsize ? 4 : 2;
}

static void refine_vector(const struct decoder *d, struct insn *out, const struct opcode *o, u8 b)
{
	bool map2 = o >= insn_map2 && o < insn_map2 + 256;
	const struct vector_move *v;

	if (!out->memory || (!map2 && (b != 0x2a || o->flags >> 8)))
		return;
	v = insn_vector_move(map2 ? MAP_0F : MAP_0F38, b, mandatory_prefix(d, out));
	if (v)
		vector_move(out, v, d->rex & REX_W, false);
}

/* What the maps alone can't say. @b is the last byte of the opcode. */
static int refine(const struct decoder *d, struct insn *out, const struct opcode *o, u8 b)
{
	out->src_width = out->width;
	switch (out->op) {
	case INSN_MOV:
		/* movnti knows no operands of 2 bytes, and no prefix that would ask for them or repeat
		 * it (AMD APM vol. 3, table A-3). */
		if (o != &insn_map2[0xc3])
			break;
		if (d->opsize || out->rep || out->repne)
			return -EINVAL;
		out->width = max(out->width, (u8)4);
		break;
	case INSN_MOVSX:
		if (o == &insn_map1[OPCODE_MOVSXD]) {
			if (d->mode != 8)
				out->op = INSN_OTHER;
			out->src_width = z_size(out);
			break;
		}
		/* fallthrough */
	case INSN_MOVZX:
		out->src_width = b & 1 ? 2 : 1;
		break;
	case INSN_MOVBE:
		if (out->repne || !out->memory)
			out->op = INSN_OTHER;
		break;
	case INSN_MOV_FROM_CR:
	case INSN_MOV_TO_CR:
	case INSN_MOV_FROM_DR:
	case INSN_MOV_TO_DR:
		out->width = d->mode == 8 ? 8 : 4;
		/* LOCK with CR0 is the way to CR8 without REX (AMD APM vol. 3, "MOV CRn"). */
		if (out->lock && out->reg == 0 && out->op <= INSN_MOV_TO_CR)
			out->reg = 8;
		break;
	case INSN_IN:
	case INSN_OUT:
	case INSN_INS:
	case INSN_OUTS:
		if (out->width == 8)
			out->width = 4;
		break;
	case INSN_ROL ... INSN_SAR:
		if (out->form == FORM_M1)
			out->imm = 1;
		break;
	case INSN_BSF:
	case INSN_BSR:
		if (out->rep)
			out->op += INSN_TZCNT - INSN_BSF;
		break;
	case INSN_POPCNT:
		if (!out->rep)
			out->op = INSN_OTHER;
		break;
	case INSN_SETCC:
	case INSN_CMOVCC:
		out->imm = b & 15;
		break;
	case INSN_CMPXCHG_PAIR:
		out->width = out->width == 8 ? 16 : 8;
		break;
	case INSN_SMSW:
	case INSN_MOV_FROM_SEG:
		if (out->memory)
			out->width = 2;
		break;
	case INSN_PUSH ... INSN_LEAVE:
		if (d->mode == 8 && out->width == 4)
			out->width = 8;
		if (out->form == FORM_R)
			out->reg = (b & 7) | (d->rex & REX_B ? 8 : 0);
		break;
	case INSN_OTHER:
		if (out->rep && o == &insn_map1[OPCODE_NOP])
			out->op = INSN_PAUSE;
		/* EVEX, where ModRM would be of a register. */
		if (!out->memory && o == &insn_map1[0x62])
			return -EINVAL;
		refine_vector(d, out, o, b);
		break;
	}
	return 0;
}

int insn_decode(struct insn *out, const u8 *buf, unsigned int len, unsigned int mode)
{
	struct decoder d = { .buf = buf,
			     .len = min(len, INSN_MAX + 0u),
			     .mode = mode,
			     .seg = NR_SEGS };
	const struct opcode *o;
	int imm, err;
	u8 b;

	*out = (struct insn){ .base = INSN_NO_REG, .index = INSN_NO_REG, .rm = INSN_NO_REG };
	o = find_opcode(&d, out, &b);
	if (d.overrun)
		goto overrun;
	if (!o->flags || (mode == 8 && o->flags & OP_NO64 && !is_vex(&d, o)))
		return -EINVAL;
	out->op = o->op;
	out->form = o->form;
	out->rex = d.rex != 0;
	out->seg = d.seg == NR_SEGS ? SEG_DS : d.seg;
	widths(&d, out, o->flags & OP_BYTE);
	if (is_vex(&d, o)) {
		err = vex(&d, out, b);
		out->length = d.at;
		if (err == -E2BIG)
			goto overrun;
		return d.overrun ? -EINVAL : err;
	}
	imm = o->flags >> 8;
	if (o->flags & OP_MODRM) {
		d.modrm = take_byte(&d);
		if (o->flags & OP_GROUP && !d.overrun) {
			imm = insn_group(out, o, d.modrm, d.opsize);
			if (imm < 0)
				return imm;
		}
		/* Of a move to or from CRn and DRn both are registers, whatever ModRM says. */
		if (out->op >= INSN_MOV_FROM_CR && out->op <= INSN_MOV_TO_DR)
			d.modrm |= 0xc0;
		modrm(&d, out);
	}
	if (imm)
		immediate(&d, out, imm, z_size(out));
	if (d.overrun)
		goto overrun;
	err = refine(&d, out, o, b);
	if (!err && unlikely(out->lock) && !insn_lock_is_allowed(out))
		err = -EINVAL;
	if (err)
		return err;
	out->length = d.at;
	return 0;
overrun:
	return len >= INSN_MAX ? -EINVAL : -E2BIG;
}
