// SPDX-License-Identifier: Apache-2.0
#include <arch/psci.h>
#include <arch/sysreg.h>
#include <guest/cpus.h>

/* PSCI 1.1: CPU_ON and AFFINITY_INFO, whose states have the numbers of CPU_*. */

struct cpu cpus[MAX_CPUS];

long cpu_start(u64 id, void (*fn)(struct cpu *c))
{
	struct cpu *c = &cpus[id];

	if (!c->sp)
		c->sp = (u64)ram_alloc(1) + PAGE_SIZE;
	c->fn = fn;
	c->id = c->paging = c->masks = ~0UL;
	smp_mb();
	return psci_call(SMCCC_64(PSCI_CPU_ON), id, (u64)cpu_entry, (u64)c);
}

long cpu_status(u64 id)
{
	return psci_call(SMCCC_64(PSCI_AFFINITY_INFO), id, 0, 0);
}

void cpu_stop(void)
{
	psci_call(PSCI_CPU_OFF, 0, 0, 0);
}

bool cpu_began_unpaged(const struct cpu *c)
{
	return !(c->paging & SCTLR_M);
}

/* D, A, I and F are set (PSCI 1.1, 6.4.3.4). */
bool cpu_began_masked(const struct cpu *c)
{
	return (c->masks & 0x3c0) == 0x3c0;
}
