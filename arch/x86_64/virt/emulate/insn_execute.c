// SPDX-License-Identifier: Apache-2.0
/* What instructions with an operand in memory do to it, to registers and to flags. */
#include <lodge/errno.h>
#include <asm/emulate.h>

/* ---- arithmetic ---- */

/* Of a result: sign, zero, and parity of its lowest byte (AMD APM vol. 1, 3.1.4). */
u64 emul_result_flags(u64 r, unsigned int width)
{
	u64 flags = 0;

	if (r >> (8 * width - 1) & 1)
		flags |= X86_FLAG_SF;
	if (r == 0)
		flags |= X86_FLAG_ZF;
	if (!__builtin_parity((unsigned int)(r & 0xff)))
		flags |= X86_FLAG_PF;
	return flags;
}

static u64 add(u64 a, u64 b, u64 carry, unsigned int width, u64 *flags)
{
	u64 r = (a + b + carry) & width_mask(width);
	u64 sign = ((a ^ r) & (b ^ r)) >> (8 * width - 1) & 1;

	*flags = emul_result_flags(r, width) | ((a ^ b ^ r) & X86_FLAG_AF);
	if (carry ? r <= a : r < a)
		*flags |= X86_FLAG_CF;
	if (sign)
		*flags |= X86_FLAG_OF;
	return r;
}

static u64 sub(u64 a, u64 b, u64 borrow, unsigned int width, u64 *flags)
{
	u64 r = (a - b - borrow) & width_mask(width);
	u64 sign = ((a ^ b) & (a ^ r)) >> (8 * width - 1) & 1;

	*flags = emul_result_flags(r, width) | ((a ^ b ^ r) & X86_FLAG_AF);
	if (a < b || (borrow && a == b))
		*flags |= X86_FLAG_CF;
	if (sign)
		*flags |= X86_FLAG_OF;
	return r;
}

static u64 logic(u64 r, unsigned int width, u64 *flags)
{
	*flags = emul_result_flags(r, width);
	return r;
}

u64 emul_alu(enum insn_op op, u64 a, u64 b, unsigned int width, u64 *rflags)
{
	u64 carry = *rflags & X86_FLAG_CF, changed = X86_FLAGS_ARITH, flags = 0, r = a;

	switch (op) {
	case INSN_INC:
		changed &= ~X86_FLAG_CF;
		r = add(a, 1, 0, width, &flags);
		break;
	case INSN_DEC:
		changed &= ~X86_FLAG_CF;
		r = sub(a, 1, 0, width, &flags);
		break;
	case INSN_ADD:
	case INSN_XADD:
		r = add(a, b, 0, width, &flags);
		break;
	case INSN_ADC:
		r = add(a, b, carry, width, &flags);
		break;
	case INSN_SUB:
	case INSN_CMP:
		r = sub(a, b, 0, width, &flags);
		break;
	case INSN_SBB:
		r = sub(a, b, carry, width, &flags);
		break;
	case INSN_NEG:
		r = sub(0, a, 0, width, &flags);
		break;
	case INSN_AND:
	case INSN_TEST:
		r = logic(a & b, width, &flags);
		break;
	case INSN_OR:
		r = logic(a | b, width, &flags);
		break;
	case INSN_XOR:
		r = logic(a ^ b, width, &flags);
		break;
	case INSN_NOT:
		return ~a & width_mask(width);
	default:
		return a;
	}
	*rflags = (*rflags & ~changed) | (flags & changed);
	return r;
}

/* ---- moves ---- */

static u64 byte_swap(u64 v, unsigned int width)
{
	return __builtin_bswap64(v) >> (64 - 8 * width);
}

static int move_load(struct emul *e, const struct insn *i)
{
	unsigned int reg = i->form == FORM_AM ? GPR_RAX : i->reg;
	u64 addr, val;
	int rc = emul_address(e, i, EMUL_READ, &addr);

	if (rc == EMUL_DONE)
		rc = e->ops->read(e, addr, i->src_width, EMUL_READ, &val);
	if (rc != EMUL_DONE)
		return rc;
	if (i->op == INSN_MOVSX)
		val = sign_extend(val, 8u * i->src_width);
	else if (i->op == INSN_MOVBE)
		val = byte_swap(val, i->width);
	gpr_write(e->gpr, reg, i->width, i->rex, val);
	emul_skip(e, i->length);
	return EMUL_DONE;
}

