/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_EXTABLE_H
#define LODGE_EXTABLE_H

#include <lodge/types.h>

/* Host instructions that may fault, and where to go on when they do. */
struct ex_entry {
	u64 insn, fixup;
};

#define EX_TABLE(insn, fixup)             \
	".pushsection .ex_table, \"a\"\n" \
	".balign 8\n"                     \
	".quad " insn ", " fixup "\n"     \
	".popsection\n"

/* The instruction @insn, and @then, which is skipped when it traps. */
#define EX_GUARDED(insn, then) "1: " insn "\n" then "2:\n" EX_TABLE("1b", "2b")

/** extable_fixup() - from a trap at *@pc: true, with where to go on, if the table has it. */
bool extable_fixup(u64 *pc);

#endif
