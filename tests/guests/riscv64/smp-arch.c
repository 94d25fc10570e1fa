// SPDX-License-Identifier: Apache-2.0
#include "../smp.h"
#include <arch/csr.h>
#include <arch/sbi.h>
#include <guest/irq.h>
#include <guest/tap.h>

/* SBI 2.0, chapters 7 and 9. */

static long send_ipi(u64 mask, u64 base)
{
	return sbi_call3(SBI_IPI, 0, mask, base, 0).error;
}

static u64 others(void)
{
	u64 mask = 0;

	for_each_other_cpu(h) mask |= BIT(h);
	return mask;
}

bool smp_start_refused(u64 hart)
{
	return sbi_call3(SBI_HSM, 0, hart, (u64)cpu_entry, 0).error == SBI_ERR_ALREADY_AVAILABLE;
}

static void refusals(void)
{
	u64 h = platform.boot_cpu ? 0 : 1;

	tap_eq((u64)sbi_call3(SBI_HSM, 0, h, ~1UL, 0).error, (u64)SBI_ERR_INVALID_ADDRESS,
	       "a start at an address that is no memory is refused");
	tap_eq((u64)sbi_call3(SBI_HSM, 0, platform.nr_cpus, (u64)cpu_entry, 0).error,
	       (u64)SBI_ERR_INVALID_PARAM, "and one of the hart after the last");
	tap_eq((u64)cpu_status(h), CPU_STOPPED, "the hart is still stopped");
}

static void ipi_many(u64 mask, u64 base, const char *name)
{
	bool ok = true;

	for (u64 i = 0; i < ROUNDS && ok; i++) {
		u64 before[MAX_CPUS];

		for_each_other_cpu(h) before[h] = smp_count[h];
		send_ipi(mask, base);
		for_each_other_cpu(h) ok &= smp_wait_count(h, before[h] + 1);
	}
	tap_ok(ok, "%s ends it on all of them", name);
}

void smp_arch_ipis(void)
{
	ipi_many(others(), 0, "an IPI with a mask");
	tap_ok(!ipi_is_pending(), "this hart, not in the mask, has none");
	ipi_many(0, ~0UL, "an IPI to all harts");
	tap_ok(ipi_is_pending(), "and this hart has one");
	ipi_clear();
	tap_eq((u64)send_ipi(2, platform.nr_cpus - 1), (u64)SBI_ERR_INVALID_PARAM,
	       "an IPI to the hart after the last is refused");
}

/* An interrupt that nobody took does not outlive the hart's stop. */
static void leave_pending(struct cpu *h)
{
	csr_set(sip, BIT(IRQ_SOFT));
	csr_write(sscratch, 0x1234);
	smp_count[h->id]++;
}

static void look_pending(struct cpu *h)
{
	smp_count[h->id] = 1 + ipi_is_pending();
}

static void stale(void)
{
	bool ok = true;

	smp_start(leave_pending);
	smp_wait_status(CPU_STOPPED);
	for_each_other_cpu(h) send_ipi(1, h);
	smp_start(look_pending);
	smp_wait_status(CPU_STOPPED);
	for_each_other_cpu(h) ok &= smp_count[h] == 1;
	tap_ok(ok, "what was pending before a start is not after it");
}

/* ---- suspend ---- */

static void suspend(struct cpu *h)
{
	irq_unmask(IRQ_SOFT);
	smp_count[h->id] = sbi_call3(SBI_HSM, 3, 0, 0, 0).error ? 99 : 1;
	ipi_clear();
}

/* It goes on at cpu_entry, as after a start, and there with the other function. */
static void suspend_away(struct cpu *h)
{
	irq_unmask(IRQ_SOFT);
	h->fn = smp_do_nothing;
	h->id = h->paging = h->masks = ~0UL;
	sbi_call3(SBI_HSM, 3, 0x80000000, (u64)cpu_entry, (u64)h);
	smp_count[h->id] = 99;
}

static void suspends(void (*fn)(struct cpu *h), const char *name)
{
	bool resumed = true;

	smp_start(fn);
	tap_ok(smp_wait_status(HART_SUSPENDED), "%s suspended harts are seen as such", name);
	for_each_other_cpu(h)
		tap_ok(smp_start_refused(h), "%s suspended: hart %lu can't be started", name, h);
	send_ipi(others(), 0);
	tap_ok(smp_wait_status(CPU_STOPPED), "%s suspended harts are woken by an IPI", name);
	for_each_other_cpu(h)
		resumed &= smp_count[h] == 1 && cpus[h].id == h && cpus[h].paging == 0;
	tap_ok(resumed, "%s suspended harts go on where they should", name);
}

void smp_arch(void)
{
	refusals();
	stale();
	suspends(suspend, "retentive");
	suspends(suspend_away, "non-retentive");
}
