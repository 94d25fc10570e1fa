/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_GUESTS_RESET_H
#define TESTS_GUESTS_RESET_H

#include <lodge/types.h>

/* At most three ways to start the machine again. */
struct reset {
	const char *name;
	void (*run)(void);
};

extern const struct reset arch_resets[];
extern const unsigned int arch_nr_resets;

/* Sets a register whose value would be in the way of a guest that starts, or its usual one. */
void reset_spoil(bool bad);
/* What is not to reset the machine. */
void reset_arch(void);

#endif
