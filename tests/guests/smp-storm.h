/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_GUESTS_SMP_STORM_H
#define TESTS_GUESTS_SMP_STORM_H

#include <lodge/types.h>

/* On any CPU, at any time: all CPUs forget what they know of the page at @va; @round chooses how. */
bool storm_fence(u64 va, u64 round);

#endif
