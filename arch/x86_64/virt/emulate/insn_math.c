// SPDX-License-Identifier: Apache-2.0
/* Instructions with an operand in memory that are no plain arithmetic: shifts to conditions. */
#include <lodge/errno.h>
#include <asm/emulate.h>

/* ---- shifts and rotates ---- */

static u64 top_bit(u64 v, unsigned int width)
{
	return v >> (8 * width - 1) & 1;
}

/* By one bit; @cf is the flag before and after. @in comes in at the other end of a double one. */
static u64 shift_once(u8 op, u64 v, u64 in, unsigned int width, u64 *cf)
{
	bool left = op == INSN_ROL || op == INSN_RCL || op == INSN_SHL || op == INSN_SAL ||
		    op == INSN_SHLD;
	u64 out = left ? top_bit(v, width) : v & 1;

	switch (op) {
	case INSN_ROL:
	case INSN_ROR:
		in = out;
		break;
	case INSN_RCL:
	case INSN_RCR:
		in = *cf;
		break;
	case INSN_SAR:
		in = top_bit(v, width);
		break;
	case INSN_SHLD:
	case INSN_SHRD:
		break;
	default:
		in = 0;
	}
	*cf = out;
	return left ? (v << 1 | in) & width_mask(width) : v >> 1 | in << (8 * width - 1);
}

/*
 * Five bits of the count matter, or six (AMD APM vol. 3, "SAL"). OF is defined for a count of 1:
 * whether the sign changed, for rotates to the right too; a rotate leaves the other flags.
 */
static u64 shift(u8 op, u64 v, u64 src, unsigned int count, unsigned int width, u64 *rflags)
{
	u64 old = v, cf = *rflags & X86_FLAG_CF, flags;
	u64 changed = op <= INSN_RCR ? X86_FLAG_CF | X86_FLAG_OF : X86_FLAGS_ARITH & ~X86_FLAG_AF;

	count &= width == 8 ? 63 : 31;
	if (!count)
		return v;
	while (count--) {
		u64 in = op == INSN_SHLD ? top_bit(src, width) : src & 1;

		v = shift_once(op, v, in, width, &cf);
		src = op == INSN_SHLD ? src << 1 : src >> 1;
	}
	flags = emul_result_flags(v, width) | (cf ? X86_FLAG_CF : 0);
	if (top_bit(old ^ v, width))
		flags |= X86_FLAG_OF;
	*rflags = (*rflags & ~changed) | (flags & changed);
	return v;
}

/* OF of a rotate is of the result's two uppermost bits, or of its uppermost and CF. */
static void rotate_overflow(u8 op, u64 v, unsigned int width, u64 *rflags)
{
	bool left = op == INSN_ROL || op == INSN_RCL;
	u64 other = left ? *rflags & X86_FLAG_CF : v >> (8 * width - 2) & 1;

	*rflags &= ~X86_FLAG_OF;
	if (top_bit(v, width) != other)
		*rflags |= X86_FLAG_OF;
}

static unsigned int shift_count(const struct emul *e, const struct insn *i)
{
	if (i->form == FORM_MC || i->form == FORM_MRC)
		return e->gpr[GPR_RCX] & 0xff;
	return i->imm & 0xff;
}

static int exec_shift(struct emul *e, const struct insn *i)
{
	unsigned int count = shift_count(e, i);
	u64 addr, v, src = 0, flags = e->rflags;
	int rc = emul_address(e, i, EMUL_MODIFY, &addr);

	if (rc == EMUL_DONE)
		rc = e->ops->read(e, addr, i->width, EMUL_MODIFY, &v);
	if (rc != EMUL_DONE)
		return rc;
	if (i->op == INSN_SHLD || i->op == INSN_SHRD)
		src = gpr_read(e->gpr, i->reg, i->width, i->rex);
	v = shift(i->op, v, src, count, i->width, &flags);
	if (i->op <= INSN_RCR && count & (i->width == 8 ? 63 : 31))
		rotate_overflow(i->op, v, i->width, &flags);
	rc = e->ops->write(e, addr, i->width, v);
	if (rc != EMUL_DONE)
		return rc;
	e->rflags = flags;
	emul_skip(e, i->length);
	return EMUL_DONE;
}

/* ---- products and quotients ---- */

static s64 to_signed(u64 v, unsigned int width)
{
	return (s64)sign_extend(v, 8 * width);
}

/* CF and OF tell whether the upper half says something; the others are undefined. */
static void set_overflow(struct emul *e, bool overflow)
{
	e->rflags &= ~(u64)(X86_FLAG_CF | X86_FLAG_OF);
	if (overflow)
		e->rflags |= X86_FLAG_CF | X86_FLAG_OF;
}

/* AX, or the halves in rDX and rAX. */
static void write_pair(struct emul *e, unsigned int width, u64 low, u64 high)
{
	if (width == 1) {
		gpr_write(e->gpr, GPR_RAX, 2, true, (low & 0xff) | (high & 0xff) << 8);
		return;
	}
	gpr_write(e->gpr, GPR_RAX, width, true, low);
	gpr_write(e->gpr, GPR_RDX, width, true, high);
}

