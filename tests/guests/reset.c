// SPDX-License-Identifier: Apache-2.0
#include "reset.h"
#include <guest/cpus.h>
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * The guest reboots itself in every way there is and has to know how often it has. Two things can
 * tell: RAM beyond the image, which a reset may or may not clear, and the passed-through
 * flash, a device that a VM's reset does not reset: each boot leaves it showing something
 * else than its content.
 *
 * With several CPUs the others run, sleep or are about to start meanwhile, and it is one
 * of them that resets; none but the boot CPU may run after it.
 */

#define MARK	    0x6f6f746564720000UL
#define FLASH_MAGIC 0x646c6670u

/* Commands of a CFI flash of two 16-bit chips (JEDEC JEP137). */
#define FLASH_STATUS  0x00700070u
#define FLASH_ID      0x00900090u
#define FLASH_QUERY   0x00980098u
#define FLASH_CONTENT 0x00ff00ffu

/* Loaded with the image: a reset in place loads it again. */
static volatile u32 boots = 1;

static u64 *mark(void)
{
	return (u64 *)(ram_free_start() + MIB(4));
}

static u64 ram_stage(void)
{
	return (*mark() & ~0xffffUL) == MARK ? *mark() & 0xffff : 0;
}

static u64 flash_stage(void)
{
	u32 first, query;

	trap_catch();
	first = mmio_read32(arch_flash_addr);
	query = mmio_read32(arch_flash_addr + 0x40);
	if (trap_caught().count)
		return 0;
	if (first == 0x00800080)
		return 1;
	if (first == 0x00890089)
		return 2;
	return query == 0x00510051 ? 3 : 0; /* the 'Q' of "QRY" */
}

static void flash_show(u32 cmd)
{
	trap_catch();
	mmio_write32(arch_flash_addr, cmd);
	trap_caught();
}

static volatile u64 way;

static void spin(struct cpu *c)
{
	(void)c;
	for (;;)
		;
}

static void sleep(struct cpu *c)
{
	(void)c;
	for (;;)
		wfi();
}

static void reset_now(struct cpu *c)
{
	(void)c;
	arch_resets[way].run();
}

/* The last of the CPUs resets, or starts while the boot CPU does. */
static void reset_among_cpus(void)
{
	u64 last = platform.nr_cpus - 1;

	for_each_other_cpu(c) if (c != last && cpu_start(c, c & 1 ? spin : sleep) == 0)
		cpu_wait_status(c, CPU_STARTED);
	if (way == 0) {
		cpu_start(last, spin);
		reset_now(NULL);
		return;
	}
	cpu_start(last, reset_now);
	while (way == 1 || cpu_status(last) != CPU_STOPPED)
		;
}

static void reboot(u64 stage)
{
	static const u32 shows[] = { FLASH_STATUS, FLASH_ID, FLASH_QUERY };

	tap_note("boot %lu: reboot by %s", stage + 1, arch_resets[stage].name);
	*mark() = MARK | (stage + 1);
	flash_show(shows[stage]);
	boots = 2;
	way = stage;
	reset_spoil(true);
	if (platform.nr_cpus > 1)
		reset_among_cpus();
	else
		reset_now(NULL);
	reset_spoil(false);
	tap_ok(false, "%s returned", arch_resets[stage].name);
}

/* Looked at for a while: one that starts late is one that starts. */
static bool others_are_stopped(void)
{
	u64 end = arch_time() + arch_ticks_from_us(50000);
	bool stopped = true;

	if (platform.nr_cpus == 1)
		return true;
	while (arch_time() < end)
		for_each_other_cpu(c) stopped &= cpu_status(c) == CPU_STOPPED;
	return stopped;
}

int guest_main(void)
{
	u64 ram = ram_stage(), flash = flash_stage();
	u64 stage = max(ram, flash);

	tap_note("reboots by RAM %lu, by flash %lu", ram, flash);
	if (!others_are_stopped())
		tap_ok(false, "a CPU runs that nobody has started");
	else if (stage < arch_nr_resets && boots != 1)
		tap_ok(false, "the image was not loaded again");
	else if (stage < arch_nr_resets)
		reboot(stage);
	flash_show(FLASH_CONTENT);
	*mark() = 0;
	tap_eq(stage, arch_nr_resets, "every way to reboot starts the guest again");
	tap_eq(boots, 1, "with its image as it was loaded");
	tap_ok(platform.nr_cpus, "and its description");
	reset_arch();
	return tap_done();
}
