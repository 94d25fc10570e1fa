// SPDX-License-Identifier: Apache-2.0
/* links: arch/aarch64/virt/vgic/vgic_state.c arch/aarch64/virt/vgic/vgic_lr.c */
/* links: arch/aarch64/virt/vgic/vgic_refill.c arch/aarch64/virt/vgic/vgic_hw.c */
/* links: arch/aarch64/virt/vgic/vgic_regs.c arch/aarch64/virt/vgic/vgic_dist.c */
/* links: arch/aarch64/virt/vgic/vgic_redist.c arch/aarch64/virt/vgic/vgic_host.c arch/aarch64/virt/vgic/vgic_v2.c arch/aarch64/virt/vgic/vgic_sgi.c */
/* flags: -DCONFIG_NR_CPUS=1 -I$(root)/arch/aarch64/include */
/* The virtual GIC against a plain model of a GIC under random traffic. */
#include "vgic_traffic.h"

static void run(unsigned int version, unsigned int nr_lrs, u64 from, unsigned int steps)
{
	unsigned int i;

	seed = shim_seed(from);
	model_start(version, nr_lrs);
	for (i = 0; i < steps; i++) {
		step();
		compare();
	}
	assert_true(m.acks > steps / 100);
	finish();
}

static void a_gicv3_is_as_the_model(void **state)
{
	unsigned int i;

	for (i = 0; i < shim_rounds(40); i++)
		run(3, 1 + i % 5, i, 4000);
}

static void a_gicv2_is_as_the_model(void **state)
{
	unsigned int i;

	for (i = 0; i < shim_rounds(40); i++)
		run(2, 1 + i % 5, 50000 + i, 4000);
}

static void sixteen_list_registers_are_enough(void **state)
{
	unsigned int i, crossed = 0;

	/* Ends of what another CPU has acknowledged since are few. */
	for (i = 0; i < shim_rounds(20); i++) {
		run(i % 4 ? 3 : 2, 16, 100000 + i, 4000);
		crossed += m.crossed;
	}
	assert_true(crossed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gicv3_is_as_the_model),
		cmocka_unit_test(a_gicv2_is_as_the_model),
		cmocka_unit_test(sixteen_list_registers_are_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
