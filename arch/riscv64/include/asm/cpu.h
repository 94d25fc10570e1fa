/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_CPU_H
#define ASM_CPU_H

#include <lodge/types.h>

struct vcpu;

/* What head.S loads, with translation off, on a hart that starts. */
struct secondary_start {
	u64 satp, sp, tp, pc;
};

/* The host keeps a pointer to its struct cpu in tp. */
struct arch_cpu {
	struct secondary_start start;
	u64 trap_scratch[2];
	void *overflow_stack; /* for the report of a stack overflow */
};

/* Callee-saved registers: ra, sp, s0..s11 (RISC-V calling convention). */
struct arch_context {
	u64 ra, sp, s[12];
};

struct cpu;

/* Whatever the stack holds is an input: a call may change that, and may go on on another CPU. */
register const u64 *host_sp __asm__("sp");

static inline struct cpu *this_cpu(void)
{
	struct cpu *c;

	__asm__("mv %0, tp" : "=r"(c) : "m"(*host_sp));
	return c;
}

/** riscv_has_sstc() - the harts have stimecmp and vstimecmp, and the configuration wants them. */
extern bool riscv_has_sstc;
/** riscv_has_fp - the harts have F and D; with less than both, guests have no floating point. */
extern bool riscv_has_fp;
/** riscv_has_stateen() - hstateen0 is there: it guards newer state from guests (Smstateen). */
extern bool riscv_has_stateen;
/** riscv_shared_csrs - those of RISCV_SHARED_CSRS that are there, as bits. */
extern u32 riscv_shared_csrs;
/** riscv_cbom_block - bytes that cbo.flush writes back; 0 where the host has no Zicbom. */
extern u32 riscv_cbom_block;
/** riscv_cache_flush() - write @size bytes at @p back to memory; nothing without Zicbom. */
void riscv_cache_flush(const void *p, u64 size);
/** riscv_guard_csrs() - the calling hart's controls of newer state, where it has them. */
void riscv_guard_csrs(void);
/** riscv_isa - the host's riscv,isa string, from its tree. */
extern const char *riscv_isa;
bool riscv_isa_has(const char *ext);
/** riscv_cpu_node() - the CPU of @fdt that riscv_isa is of, or negative. */
int riscv_cpu_node(const void *fdt);

#endif
