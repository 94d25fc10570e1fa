/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NS16550_FIXTURE_H
#define NS16550_FIXTURE_H

/* What the tests of the guest's 16550A share. */
#include "../../virt/dev/ns16550.c"
#include "uart_fixture.h"

static u8 rd(u64 reg)
{
	u64 v = dev->ops->read(dev, test_vcpu, reg, 1);

	assert_true(v <= 0xff);
	return (u8)v;
}

static void wr(u64 reg, u8 val)
{
	dev->ops->write(dev, test_vcpu, reg, 1, val);
}

static int setup(void **state)
{
	return setup_uart(&uart_ops, 0x10000000, 0x100, 10);
}

#endif
