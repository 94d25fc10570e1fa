// SPDX-License-Identifier: Apache-2.0
#include <lodge/arch.h>
#include <lodge/fdt.h>
#include <lodge/init.h>
#include <lodge/panic.h>
#include <lodge/smp.h>
#include <lodge/string.h>
#include <asm/early.h>
#include <asm/setup.h>
#include <asm/sysreg.h>

/* The CPU that the firmware started first; its stack and struct are static. */
extern struct cpu boot_cpu;

/* Called by head.S with translation on. */
void arm64_start(u64 fdt)
{
	boot_cpu.self_hwid = read_sysreg(MPIDR_EL1) & MPIDR_HWID_MASK;
	lodge_main(hpa(fdt));
}

void arch_early_putc(char c)
{
	if (CONFIG_AARCH64_EARLY_PL011)
		early_pl011_putc((u8 *)EARLY_IO_BASE + CONFIG_AARCH64_EARLY_PL011 % MIB(2), c);
}

/* Memory is reached through the first tables until there are the final ones. */
static void map_memory(const void *fdt)
{
	u64 start, size;
	unsigned int n;
	int node;

	for (node = fdt_first_child(fdt, fdt_root(fdt)); node >= 0;
	     node = fdt_next_sibling(fdt, node)) {
		const char *type = fdt_prop_string(fdt, node, "device_type");

		if (!type || strcmp(type, "memory") != 0)
			continue;
		for (n = 0; fdt_reg(fdt, node, n, &start, &size) == 0; n++)
			if (size &&
			    !early_map_memory(start, start + size < start ? ~0ul : start + size))
				panic_plain("memory is in too many places: at %#lx", start);
	}
}

void arch_init(const void *fdt)
{
	arm64_psci_init(fdt);
	map_memory(fdt);
}

void arch_cpu_init(void)
{
	/* Physical interrupts and errors come to EL2, also while it runs (E2H and TGE are 0). */
	write_sysreg(HCR_EL2, HCR_RW | HCR_IMO | HCR_FMO | HCR_AMO);
	isb();
	if (this_cpu() == &boot_cpu)
		arm64_timer_init();
	arch_timer_set(~0ul);
}
