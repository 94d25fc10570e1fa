/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_SYSCALL_H
#define ARCH_SYSCALL_H

#include <lodge/compiler.h>

/* Where the kernel is, which no process may read. */
#define ARCH_KERNEL_ADDR 0x40200000UL

#define ARCH_ELF_MACHINE 183

/* An instruction that is not for user mode. */
static __always_inline void privileged_insn(void)
{
	__asm__ volatile("mrs xzr, sctlr_el1" ::: "memory");
}

static __always_inline long syscall(unsigned long nr, unsigned long a, unsigned long b,
				    unsigned long c)
{
	register unsigned long r0 __asm__("x0") = a;
	register unsigned long r1 __asm__("x1") = b;
	register unsigned long r2 __asm__("x2") = c;
	register unsigned long r8 __asm__("x8") = nr;

	__asm__ volatile("svc #0" : "+r"(r0) : "r"(r1), "r"(r2), "r"(r8) : "memory");
	return (long)r0;
}

#endif
