// SPDX-License-Identifier: Apache-2.0
#include <guest/guest.h>

/* Reads a device that its address space does not map until it is touched. */
int guest_main(void)
{
	printf("\n"
	       "   __   gkernel: a guest of Lodge\n"
	       "  /__\\  architecture  %s\n"
	       "  |[]|  platform      %s\n"
	       "  |__|  CPUs          %u\n",
	       arch_name, platform.model[0] ? platform.model : "unnamed", platform.nr_cpus);
	if (!flash_check("gkernel"))
		return 1;
	printf("gkernel: powering off\n");
	return 0;
}
