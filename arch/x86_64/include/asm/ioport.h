/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_IOPORT_H
#define ASM_IOPORT_H

#include <lodge/types.h>

/* Devices in the address space of I/O ports. Accesses are strongly ordered. */
#define PORT_ACCESSORS(bits, type, suffix)                                                  \
	static inline type port_read##bits(u16 port)                                        \
	{                                                                                   \
		type v;                                                                     \
		__asm__ volatile("in" suffix " %w1, %0" : "=a"(v) : "Nd"(port) : "memory"); \
		return v;                                                                   \
	}                                                                                   \
	static inline void port_write##bits(u16 port, type v)                               \
	{                                                                                   \
		__asm__ volatile("out" suffix " %0, %w1" ::"a"(v), "Nd"(port) : "memory");  \
	}

PORT_ACCESSORS(8, u8, "b")
PORT_ACCESSORS(16, u16, "w")
PORT_ACCESSORS(32, u32, "l")

#undef PORT_ACCESSORS

#endif
