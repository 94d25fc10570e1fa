// SPDX-License-Identifier: Apache-2.0
#include <lodge/arch.h>
#include <lodge/fdt.h>
#include <lodge/time.h>
#include <asm/cpu.h>
#include <asm/csr.h>
#include <asm/sbi.h>

u64 time_now(void)
{
	return csr_read(CSR_TIME);
}

u64 arch_time_hz(const void *fdt)
{
	u32 hz = 0;
	int cpus = fdt_find_path(fdt, "/cpus");

	if (cpus < 0 || fdt_prop_u32(fdt, cpus, "timebase-frequency", &hz))
		return 0;
	return hz;
}

void arch_timer_set(u64 deadline)
{
	if (riscv_has_sstc)
		csr_write(CSR_STIMECMP, deadline);
	else
		sbi_call(SBI_EXT_TIME, 0, deadline, 0, 0, 0);
}
