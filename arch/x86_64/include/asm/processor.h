/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_PROCESSOR_H
#define ASM_PROCESSOR_H

#include <asm/flag.h>

/* Control registers, flags, selectors, exceptions (AMD APM vol. 2, chapters 3, 4 and 8). */
#define CR0_PE FLAG(0)
#define CR0_MP FLAG(1)
#define CR0_EM FLAG(2)
#define CR0_TS FLAG(3)
#define CR0_ET FLAG(4)
#define CR0_NE FLAG(5)
#define CR0_WP FLAG(16)
#define CR0_AM FLAG(18)
#define CR0_NW FLAG(29)
#define CR0_CD FLAG(30)
#define CR0_PG FLAG(31)

#define CR4_VME	       FLAG(0)
#define CR4_PVI	       FLAG(1)
#define CR4_TSD	       FLAG(2)
#define CR4_DE	       FLAG(3)
#define CR4_PSE	       FLAG(4)
#define CR4_PAE	       FLAG(5)
#define CR4_MCE	       FLAG(6)
#define CR4_PGE	       FLAG(7)
#define CR4_PCE	       FLAG(8)
#define CR4_OSFXSR     FLAG(9)
#define CR4_OSXMMEXCPT FLAG(10)
#define CR4_UMIP       FLAG(11)
#define CR4_LA57       FLAG(12)
#define CR4_FSGSBASE   FLAG(16)
#define CR4_PCIDE      FLAG(17)
#define CR4_OSXSAVE    FLAG(18)
#define CR4_SMEP       FLAG(20)
#define CR4_SMAP       FLAG(21)
#define CR4_PKE	       FLAG(22)

#define RFLAGS_FIXED FLAG(1)
#define RFLAGS_TF    FLAG(8)
#define RFLAGS_IF    FLAG(9)
#define RFLAGS_DF    FLAG(10)
#define RFLAGS_RF    FLAG(16)
#define RFLAGS_AC    FLAG(18)

#define VECTOR_DE     0
#define VECTOR_DB     1
#define VECTOR_NMI    2
#define VECTOR_BP     3
#define VECTOR_OF     4
#define VECTOR_BR     5
#define VECTOR_UD     6
#define VECTOR_NM     7
#define VECTOR_DF     8
#define VECTOR_TS     10
#define VECTOR_NP     11
#define VECTOR_SS     12
#define VECTOR_GP     13
#define VECTOR_PF     14
#define VECTOR_MF     16
#define VECTOR_AC     17
#define VECTOR_MC     18
#define VECTOR_XF     19
#define NR_EXCEPTIONS 32

/* Selectors of the host's GDT; SEL_CODE32 is in that of CPUs that start, in SEL_TSS's place. */
#define SEL_CODE    0x08
#define SEL_DATA    0x10
#define SEL_TSS	    0x18 /* two entries */
#define SEL_CODE32  0x18
#define GDT_ENTRIES 5

/* Descriptors (4.8): long-mode and 32-bit code, and data. */
#define DESC_CODE64 0x00af9b000000ffff
#define DESC_CODE32 0x00cf9b000000ffff
#define DESC_DATA   0x00cf93000000ffff

#ifndef __ASSEMBLY__
#include <lodge/types.h>

/* What LGDT and LIDT take. */
struct desc_ptr {
	u16 limit;
	u64 base;
} __packed;

/* 64-bit task-state segment (12.2.5): only its stacks are used. */
struct tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7]; /* IST1 to IST7 */
	u64 reserved2;
	u16 reserved3;
	u16 io_map;
} __packed;

static_assert(sizeof(struct tss) == 104, "APM vol. 2, figure 12-8");

#define CR_ACCESSORS(n)                                                     \
	static inline u64 read_cr##n(void)                                  \
	{                                                                   \
		u64 v;                                                      \
		__asm__ volatile("mov %%cr" #n ", %0" : "=r"(v)::"memory"); \
		return v;                                                   \
	}                                                                   \
	static inline void write_cr##n(u64 v)                               \
	{                                                                   \
		__asm__ volatile("mov %0, %%cr" #n ::"r"(v) : "memory");    \
	}

CR_ACCESSORS(0)
CR_ACCESSORS(2)
CR_ACCESSORS(3)
CR_ACCESSORS(4)

#undef CR_ACCESSORS

static inline void invlpg(u64 va)
{
	__asm__ volatile("invlpg (%0)" ::"r"(va) : "memory");
}
#endif

#endif
