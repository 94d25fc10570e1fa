// SPDX-License-Identifier: Apache-2.0
/* The guest's local APICs and IOAPIC against a model: random traffic, compared often. */
/* links: lib/bitops.c virt/bus/fdt.c */
/* arch: x86_64 */
#include "vlapic_model.h"

#define STEPS 200000

static void random_traffic(void **state)
{
	unsigned int i;
	u64 seed = shim_seed(42);

	model_start();
	for (i = 0; i < STEPS; i++) {
		step(shim_random(&seed));
		if (i % 8 == 0)
			compare();
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = { T(random_traffic) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