static void multiply(struct emul *e, const struct insn *i, u64 src)
{
	unsigned int bits = 8 * i->width;
	u64 a = gpr_read(e->gpr, GPR_RAX, i->width, true);
	unsigned __int128 p = (unsigned __int128)a * src;
	u64 high;

	if (i->op == INSN_IMUL_WIDE)
		p = (unsigned __int128)((__int128)to_signed(a, i->width) *
					to_signed(src, i->width));
	high = (u64)(p >> bits) & width_mask(i->width);
	write_pair(e, i->width, (u64)p & width_mask(i->width), high);
	if (i->op == INSN_MUL)
		set_overflow(e, high != 0);
	else
		set_overflow(e,
			     high != (to_signed((u64)p, i->width) < 0 ? width_mask(i->width) : 0));
}

/* imul with a result as wide as its operands. */
static void multiply_into(struct emul *e, const struct insn *i, u64 src)
{
	u64 other = i->form == FORM_RMI ? i->imm : gpr_read(e->gpr, i->reg, i->width, true);
	__int128 p = (__int128)to_signed(src, i->width) * to_signed(other, i->width);

	gpr_write(e->gpr, i->reg, i->width, true, (u64)p);
	set_overflow(e, (__int128)to_signed((u64)p, i->width) != p);
}

/* @high:@low by @d, bit by bit; false if the quotient does not fit. */
static bool divide_bits(u64 high, u64 low, u64 d, u64 *quotient, u64 *remainder)
{
	unsigned int n;

	if (high >= d)
		return false;
	for (n = 0; n < 64; n++) {
		bool carry = high >> 63;

		high = high << 1 | low >> 63;
		low <<= 1;
		if (carry || high >= d) {
			high -= d;
			low |= 1;
		}
	}
	*quotient = low;
	*remainder = high;
	return true;
}

/* What is divided: AX, or rDX and rAX together; signed, of all 128 bits. */
static unsigned __int128 dividend(const struct emul *e, unsigned int width, bool is_signed)
{
	u64 low = gpr_read(e->gpr, GPR_RAX, width, true), top;
	unsigned __int128 high;

	top = width == 1 ? e->gpr[GPR_RAX] >> 8 & 0xff : gpr_read(e->gpr, GPR_RDX, width, true);
	high = is_signed ? (unsigned __int128)(__int128)to_signed(top, width) : top;
	return high << 8 * width | low;
}

static int divide(struct emul *e, const struct insn *i, u64 src)
{
	bool is_signed = i->op == INSN_IDIV, negative = false, minus = false;
	unsigned __int128 n = dividend(e, i->width, is_signed);
	u64 limit = width_mask(i->width), q, r;

	if (is_signed) {
		src = (u64)to_signed(src, i->width);
		negative = n >> 127;
		minus = negative != (src >> 63);
		n = negative ? -n : n;
		src = src >> 63 ? -src : src;
		limit = (limit >> 1) + minus;
	}
	if (!divide_bits((u64)(n >> 64), (u64)n, src, &q, &r) || q > limit)
		return emul_fault(e, X86_DE);
	write_pair(e, i->width, minus ? -q : q, negative ? -r : r);
	return EMUL_DONE;
}

/* ---- bits ---- */

static void scan(struct emul *e, const struct insn *i, u64 src)
{
	unsigned int bits = 8 * i->width;
	bool down = i->op == INSN_BSR || i->op == INSN_LZCNT;
	u64 r = bits, zero = src == 0;

	if (src)
		r = down ? 63 - (u64)__builtin_clzl(src) : (u64)__builtin_ctzl(src);
	if (i->op == INSN_BSF || i->op == INSN_BSR) {
		e->rflags = (e->rflags & ~(u64)X86_FLAG_ZF) | (zero ? X86_FLAG_ZF : 0);
		/* The register stays as it is (AMD APM vol. 3, "BSF"). */
		if (src)
			gpr_write(e->gpr, i->reg, i->width, true, r);
		return;
	}
	if (src && down)
		r = bits - 1 - r;
	e->rflags &= ~(u64)(X86_FLAG_ZF | X86_FLAG_CF);
	e->rflags |= (zero ? X86_FLAG_CF : 0) | (r ? 0 : X86_FLAG_ZF);
	gpr_write(e->gpr, i->reg, i->width, true, r);
}

static void count_ones(struct emul *e, const struct insn *i, u64 src)
{
	u64 n = 0;

	e->rflags = (e->rflags & ~(u64)X86_FLAGS_ARITH) | (src ? 0 : X86_FLAG_ZF);
	for (; src; src &= src - 1)
		n++;
	gpr_write(e->gpr, i->reg, i->width, true, n);
}

/* ---- conditions ---- */

