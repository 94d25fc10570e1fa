/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_PGTABLE_H
#define ASM_PGTABLE_H

#include <lodge/pgtable.h>

/* The host's own translation (stage 1 of EL2, 48 bits). */
extern const struct pgtable_format el2_stage1;

/**
 * stage2_format() - fill in @fmt with a guest's translation
 *
 * As large as stage 2 can have it, which is what the CPU has of physical addresses: @parange, of
 * ID_AA64MMFR0_EL1.
 */
void stage2_format(struct pgtable_format *fmt, unsigned int parange);
/** stage2_sl0() - VTCR_EL2.SL0 for @fmt: at which level its walk starts. */
unsigned int stage2_sl0(const struct pgtable_format *fmt);

#endif
