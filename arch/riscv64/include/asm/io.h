/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_IO_H
#define ASM_IO_H

#include <lodge/types.h>
#include <asm/barrier.h>

/*
 * Device registers. A store is after all earlier stores to memory, so that a
 * device that is told of data finds it; a load is before all later accesses.
 */
#define IO_ACCESSORS(name, type)                                 \
	static inline type read##name(const volatile void *p)    \
	{                                                        \
		type v = *(const volatile type *)p;              \
		__asm__ volatile("fence i, ir" ::: "memory");    \
		return v;                                        \
	}                                                        \
	static inline void write##name(type v, volatile void *p) \
	{                                                        \
		__asm__ volatile("fence w, o" ::: "memory");     \
		*(volatile type *)p = v;                         \
	}

IO_ACCESSORS(b, u8)
IO_ACCESSORS(w, u16)
IO_ACCESSORS(l, u32)
IO_ACCESSORS(q, u64)

#undef IO_ACCESSORS

#endif
