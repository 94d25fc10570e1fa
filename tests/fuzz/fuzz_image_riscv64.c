// SPDX-License-Identifier: Apache-2.0
/* Loading kernels of riscv64: plain code, Image and ELF, as they are, in gzip and in zboot. */
/* links: virt/image.c virt/image_kernel.c virt/image_foreign.c virt/image_unpack.c virt/image_fdt.c virt/region.c */
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

static const make_file kinds[] = { make_image, make_elf, make_bytes };

void fuzz_one(struct fuzz *in)
{
	if (run(in, kinds, ARRAY_SIZE(kinds))) {
		if (is_elf() && !cfg.has_load)
			check_elf();
		else if (!is_elf() && !cfg.has_entry)
			assert_memory_equal(at(vm.entry.v), plain, plain_size);
	}
	put_back();
}

size_t fuzz_seed(unsigned int n, u8 *buf, size_t room)
{
	return make_seed(n, ARRAY_SIZE(kinds), buf);
}
