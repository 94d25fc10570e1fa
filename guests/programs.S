/* SPDX-License-Identifier: Apache-2.0 */
/* mkernel's processes, each an ELF file. */
	.section .rodata
	.macro	program name
	.balign	8
	.globl	program_\name, program_\name\()_end
program_\name:
	.incbin	"guests/user/\name"
program_\name\()_end:
	.endm

	program	hello
	program	trespass
