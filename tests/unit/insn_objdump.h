/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSN_OBJDUMP_H
#define INSN_OBJDUMP_H

/* Which objdump there is, and decoded x86 instructions as it writes them, in AT&T's syntax. */
#include <asm/emulate.h>
#include <shim.h>

/* Debian has the first on amd64, the second on others. */
static inline const char *objdump(void)
{
	static const char *const names[] = { "objdump", "x86_64-linux-gnu-objdump" };
	char cmd[128];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(cmd, sizeof(cmd), "%s -i 2>/dev/null | grep -q x86-64", names[i]);
		if (!system(cmd))
			return names[i];
	}
	return NULL;
}

/* ---- operands in words ---- */

static inline const char *reg_name(unsigned int reg, unsigned int width, bool rex)
{
	static const char *const low[16] = { "al",   "cl",   "dl",   "bl",  "spl",  "bpl",
					     "sil",  "dil",  "r8b",  "r9b", "r10b", "r11b",
					     "r12b", "r13b", "r14b", "r15b" };
	static const char *const high[4] = { "ah", "ch", "dh", "bh" };
	static const char *const word[8] = { "ax", "cx", "dx", "bx", "sp", "bp", "si", "di" };
	static char buf[8][16];
	static unsigned int turn;
	char *s = buf[turn++ % 8];

	if (width == 1)
		return !rex && reg >= 4 && reg < 8 ? high[reg - 4] : low[reg];
	if (reg < 8)
		snprintf(s, 16, "%s%s", width == 8 ? "r" : width == 4 ? "e" : "", word[reg]);
	else
		snprintf(s, 16, "r%u%s", reg, width == 8 ? "" : width == 4 ? "d" : "w");
	return s;
}

static inline size_t print_hex(char *s, size_t size, u64 v, unsigned int width, bool sign)
{
	if (sign && (s64)v < 0)
		return snprintf(s, size, "-0x%llx", (unsigned long long)-v);
	return snprintf(s, size, "0x%llx", (unsigned long long)(v & width_mask(width)));
}

/* As objdump writes them: disp(base,index,scale). */
static inline void print_memory(char *s, size_t size, const struct insn *i)
{
	bool registers = i->base != INSN_NO_REG || i->index != INSN_NO_REG;
	size_t n = 0;

	if (i->seg == SEG_FS || i->seg == SEG_GS)
		n = snprintf(s, size, "%%%s:", i->seg == SEG_FS ? "fs" : "gs");
	s[n] = 0;
	if (i->disp || !registers)
		n += print_hex(s + n, size - n, i->disp, i->addr_width,
			       registers || (i->addr_width == 2 && i->form < FORM_AM));
	if (!registers)
		return;
	n += snprintf(s + n, size - n, "(");
	if (i->base == INSN_RIP_REL)
		n += snprintf(s + n, size - n, "%%%s", i->addr_width == 8 ? "rip" : "eip");
	else if (i->base != INSN_NO_REG)
		n += snprintf(s + n, size - n, "%%%s", reg_name(i->base, i->addr_width, true));
	if (i->index != INSN_NO_REG) {
		n += snprintf(s + n, size - n, ",%%%s", reg_name(i->index, i->addr_width, true));
		if (i->addr_width > 2)
			n += snprintf(s + n, size - n, ",%u", 1u << i->scale);
	}
	snprintf(s + n, size - n, ")");
}

static inline bool is_bit_op(u8 op)
{
	return op >= INSN_BT && op <= INSN_BTC;
}

static inline void print_vector(char *s, size_t size, const struct insn *i, const char *rm)
{
	char c = i->width == 32 ? 'y' : 'x';

	if (i->form == FORM_MR)
		snprintf(s, size, "%%%cmm%u,%s", c, i->reg, rm);
	else if ((i->vector & (VEC_MERGE | VEC_VEX)) == (VEC_MERGE | VEC_VEX))
		snprintf(s, size, "%s,%%xmm%u,%%xmm%u", rm, i->rm, i->reg);
	else
		snprintf(s, size, "%s,%%%cmm%u", rm, c, i->reg);
}

static inline void print_operands(char *s, size_t size, const struct insn *i)
{
	unsigned int rm_width = i->op == INSN_MOVZX || i->op == INSN_MOVSX ? i->src_width
									   : i->width;
	char rm[64];
	size_t n;

	if (i->memory)
		print_memory(rm, sizeof(rm), i);
	if (i->op == INSN_VMOVE) {
		print_vector(s, size, i, rm);
		return;
	}
	if (!i->memory)
		snprintf(rm, sizeof(rm), "%%%s", reg_name(i->rm & 15, rm_width, i->rex));
	switch (i->form) {
	case FORM_MR:
		snprintf(s, size, "%%%s,%s", reg_name(i->reg, i->width, i->rex), rm);
		break;
	case FORM_RM:
		snprintf(s, size, "%s,%%%s", rm, reg_name(i->reg, i->width, i->rex));
		break;
	case FORM_MI:
		n = snprintf(s, size, "$");
		n += print_hex(s + n, size - n, i->imm, is_bit_op(i->op) ? 1 : i->width, false);
		snprintf(s + n, size - n, ",%s", rm);
		break;
	case FORM_M:
		snprintf(s, size, "%s", rm);
		break;
	case FORM_AM:
		snprintf(s, size, "%s,%%%s", rm, reg_name(0, i->width, true));
		break;
	case FORM_MA:
		snprintf(s, size, "%%%s,%s", reg_name(0, i->width, true), rm);
		break;
	default:
		s[0] = 0;
	}
}

