/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_CPUID_H
#define ASM_CPUID_H

#include <lodge/types.h>

struct cpuid {
	u32 eax, ebx, ecx, edx;
};

/** cpuid() - leaf @leaf, subleaf @sub, as this CPU has it. */
static inline struct cpuid cpuid(u32 leaf, u32 sub)
{
	struct cpuid r;

	__asm__ volatile("cpuid"
			 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "a"(leaf), "c"(sub));
	return r;
}

/* Leaf 1 */
#define CPUID_1_ECX_X2APIC	 BIT(21)
#define CPUID_1_ECX_TSC_DEADLINE BIT(24)
#define CPUID_1_ECX_XSAVE	 BIT(26)
#define CPUID_1_ECX_HYPERVISOR	 BIT(31)
#define CPUID_1_ECX_RDRAND	 BIT(30)
#define CPUID_1_EDX_MCE		 BIT(7)
/* Where a hypervisor below us tells of itself, and the frequency of the TSC in kHz. */
#define CPUID_HV_LEAF	     0x40000000
#define CPUID_HV_TIMING_LEAF 0x40000010
#define CPUID_TSC_LEAF	     0x15
/* Leaf 7 */
#define CPUID_7_EBX_FSGSBASE BIT(0)
#define CPUID_7_EBX_BMI1     BIT(3)
#define CPUID_7_EBX_SMEP     BIT(7)
#define CPUID_7_EBX_SMAP     BIT(20)
#define CPUID_7_ECX_UMIP     BIT(2)
/* Leaf 0x80000001 */
#define CPUID_EXT_ECX_SVM    BIT(2)
#define CPUID_EXT_ECX_LZCNT  BIT(5)
#define CPUID_EXT_EDX_NX     BIT(20)
#define CPUID_EXT_EDX_PAGE1G BIT(26)
/* Leaf 0x80000007 */
#define CPUID_APM_EDX_INVARIANT_TSC BIT(8)
/* Leaf 0x8000000a: SVM revision and features (APM vol. 3, E.4.9) */
#define CPUID_SVM_LEAF		      0x8000000a
#define CPUID_SVM_EDX_NP	      BIT(0)
#define CPUID_SVM_EDX_LBRV	      BIT(1)
#define CPUID_SVM_EDX_SVML	      BIT(2)
#define CPUID_SVM_EDX_NRIPS	      BIT(3)
#define CPUID_SVM_EDX_TSC_RATE	      BIT(4)
#define CPUID_SVM_EDX_VMCB_CLEAN      BIT(5)
#define CPUID_SVM_EDX_FLUSH_BY_ASID   BIT(6)
#define CPUID_SVM_EDX_DECODE_ASSISTS  BIT(7)
#define CPUID_SVM_EDX_PAUSE_FILTER    BIT(10)
#define CPUID_SVM_EDX_PAUSE_THRESHOLD BIT(12)
#define CPUID_SVM_EDX_VGIF	      BIT(16)
#define CPUID_SVM_EDX_SPEC_CTRL	      BIT(20)
/* Leaf 0x80000008 */
#define CPUID_CAP_EBX_IBPB BIT(12)

#endif
