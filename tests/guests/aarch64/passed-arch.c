// SPDX-License-Identifier: Apache-2.0
#include <guest/irq.h>
#include "../passed.h"

/* The board's PL031, whose alarm rings when its match is the present second. */
#define RTCDR	0x00
#define RTCMR	0x04
#define RTCCR	0x0c
#define RTCIMSC 0x10
#define RTCRIS	0x14
#define RTCICR	0x1c

const u32 passed_irq = 40;

bool passed_comes_again(void)
{
	return true;
}

void passed_enable(void)
{
	dev_irq_enable(passed_irq);
}

static volatile u32 *reg(u64 off)
{
	return (volatile u32 *)(PASSED_BASE + off);
}

void passed_init(void)
{
	*reg(RTCCR) = 1;
	*reg(RTCIMSC) = 0;
	*reg(RTCICR) = 1;
}

void passed_raise(void)
{
	/* Masked: an interrupt that is handled before its status is read would be raised for ever. */
	*reg(RTCIMSC) = 0;
	/* The second may just have passed. */
	while (!(*reg(RTCRIS) & 1))
		*reg(RTCMR) = *reg(RTCDR);
	*reg(RTCIMSC) = 1;
}

void passed_lower(void)
{
	*reg(RTCICR) = 1;
}
