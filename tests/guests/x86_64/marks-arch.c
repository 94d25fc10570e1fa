// SPDX-License-Identifier: Apache-2.0
#include "../marks.h"
#include <arch/regs.h>
#include <guest/trap.h>

/* MSRs, in the three ranges that have some (APM vol. 2, figure 15-3), debug registers, CR2. */

#define RANGE 0x2000

enum { DR0 = 3 * RANGE, DR1, DR2, DR3, CR2, NR_MARKS };

const u32 marks_count = NR_MARKS;

static u32 msr_of(u32 n)
{
	static const u32 base[] = { 0, 0xc0000000, 0xc0010000 };

	return base[n / RANGE] + n % RANGE;
}

bool marks_skip(u32 n)
{
	u32 msr;

	if (n >= DR0)
		return false;
	msr = msr_of(n);
	/* Time, with the place of the VM's time of day, the local APIC, and how the processor runs. */
	return msr == 0x10 || msr == 0x11 || msr == 0x3b || msr == 0x1b || msr == 0x6e0 ||
	       (msr >= 0x800 && msr < 0xc00) || msr == 0xc0000080;
}

#define DR_READ(n)  __asm__ volatile("mov %%dr" #n ", %0" : "=r"(v))
#define DR_WRITE(n) __asm__ volatile("mov %0, %%dr" #n ::"r"(val))

bool marks_read(u32 n, u64 *val)
{
	u64 v = 0;

	trap_catch();
	switch (n) {
	case DR0:
		DR_READ(0);
		break;
	case DR1:
		DR_READ(1);
		break;
	case DR2:
		DR_READ(2);
		break;
	case DR3:
		DR_READ(3);
		break;
	case CR2:
		v = cr_read(2);
		break;
	default:
		v = rdmsr(msr_of(n));
	}
	*val = v;
	return !trap_caught().count;
}

bool marks_write(u32 n, u64 val)
{
	trap_catch();
	switch (n) {
	case DR0:
		DR_WRITE(0);
		break;
	case DR1:
		DR_WRITE(1);
		break;
	case DR2:
		DR_WRITE(2);
		break;
	case DR3:
		DR_WRITE(3);
		break;
	case CR2:
		cr_write(2, val);
		break;
	default:
		wrmsr(msr_of(n), val);
	}
	return !trap_caught().count;
}
