// SPDX-License-Identifier: Apache-2.0
#include <lodge/arch.h>
#include <lodge/init.h>
#include <lodge/panic.h>
#include <lodge/smp.h>
#include <asm/csr.h>
#include <asm/features.h>
#include <asm/setup.h>

/* The hart that the firmware started first; its stack and struct are static. */
extern struct cpu boot_cpu;

/* Called by head.S with translation on. */
void riscv_start(u64 hartid, u64 fdt)
{
	boot_cpu.self_hwid = hartid;
	lodge_main(hpa(fdt));
}

void arch_init(const void *fdt)
{
	riscv_features_init(fdt);
}

void arch_cpu_init(void)
{
	if (!riscv_csr_hypervisor())
		panic_plain(
			"this CPU has no hypervisor extension (H): Lodge can't run guests on it. "
			"On QEMU use -cpu rv64,h=true");
	/*
	 * A guest's traps that it can handle itself go straight to it. Access faults
	 * come here: only a passed-through device can cause them.
	 */
	csr_write(CSR_HEDELEG, 1ul << CAUSE_FETCH_MISALIGNED | 1ul << CAUSE_ILLEGAL |
				       1ul << CAUSE_BREAKPOINT | 1ul << CAUSE_LOAD_MISALIGNED |
				       1ul << CAUSE_STORE_MISALIGNED | 1ul << CAUSE_ECALL_U |
				       1ul << CAUSE_FETCH_PF | 1ul << CAUSE_LOAD_PF |
				       1ul << CAUSE_STORE_PF);
	csr_write(CSR_HIDELEG, VSSIP | VSTIP | VSEIP);
	csr_write(CSR_HVIP, 0);
	csr_write(CSR_HIE, 0);
	csr_write(CSR_HGATP, 0);
	csr_write(CSR_HCOUNTEREN, HCOUNTEREN_CY | HCOUNTEREN_TM | HCOUNTEREN_IR);
	csr_write(CSR_HGEIE, 0);
	/*
	 * Cache-block operations, page-based memory types, and A and D bits that the hart
	 * sets itself: as it has them, and as the firmware has set it up for supervisors. Memory
	 * types only where new pages can be written back, see page_zero().
	 */
	csr_write(CSR_HENVCFG, HENVCFG_CBIE_FLUSH | HENVCFG_CBCFE | HENVCFG_CBZE | HENVCFG_ADUE |
				       (riscv_cbom_block ? HENVCFG_PBMTE : 0) |
				       (riscv_has_sstc ? HENVCFG_STCE : 0));
	riscv_guard_csrs();
	csr_write(CSR_SCOUNTEREN, 0);
	if (riscv_has_sstc)
		csr_write(CSR_VSTIMECMP, ~0ul);
	arch_timer_set(~0ul);
	csr_write(CSR_SIE, 1ul << IRQ_SSOFT | 1ul << IRQ_STIMER | 1ul << IRQ_SEXT);
}
