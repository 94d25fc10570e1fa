/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PL011_FIXTURE_H
#define PL011_FIXTURE_H

/* What the tests of the guest's PL011 share. */
#include "../../virt/dev/pl011.c"
#include "uart_fixture.h"

#define FR_IDLE (FR_TXFE | FR_RXFE | FR_CTS | FR_DSR | FR_DCD)

static u32 rd(u64 reg)
{
	u64 v = dev->ops->read(dev, test_vcpu, reg, 4);

	assert_true(v <= 0xffff);
	assert_int_equal(dev->lock.locked, 0);
	return (u32)v;
}

static void wr(u64 reg, u32 val)
{
	dev->ops->write(dev, test_vcpu, reg, 4, val);
	assert_int_equal(dev->lock.locked, 0);
}

static int setup(void **state)
{
	return setup_uart(&pl011_ops, 0x9000000, 0x1000, 33);
}

#endif
