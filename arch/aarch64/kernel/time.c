// SPDX-License-Identifier: Apache-2.0
/* The generic timer (Arm ARM D11): the physical counter, and EL2's own timer. */
#include <lodge/arch.h>
#include <lodge/driver.h>
#include <lodge/fdt.h>
#include <lodge/init.h>
#include <lodge/irq.h>
#include <lodge/panic.h>
#include <lodge/string.h>
#include <lodge/time.h>
#include <lodge/timer_core.h>
#include <asm/secure.h>
#include <asm/setup.h>
#include <asm/sysreg.h>

u64 time_now(void)
{
	/* Not read ahead of what comes before. */
	isb();
	return read_sysreg(CNTPCT_EL0);
}

static int timer_node(const void *fdt)
{
	int node = fdt_find_compatible(fdt, -1, "arm,armv8-timer");

	return node < 0 ? fdt_find_compatible(fdt, -1, "arm,armv7-timer") : node;
}

u64 arch_time_hz(const void *fdt)
{
	int node = timer_node(fdt);
	u32 hz;

	/* Firmware that has not set the register up is made up for in the tree. */
	if (node >= 0 && fdt_prop_u32(fdt, node, "clock-frequency", &hz) == 0)
		return hz;
	return read_sysreg(CNTFRQ_EL0);
}

void arch_timer_set(u64 deadline)
{
	if (deadline == ~0ul) {
		write_sysreg(EL2_TIMER_CTL, 0);
	} else {
		write_sysreg(EL2_TIMER_CVAL, deadline);
		write_sysreg(EL2_TIMER_CTL, CNT_CTL_ENABLE);
	}
	isb();
}

static void timer_irq(void *arg)
{
	timer_interrupt();
}

void arm64_timer_init(void)
{
	const void *fdt = host_fdt();
	int node = timer_node(fdt);
	unsigned int n = EL2_TIMER_IRQ_INDEX, i;
	const char *name;
	u32 irq;

	for (i = 0; node >= 0 && (name = fdt_prop_string_at(fdt, node, "interrupt-names", i)); i++)
		if (strcmp(name, EL2_TIMER_IRQ_NAME) == 0)
			n = i;
	if (node < 0 || driver_irq(fdt, node, n, &irq) ||
	    irq_request(irq, timer_irq, NULL, "timer"))
		panic_plain("there is no interrupt of EL2's timer, or no controller for it");
}
