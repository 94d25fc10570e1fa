// SPDX-License-Identifier: Apache-2.0
#include "../walk.h"
#include <arch/regs.h>
#include <guest/guest.h>
#include <guest/irq.h>
#include <guest/tap.h>

/* Nothing answers with ones: an entry that is present and has reserved bits set. */
bool walk_is_aborted(struct trap_record r, enum walk_access access, u64 va, unsigned int level,
		     bool user)
{
	u64 want = BIT(0) | BIT(3) | (access == WALK_STORE ? PF_WRITE : 0) |
		   (access == WALK_FETCH ? PF_FETCH : 0) | (user ? BIT(2) : 0);

	(void)level;
	/* The vector, and the error code above it. */
	return r.count == 1 && r.cause == (VECTOR_PF | want << 8) && r.tval == va;
}

/* Also where the host makes the walk, for an instruction that it carries out. */
void walk_arch(u64 va)
{
	u64 di = va, si = platform.intc & ~0xffful, cx = 1;
	struct trap_record r;

	trap_catch();
	__asm__ volatile("rep movsl" : "+D"(di), "+S"(si), "+c"(cx)::"memory");
	r = trap_caught();
	tap_ok(walk_is_aborted(r, WALK_STORE, va, 0, false), "a string from a device is refused");
	/* An instruction that nobody but a processor knows. */
	trap_catch();
	__asm__ volatile("fildl (%0)" ::"r"(va) : "memory");
	r = trap_caught();
	tap_ok(walk_is_aborted(r, WALK_LOAD, va, 0, false), "so is one of the x87");
}
