// SPDX-License-Identifier: Apache-2.0
#include "contain-timers.h"
#include <guest/cpus.h>
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * Every timer that there is goes off as fast as it can, on every CPU, and all of them sleep with
 * the interrupts masked at the controller: nothing is ever taken, and nobody runs.
 */

static void cpu_main(struct cpu *c)
{
	(void)c;
	timers_flood();
}

int guest_main(void)
{
	irq_disable();
	for_each_other_cpu(c) if (cpu_start(c, cpu_main)) return 1;
	timers_flood_devices();
	tap_note("flooding");
	timers_flood();
}
