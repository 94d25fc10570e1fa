// SPDX-License-Identifier: Apache-2.0
#include "../smp.h"
#include <arch/apic.h>
#include <guest/irq.h>
#include <guest/tap.h>

/* Local APICs (AMD APM vol. 2, 16.5): shorthands, logical destinations, INIT. */

#define ICR_LOGICAL 0x800
#define ICR_SELF    0x40000
#define ICR_ALL	    0x80000
#define ICR_OTHERS  0xc0000
#define IPI	    (LAPIC_ICR_ASSERT | VECTOR_SOFT)

/* There is no firmware to refuse anything: this library does. */
bool smp_start_refused(u64 cpu)
{
	return cpu_start(cpu, smp_do_nothing) < 0;
}

static bool each_counts(u64 dest, u32 command)
{
	bool ok = true;

	for (u64 i = 0; i < ROUNDS && ok; i++) {
		u64 before[MAX_CPUS];

		for_each_other_cpu(c) before[c] = smp_count[c];
		lapic_send(dest, command);
		for_each_other_cpu(c) ok &= smp_wait_count(c, before[c] + 1);
	}
	return ok;
}

void smp_arch_ipis(void)
{
	tap_ok(each_counts(0, IPI | ICR_OTHERS), "an IPI to all others ends it on all of them");
	tap_ok(!ipi_is_pending(), "and this CPU has none");
	tap_ok(each_counts(0, IPI | ICR_ALL), "an IPI to all does as well");
	tap_ok(ipi_is_pending(), "and this CPU has it too");
	ipi_clear();
	tap_ok(each_counts(0xff, IPI), "an IPI to id 0xff goes to all");
	ipi_clear();
	lapic_send(0, IPI | ICR_SELF);
	tap_ok(ipi_is_pending(), "one to oneself comes to oneself");
	ipi_clear();
	lapic_send(platform.nr_cpus + 3, IPI);
	tap_ok(true, "an IPI to a CPU that is not there is survived");
}

static void wait_for_init(struct cpu *c)
{
	smp_count[c->id]++;
	for (;;)
		smp_count[c->id]++;
}

static void pause_ms(u64 ms)
{
	u64 end = arch_time() + arch_ticks_from_us(ms * 1000);

	while (arch_time() < end)
		;
}

/* Whether @c counts no more. The machine may take its time until it does not. */
static bool stands_still(u64 c)
{
	u64 at, end = guest_give_up();

	do {
		at = smp_count[c];
		pause_ms(20);
	} while (smp_count[c] != at && arch_time() < end);
	return smp_count[c] == at;
}

/* It stops a CPU in the middle of what it does, until it is started again. */
static void init_stops(void)
{
	bool stopped = true;

	smp_start(wait_for_init);
	for_each_other_cpu(c)
	{
		smp_wait_count(c, 1);
		lapic_send(c, LAPIC_ICR_ASSERT | LAPIC_ICR_INIT);
		stopped &= stands_still(c);
		cpu_was_stopped(c);
	}
	tap_ok(stopped, "INIT stops a CPU that runs");
	tap_ok(smp_start(smp_do_nothing) && smp_wait_status(CPU_STOPPED),
	       "and it can be started again");
}

void smp_arch(void)
{
	init_stops();
}
