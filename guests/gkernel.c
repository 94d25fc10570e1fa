// SPDX-License-Identifier: Apache-2.0
#include <guest/guest.h>

/* "pfld", read as a little-endian number. */
#define FLASH_MAGIC 0x646c6670u

/* Reads a device that its address space does not map until it is touched. */
int guest_main(void)
{
	u32 magic;

	printf("\n"
	       "   __   gkernel: a guest of Lodge\n"
	       "  /__\\  architecture  %s\n"
	       "  |[]|  platform      %s\n"
	       "  |__|  CPUs          %u\n",
	       arch_name, platform.model[0] ? platform.model : "unnamed", platform.nr_cpus);

	magic = mmio_read32(arch_flash_addr);
	printf("gkernel: flash at 0x%lx begins with 0x%08x", arch_flash_addr, magic);
	if (magic != FLASH_MAGIC) {
		printf(", expected 0x%08x\n", FLASH_MAGIC);
		return 1;
	}
	printf(" (\"pfld\")\ngkernel: powering off\n");
	return 0;
}
