/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_ALLOC_FAULT_H
#define LODGE_ALLOC_FAULT_H

#include <lodge/types.h>

/*
 * Allocations that fail on demand, for tests: of pages and of small objects, of whoever asks. All of
 * this is for any context.
 */
#ifdef CONFIG_ALLOC_FAULT
/** alloc_fault_arm() - the @n-th allocation from now on fails, that one only; 0: none. */
void alloc_fault_arm(u64 n);
/** alloc_fault_is_armed() - whether the one that is to fail has not been reached yet. */
bool alloc_fault_is_armed(void);
/** alloc_fault_now() - counts an allocation. Return: whether it is the one that fails. */
bool alloc_fault_now(void);
#else
static inline bool alloc_fault_now(void)
{
	return false;
}
#endif

#endif
