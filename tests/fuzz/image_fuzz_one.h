/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_FUZZ_ONE_H
#define IMAGE_FUZZ_ONE_H

/* Where kernels are plain code, Image and ELF. make_image() is the architecture's. */
#include "image_fuzz.h"

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

#endif
