// SPDX-License-Identifier: Apache-2.0
#include "../smp-storm.h"
#include <arch/apic.h>
#include <arch/regs.h>
#include <arch/trap.h>
#include <guest/cpus.h>
#include <guest/guest.h>

/*
 * There is no remote fence: an NMI, which comes although interrupts are off, makes a CPU flush by
 * itself. All CPUs ask at once, and NMIs that are sent to a CPU while it handles one merge into one.
 * So a request is a number, and a CPU answers with the last number that it saw before it flushed.
 * In QEMU each exit flushes, so that it is lost NMIs and IPIs that fail here.
 */

#define NONE	   0UL
#define EVERYTHING 1UL

static volatile u64 to_flush[MAX_CPUS]; /* of the CPU that asks: an address, or one of the above */
static volatile u64 asked[MAX_CPUS], flushed[MAX_CPUS]; /* of the CPU that is asked */
static volatile bool ready[MAX_CPUS];
static volatile bool lost; /* an NMI: nobody waits for another one */

static void flush(u64 what)
{
	if (what == EVERYTHING)
		cr_write(3, cr_read(3));
	else if (what != NONE)
		__asm__ volatile("invlpg (%0)" ::"r"(what) : "memory");
}

static void on_nmi(void)
{
	u64 me = cpu_number(), last = asked[me];

	smp_mb();
	for (u64 c = 0; c < platform.nr_cpus; c++)
		flush(to_flush[c]);
	smp_mb();
	flushed[me] = last;
}

/* An NMI to a CPU that waits for its start-up IPI is lost. */
static void wait_for_all(u64 me)
{
	nmi_handler = on_nmi;
	smp_mb();
	ready[me] = true;
	for (u64 c = 0; c < platform.nr_cpus; c++)
		while (!ready[c])
			__asm__ volatile("pause");
}

static bool wait_for(u64 c, u64 number)
{
	u64 end = guest_give_up();

	while (flushed[c] < number) {
		if (lost || arch_time() > end) {
			lost = true;
			return false;
		}
		__asm__ volatile("pause");
	}
	return true;
}

bool storm_fence(u64 va, u64 round)
{
	u64 me = cpu_number(), number[MAX_CPUS];
	bool all = true;

	if (!ready[me])
		wait_for_all(me);
	to_flush[me] = round & 1 ? EVERYTHING : va;
	smp_mb();
	for (u64 c = 0; c < platform.nr_cpus; c++) {
		if (c == me)
			continue;
		number[c] = __atomic_add_fetch(&asked[c], 1, __ATOMIC_SEQ_CST);
		lapic_send(c, LAPIC_ICR_ASSERT | LAPIC_ICR_NMI);
	}
	flush(to_flush[me]);
	for (u64 c = 0; c < platform.nr_cpus; c++)
		if (c != me)
			all &= wait_for(c, number[c]);
	to_flush[me] = NONE;
	return all;
}
