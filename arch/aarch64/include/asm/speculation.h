/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_SPECULATION_H
#define ASM_SPECULATION_H

/*
 * What keeps a guest from directing speculation of EL2, or of another guest. Documentation/
 * hardening.rst has the reasons.
 */
#include <lodge/types.h>

/**
 * struct arm64_spec_ids - what a CPU and its firmware tell of themselves
 * @midr:  MIDR_EL1
 * @csv2, @ssbs, @ecbhb, @clrbhb: fields of ID registers of the same names (Arm ARM D19.2)
 * @fw:	   what ARCH_FEATURES answers for SMCCC_ARCH_WORKAROUND_1 to 3: 0 if a call is needed, 1
 *	   if the CPU is not affected, negative if the firmware does not know
 */
struct arm64_spec_ids {
	u32 midr;
	unsigned int csv2, ssbs, ecbhb, clrbhb;
	s64 fw[3];
};

/**
 * struct arm64_speculation - what is to be done
 * @exit_call:	the call of the firmware that each exit from a guest makes first; 0 for none
 * @bhb_loops:	branches that replace what the guest left in the branch history; 0 for none
 * @clear_bhb:	the instruction does it (FEAT_CLRBHB)
 * @no_bypass:	the firmware is told once that loads must not pass older stores
 * @guest:	what guests are told of the workarounds 1 to 3
 */
struct arm64_speculation {
	u32 exit_call, bhb_loops;
	bool clear_bhb, no_bypass;
	s64 guest[3];
};

void arm64_speculation_decide(const struct arm64_spec_ids *ids, struct arm64_speculation *s);

/** arm64_speculation_cpu_init() - the calling CPU's; from here on its vectors do what it needs. */
void arm64_speculation_cpu_init(void);
/* kernel/psci.c: the firmware below. */
/** smccc_host_features() - its ARCH_FEATURES for @fid; negative if it does not know the call. */
s64 smccc_host_features(u32 fid);
void smccc_host_call(u32 fid, u64 arg);

/** arm64_speculation_print() - one line for the log. */
void arm64_speculation_print(void);

#endif
