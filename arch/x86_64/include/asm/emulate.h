/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_EMULATE_H
#define ASM_EMULATE_H

#include <lodge/types.h>

/*
 * Decoding and executing the instructions that a guest uses on a device's registers, and the
 * lengths of those that exit. Isolated: no state but what is handed over, memory by
 * callbacks, so that it runs on the machine that builds as well.
 */

#define INSN_MAX 15 /* bytes; AMD APM vol. 3, 1.1 */

/* The first eight are in the order in which the opcode map has them. */
enum insn_op {
	INSN_ADD,
	INSN_OR,
	INSN_ADC,
	INSN_SBB,
	INSN_AND,
	INSN_SUB,
	INSN_XOR,
	INSN_CMP,
	INSN_OTHER, /* of a known length, but not emulated */
	INSN_MOV,
	INSN_MOVZX,
	INSN_MOVSX,
	INSN_MOVBE,
	INSN_TEST,
	INSN_NOT,
	INSN_NEG,
	INSN_INC,
	INSN_DEC,
	INSN_XCHG,
	INSN_XADD,
	INSN_CMPXCHG,
	INSN_BT,
	INSN_BTS,
	INSN_BTR,
	INSN_BTC,
	/* In the order of the opcode map, as the next four are. */
	INSN_ROL,
	INSN_ROR,
	INSN_RCL,
	INSN_RCR,
	INSN_SHL,
	INSN_SHR,
	INSN_SAL,
	INSN_SAR,
	INSN_MUL,
	INSN_IMUL_WIDE, /* with a result of twice the width */
	INSN_DIV,
	INSN_IDIV,
	INSN_IMUL,
	INSN_SHLD,
	INSN_SHRD,
	INSN_BSF,
	INSN_BSR,
	INSN_TZCNT,
	INSN_LZCNT,
	INSN_POPCNT,
	INSN_SETCC,
	INSN_CMOVCC,
	INSN_CMPXCHG_PAIR, /* cmpxchg8b, cmpxchg16b */
	INSN_MOV_FROM_SEG,
	INSN_CACHE, /* lines of caches: nothing to do */
	/* With a stack. */
	INSN_PUSH,
	INSN_POP,
	INSN_CALL,
	INSN_JMP,
	INSN_RET,
	INSN_LEAVE,
	/* Of XMM and YMM registers. */
	INSN_VMOVE,
	/* Strings. */
	INSN_MOVS,
	INSN_STOS,
	INSN_LODS,
	INSN_CMPS,
	INSN_SCAS,
	INSN_INS,
	INSN_OUTS,
	/* What exits by itself. */
	INSN_IN,
	INSN_OUT,
	INSN_MOV_FROM_CR,
	INSN_MOV_TO_CR,
	INSN_MOV_FROM_DR,
	INSN_MOV_TO_DR,
	INSN_CLTS,
	INSN_LMSW,
	INSN_SMSW,
	INSN_CPUID,
	INSN_HLT,
	INSN_PAUSE,
	INSN_RDMSR,
	INSN_WRMSR,
	INSN_RDTSC,
	INSN_RDTSCP,
	INSN_RDPMC,
	INSN_INVD,
	INSN_WBINVD,
	INSN_INVLPG,
	INSN_XSETBV,
	INSN_MONITOR,
	INSN_MWAIT,
	INSN_VMMCALL,
	INSN_SVM, /* vmrun, vmload, vmsave, stgi, clgi, skinit, invlpga */
	INSN_IRET,
	INSN_ICEBP,
	NR_INSN_OPS,
};

/* Where operands are: destination first. */
enum insn_form {
	FORM_NONE,
	FORM_MR,  /* r/m, register */
	FORM_RM,  /* register, r/m */
	FORM_MI,  /* r/m, immediate */
	FORM_M,	  /* r/m */
	FORM_AI,  /* accumulator, immediate */
	FORM_AM,  /* accumulator, memory at an absolute offset */
	FORM_MA,  /* the opposite */
	FORM_M1,  /* r/m, and the number 1 */
	FORM_MC,  /* r/m, CL */
	FORM_MRC, /* r/m, register, CL */
	FORM_RMI, /* register, r/m, immediate */
	FORM_R,	  /* the register that the opcode's lowest bits name */
	FORM_I,	  /* immediate */
};

/* What becomes of the vector register of INSN_VMOVE, besides its lowest bytes. */
#define VEC_STORE   BIT(0) /* nothing: it is stored */
#define VEC_ALIGNED BIT(1) /* memory must be aligned to the operand's size */
#define VEC_HIGH    BIT(2) /* the second eight bytes are meant, and not the first */
#define VEC_MERGE   BIT(3) /* the other eight stay; with VEC_VEX they are those of @rm */
#define VEC_VEX	    BIT(4) /* a load clears all above the operand's size */

/* Segment registers as instructions number them. */
enum { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS, NR_SEGS };

/* Registers as instructions number them. */
enum { GPR_RAX, GPR_RCX, GPR_RDX, GPR_RBX, GPR_RSP, GPR_RBP, GPR_RSI, GPR_RDI, NR_GPRS = 16 };

