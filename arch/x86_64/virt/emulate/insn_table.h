/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSN_TABLE_H
#define INSN_TABLE_H

#include <asm/emulate.h>

/**
 * struct opcode - one entry of the opcode maps (AMD APM vol. 3, appendix A)
 * @op:	   enum insn_op, or with OP_GROUP enum insn_group
 * @form:  enum insn_form
 * @flags: OP_*; 0 where there is no instruction
 */
struct opcode {
	u8 op, form;
	u16 flags;
};

#define OP_EXISTS BIT(0)
#define OP_MODRM  BIT(1)
#define OP_BYTE	  BIT(2) /* operands of a byte */
#define OP_GROUP  BIT(3) /* bits 5..3 of ModRM say which */
#define OP_NO64	  BIT(4) /* not in 64-bit mode */
#define OP_STRING BIT(5)
#define OP_PREFIX BIT(6)
#define OP_IMM(n) ((n) << 8)

/* Immediates. */
enum {
	IMM_NONE,
	IMM_8,
	IMM_Z, /* 2 bytes or 4, as operands are */
	IMM_V, /* 2, 4 or 8 */
	IMM_16,
	IMM_16_8, /* of enter */
	IMM_FAR,  /* a selector and an offset */
	IMM_ADDR, /* as long as an address */
};

/* Opcodes whose meaning depends on ModRM. */
enum insn_group {
	GROUP_1,  /* 80 to 83: the eight operations of arithmetic */
	GROUP_1A, /* 8F: pop; the rest is XOP */
	GROUP_2,  /* C0, C1, D0 to D3: the eight shifts */
	GROUP_3,  /* F6, F7 */
	GROUP_45, /* FE, FF */
	GROUP_7,  /* 0F 01 */
	GROUP_8,  /* 0F BA */
	GROUP_9,  /* 0F C7: cmpxchg8b and others */
	GROUP_11, /* C6, C7 */
	GROUP_15, /* 0F AE: clflush and others */
	GROUP_17, /* 0F 78: extrq and insertq have two more bytes */
};

extern const struct opcode insn_map1[256]; /* of one byte */
extern const struct opcode insn_map2[256]; /* after 0F */

/* 0F 01 with ModRM 0xc0 + n; 0 where it is INSN_OTHER. */
extern const u8 insn_group7_register[64];

/**
 * insn_group() - put the operation that @modrm means into @out, which has the width already
 * Return: the kind of its immediate, or -EINVAL if there is none such.
 */
int insn_group(struct insn *out, const struct opcode *o, u8 modrm, bool opsize);

/** insn_lock_is_allowed() - whether @i may have the prefix LOCK. */
bool insn_lock_is_allowed(const struct insn *i);

/* Mandatory prefixes, as VEX numbers them, and its maps of opcodes. */
enum { PP_NONE, PP_66, PP_F3, PP_F2 };
enum { MAP_0F = 1, MAP_0F38 = 2, MAP_0F3A = 3 };

/**
 * struct vector_move - a move between memory and an XMM or YMM register
 * @opcode, @map, @pp: what it is
 * @width:  in memory: bytes, or VW_*
 * @vector: VEC_*
 * @legacy: without a form of VEX
 */
struct vector_move {
	u8 opcode, map, pp, width, vector;
	bool legacy;
};

#define VW_FULL 0 /* 16, with VEX.L 32 */
#define VW_GPR	1 /* 4, with W 8 */

/** insn_vector_move() - the one that these make, or NULL. */
const struct vector_move *insn_vector_move(u8 map, u8 opcode, u8 pp);

#endif
