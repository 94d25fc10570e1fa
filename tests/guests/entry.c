// SPDX-License-Identifier: Apache-2.0
#include "entry.h"
#include <guest/cpus.h>
#include <guest/tap.h>

/*
 * The state in which CPUs are handed over, noted by the first instructions: what boards give
 * whose software was never told to set it. This guest passes on bare QEMU as well.
 */

void entry_is(const char *cpu, const char *name, u64 got, u64 mask, u64 want)
{
	tap_note("%s: %s 0x%lx", cpu, name, got);
	if (mask && !tap_ok((got & mask) == want, "%s: %s is as a board has it", cpu, name))
		tap_note("0x%lx, not 0x%lx, of 0x%lx", got & mask, want, mask);
}

int guest_main(void)
{
	entry_boot_cpu();
	for_each_other_cpu(c) entry_other_cpu(c);
	entry_resumed();
	return tap_done();
}
