// SPDX-License-Identifier: Apache-2.0
#include "../walk.h"
#include <guest/irq.h>
#include <guest/tap.h>

/* A synchronous external abort on the walk, at levels 3 (of pages) to 0 (Arm ARM D19.2.39). */
bool walk_is_aborted(struct trap_record r, enum walk_access access, u64 va, unsigned int level,
		     bool user)
{
	u64 ec = access == WALK_FETCH ? EC_IABT : EC_DABT;
	u64 low = r.cause & (BIT(10) - 1);
	u64 want = (FSC_EXT_WALK | (3 - level)) | (access == WALK_STORE ? ESR_WNR : 0);

	if (user)
		ec = access == WALK_FETCH ? EC_IABT_LOW : EC_DABT_LOW;
	return r.count == 1 && ESR_EC(r.cause) == ec && low == want && r.tval == va;
}

/* AT takes it as well, and says nothing in PAR_EL1. */
void walk_arch(u64 va)
{
	struct trap_record r;

	trap_catch();
	__asm__ volatile("at s1e1r, %0; isb" ::"r"(va) : "memory");
	r = trap_caught();
	tap_ok(r.count == 1 && ESR_EC(r.cause) == EC_DABT && r.tval == va &&
		       (ESR_FSC(r.cause) & ~3UL) == FSC_EXT_WALK,
	       "AT takes it, too");
	if (r.count != 1)
		tap_note("%lu traps, par 0x%lx", r.count, sysreg_read(par_el1));
}
