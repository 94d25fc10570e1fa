// SPDX-License-Identifier: Apache-2.0
#include <guest/irq.h>
#include <guest/tap.h>

/* Exits as fast as it can, of every kind, for ever. */
int guest_main(void)
{
	u64 t = 0;

	tap_note("exiting");
	for (;;) {
		arch_firmware_call();
		ipi_send(platform.boot_cpu);
		ipi_clear();
		timer_set(t++);
		(void)mmio_read8(platform.uart + 5);
		dev_irq_complete(dev_irq_claim());
		trap_catch();
		trap_undefined_register();
		(void)mmio_read32(0x50000000 + (t << 12 & 0xfffffff));
		trap_caught();
	}
}
