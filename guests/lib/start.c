// SPDX-License-Identifier: Apache-2.0
#include <guest/guest.h>

__weak void guest_begins(const void *info)
{
	(void)info;
}

void __noreturn guest_start(u64 boot_cpu, const void *fdt)
{
	guest_begins(fdt);
	platform_init(fdt, boot_cpu);
	console_init();
	arch_poweroff(guest_main() == 0);
}
