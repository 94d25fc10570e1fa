/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_REGS_H
#define ARCH_REGS_H

/* Registers by the manual's names (AMD APM vol. 2), for C and assembly. */
#define CR0_PE 0x00000001
#define CR0_MP 0x00000002
#define CR0_EM 0x00000004
#define CR0_TS 0x00000008
#define CR0_ET 0x00000010
#define CR0_NE 0x00000020
#define CR0_WP 0x00010000
#define CR0_PG 0x80000000

#define CR4_PAE	       0x00000020
#define CR4_OSFXSR     0x00000200
#define CR4_OSXMMEXCPT 0x00000400
#define CR4_OSXSAVE    0x00040000
#define CR4_SMEP       0x00100000
#define CR4_SMAP       0x00200000

#define RFLAGS_FIXED 0x002
#define RFLAGS_IF    0x200

#define MSR_APIC_BASE	 0x1b
#define MSR_TSC_DEADLINE 0x6e0
#define MSR_EFER	 0xc0000080
#define EFER_LME	 0x100
#define EFER_NXE	 0x800

/* The GDT: those of user mode have RPL 3 in use. */
#define SEL_CODE      0x08
#define SEL_DATA      0x10
#define SEL_CODE32    0x18 /* while a CPU starts */
#define SEL_USER_DATA 0x1b
#define SEL_USER_CODE 0x23
#define SEL_TSS	      0x28
#define GDT_ENTRIES   7

#define DESC_CODE64    0x00af9b000000ffff
#define DESC_CODE32    0x00cf9b000000ffff
#define DESC_DATA      0x00cf93000000ffff
#define DESC_USER_CODE 0x00affb000000ffff
#define DESC_USER_DATA 0x00cff3000000ffff

#define VECTOR_DB  1
#define VECTOR_NMI 2
#define VECTOR_BP  3
#define VECTOR_UD  6
#define VECTOR_GP  13
#define VECTOR_PF  14

#define PF_PRESENT 0x01
#define PF_WRITE   0x02
#define PF_USER	   0x04
#define PF_FETCH   0x10

#ifndef __ASSEMBLY__
#include <lodge/types.h>

#define cr_read(n)                                                               \
	({                                                                       \
		u64 cr_val;                                                      \
		__asm__ volatile("mov %%cr" #n ", %0" : "=r"(cr_val)::"memory"); \
		cr_val;                                                          \
	})
#define cr_write(n, v) __asm__ volatile("mov %0, %%cr" #n ::"r"((u64)(v)) : "memory")

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

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi)::"memory");
	return lo | (u64)hi << 32;
}

static inline void cpuid(u32 leaf, u32 sub, u32 out[4])
{
	__asm__ volatile("cpuid"
			 : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
			 : "a"(leaf), "c"(sub)
			 : "memory");
}

static inline u8 inb(u16 port)
{
	u8 v;

	__asm__ volatile("inb %w1, %0" : "=a"(v) : "Nd"(port) : "memory");
	return v;
}

static inline void outb(u16 port, u8 v)
{
	__asm__ volatile("outb %0, %w1" ::"a"(v), "Nd"(port) : "memory");
}

static inline void outw(u16 port, u16 v)
{
	__asm__ volatile("outw %0, %w1" ::"a"(v), "Nd"(port) : "memory");
}
#endif

#endif
