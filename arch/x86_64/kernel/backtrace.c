// SPDX-License-Identifier: Apache-2.0
#include <lodge/arch.h>
#include <lodge/ksyms.h>
#include <lodge/printk.h>
#include <asm/backtrace.h>
#include <asm/layout.h>
#include <asm/trap.h>

#define MAX_FRAMES 24

/* A frame record is fp[0] = the caller's fp, fp[1] = return address (frame pointers kept). */
static bool frame_ok(u64 fp, u64 last)
{
	return fp > last && IS_ALIGNED(fp, 8) && fp >= DIRECT_MAP_BASE;
}

/* A word that may not be there: in an exit's outermost frame the chain is a guest's value. */
static bool peek(u64 addr, u64 *val)
{
	u32 ok = 0;

	*val = 0;
	__asm__ volatile(EX_GUARDED("movq (%2), %1", "movl $1, %0\n")
			 : "+r"(ok), "+r"(*val)
			 : "r"(addr)
			 : "memory");
	return ok;
}

void backtrace_from(u64 fp)
{
	u64 last = 0, next, ra;
	int i;

	for (i = 0; i < MAX_FRAMES && frame_ok(fp, last); i++) {
		if (!peek(fp, &next) || !peek(fp + 8, &ra) || !ksym_is_text(ra))
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
}
