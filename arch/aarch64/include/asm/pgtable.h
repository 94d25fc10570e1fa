/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_PGTABLE_H
#define ASM_PGTABLE_H

#include <lodge/pgtable.h>

/* The host's own translation (stage 1 of EL2, 48 bits). */
extern const struct pgtable_format el2_stage1;

/*
 * A guest's, by bits of guest-physical address: what stage 2 can have is what the CPU has of
 * physical addresses.
 */
extern const struct pgtable_format stage2_32, stage2_36, stage2_40, stage2_42, stage2_44, stage2_48;

/** stage2_format() - the largest for ID_AA64MMFR0_EL1.PARange @parange. */
const struct pgtable_format *stage2_format(unsigned int parange);
/** stage2_sl0() - VTCR_EL2.SL0 for @fmt: at which level its walk starts. */
unsigned int stage2_sl0(const struct pgtable_format *fmt);

#endif
