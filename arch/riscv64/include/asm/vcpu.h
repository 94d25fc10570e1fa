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
	u64 bytes; /* of all vector registers: 32 * vlenb; 0 without the extension */
};

#define RISCV_GUEST_VERSION 2

/**
 * struct riscv_guest_state - what a guest can observe of its hart, and nothing else
 * @version, @size: RISCV_GUEST_VERSION and sizeof(this); the version changes with the layout
 * @gpr:	x0..x31; x0 is not used
 * @pc, @sstatus, @hstatus: sepc, sstatus and hstatus to enter with: the guest's mode, and
 *		whether its FP and vector units are in use
 * @hvip:	levels of the external and the timer interrupt; changed with atomics by anybody, copied
 *		to the CSR by the CPU that has its registers
 * @ipi:	another hart has sent a software interrupt; set by anybody, and taken into the CSR by
 *		the CPU that has its registers
 * @vssip:	whether the software interrupt is pending while the vCPU is not loaded; while it is,
 *		hvip in the CPU tells, which the guest changes, too
 * @vs*, @senvcfg, @scounteren: guest CSRs while the vCPU is not loaded
 * @shared:	the CSRs of RISCV_SHARED_CSRS, likewise
 * @timecmp:	guest time of the next timer interrupt; ~0 for none
 * @sta:	where it reads its steal time, ~0 for nowhere
 * @fp, @vector: while the vCPU is not this CPU's fp_owner. The vector registers themselves
 *		follow in memory of their own, as harts differ in their length: @vector.bytes at
 *		arch_vcpu.vector_regs
 *
 * It has no pointers: a copy of it, with the vector registers behind, is the hart's part of a
 * snapshot. What is the VM's is not in it: the offset of its time, memory, devices.
 */
struct riscv_guest_state {
	u32 version, size;

	u64 gpr[32];
	u64 pc;
	u64 sstatus;
	u64 hstatus;

	u64 hvip;
	u64 ipi;
	u64 vssip;
	u64 vsstatus, vsie, vstvec, vsscratch, vsepc, vscause, vstval, vsatp;
	u64 senvcfg, scounteren;
	u64 shared[NR_SHARED_CSRS];
	u64 timecmp;
	u64 sta;

	struct riscv_fp_state fp;
	struct riscv_vector_state vector;
};

/* What the hart told of an exit, by the names of its CSRs. */
struct riscv_exit_note {
	u64 scause, stval, htval, htinst;
};

/**
 * struct arch_vcpu - a guest hart
 * @guest:	its state while it is not in the registers
 * @fp_used:	its FP registers have been saved since the reset; else they are all 0
 * @vector_regs: the guest's vector registers, @guest.vector.bytes; NULL without the extension
 * @host_sp:	stack of arch_vcpu_run() while the guest runs
 * @host_tp:	struct cpu that it runs on
 * @nowhere:	what reservation_drop() aims at
 * @timer:	ends a wait, or multiplexes the guest's timer where there is no Sstc
 * @memo:	loads and stores that were decoded last
 * @note:	of the exit that it crashed in
 */
struct arch_vcpu {
	struct riscv_guest_state guest;
	bool fp_used;
	u8 *vector_regs;

	u64 host_sp;
	u64 host_tp;
	u64 nowhere;
	struct timer timer;

	struct insn_memo memo[INSN_MEMOS];
	struct riscv_exit_note note;
};

#endif
