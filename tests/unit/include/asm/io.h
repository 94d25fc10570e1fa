/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_IO_H
#define ASM_IO_H

#include <asm/barrier.h>
#include <lodge/types.h>

/*
 * Device registers are memory, unless the test makes a device of it: it may
 * set shim_io to be called for every access instead.
 */
struct shim_io {
	u64 (*read)(const volatile void *p, unsigned int width);
	void (*write)(volatile void *p, unsigned int width, u64 v);
};

extern const struct shim_io *shim_io;

#define IO_ACCESSORS(name, type)                                     \
	static inline type read##name(const volatile void *p)        \
	{                                                            \
		if (shim_io)                                         \
			return (type)shim_io->read(p, sizeof(type)); \
		return *(const volatile type *)p;                    \
	}                                                            \
	static inline void write##name(type v, volatile void *p)     \
	{                                                            \
		if (shim_io)                                         \
			shim_io->write(p, sizeof(type), v);          \
		else                                                 \
			*(volatile type *)p = v;                     \
	}

IO_ACCESSORS(b, u8)
IO_ACCESSORS(w, u16)
IO_ACCESSORS(l, u32)
IO_ACCESSORS(q, u64)

#undef IO_ACCESSORS

#endif
