// SPDX-License-Identifier: Apache-2.0
#include <arch/csr.h>
#include <arch/sbi.h>
#include <guest/cpus.h>

/* SBI 2.0, chapter 9. Its states have the numbers of CPU_*. */

struct cpu cpus[MAX_CPUS];

long cpu_start(u64 id, void (*fn)(struct cpu *c))
{
	struct cpu *c = &cpus[id];

	if (!c->sp)
		c->sp = (u64)ram_alloc(1) + PAGE_SIZE;
	c->fn = fn;
	c->id = c->paging = c->masks = ~0UL;
	smp_mb();
	return sbi_call3(SBI_HSM, 0, id, (u64)cpu_entry, (u64)c).error;
}

long cpu_status(u64 id)
{
	struct sbiret r = sbi_call3(SBI_HSM, 2, id, 0, 0);

	return r.error ? r.error : r.value;
}

void cpu_stop(void)
{
	sbi_call3(SBI_HSM, 1, 0, 0, 0);
}

bool cpu_began_unpaged(const struct cpu *c)
{
	return c->paging == 0;
}

bool cpu_began_masked(const struct cpu *c)
{
	return !(c->masks & SSTATUS_SIE);
}
