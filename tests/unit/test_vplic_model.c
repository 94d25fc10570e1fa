// SPDX-License-Identifier: Apache-2.0
/* The guest's PLIC at random, and against a model that looks at every source each time. */
/* links: virt/bus/fdt.c lib/bitops.c */
#include "vplic_model.h"

static void agrees_with_the_model(unsigned int harts)
{
	u64 seed = shim_seed(harts);
	unsigned int i;

	memset(&m, 0, sizeof(m));
	for (i = 0; i < shim_rounds(60000); i++) {
		random_step(shim_random(&seed), harts);
		check_against_model(harts);
	}
}

static void one_hart_agrees_with_the_model(void **state)
{
	agrees_with_the_model(1);
}

static void four_harts_agree_with_the_model(void **state)
{
	agrees_with_the_model(4);
}

static void any_access_and_any_state_are_harmless(void **state)
{
	struct vplic_state s;
	struct vdev_state in = { &s, sizeof(s) };
	u64 seed = shim_seed(9);
	unsigned int i, j;

	for (i = 0; i < shim_rounds(200000); i++) {
		u64 r = shim_random(&seed);
		unsigned int width = 1u << r % 4;
		u64 off = (r >> 8) % (r >> 7 & 1 ? 0x600000 - 8 : 0x4000);

		if (i % 1000 == 0) {
			for (j = 0; j < sizeof(s); j++)
				((u8 *)&s)[j] = (u8)shim_random(&seed);
			s.header = (struct vdev_state_header){ STATE_VERSION, sizeof(s) };
			assert_int_equal(dev->ops->restore(dev, &in), 0);
		}
		if (r >> 63)
			dev->ops->write(dev, test_vcpu, off, width, r >> 32);
		else
			dev->ops->read(dev, test_vcpu, off, width);
		irq((r >> 40) % 130, r >> 62 & 1);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T1(one_hart_agrees_with_the_model),
		T4(four_harts_agree_with_the_model),
		T4(any_access_and_any_state_are_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
