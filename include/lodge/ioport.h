/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_IOPORT_H
#define LODGE_IOPORT_H

#include <lodge/types.h>

/*
 * I/O ports, where the instruction set has an address space of them: port_read8() to
 * port_read32() and port_write8() to port_write32(). Elsewhere nothing is at any port, so that
 * drivers need not ask: driver_port() finds none.
 */
#ifdef CONFIG_HAS_IOPORT
#include <asm/ioport.h>
#else
#define PORT_ACCESSORS(bits, type)                            \
	static inline type port_read##bits(u16 port)          \
	{                                                     \
		return (type) ~(type)0;                       \
	}                                                     \
	static inline void port_write##bits(u16 port, type v) \
	{                                                     \
	}

PORT_ACCESSORS(8, u8)
PORT_ACCESSORS(16, u16)
PORT_ACCESSORS(32, u32)

#undef PORT_ACCESSORS
#endif

/*
 * Which of them the host goes on using after its boot, so that no guest is given them.
 */

/** ioport_claim() - @nr ports from @first on are used by @who, for ever. The boot CPU. */
void ioport_claim(u16 first, u32 nr, const char *who);
/** ioport_owner() - who uses any of @nr ports from @first on; NULL if nobody does. */
const char *ioport_owner(u32 first, u32 nr);

#endif
