// SPDX-License-Identifier: Apache-2.0
#include "../walk.h"
#include <guest/irq.h>

/* An access fault of the original access's type (privileged architecture 1.12, 4.3.2). */
bool walk_is_aborted(struct trap_record r, enum walk_access access, u64 va, unsigned int level,
		     bool user)
{
	static const enum trap_kind kinds[] = { TRAP_LOAD_ACCESS, TRAP_STORE_ACCESS,
						TRAP_FETCH_ACCESS };

	(void)level;
	(void)user;
	return trap_is(r, kinds[access]) && r.tval == va;
}

void walk_arch(u64 va)
{
	(void)va;
}
