// SPDX-License-Identifier: Apache-2.0
#include <lodge/arch.h>
#include <lodge/ksyms.h>
#include <lodge/printk.h>
#include <asm/backtrace.h>
#include <asm/layout.h>
#include <asm/trap.h>

#define MAX_FRAMES 24

/* A frame record is fp[0] = caller's fp, fp[1] = return address (AAPCS64 6.4.6). */
static bool frame_ok(u64 fp, u64 last)
{
	return fp > last && IS_ALIGNED(fp, 16) && fp >= IMAGE_BASE && fp < VMAP_BASE + VMAP_SIZE;
}

/* A word that may not be there: in an exit's outermost frame the chain is a guest's value. */
static bool peek(u64 addr, u64 *val)
{
	return try_insn("ldr %1, [%2]", *val, "r"(addr));
}

void backtrace_from(u64 fp)
{
	u64 last = 0;
	int i;

	for (i = 0; i < MAX_FRAMES && frame_ok(fp, last); i++) {
		u64 ra, next;

		if (!peek(fp, &next) || !peek(fp + 8, &ra))
			break;
		/* Nobody has called the outermost function. */
		if (!ksym_is_text(ra))
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
	backtrace_from((u64)__builtin_frame_address(0));
	barrier(); /* no tail call: the frame has to be there still */
}