#define INSN_NO_REG  0xff
#define INSN_RIP_REL 0xfe

/**
 * struct insn - a decoded instruction
 * @op, @form:	 enum insn_op, enum insn_form
 * @length:	 in bytes
 * @width:	 of the operands, in bytes; for movzx and movsx of the destination
 * @src_width:	 of the source
 * @addr_width:	 of addresses: 2, 4 or 8
 * @memory:	 an operand is in memory, besides those of strings
 * @reg:	 number of the register operand
 * @rm:		 number of the other one, if it is no memory
 * @base, @index: registers, INSN_NO_REG, or for @base INSN_RIP_REL
 * @scale:	 log2
 * @seg:	 segment of the memory operand (of a string: of its source)
 * @vector:	 VEC_* of INSN_VMOVE, whose @width is of what is in memory: up to 32
 * @rex:	 there is a REX prefix: byte registers 4 to 7 are SPL to DIL
 * @lock, @rep, @repne: prefixes F0, F3, F2
 * @disp, @imm:	 sign-extended; @imm of INSN_SETCC and INSN_CMOVCC is the condition; @disp is the whole offset of FORM_AM and FORM_MA
 */
struct insn {
	u8 op, form;
	u8 length;
	u8 width, src_width, addr_width;
	bool memory;
	u8 reg, rm;
	u8 base, index, scale, seg;
	u8 vector;
	bool rex, lock, rep, repne;
	u64 disp, imm;
};

/**
 * insn_decode() - what the instruction at the start of @buf is
 * @len:  bytes at @buf that may be looked at
 * @mode: default width of addresses: 2, 4, or 8 in 64-bit mode
 * Return: 0; -E2BIG if it does not end within @len bytes; -EINVAL if there is no such
 * instruction (EVEX, XOP, and VEX but for moves of memory are taken for that), or it has more than
 * INSN_MAX bytes.
 */
__must_check int insn_decode(struct insn *out, const u8 *buf, unsigned int len, unsigned int mode);

/* RFLAGS. */
#define X86_FLAG_CF  BIT(0)
#define X86_FLAG_ONE BIT(1)
#define X86_FLAG_PF  BIT(2)
#define X86_FLAG_AF  BIT(4)
#define X86_FLAG_ZF  BIT(6)
#define X86_FLAG_SF  BIT(7)
#define X86_FLAG_TF  BIT(8)
#define X86_FLAG_IF  BIT(9)
#define X86_FLAG_DF  BIT(10)
#define X86_FLAG_OF  BIT(11)
#define X86_FLAG_RF  BIT(16)
#define X86_FLAG_VM  BIT(17)
#define X86_FLAG_AC  BIT(18)
#define X86_FLAGS_ARITH \
	(X86_FLAG_CF | X86_FLAG_PF | X86_FLAG_AF | X86_FLAG_ZF | X86_FLAG_SF | X86_FLAG_OF)

/* Exceptions (AMD APM vol. 2, 8.1). */
enum x86_vector {
	X86_DE = 0,
	X86_DB = 1,
	X86_NMI = 2,
	X86_BP = 3,
	X86_OF = 4,
	X86_UD = 6,
	X86_NM = 7,
	X86_DF = 8,
	X86_TS = 10,
	X86_NP = 11,
	X86_SS = 12,
	X86_GP = 13,
	X86_PF = 14,
	X86_MF = 16,
	X86_AC = 17,
	X86_MC = 18,
	X86_XF = 19,
};

/* An exception for the guest; @addr is what CR2 gets for a #PF. */
struct x86_fault {
	u8 vector;
	bool has_error;
	u32 error;
	u64 addr;
};

/* A segment as SVM keeps it (AMD APM vol. 2, appendix B, table B-2). */
struct x86_seg {
	u16 selector;
	u16 attrib;
	u32 limit;
	u64 base;
};

#define SEG_ATTR_WRITE	BIT(1) /* of data; of code: readable */
#define SEG_ATTR_EXPAND BIT(2) /* down; data only */
#define SEG_ATTR_CODE	BIT(3)
#define SEG_ATTR_P	BIT(7)
#define SEG_ATTR_L	BIT(9)
#define SEG_ATTR_DB	BIT(10)

static inline u64 width_mask(unsigned int width)
{
	return ~(u64)0 >> (64 - 8 * width);
}

/* The number that the lowest @bits of @v are, in two's complement. */
static inline u64 sign_extend(u64 v, unsigned int bits)
{
	return (u64)((s64)(v << (64 - bits)) >> (64 - bits));
}

/* Whether @addr is canonical where virtual addresses have @va_bits (AMD APM vol. 2, 5.3.1). */
static inline bool x86_canonical(u64 addr, unsigned int va_bits)
{
	return sign_extend(addr, va_bits) == addr;
}

/* Without REX the byte registers 4 to 7 are the second bytes of the first four. */
static inline bool is_high_byte(unsigned int reg, unsigned int width, bool rex)
{
	return width == 1 && !rex && reg >= 4 && reg < 8;
}

static inline u64 gpr_read(const u64 *gpr, unsigned int reg, unsigned int width, bool rex)
{
	if (unlikely(is_high_byte(reg, width, rex)))
		return gpr[reg - 4] >> 8 & 0xff;
	return gpr[reg] & width_mask(width);
}

