/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_GUESTS_SMP_FENCE_H
#define TESTS_GUESTS_SMP_FENCE_H

#include <lodge/types.h>

/* Ways in which all other CPUs forget what they know of a range of virtual addresses. */
struct fence {
	const char *name;
	bool (*run)(u64 va, u64 size); /* false if it failed */
};

extern const struct fence arch_fences[];
extern const unsigned int arch_nr_fences;

/* All other CPUs run what is written there now. */
bool fence_code_everywhere(u64 addr, u64 size);
/* What a CPU itself has to do between that and running it. */
void fence_context(void);

#endif
