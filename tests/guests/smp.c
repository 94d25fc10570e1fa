// SPDX-License-Identifier: Apache-2.0
#include "smp.h"
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * Several CPUs, and what each has for itself. They wait with interrupts off, so WFI returns
 * for what is pending and nothing is taken.
 */

volatile u64 smp_count[MAX_CPUS];
volatile u64 smp_go;

bool smp_wait_count(u64 c, u64 n)
{
	u64 end = guest_give_up();

	while (smp_count[c] < n)
		if (arch_time() > end)
			return false;
	return true;
}

bool smp_wait_status(long status)
{
	bool ok = true;

	for_each_other_cpu(c) ok &= cpu_wait_status(c, status);
	return ok;
}

bool smp_start(void (*fn)(struct cpu *c))
{
	bool ok = true;

	for_each_other_cpu(c)
	{
		smp_count[c] = 0;
		ok &= cpu_start(c, fn) == 0;
	}
	return ok;
}

/* ---- start and stop ---- */

void smp_do_nothing(struct cpu *c)
{
	smp_count[c->id]++;
}

static void spin(struct cpu *c)
{
	smp_count[c->id]++;
	while (!smp_go)
		;
}

static void handed_over(void)
{
	bool id = true, paging = true, masks = true;

	tap_ok(smp_wait_status(CPU_STOPPED), "the other CPUs are stopped at first");
	tap_ok(smp_start(smp_do_nothing), "each can be started");
	tap_ok(smp_wait_status(CPU_STOPPED), "and stops itself");
	for_each_other_cpu(c)
	{
		id &= cpus[c].id == c && smp_count[c] == 1;
		paging &= cpu_began_unpaged(&cpus[c]);
		masks &= cpu_began_masked(&cpus[c]);
	}
	tap_ok(id, "each ran once, with its ID and the opaque value");
	tap_ok(paging, "with paging off");
	tap_ok(masks, "with interrupts off");
}

static void running(void)
{
	bool again = true, ran = true;

	smp_go = 0;
	smp_start(spin);
	for_each_other_cpu(c)
	{
		ran &= smp_wait_count(c, 1);
		again &= cpu_status(c) == CPU_STARTED && smp_start_refused(c);
	}
	tap_ok(ran, "all of them run while this one does");
	tap_ok(again, "one that runs can't be started again");
	smp_go = 1;
	tap_ok(smp_wait_status(CPU_STOPPED), "they stop");
}

static void cycles(void)
{
	bool ok = true;

	for_each_other_cpu(c)
	{
		for (int i = 0; i < ROUNDS && ok; i++) {
			smp_count[c] = 0;
			ok = cpu_start(c, smp_do_nothing) == 0 && cpu_wait_status(c, CPU_STOPPED) &&
			     smp_count[c] == 1;
		}
	}
	tap_ok(ok, "CPUs start and stop %d times", ROUNDS);
}

/* ---- interrupts from another CPU ---- */

void smp_wait_ipi(void)
{
	while (!ipi_is_pending())
		wfi();
	ipi_clear();
}

/* Counts interrupts until it is told to stop. */
void smp_count_ipis(struct cpu *c)
{
	irq_unmask(IRQ_SOFT);
	while (!smp_go) {
		smp_wait_ipi();
		smp_count[c->id]++;
	}
}

static void ipi_one(void)
{
	bool ok = true, alone = true;
	u64 before;

	for_each_other_cpu(c)
	{
		for (u64 i = 0; i < ROUNDS && ok; i++) {
			before = smp_count[c];
			ipi_send(c);
			ok = smp_wait_count(c, before + 1);
			alone &= smp_count[c] == before + 1;
		}
	}
	for_each_other_cpu(c) alone &= smp_count[c] == ROUNDS;
	tap_ok(ok, "an IPI ends WFI on another CPU");
	tap_ok(alone, "of that CPU alone, once each");
}

static void ipis(void)
{
	smp_go = 0;
	smp_start(smp_count_ipis);
	/* One that is about to start is not there to be interrupted. */
	smp_wait_status(CPU_STARTED);
	ipi_one();
	smp_arch_ipis();
	smp_go = 1;
	for_each_other_cpu(c) ipi_send(c);
	tap_ok(smp_wait_status(CPU_STOPPED), "they stop");
}

/* Sends each interrupt back to the boot CPU. */
static void answer_ipis(struct cpu *c)
{
	irq_unmask(IRQ_SOFT);
	for (int i = 0; i < ROUNDS; i++) {
		smp_wait_ipi();
		smp_count[c->id]++;
		ipi_send(platform.boot_cpu);
	}
}

static void ping_pong(void)
{
	bool ok = true;

	irq_unmask(IRQ_SOFT);
	for_each_other_cpu(c)
	{
		smp_count[c] = 0;
		cpu_start(c, answer_ipis);
		cpu_wait_status(c, CPU_STARTED);
		for (u64 i = 0; i < ROUNDS; i++) {
			ipi_send(c);
			smp_wait_ipi();
			ok &= smp_count[c] == i + 1;
		}
	}
	irq_mask(IRQ_SOFT);
	tap_ok(ok, "two CPUs in WFI wake each other %d times", ROUNDS);
	tap_ok(smp_wait_status(CPU_STOPPED), "and stop");
}

/* ---- timers ---- */

static volatile u64 due[MAX_CPUS], woke[MAX_CPUS];

static void wait_timer(struct cpu *c)
{
	irq_unmask(IRQ_TIMER);
	timer_set(due[c->id]);
	wfi();
	woke[c->id] = arch_time();
	timer_set(~0UL);
	smp_count[c->id]++;
}

static void timers(void)
{
	bool early = false, late = false;

	/* The last CPU's is the first to come. */
	for_each_other_cpu(c)
		due[c] = arch_time() + arch_ticks_from_us(20000 * (platform.nr_cpus + 1 - c));
	smp_start(wait_timer);
	for_each_other_cpu(c) smp_wait_count(c, 1);
	for_each_other_cpu(c)
	{
		early |= woke[c] < due[c];
		late |= woke[c] > due[c] + 60 * platform.timer_hz;
	}
	tap_ok(!early && !late, "each CPU has a timer of its own");
	smp_wait_status(CPU_STOPPED);
}

/* ---- external interrupts ---- */

static volatile u32 claimed;

static void wait_external(struct cpu *c)
{
	irq_unmask(IRQ_EXT);
	dev_irq_enable(platform.uart_irq);
	smp_count[c->id]++;
	wfi();
	claimed = dev_irq_claim();
	uart_irq_lower();
	dev_irq_complete(claimed);
	dev_irq_disable(platform.uart_irq);
}

static void external(void)
{
	bool ok = true;

	for_each_other_cpu(c)
	{
		claimed = 0;
		smp_count[c] = 0;
		cpu_start(c, wait_external);
		ok &= smp_wait_count(c, 1);
		uart_irq_raise();
		ok &= cpu_wait_status(c, CPU_STOPPED) && claimed == platform.uart_irq;
		uart_irq_lower();
	}
	tap_ok(ok, "a device's interrupt wakes the CPU that enables it");
}

int guest_main(void)
{
	if (!tap_ok(platform.nr_cpus > 1, "there are several CPUs"))
		return tap_done();
	handed_over();
	running();
	cycles();
	ipis();
	ping_pong();
	timers();
	external();
	smp_arch();
	return tap_done();
}