/* A result of 32 bits clears the upper half; a shorter one leaves the rest. */
static inline void gpr_write(u64 *gpr, unsigned int reg, unsigned int width, bool rex, u64 val)
{
	u64 mask = width_mask(width);

	if (likely(width >= 4))
		gpr[reg] = val & mask;
	else if (is_high_byte(reg, width, rex))
		gpr[reg - 4] = (gpr[reg - 4] & ~0xff00ul) | (val & 0xff) << 8;
	else
		gpr[reg] = (gpr[reg] & ~mask) | (val & mask);
}

struct emul;

/* What an access is for; a read that will be written back is EMUL_MODIFY. */
enum emul_access { EMUL_READ, EMUL_WRITE, EMUL_MODIFY };

/* Results of the callbacks and of emul_execute(), besides negative errors. */
enum emul_result {
	EMUL_DONE,  /* rip is behind the instruction */
	EMUL_PART,  /* a repeated string was done in part; rip is where it was */
	EMUL_AGAIN, /* nothing was done: the guest's page tables changed meanwhile */
	EMUL_FAULT, /* emul->fault is for the guest; what had been done of a string stays done */
};

/**
 * struct emul_ops - memory, by linear address; @width is 1, 2, 4 or 8
 * @check: whether an access would succeed; EMUL_DONE or EMUL_FAULT. Of any @width up to 32
 * @vector_read: 32 bytes of an XMM or YMM register
 * @vector_write: the same; without @whole only 16, and else all above is cleared
 *
 * An access may cross a page. If any of it faults, nothing of it has happened.
 */
struct emul_ops {
	int (*check)(struct emul *e, u64 addr, unsigned int width, enum emul_access why);
	int (*read)(struct emul *e, u64 addr, unsigned int width, enum emul_access why, u64 *val);
	int (*write)(struct emul *e, u64 addr, unsigned int width, u64 val);
	int (*in)(struct emul *e, u16 port, unsigned int width, u64 *val);
	int (*out)(struct emul *e, u16 port, unsigned int width, u64 val);
	void (*vector_read)(struct emul *e, unsigned int reg, u64 *val);
	void (*vector_write)(struct emul *e, unsigned int reg, const u64 *val, bool whole);
};

/**
 * struct emul - what an instruction works on
 * @gpr:  NR_GPRS registers, in the order in which instructions number them
 * @seg:  by SEG_*
 * @mode: as for insn_decode()
 * @protected_mode: segments have types (neither real nor virtual-8086 mode)
 * @va_bits: of canonical addresses, in 64-bit mode
 * @cr0, @cr4, @xcr0: the guest's; the last two only for INSN_VMOVE
 */
struct emul {
	const struct emul_ops *ops;
	u64 *gpr;
	const struct x86_seg *seg;
	u64 rip, rflags;
	unsigned int mode;
	bool protected_mode;
	unsigned int va_bits;
	u64 cr0, cr4, xcr0;
	struct x86_fault fault;
};

/*
 * Iterations of a repeated string that one call of emul_execute() does at most. Interrupts are
 * off meanwhile, and one that touches memory for the first time takes some 16,000 instructions,
 * beside which the exit for each does not count.
 */
#define EMUL_STRING_MAX 1

/**
 * emul_execute() - do @i as the processor would
 * Return: enum emul_result, or -EOPNOTSUPP if it is none that is emulated, with nothing changed.
 */
__must_check int emul_execute(struct emul *e, const struct insn *i);

/** emul_skip() - go on behind an instruction of @length bytes. */
void emul_skip(struct emul *e, unsigned int length);

/* Between insn_execute.c, insn_math.c, insn_operand.c, insn_stack.c, insn_string.c, insn_vector.c. */
__must_check int emul_math(struct emul *e, const struct insn *i);
__must_check int emul_stack(struct emul *e, const struct insn *i);
__must_check int emul_vector(struct emul *e, const struct insn *i);
/* An exception, with the error code 0 if it has one; EMUL_FAULT. */
int emul_fault(struct emul *e, enum x86_vector vector);
/* Sign, zero and parity of a result, as RFLAGS has them. */
u64 emul_result_flags(u64 r, unsigned int width);
/* @width bytes in pieces of eight, or less if it is less: all of them or none. */
__must_check int emul_read(struct emul *e, u64 addr, unsigned int width, enum emul_access why,
			   u64 *val);
__must_check int emul_write(struct emul *e, u64 addr, unsigned int width, const u64 *val);
__must_check int emul_string(struct emul *e, const struct insn *i);
__must_check int emul_address(struct emul *e, const struct insn *i, enum emul_access why,
			      u64 *addr);
__must_check int emul_linear(struct emul *e, unsigned int seg, u64 off, unsigned int width,
			     enum emul_access why, u64 *addr);
u64 emul_alu(enum insn_op op, u64 a, u64 b, unsigned int width, u64 *rflags);

static inline bool insn_is_string(u8 op)
{
	return op >= INSN_MOVS && op <= INSN_OUTS;
}

#endif
