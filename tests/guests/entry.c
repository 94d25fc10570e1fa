// SPDX-License-Identifier: Apache-2.0
#include "entry.h"
#include <guest/cpus.h>
#include <guest/tap.h>

/*
 * The state in which CPUs and devices are handed over, noted by the first instructions: what
 * boards give whose software was never told to set it. This guest passes on bare QEMU as well.
 * It runs twice: a reset of the machine begins with the same state, whatever was set before.
 */

#define MARK 0x656e747279207431UL

static bool first; /* before the reset */
static unsigned int wrong;

static struct {
	const char *name;
	u64 got, mask, want;
} devices[40];
static unsigned int nr_devices;

void entry_is(const char *cpu, const char *name, u64 got, u64 mask, u64 want)
{
	bool right = (got & mask) == want;

	tap_note("%s: %s 0x%lx", cpu, name, got);
	if (first)
		wrong += !right;
	else if (mask)
		tap_ok(right, "%s: %s is as a board has it", cpu, name);
	if (!right)
		tap_note("0x%lx, not 0x%lx, of 0x%lx", got & mask, want, mask);
}

void entry_device(const char *name, u64 got, u64 mask, u64 want)
{
	if (nr_devices == ARRAY_SIZE(devices)) {
		wrong++; /* there is no room */
		return;
	}
	devices[nr_devices].name = name;
	devices[nr_devices].got = got;
	devices[nr_devices].mask = mask;
	devices[nr_devices++].want = want;
}

void guest_begins(const void *info)
{
	entry_devices(info);
}

/* Kept by a reset, or else what entry_was_spoilt() looks at is. */
static u64 *mark(void)
{
	return (u64 *)(ram_free_start() + MIB(4));
}

static void show(void)
{
	entry_boot_cpu();
	for (unsigned int i = 0; i < nr_devices; i++)
		entry_is("device", devices[i].name, devices[i].got, devices[i].mask,
			 devices[i].want);
}

/* Returns only if something is wrong. */
static void before_reset(void)
{
	first = true;
	show();
	first = false;
	if (wrong) {
		tap_ok(false, "the first boot has the state of a board");
		return;
	}
	tap_note("the first boot has the state of a board"); /* what is counted begins below */
	*mark() = MARK;
	entry_spoil_devices();
	arch_reset();
	tap_ok(false, "the machine resets");
}

int guest_main(void)
{
	bool again = *mark() == MARK || entry_was_spoilt();

	*mark() = 0;
	if (!again) {
		before_reset();
		return tap_done();
	}
	tap_note("after the reset:");
	show();
	for_each_other_cpu(c) entry_other_cpu(c);
	entry_resumed();
	return tap_done();
}
