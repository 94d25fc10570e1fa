/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_SECURE_H
#define ASM_SECURE_H

/*
 * Which of its two worlds EL2 is in. This image is for the non-secure one; what another, for
 * secure EL2 (FEAT_SEL2), has to do differently is told here and nowhere else: each security
 * state has an EL2 physical timer of its own, with an interrupt of its own.
 */
#define EL2_TIMER_CTL  CNTHP_CTL_EL2
#define EL2_TIMER_CVAL CNTHP_CVAL_EL2

/* What the tree calls that timer's interrupt, and where it is in a list without names. */
#define EL2_TIMER_IRQ_NAME  "hyp-phys"
#define EL2_TIMER_IRQ_INDEX 3

#endif
