/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_IOPORT_H
#define ASM_IOPORT_H

#include <lodge/types.h>

/* A test that has ports defines what is at them. */
u64 shim_port_read(u16 port, unsigned int width);
void shim_port_write(u16 port, unsigned int width, u64 v);

#define PORT_ACCESSORS(bits, type)                            \
	static inline type port_read##bits(u16 port)          \
	{                                                     \
		return (type)shim_port_read(port, bits / 8);  \
	}                                                     \
	static inline void port_write##bits(u16 port, type v) \
	{                                                     \
		shim_port_write(port, bits / 8, v);           \
	}

PORT_ACCESSORS(8, u8)
PORT_ACCESSORS(16, u16)
PORT_ACCESSORS(32, u32)

#undef PORT_ACCESSORS

#endif
