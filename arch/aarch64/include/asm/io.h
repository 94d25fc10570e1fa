/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_IO_H
#define ASM_IO_H

#include <lodge/types.h>
#include <asm/barrier.h>

/*
 * Device registers. A store is after all earlier stores to memory, so that a
 * device that is told of data finds it; a load is before all later accesses.
 *
 * One instruction of a plain base register each, since only for those does an exit's
 * syndrome say what a hypervisor below needs to know (Arm ARM, ISS of a Data Abort, ISV).
 */
#define IO_ACCESSORS(name, type, insn, reg)                               \
	static inline type read##name(const volatile void *p)             \
	{                                                                 \
		type v;                                                   \
		__asm__ volatile("ldr" insn " %" reg "0, [%1]\n\t"        \
				 "dmb osh"                                \
				 : "=r"(v)                                \
				 : "r"(p)                                 \
				 : "memory");                             \
		return v;                                                 \
	}                                                                 \
	static inline void write##name(type v, volatile void *p)          \
	{                                                                 \
		__asm__ volatile("dmb oshst\n\t"                          \
				 "str" insn " %" reg "0, [%1]" ::"rZ"(v), \
				 "r"(p)                                   \
				 : "memory");                             \
	}

IO_ACCESSORS(b, u8, "b", "w")
IO_ACCESSORS(w, u16, "h", "w")
IO_ACCESSORS(l, u32, "", "w")
IO_ACCESSORS(q, u64, "", "x")

#undef IO_ACCESSORS

#endif
