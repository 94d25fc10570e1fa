/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_VSYSREG_H
#define ASM_VSYSREG_H

#include <lodge/types.h>

/* System registers that guests find emulated. */

/* A register by its encoding, in the order of the instruction's fields: what tables sort by. */
#define SYSREG_KEY(op0, op1, crn, crm, op2) \
	((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))

/* The ISS of a trapped access has Op0, Op2, Op1, CRn, Rt, CRm and the direction, from bit 21 down. */
static inline u32 sysreg_key_of(u64 iss)
{
	return SYSREG_KEY(iss >> 20 & 3, iss >> 14 & 7, iss >> 10 & 15, iss >> 1 & 15,
			  iss >> 17 & 7);
}

/* ---- ID registers: op0 3, op1 0, CRn 0, CRm 1 to 7 (idreg.c) ---- */

#define IDREG_CRM_FIRST 1
#define IDREG_CRM_LAST	7

/**
 * struct idreg_board - what of a guest's ID registers is not the CPU's
 * @parange: of its physical addresses, as ID_AA64MMFR0_EL1.PARange
 * @gicv3:   it has the system registers of a GICv3
 */
struct idreg_board {
	unsigned int parange;
	bool gicv3;
};

/**
 * idreg_guest_value() - what a guest reads of the ID register (@crm, @op2)
 * @host: what the CPU has there
 *
 * Fields of what is not switched or not emulated read as "not implemented", those that are
 * not known as 0.
 */
u64 idreg_guest_value(unsigned int crm, unsigned int op2, u64 host,
		      const struct idreg_board *board);

#endif
