// SPDX-License-Identifier: Apache-2.0
#include "smp-storm.h"
#include <guest/cpus.h>
#include <guest/irq.h>
#include <guest/paging.h>
#include <guest/tap.h>

/*
 * All CPUs at once change translations under each other, make each other forget them, send each other
 * interrupts and sleep until one comes. In each round a CPU maps another page where its own is, makes
 * all CPUs forget the old one, spoils that, and only then says that it has done so. Who sees what is
 * spoilt has used a translation after it was to be forgotten.
 */

#define VA     0x1000000000UL
#define ROUNDS 300
#define PAGES  4
#define SPOILT (~0UL)

static struct address_space as;
static u64 page_of[MAX_CPUS][PAGES];
static u64 *entry_of[MAX_CPUS];
static volatile u64 said[MAX_CPUS];  /* the last round that is done */
static volatile u64 token[MAX_CPUS]; /* the last round of the CPU before, by interrupt */
static volatile u64 stale[MAX_CPUS], failed[MAX_CPUS], seen[MAX_CPUS];
static volatile bool ended[MAX_CPUS];

static u64 page(void)
{
	return (u64)ram_alloc(1);
}

static u64 va_of(u64 cpu)
{
	return VA + cpu * PAGE_SIZE;
}

static void change(u64 me, u64 n)
{
	volatile u64 *new = (u64 *)page_of[me][n % PAGES];
	volatile u64 *old = (u64 *)page_of[me][(n - 1) % PAGES];

	*new = n;
	smp_mb();
	*(volatile u64 *)entry_of[me] = arch_pte_make_leaf((u64) new, MAP_R | MAP_W, 0);
	smp_mb();
	failed[me] += !storm_fence(va_of(me), n);
	*old = SPOILT;
	smp_mb();
	said[me] = n;
}

static void look(u64 me)
{
	for (u64 c = 0; c < platform.nr_cpus; c++) {
		u64 least = said[c], value;

		smp_mb();
		value = *(volatile u64 *)va_of(c);
		stale[me] += value == SPOILT || value < least;
		seen[me]++;
	}
}

/* A ring: a lost interrupt, or one that is seen before what was stored, stops it. */
static void pass_on(u64 me, u64 n)
{
	u64 next = (me + 1) % platform.nr_cpus;

	token[next] = n;
	smp_mb();
	ipi_send(next);
	/*
	 * In every other round it does not sleep but looks on: what it knows of the others' pages it
	 * forgets only because they ask it to.
	 */
	while (n % 2 && token[me] < n)
		look(me);
	while (token[me] < n) {
		while (!ipi_is_pending())
			wfi();
		ipi_clear();
		smp_mb();
	}
}

static void storm(u64 me)
{
	irq_unmask(IRQ_SOFT);
	arch_paging_on(&as);
	for (u64 n = 1; n <= ROUNDS; n++) {
		look(me);
		change(me, n);
		look(me);
		pass_on(me, n);
	}
	/* Others may still ask this CPU for something. */
	ended[me] = true;
	for (u64 c = 0; c < platform.nr_cpus; c++)
		while (!ended[c])
			look(me);
	arch_paging_off();
}

static void other(struct cpu *c)
{
	storm(c->id);
}

static void make_space(void)
{
	unsigned int level;

	as_create(&as, &arch_paging_modes[0], page);
	as_map(&as, platform.ram_base, platform.ram_base, platform.ram_size, MAP_R | MAP_W | MAP_X,
	       1);
	as_map_devices(&as);
	for (u64 c = 0; c < platform.nr_cpus; c++) {
		for (int i = 0; i < PAGES; i++)
			page_of[c][i] = page();
		*(u64 *)page_of[c][0] = 0;
		as_map(&as, va_of(c), page_of[c][0], PAGE_SIZE, MAP_R | MAP_W, 0);
		entry_of[c] = as_walk(&as, va_of(c), &level);
	}
}

int guest_main(void)
{
	u64 bad = 0, wrong = 0;
	bool all = true, started = true;

	if (!tap_ok(platform.nr_cpus > 1, "there are several CPUs"))
		return tap_done();
	make_space();
	smp_mb();
	for_each_other_cpu(c) started &= cpu_start(c, other) == 0;
	if (!tap_ok(started, "they start"))
		return tap_done();
	storm(platform.boot_cpu);
	for_each_other_cpu(c) all &= cpu_wait_status(c, CPU_STOPPED);
	tap_ok(all, "each has all its interrupts, and stops");
	for (u64 c = 0; c < platform.nr_cpus; c++) {
		bad += stale[c];
		wrong += failed[c];
		all &= seen[c] >= 2 * ROUNDS * platform.nr_cpus && said[c] == ROUNDS;
	}
	tap_ok(all, "each has looked at all pages in all rounds");
	tap_ok(!wrong, "no fence fails");
	tap_ok(!bad, "no translation is used after it was to be forgotten (%lu were)", bad);
	return tap_done();
}
