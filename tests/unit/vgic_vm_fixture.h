/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VGIC_VM_FIXTURE_H
#define VGIC_VM_FIXTURE_H

/*
 * What the tests of single behaviours of the virtual GIC share: a VM with two vCPUs, of which
 * the first is loaded and takes interrupts, on a CPU with four list registers.
 */
#include "vgic_fixture.h"

#define REDIST(n) (0xa0000u + GICR_STRIDE * (n))
#define SGI(n)	  (REDIST(n) + GICR_SGI)
#define UART	  33u

static inline int setup_v3(void **state)
{
	start(3, 2, 4);
	load(0);
	enable_cpu(0xf8);
	wr(GICD_CTLR, 3);
	return 0;
}

static inline int setup_v2(void **state)
{
	start(2, 2, 4);
	load(0);
	enable_cpu(0xf8);
	wr(GICD_CTLR, 3);
	return 0;
}

static inline int teardown(void **state)
{
	finish();
	return 0;
}

/* What CPU 1 writes about what is in the list register of CPU 0, which learns of it later. */
static inline void write_from_cpu_1(u64 off, u32 val)
{
	host_cpu.id = 1;
	dev->ops->write(dev, &test_vcpu[1], off, 4, val);
	host_cpu.id = 0;
}

#define V3(f) cmocka_unit_test_setup_teardown(f, setup_v3, teardown)
/* clang-format off */
#define V2(f) { #f "_v2", f, setup_v2, teardown, NULL }
/* clang-format on */

#endif
