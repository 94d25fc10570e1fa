// SPDX-License-Identifier: Apache-2.0
/*
 * String instructions, repeated or not (AMD APM vol. 3, 1.2.6). How often is the guest's
 * choice, so no call does more than EMUL_STRING_MAX: the registers then say how far it came, as
 * they do for an interrupt in between, and the guest continues with the same instruction.
 */
#include <asm/emulate.h>

static u64 offset(const struct emul *e, const struct insn *i, unsigned int reg)
{
	return e->gpr[reg] & width_mask(i->addr_width);
}

static void advance(struct emul *e, const struct insn *i, unsigned int reg)
{
	u64 step = e->rflags & X86_FLAG_DF ? -(u64)i->width : i->width;

	gpr_write(e->gpr, reg, i->addr_width, true, e->gpr[reg] + step);
}

static int source_address(struct emul *e, const struct insn *i, u64 *addr)
{
	return emul_linear(e, i->seg, offset(e, i, GPR_RSI), i->width, EMUL_READ, addr);
}

/* No prefix changes the destination's segment. */
static int destination_address(struct emul *e, const struct insn *i, enum emul_access why,
			       u64 *addr)
{
	return emul_linear(e, SEG_ES, offset(e, i, GPR_RDI), i->width, why, addr);
}

static int load_source(struct emul *e, const struct insn *i, u64 *val)
{
	u64 addr;
	int rc = source_address(e, i, &addr);

	return rc == EMUL_DONE ? e->ops->read(e, addr, i->width, EMUL_READ, val) : rc;
}

static int load_destination(struct emul *e, const struct insn *i, u64 *val)
{
	u64 addr;
	int rc = destination_address(e, i, EMUL_READ, &addr);

	return rc == EMUL_DONE ? e->ops->read(e, addr, i->width, EMUL_READ, val) : rc;
}

static int movs(struct emul *e, const struct insn *i)
{
	u64 dst, val;
	int rc = destination_address(e, i, EMUL_WRITE, &dst);

	/* A device that is read may not be read again: the store must not fail after. */
	if (rc == EMUL_DONE)
		rc = e->ops->check(e, dst, i->width, EMUL_WRITE);
	if (rc == EMUL_DONE)
		rc = load_source(e, i, &val);
	if (rc == EMUL_DONE)
		rc = e->ops->write(e, dst, i->width, val);
	if (rc != EMUL_DONE)
		return rc;
	advance(e, i, GPR_RSI);
	advance(e, i, GPR_RDI);
	return EMUL_DONE;
}

static int stos(struct emul *e, const struct insn *i)
{
	u64 dst;
	int rc = destination_address(e, i, EMUL_WRITE, &dst);

	if (rc == EMUL_DONE)
		rc = e->ops->write(e, dst, i->width, e->gpr[GPR_RAX] & width_mask(i->width));
	if (rc == EMUL_DONE)
		advance(e, i, GPR_RDI);
	return rc;
}

static int lods(struct emul *e, const struct insn *i)
{
	u64 val;
	int rc = load_source(e, i, &val);

	if (rc != EMUL_DONE)
		return rc;
	gpr_write(e->gpr, GPR_RAX, i->width, true, val);
	advance(e, i, GPR_RSI);
	return EMUL_DONE;
}

static int cmps(struct emul *e, const struct insn *i)
{
	u64 a, b;
	int rc = load_source(e, i, &a);

	if (rc == EMUL_DONE)
		rc = load_destination(e, i, &b);
	if (rc != EMUL_DONE)
		return rc;
	(void)emul_alu(INSN_CMP, a, b, i->width, &e->rflags);
	advance(e, i, GPR_RSI);
	advance(e, i, GPR_RDI);
	return EMUL_DONE;
}

static int scas(struct emul *e, const struct insn *i)
{
	u64 b;
	int rc = load_destination(e, i, &b);

	if (rc != EMUL_DONE)
		return rc;
	(void)emul_alu(INSN_CMP, e->gpr[GPR_RAX] & width_mask(i->width), b, i->width, &e->rflags);
	advance(e, i, GPR_RDI);
	return EMUL_DONE;
}

static int ins(struct emul *e, const struct insn *i)
{
	u64 dst, val;
	int rc = destination_address(e, i, EMUL_WRITE, &dst);

	if (rc == EMUL_DONE)
		rc = e->ops->check(e, dst, i->width, EMUL_WRITE);
	if (rc == EMUL_DONE)
		rc = e->ops->in(e, (u16)e->gpr[GPR_RDX], i->width, &val);
	if (rc == EMUL_DONE)
		rc = e->ops->write(e, dst, i->width, val);
	if (rc == EMUL_DONE)
		advance(e, i, GPR_RDI);
	return rc;
}

static int outs(struct emul *e, const struct insn *i)
{
	u64 val;
	int rc = load_source(e, i, &val);

	if (rc == EMUL_DONE)
		rc = e->ops->out(e, (u16)e->gpr[GPR_RDX], i->width, val);
	if (rc == EMUL_DONE)
		advance(e, i, GPR_RSI);
	return rc;
}

static int once(struct emul *e, const struct insn *i)
{
	switch (i->op) {
	case INSN_MOVS:
		return movs(e, i);
	case INSN_STOS:
		return stos(e, i);
	case INSN_LODS:
		return lods(e, i);
	case INSN_CMPS:
		return cmps(e, i);
	case INSN_SCAS:
		return scas(e, i);
	case INSN_INS:
		return ins(e, i);
	default:
		return outs(e, i);
	}
}

/* Comparisons end for what they find, too: F3 while equal, F2 while not. */
static bool found(const struct emul *e, const struct insn *i)
{
	bool equal = e->rflags & X86_FLAG_ZF;

	if (i->op != INSN_CMPS && i->op != INSN_SCAS)
		return false;
	return i->rep ? !equal : equal;
}

static bool count_down(struct emul *e, const struct insn *i)
{
	u64 left = offset(e, i, GPR_RCX) - 1;

	gpr_write(e->gpr, GPR_RCX, i->addr_width, true, left);
	return offset(e, i, GPR_RCX) != 0;
}

static int repeat(struct emul *e, const struct insn *i)
{
	unsigned int n;

	if (!offset(e, i, GPR_RCX))
		return EMUL_DONE;
	for (n = 0; n < EMUL_STRING_MAX; n++) {
		int rc = once(e, i);

		if (rc != EMUL_DONE)
			return rc;
		if (!count_down(e, i) || found(e, i))
			return EMUL_DONE;
	}
	return EMUL_PART;
}

int emul_string(struct emul *e, const struct insn *i)
{
	int rc = i->rep || i->repne ? repeat(e, i) : once(e, i);

	if (rc == EMUL_DONE)
		emul_skip(e, i->length);
	return rc;
}
