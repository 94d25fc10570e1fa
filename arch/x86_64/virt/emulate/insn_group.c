// SPDX-License-Identifier: Apache-2.0
/* Opcodes whose operation is in bits 5 to 3 of ModRM (AMD APM vol. 3, table A-6), and LOCK. */
#include <lodge/errno.h>
#include "insn_table.h"

static int group7(struct insn *out, u8 modrm)
{
	unsigned int reg = modrm >> 3 & 7;

	if (modrm >= 0xc0)
		out->op = insn_group7_register[modrm & 63] ?: INSN_OTHER;
	else
		out->op = reg == 4   ? INSN_SMSW
			  : reg == 6 ? INSN_LMSW
			  : reg == 7 ? INSN_INVLPG
				     : INSN_OTHER;
	return IMM_NONE;
}

int insn_group(struct insn *out, const struct opcode *o, u8 modrm, bool opsize)
{
	static const u8 group3[8] = { INSN_TEST, INSN_TEST,	 INSN_NOT, INSN_NEG,
				      INSN_MUL,	 INSN_IMUL_WIDE, INSN_DIV, INSN_IDIV };
	static const u8 group45[8] = { INSN_INC, INSN_DEC,   INSN_CALL, INSN_OTHER,
				       INSN_JMP, INSN_OTHER, INSN_PUSH, INSN_OTHER };
	unsigned int reg = modrm >> 3 & 7;
	int imm = o->flags >> 8;

	switch (o->op) {
	case GROUP_1:
		out->op = reg;
		return imm;
	case GROUP_2:
		out->op = INSN_ROL + reg;
		return imm;
	case GROUP_1A:
		out->op = INSN_POP;
		return reg ? -EINVAL : IMM_NONE;
	case GROUP_3:
		out->op = group3[reg];
		if (out->op != INSN_TEST)
			return IMM_NONE;
		out->form = FORM_MI;
		return out->width == 1 ? IMM_8 : IMM_Z;
	case GROUP_45:
		out->op = group45[reg];
		return (out->width == 1 && reg > 1) || reg == 7 ? -EINVAL : IMM_NONE;
	case GROUP_7:
		return group7(out, modrm);
	case GROUP_8:
		out->op = INSN_BT + (reg & 3);
		return reg < 4 ? -EINVAL : imm;
	case GROUP_9:
		out->op = reg == 1 && modrm < 0xc0 ? INSN_CMPXCHG_PAIR : INSN_OTHER;
		return IMM_NONE;
	case GROUP_15:
		out->op = reg == 7 || (reg == 6 && opsize) ? INSN_CACHE : INSN_OTHER;
		return IMM_NONE;
	case GROUP_11:
		out->op = INSN_MOV;
		return reg ? -EINVAL : imm;
	case GROUP_17:
		out->op = INSN_OTHER;
		return opsize || out->repne ? IMM_16 : IMM_NONE;
	}
	return -EINVAL;
}

/*
 * LOCK is for what changes memory that it has read (AMD APM vol. 3, 1.2.5), else it is #UD. QEMU looks
 * for that after it has read the operand.
 */
bool insn_lock_is_allowed(const struct insn *i)
{
	if (i->op == INSN_MOV_FROM_CR || i->op == INSN_MOV_TO_CR)
		return true;
	if (!i->memory || i->form == FORM_RM)
		return false;
	switch (i->op) {
	case INSN_ADD ... INSN_XOR:
	case INSN_NOT ... INSN_CMPXCHG:
	case INSN_BTS ... INSN_BTC:
	case INSN_CMPXCHG_PAIR:
		return true;
	}
	return false;
}
