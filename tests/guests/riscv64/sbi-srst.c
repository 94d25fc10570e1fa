// SPDX-License-Identifier: Apache-2.0
#include <arch/sbi.h>
#include <arch/trap.h>
#include <guest/tap.h>

/*
 * SBI 2.0, chapter 10: system reset. The guest reboots itself and has to know that it is
 * up for the second time. Two things can tell: RAM beyond the image, which a reset may
 * or may not clear, and the passed-through flash, a device that a VM's reset does not
 * reset, and which the first boot leaves showing its status instead of its content.
 */

#define MARK	      0x6f6f74656472ULL
#define FLASH_MAGIC   0x646c6670u
#define FLASH_STATUS  0x00700070u
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

/* False if there is no flash, or it holds something else. */
static bool flash_read(u32 *word)
{
	trap_catch();
	*word = mmio_read32(arch_flash_addr);
	return !trap_caught().count;
}

static void flash_command(u32 cmd)
{
	trap_catch();
	mmio_write32(arch_flash_addr, cmd);
	trap_caught();
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
	bool in_ram = *mark() == MARK;
	u32 word;
	bool in_flash = flash_read(&word) && word != FLASH_MAGIC && word;

	if (!in_ram && !in_flash) {
		tap_note("first boot: rebooting");
		*mark() = MARK;
		boots = 2;
		flash_command(FLASH_STATUS);
		csr_write(sscratch, 0x1234);
		reset(COLD_REBOOT, 0);
		tap_ok(false, "reboot returned");
		return tap_done();
	}
	flash_command(FLASH_CONTENT);
	*mark() = 0;
	tap_note("second boot, known by %s%s", in_ram ? "RAM " : "", in_flash ? "flash" : "");
	tap_ok(true, "a cold reboot starts the guest again");
	tap_eq(boots, 1, "with its image as it was loaded");
	tap_ok(platform.fdt && platform.nr_cpus, "and its device tree");
	refusals();
	return tap_done();
}
