/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_MACROS_H
#define ASM_MACROS_H

/* For assembly only. */
/* clang-format off */

/* The address of \sym, wherever the program runs. */
	.macro adr_l, dst, sym
	adrp	\dst, \sym
	add	\dst, \dst, :lo12:\sym
	.endm

/* A constant of 32 bits. */
	.macro mov_l, dst, val
	movz	\dst, #(\val) & 0xffff
	movk	\dst, #((\val) >> 16) & 0xffff, lsl #16
	.endm

#endif
