/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_VCPU_H
#define ASM_VCPU_H

#include <lodge/time.h>
#include <lodge/types.h>

/* Exception classes 0..63, and what is no synchronous exception. */
#define EXIT_CAUSE_IRQ	  64
#define EXIT_CAUSE_FIQ	  65
#define EXIT_CAUSE_SERROR 66
#define NR_EXIT_CAUSES	  67

/*
 * Registers that are the guest's alone: they stay in the CPU until another vCPU is loaded
 * there. What decides about translation (SCTLR, TCR, TTBRn) is switched apart.
 */
/* clang-format off */
#define GUEST_SYSREGS(X) \
	X(CPACR_EL1) X(ESR_EL1) X(AFSR0_EL1) X(AFSR1_EL1) X(FAR_EL1) \
	X(MAIR_EL1) X(AMAIR_EL1) X(VBAR_EL1) X(CONTEXTIDR_EL1) X(TPIDR_EL0) \
	X(TPIDRRO_EL0) X(TPIDR_EL1) X(CNTKCTL_EL1) X(PAR_EL1) X(CSSELR_EL1) \
	X(SP_EL0) X(SP_EL1) X(ELR_EL1) X(SPSR_EL1) X(MDSCR_EL1)

/* Pointer authentication keys, where the CPU has them. */
#define GUEST_PAUTH_KEYS(X) \
	X(APIAKEYLO_EL1) X(APIAKEYHI_EL1) X(APIBKEYLO_EL1) X(APIBKEYHI_EL1) \
	X(APDAKEYLO_EL1) X(APDAKEYHI_EL1) X(APDBKEYLO_EL1) X(APDBKEYHI_EL1) \
	X(APGAKEYLO_EL1) X(APGAKEYHI_EL1)
/* clang-format on */

#define GUEST_SYSREG_INDEX(reg) GUEST_##reg,
enum guest_sysreg {
	GUEST_SYSREGS(GUEST_SYSREG_INDEX) GUEST_PAUTH_KEYS(GUEST_SYSREG_INDEX) NR_GUEST_SYSREGS
};
#undef GUEST_SYSREG_INDEX

/* SIMD&FP registers as they are spilled between vCPUs. */
struct arm64_fp_state {
	u64 v[32][2];
	u64 fpsr, fpcr;
};

/* Breakpoints and watchpoints, by number: DBGBVR, DBGBCR, DBGWVR, DBGWCR. */
struct arm64_debug_state {
	u64 reg[16][4];
	bool used;    /* the guest has written one since its reset */
	bool os_lock; /* OSLSR_EL1.OSLK */
};

struct vgic_vcpu;

/* What the PE told of an exit: ESR_EL2, FAR_EL2 and HPFAR_EL2. */
struct arm64_exit_note {
	u64 esr, far, hpfar;
};

#define ARM64_GUEST_VERSION 1

/**
 * struct arm64_guest_state - what a guest can observe of its PE, and nothing else
 * @version, @size: ARM64_GUEST_VERSION and sizeof(this); the version changes with the layout
 * @gpr:	x0..x30, and XZR
 * @pc, @spsr:	to enter with; while an exit is handled they are in ELR_EL2 and SPSR_EL2, and
 *		@pc is where it came from, but for calls of the firmware and interrupts
 * @sctlr, @tcr, @ttbr0, @ttbr1, @sys: EL1 registers while the vCPU is not loaded
 * @disr:	DISR_EL1, likewise, where the CPU has RAS
 * @tpidr2:	TPIDR2_EL0, where it has SME: fine-grained traps hide it, but some CPUs have none
 * @cntv_ctl, @cntv_cval: virtual timer, likewise
 * @cntp_ctl, @cntp_cval: the physical timer, which is emulated: without ISTATUS
 * @debug:	breakpoints, watchpoints and the OS lock
 * @fp:		while the vCPU is not this CPU's fp_owner
 *
 * It has no pointers: a copy of it is the PE's part of a snapshot. What is the VM's is not in
 * it: the offset of its count, memory, devices, and with them the interrupt controller, whose
 * CPU interface and private interrupts are saved as part of that device.
 */
struct arm64_guest_state {
	u32 version, size;

	u64 gpr[32];
	u64 pc;
	u64 spsr;

	u64 sctlr, tcr, ttbr0, ttbr1;
	u64 sys[NR_GUEST_SYSREGS];
	u64 disr, tpidr2;

	u64 cntv_ctl, cntv_cval;
	u64 cntp_ctl, cntp_cval;

	struct arm64_debug_state debug;
	struct arm64_fp_state fp;
};

/**
 * struct arch_vcpu - a guest PE
 * @guest:	its state while it is not in the registers
 * @hcr:	HCR_EL2
 * @vtimer:	ends a wait of a vCPU that is not loaded
 * @ptimer:	raises the interrupt of the physical timer
 * @vgic:	its part of the interrupt controller, NULL without one
 * @note:	of the exit that it crashed in
 */
struct arch_vcpu {
	struct arm64_guest_state guest;
	u64 hcr;
	struct timer vtimer, ptimer;
	struct vgic_vcpu *vgic;
	struct arm64_exit_note note;
};

#endif
