// SPDX-License-Identifier: Apache-2.0
/*
 * The opcode maps (AMD APM vol. 3, appendix A, tables ): every instruction's
 * length, and the meaning of those that are emulated or that exit.
 */
#include "insn_table.h"

/* clang-format off */
#define OP(o, f, more) { .op = INSN_##o, .form = FORM_##f, .flags = OP_EXISTS | (more) }
#define GROUP(g, f, more) \
	{ .op = GROUP_##g, .form = FORM_##f, .flags = OP_EXISTS | OP_MODRM | OP_GROUP | (more) }
/* clang-format on */
#define PLAIN		OP(OTHER, NONE, 0)
#define PLAIN_IMM(n)	OP(OTHER, NONE, OP_IMM(n))
#define MODRM		OP(OTHER, M, OP_MODRM)
#define MODRM_IMM8	OP(OTHER, M, OP_MODRM | OP_IMM(IMM_8))
#define LEGACY		OP(OTHER, NONE, OP_NO64)
#define LEGACY_IMM(n)	OP(OTHER, NONE, OP_NO64 | OP_IMM(n))
#define STRING(o, more) OP(o, NONE, OP_STRING | (more))
/* clang-format off */
#define PREFIX		{ .flags = OP_PREFIX }
/* clang-format on */

/* The six forms of an operation of arithmetic. */
#define ARITHMETIC(first, o)                                                                \
	[(first) + 0] = OP(o, MR, OP_MODRM | OP_BYTE), [(first) + 1] = OP(o, MR, OP_MODRM), \
		   [(first) + 2] = OP(o, RM, OP_MODRM | OP_BYTE),                           \
		   [(first) + 3] = OP(o, RM, OP_MODRM),                                     \
		   [(first) + 4] = OP(o, AI, OP_BYTE | OP_IMM(IMM_8)),                      \
		   [(first) + 5] = OP(o, AI, OP_IMM(IMM_Z))

const struct opcode insn_map1[256] = {
	ARITHMETIC(0x00, ADD),
	ARITHMETIC(0x08, OR),
	ARITHMETIC(0x10, ADC),
	ARITHMETIC(0x18, SBB),
	ARITHMETIC(0x20, AND),
	ARITHMETIC(0x28, SUB),
	ARITHMETIC(0x30, XOR),
	ARITHMETIC(0x38, CMP),
	[0x06] = LEGACY, /* push and pop of segment registers */
	[0x07] = LEGACY,
	[0x0e] = LEGACY,
	[0x16] = LEGACY,
	[0x17] = LEGACY,
	[0x1e] = LEGACY,
	[0x1f] = LEGACY,
	[0x26] = PREFIX,
	[0x27] = LEGACY, /* daa, das, aaa, aas */
	[0x2e] = PREFIX,
	[0x2f] = LEGACY,
	[0x36] = PREFIX,
	[0x37] = LEGACY,
	[0x3e] = PREFIX,
	[0x3f] = LEGACY,
	[0x40 ... 0x4f] = LEGACY, /* inc and dec of registers; REX prefixes in 64-bit mode */
	[0x50 ... 0x57] = OP(PUSH, R, 0),
	[0x58 ... 0x5f] = OP(POP, R, 0),
	[0x60] = LEGACY,
	[0x61] = LEGACY,
	[0x62] = OP(OTHER, M, OP_MODRM | OP_NO64), /* bound */
	[0x63] = OP(MOVSX, RM, OP_MODRM),	   /* movsxd; arpl without 64-bit mode */
	[0x64 ... 0x67] = PREFIX,
	[0x68] = OP(PUSH, I, OP_IMM(IMM_Z)),
	[0x69] = OP(IMUL, RMI, OP_MODRM | OP_IMM(IMM_Z)),
	[0x6a] = OP(PUSH, I, OP_IMM(IMM_8)),
	[0x6b] = OP(IMUL, RMI, OP_MODRM | OP_IMM(IMM_8)),
	[0x6c] = STRING(INS, OP_BYTE),
	[0x6d] = STRING(INS, 0),
	[0x6e] = STRING(OUTS, OP_BYTE),
	[0x6f] = STRING(OUTS, 0),
	[0x70 ... 0x7f] = PLAIN_IMM(IMM_8), /* jcc */
	[0x80] = GROUP(1, MI, OP_BYTE | OP_IMM(IMM_8)),
	[0x81] = GROUP(1, MI, OP_IMM(IMM_Z)),
	[0x82] = GROUP(1, MI, OP_BYTE | OP_IMM(IMM_8) | OP_NO64),
	[0x83] = GROUP(1, MI, OP_IMM(IMM_8)),
	[0x84] = OP(TEST, MR, OP_MODRM | OP_BYTE),
	[0x85] = OP(TEST, MR, OP_MODRM),
	[0x86] = OP(XCHG, MR, OP_MODRM | OP_BYTE),
	[0x87] = OP(XCHG, MR, OP_MODRM),
	[0x88] = OP(MOV, MR, OP_MODRM | OP_BYTE),
	[0x89] = OP(MOV, MR, OP_MODRM),
	[0x8a] = OP(MOV, RM, OP_MODRM | OP_BYTE),
	[0x8b] = OP(MOV, RM, OP_MODRM),
	[0x8c] = OP(MOV_FROM_SEG, MR, OP_MODRM),
	[0x8d ... 0x8e] = MODRM, /* lea, mov to segment registers */
	[0x8f] = GROUP(1A, M, 0),
	[0x90 ... 0x99] = PLAIN, /* xchg, cbw, cwd; 90 with F3 is pause */
	[0x9a] = LEGACY_IMM(IMM_FAR),
	[0x9b ... 0x9f] = PLAIN,
	[0xa0] = OP(MOV, AM, OP_BYTE | OP_IMM(IMM_ADDR)),
	[0xa1] = OP(MOV, AM, OP_IMM(IMM_ADDR)),
	[0xa2] = OP(MOV, MA, OP_BYTE | OP_IMM(IMM_ADDR)),
	[0xa3] = OP(MOV, MA, OP_IMM(IMM_ADDR)),
	[0xa4] = STRING(MOVS, OP_BYTE),
	[0xa5] = STRING(MOVS, 0),
	[0xa6] = STRING(CMPS, OP_BYTE),
	[0xa7] = STRING(CMPS, 0),
	[0xa8] = OP(TEST, AI, OP_BYTE | OP_IMM(IMM_8)),
	[0xa9] = OP(TEST, AI, OP_IMM(IMM_Z)),
	[0xaa] = STRING(STOS, OP_BYTE),
	[0xab] = STRING(STOS, 0),
	[0xac] = STRING(LODS, OP_BYTE),
	[0xad] = STRING(LODS, 0),
	[0xae] = STRING(SCAS, OP_BYTE),
	[0xaf] = STRING(SCAS, 0),
	[0xb0 ... 0xb7] = PLAIN_IMM(IMM_8), /* mov to registers */
	[0xb8 ... 0xbf] = PLAIN_IMM(IMM_V),
	[0xc0] = GROUP(2, MI, OP_BYTE | OP_IMM(IMM_8)),
	[0xc1] = GROUP(2, MI, OP_IMM(IMM_8)),
	[0xc2] = OP(RET, NONE, OP_IMM(IMM_16)),
	[0xc3] = OP(RET, NONE, 0),
	[0xc4 ... 0xc5] = OP(OTHER, M, OP_MODRM | OP_NO64), /* les, lds; VEX */
	[0xc6] = GROUP(11, MI, OP_BYTE | OP_IMM(IMM_8)),
	[0xc7] = GROUP(11, MI, OP_IMM(IMM_Z)),
	[0xc8] = PLAIN_IMM(IMM_16_8),
	[0xc9] = OP(LEAVE, NONE, 0),
	[0xca] = PLAIN_IMM(IMM_16),
	[0xcb] = PLAIN,
	[0xcc] = PLAIN,
	[0xcd] = PLAIN_IMM(IMM_8),
	[0xce] = LEGACY,
	[0xcf] = OP(IRET, NONE, 0),
	[0xd0] = GROUP(2, M1, OP_BYTE),
	[0xd1] = GROUP(2, M1, 0),
	[0xd2] = GROUP(2, MC, OP_BYTE),
	[0xd3] = GROUP(2, MC, 0),
	[0xd4 ... 0xd5] = LEGACY_IMM(IMM_8),
	[0xd6] = LEGACY,
	[0xd7] = PLAIN,
	[0xd8 ... 0xdf] = MODRM,	    /* x87 */
	[0xe0 ... 0xe3] = PLAIN_IMM(IMM_8), /* loop, jcxz */
	[0xe4] = OP(IN, AI, OP_BYTE | OP_IMM(IMM_8)),
	[0xe5] = OP(IN, AI, OP_IMM(IMM_8)),
	[0xe6] = OP(OUT, AI, OP_BYTE | OP_IMM(IMM_8)),
	[0xe7] = OP(OUT, AI, OP_IMM(IMM_8)),
	[0xe8] = OP(CALL, I, OP_IMM(IMM_Z)),
	[0xe9] = PLAIN_IMM(IMM_Z),
	[0xea] = LEGACY_IMM(IMM_FAR),
	[0xeb] = PLAIN_IMM(IMM_8),
	[0xec] = OP(IN, NONE, OP_BYTE),
	[0xed] = OP(IN, NONE, 0),
	[0xee] = OP(OUT, NONE, OP_BYTE),
	[0xef] = OP(OUT, NONE, 0),
	[0xf0] = PREFIX,
	[0xf1] = OP(ICEBP, NONE, 0),
	[0xf2 ... 0xf3] = PREFIX,
	[0xf4] = OP(HLT, NONE, 0),
	[0xf5] = PLAIN,
	[0xf6] = GROUP(3, M, OP_BYTE),
	[0xf7] = GROUP(3, M, 0),
	[0xf8 ... 0xfd] = PLAIN,
	[0xfe] = GROUP(45, M, OP_BYTE),
	[0xff] = GROUP(45, M, 0),
};

const struct opcode insn_map2[256] = {
	[0x00] = MODRM,
	[0x01] = GROUP(7, M, 0),
	[0x02 ... 0x03] = MODRM,
	[0x05] = PLAIN,
	[0x06] = OP(CLTS, NONE, 0),
	[0x07] = PLAIN,
	[0x08] = OP(INVD, NONE, 0),
	[0x09] = OP(WBINVD, NONE, 0),
	[0x0b] = PLAIN,
	[0x0d] = OP(CACHE, M, OP_MODRM), /* prefetches */
	[0x0e] = PLAIN,
	[0x0f] = MODRM_IMM8, /* 3DNow! */
	[0x10 ... 0x17] = MODRM,
	[0x18] = OP(CACHE, M, OP_MODRM), /* prefetches */
	[0x19 ... 0x1f] = MODRM,
	[0x20] = OP(MOV_FROM_CR, NONE, OP_MODRM),
	[0x21] = OP(MOV_FROM_DR, NONE, OP_MODRM),
	[0x22] = OP(MOV_TO_CR, NONE, OP_MODRM),
	[0x23] = OP(MOV_TO_DR, NONE, OP_MODRM),
	[0x28 ... 0x2f] = MODRM,
	[0x30] = OP(WRMSR, NONE, 0),
	[0x31] = OP(RDTSC, NONE, 0),
	[0x32] = OP(RDMSR, NONE, 0),
	[0x33] = OP(RDPMC, NONE, 0),
	[0x34 ... 0x35] = PLAIN,
	[0x37] = PLAIN,
	[0x40 ... 0x4f] = OP(CMOVCC, RM, OP_MODRM),
	[0x50 ... 0x6f] = MODRM,
	[0x70 ... 0x73] = MODRM_IMM8,
	[0x74 ... 0x76] = MODRM,
	[0x77] = PLAIN,
	[0x78] = GROUP(17, M, 0),
	[0x79] = MODRM,
	[0x7c ... 0x7f] = MODRM,
	[0x80 ... 0x8f] = PLAIN_IMM(IMM_Z),
	[0x90 ... 0x9f] = OP(SETCC, M, OP_MODRM | OP_BYTE),
	[0xa0 ... 0xa1] = PLAIN,
	[0xa2] = OP(CPUID, NONE, 0),
	[0xa3] = OP(BT, MR, OP_MODRM),
	[0xa4] = OP(SHLD, MR, OP_MODRM | OP_IMM(IMM_8)),
	[0xa5] = OP(SHLD, MRC, OP_MODRM),
	[0xa8 ... 0xaa] = PLAIN,
	[0xab] = OP(BTS, MR, OP_MODRM),
	[0xac] = OP(SHRD, MR, OP_MODRM | OP_IMM(IMM_8)),
	[0xad] = OP(SHRD, MRC, OP_MODRM),
	[0xae] = GROUP(15, M, 0),
	[0xaf] = OP(IMUL, RM, OP_MODRM),
	[0xb0] = OP(CMPXCHG, MR, OP_MODRM | OP_BYTE),
	[0xb1] = OP(CMPXCHG, MR, OP_MODRM),
	[0xb2] = MODRM,
	[0xb3] = OP(BTR, MR, OP_MODRM),
	[0xb4 ... 0xb5] = MODRM,
	[0xb6 ... 0xb7] = OP(MOVZX, RM, OP_MODRM),
	[0xb8] = OP(POPCNT, RM, OP_MODRM),
	[0xb9] = MODRM,
	[0xba] = GROUP(8, MI, OP_IMM(IMM_8)),
	[0xbb] = OP(BTC, MR, OP_MODRM),
	[0xbc] = OP(BSF, RM, OP_MODRM),
	[0xbd] = OP(BSR, RM, OP_MODRM),
	[0xbe ... 0xbf] = OP(MOVSX, RM, OP_MODRM),
	[0xc0] = OP(XADD, MR, OP_MODRM | OP_BYTE),
	[0xc1] = OP(XADD, MR, OP_MODRM),
	[0xc2] = MODRM_IMM8,
	[0xc3] = OP(MOV, MR, OP_MODRM), /* movnti */
	[0xc4 ... 0xc6] = MODRM_IMM8,
	[0xc7] = GROUP(9, M, 0),
	[0xc8 ... 0xcf] = PLAIN, /* bswap */
	[0xd0 ... 0xff] = MODRM,
};

const u8 insn_group7_register[64] = {
	[0x08] = INSN_MONITOR,	     [0x09] = INSN_MWAIT,	  [0x11] = INSN_XSETBV,
	[0x18] = INSN_SVM,	     [0x19] = INSN_VMMCALL,	  [0x1a ... 0x1f] = INSN_SVM,
	[0x20 ... 0x27] = INSN_SMSW, [0x30 ... 0x37] = INSN_LMSW, [0x39] = INSN_RDTSCP,
};

/* clang-format off */
#define LOAD(o, m, p, w, more)	 { .opcode = (o), .map = MAP_##m, .pp = PP_##p, .width = (w), .vector = (more) }
#define STORE(o, m, p, w, more)	 LOAD(o, m, p, w, VEC_STORE | (more))
#define STORE4A(o, p, w) \
	{ .opcode = (o), .map = MAP_0F, .pp = PP_##p, .width = (w), .vector = VEC_STORE, .legacy = true }
/* clang-format on */

static const struct vector_move moves[] = {
	LOAD(0x10, 0F, NONE, VW_FULL, 0), /* movups, movupd, movss, movsd */
	LOAD(0x10, 0F, 66, VW_FULL, 0),
	LOAD(0x10, 0F, F3, 4, 0),
	LOAD(0x10, 0F, F2, 8, 0),
	STORE(0x11, 0F, NONE, VW_FULL, 0),
	STORE(0x11, 0F, 66, VW_FULL, 0),
	STORE(0x11, 0F, F3, 4, 0),
	STORE(0x11, 0F, F2, 8, 0),
	LOAD(0x12, 0F, NONE, 8, VEC_MERGE), /* movlps, movlpd */
	LOAD(0x12, 0F, 66, 8, VEC_MERGE),
	STORE(0x13, 0F, NONE, 8, 0),
	STORE(0x13, 0F, 66, 8, 0),
	LOAD(0x16, 0F, NONE, 8, VEC_MERGE | VEC_HIGH), /* movhps, movhpd */
	LOAD(0x16, 0F, 66, 8, VEC_MERGE | VEC_HIGH),
	STORE(0x17, 0F, NONE, 8, VEC_HIGH),
	STORE(0x17, 0F, 66, 8, VEC_HIGH),
	LOAD(0x28, 0F, NONE, VW_FULL, VEC_ALIGNED), /* movaps, movapd */
	LOAD(0x28, 0F, 66, VW_FULL, VEC_ALIGNED),
	STORE(0x29, 0F, NONE, VW_FULL, VEC_ALIGNED),
	STORE(0x29, 0F, 66, VW_FULL, VEC_ALIGNED),
	STORE(0x2b, 0F, NONE, VW_FULL, VEC_ALIGNED), /* movntps, movntpd, movntss, movntsd */
	STORE(0x2b, 0F, 66, VW_FULL, VEC_ALIGNED),
	STORE4A(0x2b, F3, 4),
	STORE4A(0x2b, F2, 8),
	LOAD(0x6e, 0F, 66, VW_GPR, 0), /* movd, movq */
	STORE(0x7e, 0F, 66, VW_GPR, 0),
	LOAD(0x7e, 0F, F3, 8, 0),
	STORE(0xd6, 0F, 66, 8, 0),
	LOAD(0x6f, 0F, 66, VW_FULL, VEC_ALIGNED), /* movdqa, movdqu */
	LOAD(0x6f, 0F, F3, VW_FULL, 0),
	STORE(0x7f, 0F, 66, VW_FULL, VEC_ALIGNED),
	STORE(0x7f, 0F, F3, VW_FULL, 0),
	STORE(0xe7, 0F, 66, VW_FULL, VEC_ALIGNED),  /* movntdq */
	LOAD(0xf0, 0F, F2, VW_FULL, 0),		    /* lddqu */
	LOAD(0x2a, 0F38, 66, VW_FULL, VEC_ALIGNED), /* movntdqa */
};

const struct vector_move *insn_vector_move(u8 map, u8 opcode, u8 pp)
{
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(moves); n++)
		if (moves[n].opcode == opcode && moves[n].map == map && moves[n].pp == pp)
			return &moves[n];
	return NULL;
}
