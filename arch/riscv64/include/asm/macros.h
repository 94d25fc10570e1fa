/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_MACROS_H
#define ASM_MACROS_H

/* op x<n>, offset + 8 * n (base), for every general register but x0, base and \skip. */
	.macro for_each_gpr op, base, offset, skip=zero
	.irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	.ifnc x\n, \base
	.ifnc x\n, \skip
	\op	x\n, \offset + 8 * \n (\base)
	.endif
	.endif
	.endr
	.endm

#endif
