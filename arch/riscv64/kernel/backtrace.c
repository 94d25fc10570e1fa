// SPDX-License-Identifier: Apache-2.0
#include <lodge/arch.h>
#include <lodge/ksyms.h>
#include <lodge/printk.h>
#include <asm/backtrace.h>
#include <asm/layout.h>
#include <asm/trap.h>

#define MAX_FRAMES 24

/* A frame record is fp[-2] = caller's fp, fp[-1] = return address (with frame pointers kept). */
static bool frame_ok(u64 fp, u64 last)
{
	return fp > last && IS_ALIGNED(fp, 16) && fp >= IMAGE_BASE && fp < VMAP_BASE + VMAP_SIZE;
}

/* A word that may not be there: in an exit's outermost frame the chain is a guest's value. */
static bool peek(u64 addr, u64 *val)
{
	return try_insn("ld %1, (%2)", *val, "r"(addr));
}

void backtrace_from(u64 fp, u64 leaf_ra)
{
	u64 last = 0;
	int i;

	for (i = 0; i < MAX_FRAMES && frame_ok(fp, last); i++) {
		u64 ra, next;

		if (!peek(fp - 8, &ra) || !peek(fp - 16, &next))
			break;

		if (i == 0 && !ksym_is_text(ra)) {
			/* A leaf function stores only the caller's fp, in the first place. */
			next = ra;
			ra = leaf_ra;
		}
		/* Nobody has called the outermost function. */
		if (!next || !ksym_is_text(ra))
			break;
		printk("  #%-2d ", i);
		ksym_print(ra - 1); /* in the call, not behind it */
		printk("\n");
		last = fp;
		fp = next;
	}
}

void arch_backtrace(void)
{
	backtrace_from((u64)__builtin_frame_address(0), 0);
}
