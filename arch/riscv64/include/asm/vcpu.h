/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_VCPU_H
#define ASM_VCPU_H

#include <lodge/time.h>
#include <lodge/types.h>
#include <asm/csr.h>

/* scause 0..23, and the host's own interrupts as one. */
#define NR_EXIT_CAUSES	     25
#define EXIT_CAUSE_INTERRUPT 24

/* What an instruction means: fields of struct insn; the upper @shift bits are not @width's. */
#define INSN_MEMOS 8

struct insn_memo {
	u64 key; /* the word; 0 is no load or store */
	u8 kind, width, sign, reg, length, shift;
};

/* FP and vector registers as they are spilled between vCPUs. */
struct riscv_fp_state {
	u64 f[32];
	u64 fcsr;
};

struct riscv_vector_state {
	u64 vstart, vl, vtype, vcsr;
	u8 *regs; /* 32 * vlenb bytes */
};

/* What the hart told of an exit, by the names of its CSRs. */
struct riscv_exit_note {
	u64 scause, stval, htval, htinst;
};

/**
 * struct arch_vcpu - a guest hart
 * @gpr:	x0..x31; x0 is not used
 * @pc, @sstatus, @hstatus: sepc, sstatus and hstatus to enter with
 * @host_sp:	stack of arch_vcpu_run() while the guest runs
 * @host_tp:	struct cpu that it runs on
 * @hvip:	virtual interrupts that are pending; under hvip_lock-free rules:
 *		changed with atomics by anybody, copied to the CSR by its own CPU
 * @vs*:	guest CSRs while the vCPU is not loaded
 * @shared:	what riscv_shared_csrs names, likewise
 * @timer:	ends a wait, or multiplexes the guest's timer where there is no Sstc
 * @timecmp:	guest time of the next timer interrupt; ~0 for none
 * @note:	of the exit that it crashed in
 */
struct arch_vcpu {
	u64 gpr[32];
	u64 pc;
	u64 sstatus;
	u64 hstatus;
	u64 host_sp;
	u64 host_tp;

	u64 hvip;
	u64 vsstatus, vsie, vstvec, vsscratch, vsepc, vscause, vstval, vsatp;
	u64 senvcfg, scounteren;
	u64 shared[NR_SHARED_CSRS];
	u64 timecmp;
	struct timer timer;

	struct insn_memo memo[INSN_MEMOS];
	struct riscv_exit_note note;

	struct riscv_fp_state fp;
	struct riscv_vector_state vector;
};

#endif
