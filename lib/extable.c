// SPDX-License-Identifier: Apache-2.0
#include <lodge/extable.h>

extern const struct ex_entry __ex_table_start[], __ex_table_end[]; /* from the linker script */

bool extable_fixup(u64 *pc)
{
	const struct ex_entry *e;

	for (e = __ex_table_start; e < __ex_table_end; e++) {
		if (e->insn == *pc) {
			*pc = e->fixup;
			return true;
		}
	}
	return false;
}
