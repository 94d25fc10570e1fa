// SPDX-License-Identifier: Apache-2.0
/* Loading kernels of aarch64: as of riscv64, on a board with a devicetree at the base of RAM. */
/* links: virt/image/image.c virt/image/image_kernel.c virt/image/image_foreign.c virt/image/image_unpack.c virt/image/image_fdt.c virt/mem/region.c */
/* links: arch/aarch64/virt/image.c */
/* runs: 3000 */
/* length: 160 */
#define IMAGE_FDT_AT_BASE true
#include "image_fuzz.h"

/* Linux, Documentation/arch/arm64/booting.rst. */
static size_t make_image(void)
{
	memset(plain, 0, 64);
	memcpy(plain, "MZ", 2);
	put_le32(plain + 8, 0x80000);
	put_le32(plain + 16, KIB(16));
	put_le32(plain + 24, 0xa);
	memcpy(plain + 56, "ARM\x64", 4);
	return KIB(12);
}

#include "image_fuzz_one.h"
