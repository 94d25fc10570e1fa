// SPDX-License-Identifier: Apache-2.0
/* Loading kernels of riscv64: plain code, Image and ELF, as they are, in gzip and in zboot. */
/* links: virt/image/image.c virt/image/image_kernel.c virt/image/image_foreign.c virt/image/image_unpack.c virt/image/image_fdt.c virt/mem/region.c */
/* links: arch/riscv64/virt/image.c */
/* runs: 3000 */
/* length: 160 */
#include "image_fuzz.h"

static size_t make_image(void)
{
	struct image_file i = image_file();

	memcpy(plain, &i, sizeof(i));
	return sizeof(i);
}

#include "image_fuzz_one.h"
