// SPDX-License-Identifier: Apache-2.0
#include <arch/plic.h>
#include <arch/sbi.h>
#include <arch/trap.h>
#include <guest/tap.h>

/* Exits as fast as it can, of every kind, for ever. */
int guest_main(void)
{
	u64 t = 0;

	tap_note("exiting");
	for (;;) {
		sbi_call3(SBI_BASE, 0, 0, 0, 0);
		sbi_call3(SBI_IPI, 0, 1, platform.boot_cpu, 0);
		csr_clear(sip, BIT(IRQ_SOFT));
		sbi_set_timer(t++);
		(void)mmio_read8(platform.uart + 5);
		mmio_write32(plic_claim(), mmio_read32(plic_claim()));
		trap_catch();
		(void)csr_read(0x600);
		(void)mmio_read32(0x50000000 + (t << 12 & 0xfffffff));
		trap_caught();
	}
}
