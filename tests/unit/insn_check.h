/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSN_CHECK_H
#define INSN_CHECK_H

#include <asm/emulate.h>
#include <shim.h>

/* What holds for whatever the x86 decoder makes of @len bytes. */
static inline void check_decoded(const struct insn *i, unsigned int len)
{
	assert_in_range(i->length, 1, min(len, 15u));
	assert_true(i->op < NR_INSN_OPS);
	assert_true(i->width == 1 || i->width == 2 || i->width == 4 || i->width == 8 ||
		    i->width == 16 || i->width == 32);
	assert_true(i->reg < 16 && i->seg < NR_SEGS && i->scale < 4);
	assert_true(i->base < 16 || i->base >= INSN_RIP_REL);
	assert_true(i->index < 16 || i->index == INSN_NO_REG);
}

#endif
