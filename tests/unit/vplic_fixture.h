/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VPLIC_FIXTURE_H
#define VPLIC_FIXTURE_H

/* What the tests of the guest's PLIC share: a device with one hart or with four. */
#include "../../arch/riscv64/virt/vplic.c"
#include "../../arch/riscv64/virt/vplic_host.c"
#include "vdev_test.h"

#define CONTEXT(h) (0x201000u + 0x2000u * (h))
#define ENABLE(h)  (0x2080u + 0x100u * (h))

static struct vdev *dev;
static bool line[VM_MAX_VCPUS];
static unsigned int line_changes;

void riscv_set_external(struct vcpu *vcpu, bool level)
{
	assert_true(line[vcpu - test_vcpu] != level);
	line[vcpu - test_vcpu] = level;
	line_changes++;
}

/* Source GIVEN is the host's interrupt HOST_IRQ. */
#define GIVEN	 40
#define HOST_IRQ 11

static bool host_kept;
static const struct cpu *routed;

void irq_end(u32 n)
{
	assert_int_equal(n, HOST_IRQ);
	assert_true(host_kept);
	host_kept = false;
}

void irq_route(u32 n, struct cpu *cpu)
{
	assert_int_equal(n, HOST_IRQ);
	routed = cpu;
}

static inline void forward(void)
{
	host_kept = true;
	dev->ops->forward(dev, GIVEN);
	assert_int_equal(dev->lock.locked, 0);
}

static u32 rd(u64 off)
{
	u64 v = dev->ops->read(dev, test_vcpu, off, 4);

	assert_int_equal(dev->lock.locked, 0);
	assert_true(v <= 0xffffffff);
	return (u32)v;
}

static void wr(u64 off, u32 val)
{
	dev->ops->write(dev, test_vcpu, off, 4, val);
	assert_int_equal(dev->lock.locked, 0);
}

static void irq(u32 n, bool level)
{
	dev->ops->set_irq(dev, n, level);
	assert_int_equal(dev->lock.locked, 0);
}

static void start(unsigned int nr_vcpus)
{
	unsigned int i;

	memset(line, 0, sizeof(line));
	line_changes = 0;
	test_cfg.nr_vcpus = nr_vcpus;
	for (i = 0; i < VM_MAX_VCPUS; i++)
		test_vm.vcpu[i] = i < nr_vcpus ? &test_vcpu[i] : NULL;
	dev = test_create(&vplic_ops, 0xc000000, 0x600000, 0);
}

static int setup_one(void **state)
{
	start(1);
	return 0;
}

static int setup_four(void **state)
{
	start(4);
	return 0;
}

static int teardown(void **state)
{
	test_destroy(dev);
	return 0;
}

/* Source @n at @priority, enabled for hart @h alone. */
static inline void allow(unsigned int h, u32 n, u32 priority)
{
	u64 word = ENABLE(h) + n / 32 * 4;

	wr(4 * n, priority);
	wr(word, rd(word) | 1u << n % 32);
}

#define T1(name) cmocka_unit_test_setup_teardown(name, setup_one, teardown)
#define T4(name) cmocka_unit_test_setup_teardown(name, setup_four, teardown)

#endif
