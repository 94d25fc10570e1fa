/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_BACKTRACE_H
#define ASM_BACKTRACE_H

#include <lodge/types.h>

/**
 * backtrace_from() - print the callers from frame pointer @fp up. @leaf_ra is the return
 * address register, for a function that calls none and has not stored it, or 0.
 */
void backtrace_from(u64 fp, u64 leaf_ra);

#endif
