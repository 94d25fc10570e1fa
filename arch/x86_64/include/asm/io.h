/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_IO_H
#define ASM_IO_H

#include <lodge/types.h>
#include <asm/barrier.h>

/*
 * Device registers. They are mapped uncached, so that accesses stay in program order, and
 * stores to memory before them are seen by the device (AMD APM vol. 2, 7.4.2): only the
 * compiler has to be told.
 */
#define IO_ACCESSORS(name, type, suffix, reg)                     \
	static inline type read##name(const volatile void *p)     \
	{                                                         \
		type v;                                           \
		__asm__ volatile("mov" suffix " %1, %0"           \
				 : reg(v)                         \
				 : "m"(*(const volatile type *)p) \
				 : "memory");                     \
		return v;                                         \
	}                                                         \
	static inline void write##name(type v, volatile void *p)  \
	{                                                         \
		__asm__ volatile("mov" suffix " %1, %0"           \
				 : "=m"(*(volatile type *)p)      \
				 : "r"(v)                         \
				 : "memory");                     \
	}

IO_ACCESSORS(b, u8, "b", "=q")
IO_ACCESSORS(w, u16, "w", "=r")
IO_ACCESSORS(l, u32, "l", "=r")
IO_ACCESSORS(q, u64, "q", "=r")

#undef IO_ACCESSORS

#endif
