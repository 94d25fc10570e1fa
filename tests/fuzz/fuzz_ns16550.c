// SPDX-License-Identifier: Apache-2.0
/* The guest's 16550A: any accesses, input, and a console that is full now and then. */
/* links: virt/bus/fdt.c virt/dev/uart.c */
/* runs: 5000 */
/* length: 400 */
#include "fuzz.h"
#include <ns16550_traffic.h>

void fuzz_one(struct fuzz *in)
{
	setup(NULL);
	while (in->left)
		wild_step(fuzz_take(in, 8));
	test_state_checks(dev);
	teardown(NULL);
}
