// SPDX-License-Identifier: Apache-2.0
#include <guest/guest.h>

/* "pfld", read as a little-endian number. */
#define FLASH_MAGIC 0x646c6670u

bool flash_check(const char *who)
{
	u32 magic = mmio_read32(arch_flash_addr);

	printf("%s: flash at 0x%lx begins with 0x%08x", who, arch_flash_addr, magic);
	if (magic != FLASH_MAGIC) {
		printf(", expected 0x%08x\n", FLASH_MAGIC);
		return false;
	}
	printf(" (\"pfld\")\n");
	return true;
}
