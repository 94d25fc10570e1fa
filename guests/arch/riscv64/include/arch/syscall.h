/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_SYSCALL_H
#define ARCH_SYSCALL_H

#include <lodge/compiler.h>

/* Where the kernel is, which no process may read. */
#define ARCH_KERNEL_ADDR 0x80200000UL

#define ARCH_ELF_MACHINE 243

/* An instruction that is not for user mode. */
static __always_inline void privileged_insn(void)
{
	__asm__ volatile("csrr zero, sstatus" ::: "memory");
}

static __always_inline long syscall(unsigned long nr, unsigned long a, unsigned long b,
				    unsigned long c)
{
	register unsigned long r0 __asm__("a0") = a;
	register unsigned long r1 __asm__("a1") = b;
	register unsigned long r2 __asm__("a2") = c;
	register unsigned long r7 __asm__("a7") = nr;

	__asm__ volatile("ecall" : "+r"(r0) : "r"(r1), "r"(r2), "r"(r7) : "memory");
	return (long)r0;
}

#endif
