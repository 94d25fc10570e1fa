/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_CPUID_POLICY_H
#define ASM_CPUID_POLICY_H

#include <asm/cpuid.h>

/* What guests are told by CPUID. */

#define CPUID_HV_SIGNATURE "LodgeLodgeHV" /* leaf 0x40000000: EBX, ECX, EDX */

/**
 * struct cpuid_guest - what the answers depend on besides the host's CPUID
 * @host:    the host's answers, with the guest's XCR0 in effect
 * @id:	     the vCPU, which is its APIC id, of @nr
 * @osxsave: its CR4.OSXSAVE
 * @apic_off: its local APIC is disabled, or it has none
 * @xcr0:    the components of XCR0 that guests may switch on
 * @tsc_khz: how fast the time-stamp counter counts, and the local APIC's timer
 */
struct cpuid_guest {
	struct cpuid (*host)(u32 leaf, u32 sub);
	u32 id, nr;
	bool osxsave, apic_off;
	u64 xcr0;
	u32 tsc_khz;
};

/** x86_cpuid_policy() - the answer to @leaf and @sub, every bit of which a table allows. */
struct cpuid x86_cpuid_policy(const struct cpuid_guest *g, u32 leaf, u32 sub);

/* XCR0 (AMD APM vol. 2, 11.5.2). */
#define XCR0_X87     BIT(0)
#define XCR0_SSE     BIT(1)
#define XCR0_AVX     BIT(2)
#define XCR0_AVX512  GENMASK(7, 5)
#define XCR0_OFFERED (XCR0_X87 | XCR0_SSE | XCR0_AVX | XCR0_AVX512)

/** x86_xcr0_valid() - whether XSETBV may set XCR0 to @val, given what is offered. */
bool x86_xcr0_valid(u64 val, u64 offered);

/** x86_cr4_offered() - bits of CR4 that go with what the guest's CPUID shows. */
u64 x86_cr4_offered(struct cpuid (*host)(u32 leaf, u32 sub));
/** x86_spec_ctrl_offered() - SPEC_CTRL is the guest's: VMRUN and #VMEXIT switch it. */
bool x86_spec_ctrl_offered(struct cpuid (*host)(u32 leaf, u32 sub));
/** x86_efer_offered() - and of EFER. */
u64 x86_efer_offered(struct cpuid (*host)(u32 leaf, u32 sub));

#endif
