/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_MACROS_H
#define ASM_MACROS_H

/* For assembly only. */
/* clang-format off */

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

/* The same for what the calling convention lets a function change, with gp and tp ... */
	.macro for_each_scratch op, base, offset
	.irp n, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
	.ifnc x\n, \base
	\op	x\n, \offset + 8 * \n (\base)
	.endif
	.endr
	.endm

/* ... and for what it must preserve. */
	.macro for_each_saved op, base, offset
	.irp n, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	\op	x\n, \offset + 8 * \n (\base)
	.endr
	.endm

#endif
