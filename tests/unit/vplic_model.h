/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VPLIC_MODEL_H
#define VPLIC_MODEL_H

/* A model of a PLIC that looks at every source each time, and traffic to compare it with. */
#include "vplic_fixture.h"

static struct model {
	bool level[96], pending[96], active[96], enable[VM_MAX_VCPUS][96];
	u32 priority[96], threshold[VM_MAX_VCPUS];
} m;

static u32 model_best(unsigned int h)
{
	u32 n, best = 0;

	for (n = 1; n < 96; n++)
		if (m.pending[n] && m.enable[h][n] && m.priority[n] &&
		    (!best || m.priority[n] > m.priority[best]))
			best = n;
	return best;
}

static bool model_line(unsigned int h)
{
	u32 n;

	for (n = 1; n < 96; n++)
		if (m.pending[n] && m.enable[h][n] && m.priority[n] > m.threshold[h])
			return true;
	return false;
}

static void model_gateways(void)
{
	u32 n;

	for (n = 1; n < 96; n++)
		if (m.level[n] && !m.active[n])
			m.pending[n] = true;
}

static void random_step(u64 r, unsigned int harts)
{
	unsigned int h = (r >> 8) % harts, i;
	u32 n = 1 + (r >> 16) % 95, word = (r >> 16) % 3, val = (u32)(r >> 32);

	switch (r % 16) {
	case 0:
		m.priority[n] = val & 7;
		wr(4 * n, val);
		break;
	case 1:
		m.threshold[h] = val & 7 & (val >> 8);
		wr(CONTEXT(h), val & 7 & (val >> 8));
		break;
	case 2:
		for (i = 0; i < 32; i++)
			m.enable[h][32 * word + i] = (word || i) && (val >> i & 1);
		wr(ENABLE(h) + 4 * word, val);
		break;
	case 3:
	case 4:
	case 5:
		i = model_best(h);
		m.pending[i] = false;
		m.active[i] = i;
		assert_int_equal(rd(CONTEXT(h) + 4), i);
		break;
	case 6:
	case 7:
	case 8:
		if (m.enable[h][n])
			m.active[n] = false;
		wr(CONTEXT(h) + 4, n);
		break;
	default:
		/* A gateway looks at its line when that changes and when it opens. */
		m.level[n] = val & 1;
		irq(n, val & 1);
	}
	model_gateways();
}

static void check_against_model(unsigned int harts)
{
	u32 n, h, word;

	for (h = 0; h < harts; h++)
		assert_int_equal(line[h], model_line(h));
	for (word = 0; word < 3; word++) {
		u32 want = 0;

		for (n = 0; n < 32; n++)
			want |= (u32)m.pending[32 * word + n] << n;
		assert_int_equal(rd(0x1000 + 4 * word), want);
	}
}

#endif
