/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KERNEL_LOCK_INTERNAL_H
#define KERNEL_LOCK_INTERNAL_H

#include <lodge/lock_debug.h>
#include "graph.h"

/* Reports of what is wrong; each ends the machine. @place is where the last step was. */

/** report_begin() - nothing is checked any more; prints what is wrong, and where. */
void report_begin(const char *what, const struct lock_debug *d, u64 place);
/** report_held() - one line: that @d is held, and where it was acquired. */
void report_held(const struct lock_debug *d);
/** report_path() - @n edges of @path: in which order locks were acquired before. */
void report_path(const struct lock_edge *const *path, unsigned int n);
/** report_use() - where locks of @class were used so for the first time; @how is the rest of the line. */
void report_use(unsigned int class, u32 use, const char *how);
__noreturn void report_end(void);

#endif
