// SPDX-License-Identifier: Apache-2.0
#include "../smp-fence.h"
#include <arch/apic.h>
#include <arch/regs.h>
#include <arch/trap.h>
#include <guest/cpus.h>
#include <guest/guest.h>
#include <guest/tap.h>

/*
 * A CPU has to forget by itself. NMIs ask it to, which come although interrupts are off; each
 * CPU tells when it has done it.
 */

static volatile u64 address; /* ~0: all */
static volatile u64 done[MAX_CPUS];

static void on_nmi(void)
{
	if (address == ~0UL)
		cr_write(3, cr_read(3));
	else
		__asm__ volatile("invlpg (%0)" ::"r"(address) : "memory");
	done[cpu_number()]++;
}

static bool ask_all(u64 va)
{
	u64 before[MAX_CPUS], end = guest_give_up();

	nmi_handler = on_nmi;
	address = va;
	smp_mb();
	for_each_other_cpu(c)
	{
		before[c] = done[c];
		lapic_send(c, LAPIC_ICR_ASSERT | LAPIC_ICR_NMI);
	}
	for_each_other_cpu(c) while (done[c] == before[c]) if (arch_time() > end) return false;
	return true;
}

static bool by_root(u64 va, u64 size)
{
	(void)va;
	(void)size;
	return ask_all(~0UL);
}

static bool by_address(u64 va, u64 size)
{
	(void)size;
	return ask_all(va);
}

/* Caches of instructions follow what is stored, all by themselves. */
bool fence_code_everywhere(u64 addr, u64 size)
{
	(void)addr;
	(void)size;
	smp_mb();
	return true;
}

/* But for what has been fetched already: CPUID serializes. */
void fence_context(void)
{
	u32 r[4];

	cpuid(0, 0, r);
}

const struct fence arch_fences[] = {
	{ "NMI and CR3", by_root },
	{ "NMI and INVLPG", by_address },
};
const unsigned int arch_nr_fences = ARRAY_SIZE(arch_fences);
