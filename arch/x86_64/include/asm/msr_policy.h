/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_MSR_POLICY_H
#define ASM_MSR_POLICY_H

#include <lodge/types.h>

/* What guests find in MSRs that are neither in hardware nor the local APIC's. */

#define NR_FIXED_MTRRS	  11
#define NR_VARIABLE_MTRRS 8

/**
 * struct x86_msrs - a vCPU's
 * @mtrr_deftype, @mtrr_fixed, @mtrr_variable: kept for the guest, without effect: with nested
 *		paging its PAT and the host's tables say what is cached (AMD APM vol. 2, 15.25.8).
 *		Of the variable ones bases and masks alternate
 * @tsc_adjust:	what the guest has added to its time-stamp counter
 * @tsc_aux:	while it is not loaded
 */
struct x86_msrs {
	u64 mtrr_deftype;
	u64 mtrr_fixed[NR_FIXED_MTRRS];
	u64 mtrr_variable[2 * NR_VARIABLE_MTRRS];
	u64 hwcr, syscfg, debugctl, mcg_status, misc_enable;
	u64 tsc_adjust, tsc_aux;
};

/** x86_msrs_reset() - as firmware leaves them on a PC with devices below 4 GiB. */
void x86_msrs_reset(struct x86_msrs *m);
/** x86_msr_policy_read() - false: the guest gets #GP. */
bool x86_msr_policy_read(const struct x86_msrs *m, u32 msr, u64 *val);
/** x86_msr_policy_write() - false: the guest gets #GP. */
bool x86_msr_policy_write(struct x86_msrs *m, u32 msr, u64 val);

/** x86_pat_valid() - whether all eight memory types of a PAT exist (7.8.1). */
bool x86_pat_valid(u64 pat);
/**
 * x86_efer_write() - what the guest's EFER becomes
 * @allowed:  bits that its CPUID shows
 * @paging:   CR0.PG is set: LME can't change (14.6)
 * Return: false for #GP.
 */
bool x86_efer_write(u64 old, u64 val, u64 allowed, bool paging, u64 *efer);

#endif