static int move_store(struct emul *e, const struct insn *i)
{
	u64 addr, val;
	int rc = emul_address(e, i, EMUL_WRITE, &addr);

	if (rc != EMUL_DONE)
		return rc;
	if (i->form == FORM_MI)
		val = i->imm & width_mask(i->width);
	else
		val = gpr_read(e->gpr, i->form == FORM_MA ? GPR_RAX : i->reg, i->width, i->rex);
	if (i->op == INSN_MOVBE)
		val = byte_swap(val, i->width);
	rc = e->ops->write(e, addr, i->width, val);
	if (rc == EMUL_DONE)
		emul_skip(e, i->length);
	return rc;
}

/* ---- what reads, and perhaps writes again ---- */

static bool only_looks(u8 op)
{
	return op == INSN_CMP || op == INSN_TEST || op == INSN_BT;
}

static u64 source(const struct emul *e, const struct insn *i)
{
	if (i->form == FORM_MI)
		return i->imm & width_mask(i->width);
	if (i->form == FORM_M)
		return 0;
	return gpr_read(e->gpr, i->reg, i->width, i->rex);
}

/* Of bt and its kin the bit goes to CF; the other flags stay (AMD APM vol. 3, "BT"). */
static u64 bit_operation(u8 op, u64 old, u64 src, unsigned int width, u64 *flags)
{
	u64 bit = (u64)1 << (src & (8 * width - 1));

	*flags = (*flags & ~X86_FLAG_CF) | (old & bit ? X86_FLAG_CF : 0);
	switch (op) {
	case INSN_BTS:
		return old | bit;
	case INSN_BTR:
		return old & ~bit;
	case INSN_BTC:
		return old ^ bit;
	}
	return old;
}

/* What memory gets, given what it holds and the other operand. */
static u64 new_value(const struct emul *e, const struct insn *i, u64 old, u64 src, u64 *flags)
{
	u64 acc;

	switch (i->op) {
	case INSN_XCHG:
		return src;
	case INSN_CMPXCHG:
		acc = gpr_read(e->gpr, GPR_RAX, i->width, true);
		(void)emul_alu(INSN_CMP, acc, old, i->width, flags);
		return acc == old ? src : old;
	case INSN_BT:
	case INSN_BTS:
	case INSN_BTR:
	case INSN_BTC:
		return bit_operation(i->op, old, src, i->width, flags);
	}
	return emul_alu(i->op, old, src, i->width, flags);
}

static int modify(struct emul *e, const struct insn *i)
{
	enum emul_access why = only_looks(i->op) ? EMUL_READ : EMUL_MODIFY;
	u64 addr, old, val, flags = e->rflags;
	int rc = emul_address(e, i, why, &addr);

	if (rc == EMUL_DONE)
		rc = e->ops->read(e, addr, i->width, why, &old);
	if (rc != EMUL_DONE)
		return rc;
	val = new_value(e, i, old, source(e, i), &flags);
	if (why == EMUL_MODIFY) {
		rc = e->ops->write(e, addr, i->width, val);
		if (rc != EMUL_DONE)
			return rc;
	}
	if (i->op == INSN_XCHG || i->op == INSN_XADD)
		gpr_write(e->gpr, i->reg, i->width, i->rex, old);
	else if (i->op == INSN_CMPXCHG && !(flags & X86_FLAG_ZF))
		gpr_write(e->gpr, GPR_RAX, i->width, true, old);
	e->rflags = flags;
	emul_skip(e, i->length);
	return EMUL_DONE;
}

/* An operation on a register with an operand in memory. */
static int into_register(struct emul *e, const struct insn *i)
{
	u64 addr, src, dst, val, flags = e->rflags;
	int rc = emul_address(e, i, EMUL_READ, &addr);

	if (rc == EMUL_DONE)
		rc = e->ops->read(e, addr, i->width, EMUL_READ, &src);
	if (rc != EMUL_DONE)
		return rc;
	dst = gpr_read(e->gpr, i->reg, i->width, i->rex);
	val = emul_alu(i->op, dst, src, i->width, &flags);
	if (i->op != INSN_CMP)
		gpr_write(e->gpr, i->reg, i->width, i->rex, val);
	e->rflags = flags;
	emul_skip(e, i->length);
	return EMUL_DONE;
}

int emul_execute(struct emul *e, const struct insn *i)
{
	bool load = i->form == FORM_RM || i->form == FORM_AM;

	if (insn_is_string(i->op))
		return emul_string(e, i);
	if (i->op >= INSN_PUSH && i->op <= INSN_LEAVE)
		return emul_stack(e, i);
	if (!i->memory || i->op == INSN_OTHER)
		return -EOPNOTSUPP;
	if (i->op == INSN_VMOVE)
		return emul_vector(e, i);
	if (i->op > INSN_BTC)
		return emul_math(e, i);
	if (i->op >= INSN_MOV && i->op <= INSN_MOVBE)
		return load ? move_load(e, i) : move_store(e, i);
	return load ? into_register(e, i) : modify(e, i);
}
