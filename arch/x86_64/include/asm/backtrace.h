/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_BACKTRACE_H
#define ASM_BACKTRACE_H

#include <lodge/types.h>

/** backtrace_from() - print the callers from frame pointer @fp up. */
void backtrace_from(u64 fp);

#endif
