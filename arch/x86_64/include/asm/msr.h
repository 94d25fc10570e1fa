/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_MSR_H
#define ASM_MSR_H

#include <asm/flag.h>

/* Model-specific registers by the manuals' names (AMD APM vol. 2, appendix A). */
#define MSR_TSC		 0x00000010
#define MSR_APIC_BASE	 0x0000001b
#define MSR_MTRRCAP	 0x000000fe
#define MSR_SYSENTER_CS	 0x00000174
#define MSR_SYSENTER_ESP 0x00000175
#define MSR_SYSENTER_EIP 0x00000176
#define MSR_PAT		 0x00000277
#define MSR_TSC_DEADLINE 0x000006e0
#define MSR_X2APIC	 0x00000800 /* and a register's offset divided by 16 */
#define MSR_EFER	 0xc0000080
#define MSR_STAR	 0xc0000081
#define MSR_LSTAR	 0xc0000082
#define MSR_CSTAR	 0xc0000083
#define MSR_SFMASK	 0xc0000084
#define MSR_FS_BASE	 0xc0000100
#define MSR_GS_BASE	 0xc0000101
#define MSR_KERNEL_GS	 0xc0000102
#define MSR_TSC_AUX	 0xc0000103
#define MSR_VM_CR	 0xc0010114
#define MSR_VM_HSAVE_PA	 0xc0010117

#define APIC_BASE_BSP	 FLAG(8)
#define APIC_BASE_X2APIC FLAG(10)
#define APIC_BASE_ENABLE FLAG(11)
#define APIC_BASE_ADDR	 0x000ffffffffff000ul

#define EFER_SCE  FLAG(0)
#define EFER_LME  FLAG(8)
#define EFER_LMA  FLAG(10)
#define EFER_NXE  FLAG(11)
#define EFER_SVME FLAG(12)

/* APM vol. 2, 15.30.1 */
#define VM_CR_LOCK   FLAG(3)
#define VM_CR_SVMDIS FLAG(4)

#ifndef __ASSEMBLY__
#include <lodge/types.h>

static inline u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr) : "memory");
	return lo | (u64)hi << 32;
}

static inline void wrmsr(u32 msr, u64 v)
{
	__asm__ volatile("wrmsr" ::"c"(msr), "a"((u32)v), "d"((u32)(v >> 32)) : "memory");
}

static inline u64 rdtsc(void)
{
	u32 lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return lo | (u64)hi << 32;
}
#endif

#endif
