/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VGIC_MODEL_H
#define VGIC_MODEL_H

/*
 * A plain model of a GIC, which the virtual GIC is compared with. It has no list registers, no
 * ready sets, no vCPUs that are not loaded: for each interrupt what the specifications say about
 * it, and a search through all of them.
 */
#include "vgic_fixture.h"

#define NR   128
#define CPUS 3

struct model_irq {
	bool group, enabled, level, latch, active, edge;
	u8 priority, route, active_on, active_source, sources;
};

static struct {
	struct model_irq priv[CPUS][32], spi[NR];
	bool grp0, grp1;
	/* each CPU: what it has acknowledged, innermost last */
	u32 stack[CPUS][40];
	u32 stack_priority[CPUS][40];
	unsigned int depth[CPUS];
	u32 pmr[CPUS], enables[CPUS];
	bool split[CPUS]; /* EOImode */
	/* dropped and not yet deactivated */
	u32 dropped[CPUS][40];
	unsigned int nr_dropped[CPUS];
	bool timer_due[CPUS];
	/* of which some: ends of what another CPU has acknowledged since */
	unsigned int acks, crossed;
} m;

static u64 seed;
static unsigned int loaded;

/* Whoever has other choices than random ones says where they are from. */
#ifndef MODEL_DRAW
#define MODEL_DRAW() (shim_random(&seed) >> 33)
#endif

static inline u32 pick(u32 n)
{
	return (u32)MODEL_DRAW() % n;
}

static inline struct model_irq *mi(unsigned int n, u32 intid)
{
	return intid < 32 ? &m.priv[n][intid] : &m.spi[intid];
}

static inline bool m_pending(const struct model_irq *i)
{
	return i->latch || (i->level && !i->edge);
}

static inline bool m_is_target(unsigned int n, u32 intid)
{
	u32 route = m.spi[intid].route;

	if (intid < 32)
		return true;
	return v2 ? route && (unsigned int)__builtin_ctz(route) == n : route == n;
}

/* May it be acknowledged by CPU @n, but for what else is there? */
static inline bool m_deliverable(unsigned int n, u32 intid)
{
	const struct model_irq *i = mi(n, intid);
	u32 running = m.depth[n] ? m.stack_priority[n][m.depth[n] - 1] : 0x100;

	return m_pending(i) && i->enabled && !i->active && m_is_target(n, intid) &&
	       (i->group ? m.grp1 : m.grp0) && (m.enables[n] >> i->group & 1) &&
	       i->priority < m.pmr[n] && i->priority < running;
}

static inline u32 m_best(unsigned int n)
{
	u32 intid, best = 0x100;

	for (intid = 0; intid < NR; intid++)
		if (m_deliverable(n, intid) && mi(n, intid)->priority < best)
			best = mi(n, intid)->priority;
	return best;
}

/* Whether a CPU has acknowledged @intid and is to end it or, in EOImode 1, to deactivate it. */
static inline bool m_is_handled(u32 intid)
{
	unsigned int n, i;

	for (n = 0; n < CPUS; n++) {
		for (i = 0; i < m.depth[n]; i++)
			if (m.stack[n][i] == intid)
				return true;
		for (i = 0; i < m.nr_dropped[n]; i++)
			if (m.dropped[n][i] == intid)
				return true;
	}
	return false;
}

/* Interrupts that are played with: some of each kind. */
static inline u32 pick_irq(void)
{
	static const u32 some[] = {
		0, 1, 2, 7, 15, 30, 16, 33, 34, 40, 48, 63, 64, 79, 95, 127, 27
	};

	return some[pick(ARRAY_SIZE(some))];
}

/* ---- comparison ---- */

static inline void compare_irq(unsigned int n, u32 intid)
{
	const struct model_irq *i = mi(n, intid);
	u32 bit = intid % 32;

	assert_int_equal(rdw(loaded, reg_of(n, intid, GICD_ISPENDR, 1), 4) >> bit & 1,
			 m_pending(i));
	assert_int_equal(rdw(loaded, reg_of(n, intid, GICD_ICACTIVER, 1), 4) >> bit & 1, i->active);
	assert_int_equal(rdw(loaded, reg_of(n, intid, GICD_ICENABLER, 1), 4) >> bit & 1,
			 i->enabled);
	assert_int_equal(rdw(loaded, reg_of(n, intid, GICD_IPRIORITYR, 8) + intid % 4, 1),
			 i->priority);
	if (v2 && intid < 16)
		assert_int_equal(rdw(loaded, GICD_CPENDSGIR + intid, 1), i->sources);
}

static inline void compare(void)
{
	u32 intid = pick_irq();
	unsigned int n = v2 ? loaded : pick(CPUS);

	compare_irq(n, intid);
	host();
	assert_int_equal(vgic_pending(&test_vcpu[loaded]), m_best(loaded) != 0x100);
	n = pick(CPUS);
	assert_int_equal(vgic_pending(&test_vcpu[n]), m_best(n) != 0x100);
}

#endif
