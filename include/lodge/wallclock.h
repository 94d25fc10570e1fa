/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_WALLCLOCK_H
#define LODGE_WALLCLOCK_H

#include <lodge/types.h>

/** wallclock_ns() - nanoseconds since 1970-01-01 UTC; since the counter started if no
 * clock was found. Any context. */
u64 wallclock_ns(void);

/** wallclock_set() - the time is now @ns; by a clock's driver. */
void wallclock_set(u64 ns);

#endif
