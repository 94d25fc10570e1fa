// SPDX-License-Identifier: Apache-2.0
#include <guest/guest.h>

void __noreturn guest_start(u64 boot_cpu, const void *fdt)
{
	platform_init(fdt, boot_cpu);
	console_init();
	arch_poweroff(guest_main() == 0);
}
