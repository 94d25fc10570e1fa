/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GUEST_TAP_H
#define GUEST_TAP_H

#include <guest/guest.h>

/*
 * Test Anything Protocol. One line per check, the plan last, so that a guest
 * that dies half-way is seen to have no plan.
 */

/* Returns @ok, so that a check can guard what depends on it. */
__printf(2, 3) bool tap_ok(bool ok, const char *name, ...);
__printf(1, 2) void tap_skip(const char *why, ...);
/* A failed check tells both values. */
bool tap_eq(u64 got, u64 want, const char *name);
/* "# ..." */
__printf(1, 2) void tap_note(const char *fmt, ...);
/* Prints the plan. Return: what guest_main() should return. */
int tap_done(void);

#endif
