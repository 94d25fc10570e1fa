// SPDX-License-Identifier: Apache-2.0
#include "steal.h"
#include <guest/cpus.h>
#include <guest/tap.h>

/*
 * Two CPUs that share one, both busy: what each is told of the time for which it did not run,
 * beside the gaps that it sees between two looks at the clock. What is said of the last part is for
 * the test, which compares it with what the host says.
 */

#define LONG_MS	 200
#define SHORT_MS 20
#define GAP_US	 30 /* what is shorter is an exit */

static u64 other;
static volatile u64 go, ready;
static volatile bool asks, told, wrong;

/* Busy until it is told to stop; what it is told of itself is that it runs. */
static void compete(struct cpu *c)
{
	told = asks && steal_enable(c->id);
	ready = 1;
	while (go)
		wrong |= steal_preempted(c->id) == 1;
}

static bool start(bool is_told)
{
	asks = is_told;
	ready = 0;
	go = 1;
	if (cpu_start(other, compete))
		return false;
	while (!ready)
		;
	return true;
}

static bool stop(void)
{
	go = 0;
	return cpu_wait_status(other, CPU_STOPPED);
}

static u64 nr_gaps;

/* Busy for so long. Return: how much of it was in gaps, ns. */
static u64 gaps_of(u64 ms)
{
	u64 begin = arch_time(), end = begin + arch_ticks_from_us(ms * 1000);
	u64 gap = arch_ticks_from_us(GAP_US), sum = 0, last = begin, now;

	for (; last < end; last = now) {
		now = arch_time();
		if (now - last > gap) {
			sum += now - last;
			nr_gaps++;
		}
	}
	return sum * 1000000 / (platform.timer_hz / 1000);
}

void steal_compete(bool is_told)
{
	if (start(is_told)) {
		gaps_of(SHORT_MS);
		stop();
	}
}

static void alone(void)
{
	u64 before = steal_ns(platform.boot_cpu);

	gaps_of(SHORT_MS);
	tap_ok(steal_ns(platform.boot_cpu) - before < SHORT_MS * 1000000ul,
	       "alone, a CPU waits less than all of the time");
}

static void together(void)
{
	u64 mine = steal_ns(platform.boot_cpu), its = 0, gaps, begin, took;
	unsigned int looks = 0, runs = 0;

	tap_ok(start(true) && told, "the other CPU is told, too");
	its = steal_ns(other);
	begin = arch_time();
	nr_gaps = 0;
	gaps = gaps_of(LONG_MS);
	mine = steal_ns(platform.boot_cpu) - mine;
	its = steal_ns(other) - its;
	took = (arch_time() - begin) * 1000000 / (platform.timer_hz / 1000);
	tap_ok(mine <= took && its <= took, "nobody waits longer than time goes");
	/* While one runs the other waits. What it is told of the last slice comes with its next. */
	tap_ok(mine + its > took - took / 10 && mine + its < took + took / 10,
	       "together they wait for as long as that");
	tap_note("%lu and %lu of %lu ns", mine, its, took);
	tap_note("gaps %lu ns, %lu of them, stolen %lu ns", gaps, nr_gaps, mine);
	for (; looks < 10000; looks++)
		runs += steal_preempted(other) == 0;
	tap_eq(runs, 0, "whoever looks sees that the other does not run");
	tap_ok(!wrong, "and of itself that it does");
	tap_ok(stop(), "the other CPU stops");
	tap_eq((u64)(steal_preempted(other) == 1), 0, "which is not for want of a CPU");
}

/* What is told is of the VM's life, whether the CPU was off meanwhile or not. */
static void again(void)
{
	u64 before = steal_ns(other);

	steal_compete(false);
	tap_eq(steal_ns(other), before, "a CPU that starts again is not told before it asks");
	tap_ok(start(true) && steal_ns(other) > before,
	       "it goes on with its count when it starts again");
	tap_ok(stop(), "and stops");
}

/* ---- two lives ---- */

/* The flash is a device that a VM's reset does not reset: it shows its content, or its ID. */
#define FLASH_ID      0x00900090u
#define FLASH_CONTENT 0x00ff00ffu
#define FLASH_MAGIC   0x646c6670u

/* Both CPUs are told, and the machine starts again. */
static void first_life(void)
{
	tap_note("the first life: CPU 0 %s told",
		 steal_enable(platform.boot_cpu) ? "is" : "is not");
	steal_compete(true);
	mmio_write32(arch_flash_addr, FLASH_ID);
	arch_reset();
	tap_ok(false, "a reset returned");
}

static void second_life(void)
{
	mmio_write32(arch_flash_addr, FLASH_CONTENT);
	steal_compete(false);
	tap_eq(steal_ns(platform.boot_cpu) + steal_ns(other), 0,
	       "after a reset nobody is told who has not asked");
}

int guest_main(void)
{
	other = !platform.boot_cpu;
	if (mmio_read32(arch_flash_addr) == FLASH_MAGIC)
		first_life();
	second_life();
	if (tap_ok(steal_enable(platform.boot_cpu), "this CPU is told of its steal time")) {
		alone();
		together();
		again();
		steal_arch();
	}
	tap_note("stolen %lu us", (steal_ns(platform.boot_cpu) + steal_ns(other)) / 1000);
	return tap_done();
}
