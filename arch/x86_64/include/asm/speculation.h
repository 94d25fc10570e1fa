/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_SPECULATION_H
#define ASM_SPECULATION_H

/*
 * What keeps predictors and buffers of a CPU from telling one VM of another, or a VM of the
 * host. Documentation/hardening.rst has the reasons.
 */

#define MSR_SPEC_CTRL 0x00000048
#define MSR_PRED_CMD  0x00000049

#define SPEC_CTRL_STIBP FLAG(1)
#define PRED_CMD_IBPB	1

#ifndef __ASSEMBLY__
#include <lodge/types.h>
#include <asm/cpuid.h>

/**
 * struct x86_speculation - what is to be done, by what the CPU says of itself
 * @ibpb_switch: indirect branch predictor barrier when another VM is loaded
 * @ibpb_exit:	 and after each #VMEXIT: the guest could direct the host's own branches
 * @auto_ibrs:	 EFER.AIBRSE keeps guests from directing the host's branches (APM vol. 2, 3.2.9)
 * @stibp:	 the other thread of a core does not share indirect predictions
 * @lfence_msr:	 LFENCE waits for all before it once DE_CFG says so
 * @zenbleed:	 the upper halves of vector registers can hold another's data (AMD-SB-7008)
 * @reduce_bp:	 BP_CFG has the switch for return predictions of guests (BP_SPEC_REDUCE)
 * @fp_pointers: FXRSTOR and XRSTOR leave the x87 pointers of the last owner in place
 * @clear_divider: the last quotient would be seen by who divides next (CVE-2023-20588)
 * @verw:	 VERW before each VMRUN clears buffers that can be sampled (AMD-SB-7029)
 */
struct x86_speculation {
	bool ibpb_switch, ibpb_exit, auto_ibrs, stibp;
	bool lfence_msr, zenbleed, reduce_bp, fp_pointers, clear_divider, verw;
};

/** x86_speculation_decide() - from CPUID alone. */
void x86_speculation_decide(struct cpuid (*host)(u32 leaf, u32 sub), struct x86_speculation *s);

extern struct x86_speculation x86_speculation;
/* For switch.S: what x86_speculation has of entries and exits, and whether that is anything. */
extern bool x86_spec_verw, x86_spec_ibpb_exit, x86_spec_guarded;

/** x86_speculation_cpu_init() - the switches of the calling CPU; the first call decides. */
void x86_speculation_cpu_init(void);
/** x86_speculation_print() - one line for the log. */
void x86_speculation_print(void);
#endif

#endif
