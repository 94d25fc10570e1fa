// SPDX-License-Identifier: Apache-2.0
#include "contain-states.h"
#include <guest/irq.h>
#include <guest/tap.h>

/* What vCPUs may be at when others end, pause or reset their VM: all do what the boot argument "do=" says. */

enum { SPIN, MMIO, WAIT, PRINT, START, RESET, SUSPEND, RESUME };

static void idle(void)
{
	irq_disable();
	for (;;)
		wfi();
}

static void nothing(struct cpu *c)
{
	(void)c;
}

/* Others are started and stop themselves: there is always one that is half started. */
static void start_others(void)
{
	for (;;)
		for_each_other_cpu(c) cpu_start(c, nothing);
}

static void act(struct cpu *c)
{
	u64 deed = bootarg_number("do", SPIN);

	switch (deed) {
	case MMIO:
		for (;;)
			(void)mmio_read32(platform.intc);
	case WAIT:
		idle();
		break;
	case SUSPEND:
		states_suspend(c);
		break;
	case RESUME:
		states_resume(c);
		break;
	case PRINT:
		for (;;)
			tap_note("%lu", arch_time());
	default:
		for (;;)
			barrier();
	}
}

int guest_main(void)
{
	u64 deed = bootarg_number("do", SPIN);

	if (deed == START)
		start_others();
	if (deed == RESET) {
		for (u64 end = arch_time() + arch_ticks_from_us(2000); arch_time() < end;)
			barrier();
		arch_reset();
	}
	for_each_other_cpu(c) cpu_start(c, act);
	act(NULL);
	return 0;
}
