/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_GUESTS_WALK_H
#define TESTS_GUESTS_WALK_H

#include <guest/paging.h>
#include <guest/trap.h>

enum walk_access { WALK_LOAD, WALK_STORE, WALK_FETCH };

/* ---- what walk-arch.c has ---- */

/*
 * Whether @r is what a board raises when, on the walk for @va, the table of @level can't be
 * read; 0 is the table of pages.
 */
bool walk_is_aborted(struct trap_record r, enum walk_access access, u64 va, unsigned int level,
		     bool user);
/* More, while the root entry of @va leads to no memory. */
void walk_arch(u64 va);

#endif