static bool condition(u64 code, u64 flags)
{
	bool cf = flags & X86_FLAG_CF, zf = flags & X86_FLAG_ZF;
	bool less = !(flags & X86_FLAG_SF) != !(flags & X86_FLAG_OF), r;

	switch (code >> 1 & 7) {
	case 0:
		r = flags & X86_FLAG_OF;
		break;
	case 1:
		r = cf;
		break;
	case 2:
		r = zf;
		break;
	case 3:
		r = cf || zf;
		break;
	case 4:
		r = flags & X86_FLAG_SF;
		break;
	case 5:
		r = flags & X86_FLAG_PF;
		break;
	case 6:
		r = less;
		break;
	default:
		r = less || zf;
	}
	return r != (code & 1);
}

/* ---- what only reads, and what only stores ---- */

static int into_registers(struct emul *e, const struct insn *i)
{
	u64 addr, src;
	int rc = emul_address(e, i, EMUL_READ, &addr);

	if (rc == EMUL_DONE)
		rc = e->ops->read(e, addr, i->width, EMUL_READ, &src);
	if (rc != EMUL_DONE)
		return rc;
	switch (i->op) {
	case INSN_MUL:
	case INSN_IMUL_WIDE:
		multiply(e, i, src);
		break;
	case INSN_DIV:
	case INSN_IDIV:
		rc = divide(e, i, src);
		break;
	case INSN_IMUL:
		multiply_into(e, i, src);
		break;
	case INSN_POPCNT:
		count_ones(e, i, src);
		break;
	case INSN_CMOVCC:
		/* The upper half is cleared in any case (AMD APM vol. 3, "CMOVcc"). */
		gpr_write(e->gpr, i->reg, i->width, true,
			  condition(i->imm, e->rflags) ? src : e->gpr[i->reg]);
		break;
	default:
		scan(e, i, src);
	}
	if (rc == EMUL_DONE)
		emul_skip(e, i->length);
	return rc;
}

static int store(struct emul *e, const struct insn *i)
{
	u64 addr, val;
	int rc = emul_address(e, i, EMUL_WRITE, &addr);

	if (rc != EMUL_DONE)
		return rc;
	if (i->op == INSN_SETCC)
		val = condition(i->imm, e->rflags);
	else if (i->op == INSN_SMSW)
		val = e->cr0 & 0xffff;
	else if (i->reg < NR_SEGS)
		val = e->seg[i->reg].selector;
	else
		return -EOPNOTSUPP;
	rc = e->ops->write(e, addr, i->width, val);
	if (rc == EMUL_DONE)
		emul_skip(e, i->length);
	return rc;
}

/* rDX and rAX with what is in memory; as stored in any case, like cmpxchg. */
static int exchange_pair(struct emul *e, const struct insn *i)
{
	unsigned int half = i->width / 2u;
	u64 addr, old[2] = { 0 }, new[2], low, high, flags = e->rflags & ~(u64)X86_FLAG_ZF;
	int rc = emul_address(e, i, EMUL_MODIFY, &addr);

	if (rc == EMUL_DONE && i->width == 16 && addr & 15)
		return emul_fault(e, X86_GP);
	if (rc == EMUL_DONE)
		rc = emul_read(e, addr, i->width, EMUL_MODIFY, old);
	if (rc != EMUL_DONE)
		return rc;
	low = i->width == 16 ? old[0] : (u32)old[0];
	high = i->width == 16 ? old[1] : old[0] >> 32;
	new[0] = old[0];
	new[1] = old[1];
	if (low == gpr_read(e->gpr, GPR_RAX, half, true) &&
	    high == gpr_read(e->gpr, GPR_RDX, half, true)) {
		flags |= X86_FLAG_ZF;
		new[0] = gpr_read(e->gpr, GPR_RBX, half, true);
		new[1] = gpr_read(e->gpr, GPR_RCX, half, true);
		if (half == 4)
			new[0] |= new[1] << 32;
	}
	rc = emul_write(e, addr, i->width, new);
	if (rc != EMUL_DONE)
		return rc;
	e->rflags = flags;
	if (!(flags & X86_FLAG_ZF)) {
		gpr_write(e->gpr, GPR_RAX, half, true, low);
		gpr_write(e->gpr, GPR_RDX, half, true, high);
	}
	emul_skip(e, i->length);
	return EMUL_DONE;
}

int emul_math(struct emul *e, const struct insn *i)
{
	switch (i->op) {
	case INSN_SETCC:
	case INSN_SMSW:
	case INSN_MOV_FROM_SEG:
		return store(e, i);
	case INSN_CMPXCHG_PAIR:
		return exchange_pair(e, i);
	case INSN_CACHE:
		emul_skip(e, i->length);
		return EMUL_DONE;
	}
	if (i->op <= INSN_SAR || i->op == INSN_SHLD || i->op == INSN_SHRD)
		return exec_shift(e, i);
	return i->op <= INSN_CMOVCC ? into_registers(e, i) : -EOPNOTSUPP;
}
