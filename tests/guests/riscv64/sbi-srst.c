// SPDX-License-Identifier: Apache-2.0
#include <arch/hart.h>
#include <arch/sbi.h>
#include <arch/trap.h>
#include <guest/fdt.h>
#include <guest/tap.h>

/*
 * SBI 2.0, chapter 10: system reset, and the board's test device, which does the same.
 * The guest reboots itself three ways and has to know how often it has. Two things can
 * tell: RAM beyond the image, which a reset may or may not clear, and the passed-through
 * flash, a device that a VM's reset does not reset: each boot leaves it showing something
 * else than its content.
 *
 * With several harts the others run, sleep or are about to start meanwhile, and it is one
 * of them that resets; none but the boot hart may run after it.
 */

#define MARK	    0x6f6f746564720000UL
#define FLASH_MAGIC 0x646c6670u

/* Commands of a CFI flash of two 16-bit chips (JEDEC JEP137). */
#define FLASH_STATUS  0x00700070u
#define FLASH_ID      0x00900090u
#define FLASH_QUERY   0x00980098u
#define FLASH_CONTENT 0x00ff00ffu

enum { SHUTDOWN, COLD_REBOOT, WARM_REBOOT };

/* Loaded with the image: a reset in place loads it again. */
static volatile u32 boots = 1;

static long reset(u64 type, u64 reason)
{
	return sbi_call3(SBI_SRST, 0, type, reason, 0).error;
}

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

static void spin(struct hart *h)
{
	(void)h;
	for (;;)
		;
}

static void sleep(struct hart *h)
{
	(void)h;
	for (;;)
		wfi();
}

static void reset_now(struct hart *h)
{
	int test = fdt_find_compatible(platform.fdt, "sifive,test0");

	(void)h;
	if (way < 2)
		reset(COLD_REBOOT + way, 0);
	else
		mmio_write32(fdt_cell64(platform.fdt, test, "reg", 0), 0x7777);
}

/* The last of the harts resets, or starts while the boot hart does. */
static void reset_among_harts(void)
{
	u64 last = platform.nr_cpus - 1;

	for_each_other_hart(h)
		if (h != last && hart_start(h, h & 1 ? spin : sleep) == SBI_SUCCESS)
			hart_wait_status(h, HART_STARTED);
	if (way == 0) {
		hart_start(last, spin);
		reset_now(NULL);
		return;
	}
	hart_start(last, reset_now);
	while (way == 1 || hart_status(last) != HART_STOPPED)
		;
}

static void reboot(u64 stage)
{
	static const u32 shows[] = { FLASH_STATUS, FLASH_ID, FLASH_QUERY };
	static const char *const ways[] = { "cold reboot", "warm reboot", "test device" };

	tap_note("boot %lu: reboot by %s", stage + 1, ways[stage]);
	*mark() = MARK | (stage + 1);
	flash_show(shows[stage]);
	boots = 2;
	way = stage;
	csr_write(sscratch, 0x1234);
	if (platform.nr_cpus > 1)
		reset_among_harts();
	else
		reset_now(NULL);
	csr_write(sscratch, 0);
	tap_ok(false, "%s returned", ways[stage]);
}

/* Looked at for a while: one that starts late is one that starts. */
static bool others_are_stopped(void)
{
	u64 end = arch_time() + arch_ticks_from_us(50000);
	bool stopped = true;

	if (platform.nr_cpus == 1)
		return true;
	while (arch_time() < end)
		for_each_other_hart(h)
			stopped &= hart_status(h) == HART_STOPPED;
	return stopped;
}

static void refusals(void)
{
	static const struct {
		u64 type, reason;
	} bad[] = {
		{ 3, 0 },	   { 0xefffffff, 0 }, { 0xf0000000, 0 },
		{ 0xffffffff, 0 }, { SHUTDOWN, 2 },   { SHUTDOWN, 0xdfffffff },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		long e = reset(bad[i].type, bad[i].reason);

		tap_ok(e == SBI_ERR_INVALID_PARAM || e == SBI_ERR_NOT_SUPPORTED,
		       "type 0x%lx with reason 0x%lx is refused", bad[i].type, bad[i].reason);
	}
	tap_eq((u64)sbi_call3(SBI_SRST, 1, 0, 0, 0).error, (u64)SBI_ERR_NOT_SUPPORTED,
	       "function 1 is not supported");
}

int guest_main(void)
{
	u64 ram = ram_stage(), flash = flash_stage();
	u64 stage = max(ram, flash);

	tap_note("reboots by RAM %lu, by flash %lu", ram, flash);
	if (!others_are_stopped())
		tap_ok(false, "a hart runs that nobody has started");
	else if (stage < 3 && boots != 1)
		tap_ok(false, "the image was not loaded again");
	else if (stage < 3)
		reboot(stage);
	flash_show(FLASH_CONTENT);
	*mark() = 0;
	tap_eq(stage, 3, "cold, warm and the test device's reboot start the guest again");
	tap_eq(boots, 1, "with its image as it was loaded");
	tap_ok(platform.fdt && platform.nr_cpus, "and its device tree");
	refusals();
	return tap_done();
}
