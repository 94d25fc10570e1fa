// SPDX-License-Identifier: Apache-2.0
#include <guest/cpus.h>
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * One CPU interrupts another, which computes or sleeps. Boot arguments for those who measure what that
 * costs: "forever", with "asleep=1" for the latter, and "pause=" for the microseconds between two.
 */

#define ROUNDS 100

static volatile u64 got;
static volatile bool ready, stop;

static void on_ipi(struct trap_frame *f)
{
	(void)f;
	ipi_clear();
	got++;
}

static void computes(struct cpu *c)
{
	(void)c;
	irq_set_handler(IRQ_SOFT, on_ipi);
	irq_unmask(IRQ_SOFT);
	irq_enable();
	ready = true;
	while (!stop)
		barrier();
	irq_disable();
	irq_mask(IRQ_SOFT);
}

static void sleeps(struct cpu *c)
{
	(void)c;
	irq_unmask(IRQ_SOFT);
	ready = true;
	while (!stop) {
		while (!ipi_is_pending())
			wfi();
		ipi_clear();
		got++;
	}
}

static void wait(u64 us)
{
	u64 end = arch_time() + arch_ticks_from_us(us);

	while (arch_time() < end)
		barrier();
}

static bool send(u64 cpu)
{
	u64 before = got, end = guest_give_up();

	ipi_send(cpu);
	while (got == before)
		if (arch_time() > end)
			return false;
	wait(bootarg_number("pause", 10));
	return true;
}

static void interrupts(void (*fn)(struct cpu *c), const char *who, bool forever)
{
	u64 cpu = !platform.boot_cpu, n = 0;

	ready = false;
	stop = false;
	if (!tap_ok(cpu_start(cpu, fn) == 0, "%s starts", who))
		return;
	/* To one that is about to start there need not be an interrupt (SBI 2.0, 9). */
	while (!ready)
		barrier();
	while ((forever || n < ROUNDS) && send(cpu))
		if (++n == ROUNDS && forever)
			tap_note("%lu interrupts", n);
	tap_ok(n == ROUNDS, "%s takes an interrupt each time", who);
	stop = true;
	ipi_send(cpu);
	tap_ok(cpu_wait_status(cpu, CPU_STOPPED), "and stops");
}

int guest_main(void)
{
	bool forever = str_has_word(platform.bootargs, "forever", " ");

	if (!forever || !bootarg_number("asleep", 0))
		interrupts(computes, "a CPU that computes", forever);
	interrupts(sleeps, "one that sleeps", forever);
	return tap_done();
}
