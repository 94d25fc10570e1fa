/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_SYSCALL_H
#define ARCH_SYSCALL_H

#include <lodge/compiler.h>

/* Where the kernel is, which no process may read. */
#define ARCH_KERNEL_ADDR 0x200000UL

/* As an interrupt, whose gate user mode may use. */
#define SYSCALL_VECTOR 0x80

#define ARCH_ELF_MACHINE 62

/* An instruction that is not for user mode. */
static __always_inline void privileged_insn(void)
{
	__asm__ volatile("cli" ::: "memory");
}

static __always_inline long syscall(unsigned long nr, unsigned long a, unsigned long b,
				    unsigned long c)
{
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "a"(nr), "D"(a), "S"(b), "d"(c) : "memory");
	return r;
}

#endif
