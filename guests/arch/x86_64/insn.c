// SPDX-License-Identifier: Apache-2.0
#include <arch/insn.h>

/* AMD APM vol. 3, appendix A: what follows an opcode. */

struct cursor {
	const u8 *at;
	bool rex_w, word; /* operands of 64 and of 16 bits */
};

static bool is_prefix(u8 b)
{
	switch (b) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
	case 0x64:
	case 0x65:
	case 0x66:
	case 0x67:
	case 0xf0:
	case 0xf2:
	case 0xf3:
		return true;
	}
	return false;
}

static void skip_prefixes(struct cursor *c)
{
	while (is_prefix(*c->at))
		if (*c->at++ == 0x66)
			c->word = true;
	if ((*c->at & 0xf0) == 0x40)
		c->rex_w = *c->at++ & 8;
}

/* ModRM, and the SIB and displacement that it asks for. */
static u8 skip_modrm(struct cursor *c)
{
	u8 modrm = *c->at++, mod = modrm >> 6, rm = modrm & 7, base = rm;

	if (mod == 3)
		return modrm;
	if (rm == 4)
		base = *c->at++ & 7;
	if (mod == 1)
		c->at += 1;
	else if (mod == 2 || base == 5)
		c->at += 4;
	return modrm;
}

static unsigned int imm_full(const struct cursor *c)
{
	return c->word ? 2 : 4;
}

static bool two_byte_has_modrm(u8 op)
{
	/* cpuid, rdtsc, rdmsr, wrmsr, syscall, ud2 and their like have none; conditional jumps an
	 * offset. */
	return !(op == 0x05 || op == 0x06 || op == 0x07 || op == 0x08 || op == 0x09 || op == 0x0b ||
		 (op >= 0x30 && op <= 0x35) || (op >= 0x80 && op <= 0x8f) || op == 0xa0 ||
		 op == 0xa1 || op == 0xa2 || op == 0xa8 || op == 0xa9 || op == 0xaa ||
		 (op >= 0xc8 && op <= 0xcf));
}

static void skip_two_byte(struct cursor *c)
{
	u8 op = *c->at++;

	if (op >= 0x80 && op <= 0x8f)
		c->at += 4;
	else if (two_byte_has_modrm(op))
		skip_modrm(c);
	if (op == 0xa4 || op == 0xac || op == 0xba || op == 0xc2 || op == 0xc6)
		c->at += 1;
}

/* Opcodes that have a ModRM byte; returns the size of the immediate behind it, or -1. */
static int modrm_imm(const struct cursor *c, u8 op)
{
	if ((op < 0x40 && (op & 7) < 4) || op == 0x63 || (op >= 0x84 && op <= 0x8f) ||
	    (op >= 0xd0 && op <= 0xd3) || (op >= 0xd8 && op <= 0xdf) || op == 0xfe || op == 0xff)
		return 0;
	if (op == 0x6b || op == 0x80 || op == 0x83 || op == 0xc0 || op == 0xc1 || op == 0xc6)
		return 1;
	if (op == 0x69 || op == 0x81 || op == 0xc7)
		return (int)imm_full(c);
	return -1;
}

static void skip_one_byte(struct cursor *c)
{
	u8 op = *c->at++;
	int imm = modrm_imm(c, op);

	if (imm >= 0) {
		skip_modrm(c);
		c->at += imm;
	} else if (op == 0xf6 || op == 0xf7) {
		/* Of the group only test has an immediate. */
		bool test = !(skip_modrm(c) & 0x30);

		c->at += test ? (op == 0xf6 ? 1 : imm_full(c)) : 0;
	} else if (op >= 0xa0 && op <= 0xa3) {
		c->at += 8;
	} else if (op >= 0xb8 && op <= 0xbf) {
		c->at += c->rex_w ? 8 : imm_full(c);
	} else if ((op < 0x40 && (op & 7) == 5) || op == 0x68 || op == 0xa9 || op == 0xe8 ||
		   op == 0xe9) {
		c->at += imm_full(c);
	} else if ((op < 0x40 && (op & 7) == 4) || op == 0x6a || (op >= 0x70 && op <= 0x7f) ||
		   op == 0xa8 || (op >= 0xb0 && op <= 0xb7) || op == 0xcd ||
		   (op >= 0xe0 && op <= 0xe7) || op == 0xeb) {
		c->at += 1;
	}
}

unsigned int insn_length(const u8 *insn)
{
	struct cursor c = { .at = insn };

	skip_prefixes(&c);
	if (*c.at == 0x0f) {
		c.at++;
		skip_two_byte(&c);
	} else {
		skip_one_byte(&c);
	}
	return (unsigned int)(c.at - insn);
}
