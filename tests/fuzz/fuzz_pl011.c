// SPDX-License-Identifier: Apache-2.0
/* The guest's PL011: traffic that a model follows, and any accesses. */
/* links: virt/bus/fdt.c virt/dev/uart.c */
/* runs: 5000 */
/* length: 400 */
#include "fuzz.h"
#include <pl011_model.h>

void fuzz_one(struct fuzz *in)
{
	bool wild = fuzz_u8(in) & 1;

	setup(NULL);
	model_start();
	while (in->left) {
		u64 r = fuzz_take(in, 8);

		if (wild)
			wild_step(r);
		else
			random_step(r);
	}
	test_state_checks(dev);
	teardown(NULL);
}
