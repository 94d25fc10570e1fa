// SPDX-License-Identifier: Apache-2.0
#include <arch/gic.h>
#include <arch/psci.h>
#include <guest/fdt.h>
#include <guest/guest.h>
#include <guest/irq.h>

const char arch_name[] = "aarch64";
const u64 arch_flash_addr = 0x04000000;

long psci_call(u64 fn, u64 a, u64 b, u64 c)
{
	struct smccc_regs r = { { fn, a, b, c } };

	smccc_hvc(&r);
	return fn & BIT(30) ? (long)r.x[0] : (long)(s32)r.x[0];
}

/* There is no console but the UART. */
void arch_console_write(const char *s, size_t n)
{
	(void)s;
	(void)n;
}

int arch_console_read(void)
{
	return -1;
}

void arch_console_irq_enable(void)
{
}

void arch_platform_init(struct platform *p)
{
	p->timer_hz = sysreg_read(cntfrq_el0);
	gic_find(p);
	if (p->intc)
		irq_cpu_init();
}

/* Three cells: shared or private, its number among those, flags. */
u32 arch_fdt_irq(const void *fdt, int node)
{
	u32 private = fdt_cell(fdt, node, "interrupts", 0);

	return fdt_cell(fdt, node, "interrupts", 1) + (private ? 16 : 32);
}

bool arch_firmware_call(void)
{
	return psci_call(PSCI_VERSION, 0, 0, 0) >= 0x10000;
}

u64 arch_time(void)
{
	isb();
	return sysreg_read(cntvct_el0);
}

/* SYSTEM_OFF has no argument: a CPU that is gone and nobody can start is no clean end. */
void arch_reset(void)
{
	psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
}

void __noreturn arch_poweroff(bool clean)
{
	irq_disable();
	psci_call(clean ? PSCI_SYSTEM_OFF : PSCI_CPU_OFF, 0, 0, 0);
	for (;;)
		wfi();
}
