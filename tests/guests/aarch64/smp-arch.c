// SPDX-License-Identifier: Apache-2.0
#include "../smp.h"
#include <arch/gic.h>
#include <arch/psci.h>
#include <guest/irq.h>
#include <guest/tap.h>

/* PSCI 1.1, 5.4 to 5.8, and SGIs to several CPUs. */

#define STATE_STANDBY	0
#define STATE_POWERDOWN BIT(16)

static long cpu_on(u64 target, u64 entry)
{
	return psci_call(SMCCC_64(PSCI_CPU_ON), target, entry, 0);
}

bool smp_start_refused(u64 cpu)
{
	return cpu_on(cpu, (u64)cpu_entry) == PSCI_ALREADY_ON;
}

static void refusals(void)
{
	u64 c = platform.boot_cpu ? 0 : 1;
	long err = cpu_on(c, 0x50000000);

	tap_ok(err == PSCI_INVALID_ADDRESS || err == PSCI_INVALID_PARAMS,
	       "a start at an address that is no memory is refused");
	tap_note("error %ld", err);
	tap_eq((u64)cpu_on(platform.nr_cpus, (u64)cpu_entry), (u64)PSCI_INVALID_PARAMS,
	       "and one of the CPU after the last");
	tap_eq((u64)cpu_on(BIT(32) | c, (u64)cpu_entry), (u64)PSCI_INVALID_PARAMS,
	       "and one with a bit of affinity 3");
	tap_eq((u64)psci_call(SMCCC_64(PSCI_AFFINITY_INFO), platform.nr_cpus, 0, 0),
	       (u64)PSCI_INVALID_PARAMS, "nor has the CPU after the last a state");
	tap_eq((u64)cpu_status(c), CPU_STOPPED, "the CPU is still off");
}

/* Bit 40 of ICC_SGI1R_EL1, bits 25:24 of GICD_SGIR: all but this one. */
static void send_to_others(void)
{
	if (gic.version == 3)
		sysreg_write(ICC_SGI1R_EL1, BIT(40));
	else
		mmio_write32(gic.gicd + GICD_SGIR, 1u << 24);
	isb();
}

static void send_to_list(u64 list)
{
	if (gic.version == 3)
		sysreg_write(ICC_SGI1R_EL1, list);
	else
		mmio_write32(gic.gicd + GICD_SGIR, (u32)list << 16);
	isb();
}

static bool each_counts(void (*send)(u64 list), u64 list)
{
	bool ok = true;

	for (u64 i = 0; i < ROUNDS && ok; i++) {
		u64 before[MAX_CPUS];

		for_each_other_cpu(c) before[c] = smp_count[c];
		send(list);
		for_each_other_cpu(c) ok &= smp_wait_count(c, before[c] + 1);
	}
	return ok;
}

static void send_all(u64 list)
{
	(void)list;
	send_to_others();
}

void smp_arch_ipis(void)
{
	u64 list = 0;

	for_each_other_cpu(c) list |= BIT(c);
	tap_ok(each_counts(send_to_list, list), "an SGI with a list ends it on all of them");
	tap_ok(!ipi_is_pending(), "this CPU, not in the list, has none");
	tap_ok(each_counts(send_all, 0), "an SGI to all others ends it on all of them");
	tap_ok(!ipi_is_pending(), "and this CPU has none");
	send_to_list(BIT(platform.nr_cpus) | BIT(15) * (gic.version == 3));
	tap_ok(true, "an SGI to CPUs that are not there is survived");
}

/* ---- suspend ---- */

static void standby(struct cpu *c)
{
	irq_unmask(IRQ_SOFT);
	while (!ipi_is_pending())
		if (psci_call(SMCCC_64(PSCI_CPU_SUSPEND), STATE_STANDBY, 0, 0)) {
			smp_count[c->id] = 99;
			return;
		}
	ipi_clear();
	smp_count[c->id]++;
}

/* It goes on at cpu_entry, as after CPU_ON, and there with the other function. */
static void power_down(struct cpu *c)
{
	irq_unmask(IRQ_SOFT);
	c->fn = smp_do_nothing;
	c->id = c->paging = c->masks = ~0UL;
	psci_call(SMCCC_64(PSCI_CPU_SUSPEND), STATE_POWERDOWN, (u64)cpu_entry, (u64)c);
	smp_count[sysreg_read(mpidr_el1) & 0xff] = 99;
}

static void suspends(void (*fn)(struct cpu *c), const char *name)
{
	u64 until = arch_time() + arch_ticks_from_us(20000);
	bool asleep = true, resumed = true;

	smp_start(fn);
	smp_wait_status(CPU_STARTED);
	while (arch_time() < until)
		for_each_other_cpu(c) asleep &= !smp_count[c] && cpu_status(c) == CPU_STARTED;
	tap_ok(asleep, "%s: suspended CPUs sleep, and count as on", name);
	for_each_other_cpu(c) tap_ok(smp_start_refused(c), "%s: CPU %lu can't be started", name, c);
	for_each_other_cpu(c) ipi_send(c);
	tap_ok(smp_wait_status(CPU_STOPPED), "%s: suspended CPUs are woken by an IPI", name);
	for_each_other_cpu(c)
		resumed &= smp_count[c] == 1 && cpus[c].id == c && cpu_began_unpaged(&cpus[c]);
	tap_ok(resumed, "%s: they go on where they should", name);
}

void smp_arch(void)
{
	refusals();
	suspends(standby, "standby");
	suspends(power_down, "power-down");
}
