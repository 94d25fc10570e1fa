// SPDX-License-Identifier: Apache-2.0
/*
 * Pushes, pops, and branches by them: the operand, the stack, or both are on a device. What is read
 * may not be read again, so what comes after it is looked at first.
 */
#include <lodge/errno.h>
#include <asm/emulate.h>

static unsigned int sp_width(const struct emul *e)
{
	if (e->mode == 8)
		return 8;
	return e->seg[SEG_SS].attrib & SEG_ATTR_DB ? 4 : 2;
}

/* The linear address of @width bytes at @sp. */
static int stack_address(struct emul *e, u64 sp, unsigned int width, enum emul_access why,
			 u64 *addr)
{
	return emul_linear(e, SEG_SS, sp & width_mask(sp_width(e)), width, why, addr);
}

static void set_sp(struct emul *e, u64 sp)
{
	gpr_write(e->gpr, GPR_RSP, sp_width(e), true, sp);
}

static int load(struct emul *e, u64 sp, unsigned int width, u64 *val)
{
	u64 addr;
	int rc = stack_address(e, sp, width, EMUL_READ, &addr);

	return rc == EMUL_DONE ? e->ops->read(e, addr, width, EMUL_READ, val) : rc;
}

/* The operand of @i, which is no stack's. */
static int operand(struct emul *e, const struct insn *i, u64 *val)
{
	u64 addr;
	int rc;

	if (i->form == FORM_I) {
		*val = i->imm & width_mask(i->width);
		return EMUL_DONE;
	}
	if (i->form == FORM_R || !i->memory) {
		*val = gpr_read(e->gpr, i->form == FORM_R ? i->reg : i->rm, i->width, true);
		return EMUL_DONE;
	}
	rc = emul_address(e, i, EMUL_READ, &addr);
	return rc == EMUL_DONE ? e->ops->read(e, addr, i->width, EMUL_READ, val) : rc;
}

/* Whether @rip can be gone to (AMD APM vol. 3, "CALL (Near)"). */
static int check_target(struct emul *e, u64 rip)
{
	if (e->mode == 8 ? !x86_canonical(rip, e->va_bits) : rip > e->seg[SEG_CS].limit)
		return emul_fault(e, X86_GP);
	return EMUL_DONE;
}

static void go_to(struct emul *e, u64 rip)
{
	emul_skip(e, 0);
	e->rip = rip;
}

/* push, and call, which pushes where it returns to. */
static int push(struct emul *e, const struct insn *i)
{
	u64 sp = e->gpr[GPR_RSP] - i->width, addr, val, next = (e->rip + i->length);
	int rc = stack_address(e, sp, i->width, EMUL_WRITE, &addr);

	if (rc == EMUL_DONE)
		rc = e->ops->check(e, addr, i->width, EMUL_WRITE);
	if (rc == EMUL_DONE)
		rc = operand(e, i, &val);
	if (rc != EMUL_DONE)
		return rc;
	next &= width_mask(i->width);
	if (i->op == INSN_CALL) {
		if (i->form == FORM_I)
			val = (next + i->imm) & width_mask(i->width);
		rc = check_target(e, val);
		if (rc != EMUL_DONE)
			return rc;
	}
	rc = e->ops->write(e, addr, i->width, i->op == INSN_CALL ? next : val);
	if (rc != EMUL_DONE)
		return rc;
	set_sp(e, sp);
	if (i->op == INSN_CALL)
		go_to(e, val);
	else
		emul_skip(e, i->length);
	return EMUL_DONE;
}

/* An address that is built from rSP is built from what it is behind the pop. */
static int pop_memory(struct emul *e, const struct insn *i)
{
	u64 sp = e->gpr[GPR_RSP], addr, val;
	int rc;

	set_sp(e, sp + i->width);
	rc = emul_address(e, i, EMUL_WRITE, &addr);
	if (rc == EMUL_DONE)
		rc = e->ops->check(e, addr, i->width, EMUL_WRITE);
	if (rc == EMUL_DONE)
		rc = load(e, sp, i->width, &val);
	if (rc == EMUL_DONE)
		rc = e->ops->write(e, addr, i->width, val);
	if (rc == EMUL_DONE)
		emul_skip(e, i->length);
	else
		e->gpr[GPR_RSP] = sp;
	return rc;
}

static int pop(struct emul *e, const struct insn *i)
{
	u64 sp = e->gpr[GPR_RSP], val;
	int rc;

	if (i->memory)
		return pop_memory(e, i);
	rc = load(e, sp, i->width, &val);
	if (rc != EMUL_DONE)
		return rc;
	set_sp(e, sp + i->width);
	gpr_write(e->gpr, i->form == FORM_R ? i->reg : i->rm, i->width, true, val);
	emul_skip(e, i->length);
	return EMUL_DONE;
}

static int leave(struct emul *e, const struct insn *i)
{
	u64 sp = e->gpr[GPR_RBP], val;
	int rc = load(e, sp, i->width, &val);

	if (rc != EMUL_DONE)
		return rc;
	set_sp(e, sp + i->width);
	gpr_write(e->gpr, GPR_RBP, i->width, true, val);
	emul_skip(e, i->length);
	return EMUL_DONE;
}

/* jmp, and ret, which may drop arguments too. */
static int jump(struct emul *e, const struct insn *i)
{
	u64 sp = e->gpr[GPR_RSP], val;
	int rc = i->op == INSN_RET ? load(e, sp, i->width, &val) : operand(e, i, &val);

	if (rc == EMUL_DONE)
		rc = check_target(e, val);
	if (rc != EMUL_DONE)
		return rc;
	if (i->op == INSN_RET)
		set_sp(e, sp + i->width + (i->imm & 0xffff));
	go_to(e, val);
	return EMUL_DONE;
}

int emul_stack(struct emul *e, const struct insn *i)
{
	switch (i->op) {
	case INSN_PUSH:
	case INSN_CALL:
		return push(e, i);
	case INSN_POP:
		return pop(e, i);
	case INSN_LEAVE:
		return leave(e, i);
	default:
		return jump(e, i);
	}
}
