/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_GUESTS_FP_H
#define TESTS_GUESTS_FP_H

#include <arch/fp.h>
#include <lodge/types.h>

/* The state: FP_STATE words, the last FP_CONTROLS of which are control registers. */
extern u64 fp_want[FP_STATE], fp_got[FP_STATE];

void fp_load(const u64 *state);
void fp_store(u64 *state);
/* Values that the control registers can have, different for different seeds. */
void fp_controls(u64 *controls, u64 seed);

/* Turns the registers on, after what the architecture has to check of that. */
void fp_arch(void);
/* Whether they hold fp_want. */
bool fp_kept(void);

#endif