static inline void cut(char *s, size_t n)
{
	memmove(s, s + n, strlen(s + n) + 1);
}

/* Without what only tells that an encoding was longer than it had to be. */
static inline void normalize(char *s)
{
	char *p;

	while ((p = strstr(s, ",%riz,")) || (p = strstr(s, ",%eiz,")))
		cut(p, 7);
	p = strstr(s, "()");
	if (p)
		cut(p, 2);
	p = strstr(s, "0x0(");
	if (p && (p == s || p[-1] == ',' || p[-1] == ':'))
		cut(p, 3);
}

/* What objdump's names begin with, of what is compared with more than its length. */
static const char *const names[NR_INSN_OPS] = {
	[INSN_ADD] = "add",	     [INSN_OR] = "or",		 [INSN_ADC] = "adc",
	[INSN_SBB] = "sbb",	     [INSN_AND] = "and",	 [INSN_SUB] = "sub",
	[INSN_XOR] = "xor",	     [INSN_CMP] = "cmp",	 [INSN_MOV] = "mov",
	[INSN_MOVZX] = "movz",	     [INSN_MOVSX] = "movs",	 [INSN_MOVBE] = "movbe",
	[INSN_TEST] = "test",	     [INSN_NOT] = "not",	 [INSN_NEG] = "neg",
	[INSN_INC] = "inc",	     [INSN_DEC] = "dec",	 [INSN_XCHG] = "xchg",
	[INSN_XADD] = "xadd",	     [INSN_CMPXCHG] = "cmpxchg", [INSN_BT] = "bt",
	[INSN_BTS] = "bts",	     [INSN_BTR] = "btr",	 [INSN_BTC] = "btc",
	[INSN_MOVS] = "movs",	     [INSN_STOS] = "stos",	 [INSN_LODS] = "lods",
	[INSN_CMPS] = "cmps",	     [INSN_SCAS] = "scas",	 [INSN_INS] = "ins",
	[INSN_OUTS] = "outs",	     [INSN_IN] = "in",		 [INSN_OUT] = "out",
	[INSN_MOV_FROM_CR] = "mov",  [INSN_MOV_TO_CR] = "mov",	 [INSN_MOV_FROM_DR] = "mov",
	[INSN_MOV_TO_DR] = "mov",    [INSN_CLTS] = "clts",	 [INSN_LMSW] = "lmsw",
	[INSN_SMSW] = "smsw",	     [INSN_CPUID] = "cpuid",	 [INSN_HLT] = "hlt",
	[INSN_PAUSE] = "pause",	     [INSN_RDMSR] = "rdmsr",	 [INSN_WRMSR] = "wrmsr",
	[INSN_RDTSC] = "rdtsc",	     [INSN_RDTSCP] = "rdtscp",	 [INSN_RDPMC] = "rdpmc",
	[INSN_INVD] = "invd",	     [INSN_WBINVD] = "wb",	 [INSN_INVLPG] = "invlpg",
	[INSN_XSETBV] = "xsetbv",    [INSN_MONITOR] = "monitor", [INSN_MWAIT] = "mwait",
	[INSN_VMMCALL] = "vmmcall",  [INSN_IRET] = "iret",	 [INSN_ROL] = "rol",
	[INSN_ROR] = "ror",	     [INSN_RCL] = "rcl",	 [INSN_RCR] = "rcr",
	[INSN_SHL] = "shl",	     [INSN_SHR] = "shr",	 [INSN_SAR] = "sar",
	[INSN_MUL] = "mul",	     [INSN_IMUL_WIDE] = "imul",	 [INSN_DIV] = "div",
	[INSN_IDIV] = "idiv",	     [INSN_IMUL] = "imul",	 [INSN_SHLD] = "shld",
	[INSN_SHRD] = "shrd",	     [INSN_BSF] = "bsf",	 [INSN_BSR] = "bsr",
	[INSN_TZCNT] = "tzcnt",	     [INSN_LZCNT] = "lzcnt",	 [INSN_POPCNT] = "popcnt",
	[INSN_SETCC] = "set",	     [INSN_CMOVCC] = "cmov",	 [INSN_CMPXCHG_PAIR] = "cmpxchg",
	[INSN_MOV_FROM_SEG] = "mov", [INSN_PUSH] = "push",	 [INSN_POP] = "pop",
	[INSN_CALL] = "call",	     [INSN_JMP] = "jmp",	 [INSN_RET] = "ret",
	[INSN_LEAVE] = "leave",	     [INSN_VMOVE] = "mov",
};

/* Moves of vector registers with an operand in memory, of VEX without the V. */
static inline bool is_vector_move(const char *name)
{
	static const char *const moves[] = { "movups",	"movupd",  "movss",    "movsd",	 "movlps",
					     "movlpd",	"movhps",  "movhpd",   "movaps", "movapd",
					     "movntps", "movntpd", "movd",     "movq",	 "movdqa",
					     "movdqu",	"movntdq", "movntdqa", "lddqu" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(moves); i++)
		if (!strcmp(name, moves[i]))
			return true;
	return false;
}

#endif
