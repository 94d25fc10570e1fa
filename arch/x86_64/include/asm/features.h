/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_FEATURES_H
#define ASM_FEATURES_H

#include <lodge/types.h>

/**
 * struct cpu_features - what the boot CPU's CPUID tells, and the host uses
 * @max_leaf, @max_ext_leaf, @max_hv_leaf: largest leaf of each range; 0 where there is none
 * @vendor:	as CPUID spells it, with a NUL
 * @tcg:	whether it is QEMU's translator that emulates the CPU
 * @counts_instructions: and whether that derives its time from them (-icount)
 * @svm:	leaf CPUID_SVM_LEAF's EDX; 0 without SVM
 * @svm_asids:	number of address-space identifiers, ASID 0 (the host's) among them
 */
struct cpu_features {
	u32 max_leaf, max_ext_leaf, max_hv_leaf;
	char vendor[13];
	bool tcg;
	bool counts_instructions;
	bool has_svm;
	bool page1g;
	bool x2apic;
	bool tsc_deadline;
	bool smep, smap, umip;
	bool xsave, fsgsbase, rdrand, mce;
	u32 svm;
	u32 svm_asids;
};

extern struct cpu_features cpu_features;

/** cpu_features_init() - ask the boot CPU; before anything else. */
void cpu_features_init(void);
/** cpu_random() - up to @size bytes from RDRAND; how many there were. */
u32 cpu_random(u8 *buf, u32 size);
/** svm_cpu_init() - SVM on, on the calling CPU; panics in one line if it can't be. */
void svm_cpu_init(void);

#endif
