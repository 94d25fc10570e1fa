// SPDX-License-Identifier: Apache-2.0
/*
 * The guest's PLIC: traffic that a model follows, and accesses of any kind, after which a hart
 * whose line is up has something to claim.
 */
/* links: virt/bus/fdt.c */
/* runs: 5000 */
/* length: 400 */
#include "fuzz.h"
#include <vplic_model.h>

static void wild_step(u64 r, unsigned int harts)
{
	unsigned int width = 1u << r % 4;
	u64 off = (r >> 8) % (r >> 7 & 1 ? 0x600000 - 8 : 0x4000);

	if (r >> 63)
		dev->ops->write(dev, &test_vcpu[(r >> 4) % harts], off, width, r >> 32);
	else
		dev->ops->read(dev, &test_vcpu[(r >> 4) % harts], off, width);
	assert_int_equal(dev->lock.locked, 0);
	irq((r >> 40) % 130, r >> 62 & 1);
}

void fuzz_one(struct fuzz *in)
{
	u8 what = fuzz_u8(in);
	unsigned int harts = what & 1 ? 4 : 1, h;

	start(harts);
	memset(&m, 0, sizeof(m));
	while (in->left) {
		u64 r = fuzz_take(in, 8);

		if (what & 2) {
			wild_step(r, harts);
		} else {
			random_step(r, harts);
			check_against_model(harts);
		}
	}
	for (h = 0; h < harts; h++)
		if (line[h])
			assert_in_range(rd(CONTEXT(h) + 4), 1, 95);
	test_state_checks(dev);
	teardown(NULL);
}
