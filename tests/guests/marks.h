/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_GUESTS_MARKS_H
#define TESTS_GUESTS_MARKS_H

#include <guest/guest.h>

/* Everything that might be a register has a number below this. */
extern const u32 marks_count;

/* Whether a mark there would end the guest, or what is there changes by itself. */
bool marks_skip(u32 n);
/* False: it is not there, or takes no such value. Not on two CPUs at a time. */
bool marks_read(u32 n, u64 *val);
bool marks_write(u32 n, u64 val);

#endif
