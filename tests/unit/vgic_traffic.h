/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VGIC_TRAFFIC_H
#define VGIC_TRAFFIC_H

/* Traffic for a virtual GIC and the model of one: each step does the same to both. */
#include "vgic_model.h"

static void step_ack(void)
{
	u32 best = m_best(loaded), iar = guest_ack(), intid = iar & 0x3ff;
	struct model_irq *i;

	host();
	if (best == 0x100) {
		assert_int_equal(intid, GIC_INTID_NONE);
		return;
	}
	assert_in_range(intid, 0, NR - 1);
	assert_true(m_deliverable(loaded, intid));
	i = mi(loaded, intid);
	assert_int_equal(i->priority, best);
	if (v2 && intid < 16) {
		unsigned int source = iar >> GICC_IAR_CPU;

		assert_true(i->sources >> source & 1);
		i->sources &= (u8) ~(1u << source);
		i->active_source = (u8)source;
		i->latch = i->sources;
	} else {
		i->latch = false;
	}
	m.acks++;
	i->active = true;
	i->active_on = (u8)loaded;
	m.stack[loaded][m.depth[loaded]] = intid;
	m.stack_priority[loaded][m.depth[loaded]++] = best;
}

static void step_eoi(void)
{
	u32 intid;

	if (!m.depth[loaded])
		return;
	intid = m.stack[loaded][--m.depth[loaded]];
	m.crossed += intid >= 32 && mi(loaded, intid)->active &&
		     mi(loaded, intid)->active_on != loaded;
	guest_eoi(intid);
	if (m.split[loaded])
		m.dropped[loaded][m.nr_dropped[loaded]++] = intid;
	else
		mi(loaded, intid)->active = false;
	host();
}

static void step_dir(void)
{
	unsigned int at, n = m.nr_dropped[loaded];

	if (!n)
		return;
	at = pick(n);
	guest_dir(&test_vcpu[loaded], m.dropped[loaded][at]);
	mi(loaded, m.dropped[loaded][at])->active = false;
	m.dropped[loaded][at] = m.dropped[loaded][n - 1];
	m.nr_dropped[loaded]--;
	host();
}

static void step_line(void)
{
	u32 intid = pick_irq();
	struct model_irq *i;
	bool level = pick(2);

	if (intid < 16 || intid == VGIC_IRQ_VTIMER)
		return;
	i = mi(loaded, intid);
	if (level && !i->level && i->edge)
		i->latch = true;
	i->level = level;
	if (intid < 32) {
		vgic_set_ppi(&test_vcpu[loaded], intid, level);
		host();
	} else {
		irq(intid, level);
	}
}

static void step_sgi(void)
{
	u32 intid = pick(8), to = pick(8) & 7, n;
	bool group0 = !v2 && pick(4) == 0;

	if (v2)
		wrw(loaded, GICD_SGIR, 4, to << GICD_SGIR_LIST | intid);
	else
		vgic_sgi(&test_vcpu[loaded], to | (u64)intid << 24, group0);
	host();
	for (n = 0; n < CPUS; n++) {
		if (!(to >> n & 1) || (group0 && mi(n, intid)->group))
			continue;
		mi(n, intid)->latch = true;
		mi(n, intid)->sources |= (u8)(1u << loaded);
	}
}

static void step_bit(void)
{
	u32 intid = pick_irq(), bit = 1u << intid % 32;
	/* A GICv3 shows everybody's private interrupts; a GICv2 only one's own. */
	unsigned int n = v2 ? loaded : pick(CPUS);
	struct model_irq *i = mi(n, intid);
	unsigned int kind = pick(6);
	static const u64 reg[] = { GICD_ISENABLER, GICD_ICENABLER, GICD_ISPENDR,
				   GICD_ICPENDR,   GICD_ICENABLER, GICD_ISENABLER };

	wrw(loaded, reg_of(n, intid, reg[kind], 1), 4, bit);
	if (kind == 0 || kind == 5)
		i->enabled = true;
	else if (kind == 1 || kind == 4)
		i->enabled = v2 && intid < 16;
	else if (!(v2 && intid < 16))
		i->latch = kind == 2;
}

static void step_group(void)
{
	u32 intid = pick_irq(), bit = 1u << intid % 32;
	unsigned int n = v2 ? loaded : pick(CPUS);
	u64 reg = reg_of(n, intid, GICD_IGROUPR, 1);
	u32 old = (u32)rdw(loaded, reg, 4);

	wrw(loaded, reg, 4, old ^ bit);
	mi(n, intid)->group ^= 1;
}

/* Of an interrupt that is active, or that a CPU will end, the running priority would have to follow. */
static void step_priority(void)
{
	u32 intid = pick_irq(), priority = pick(256);
	unsigned int n = v2 ? loaded : pick(CPUS);

	if (mi(n, intid)->active || m_is_handled(intid))
		return;
	wrw(loaded, reg_of(n, intid, GICD_IPRIORITYR, 8) + intid % 4, 1, priority);
	mi(n, intid)->priority = priority & 0xf8;
}

static void set_route(u32 intid, u32 to)
{
	if (v2)
		wrw(loaded, GICD_ITARGETSR + intid, 1, to);
	else
		wrw(loaded, GICD_IROUTER + 8 * intid, 8, to);
	m.spi[intid].route = (u8)to;
}

static void step_route(void)
{
	u32 intid = pick_irq();

	if (intid >= 32)
		set_route(intid, v2 ? pick(8) : pick(CPUS + 1));
}

/* While it is not pending: what becomes of a latch then is not told. */
static void step_config(void)
{
	u32 intid = pick_irq();
	u64 reg = GICD_ICFGR + intid / 16 * 4;
	struct model_irq *i = mi(loaded, intid);

	if (intid < 32 || m_pending(i) || i->active)
		return;
	wrw(loaded, reg, 4, (u32)rdw(loaded, reg, 4) ^ 2u << 2 * (intid % 16));
	i->edge ^= 1;
}

static void step_ctlr(void)
{
	u32 val = pick(4) ? 3 : pick(4);

	wrw(loaded, GICD_CTLR, 4, val);
	m.grp0 = val & 1;
	m.grp1 = val & 2;
}

static void step_interface(void)
{
	m.pmr[loaded] = pick(3) ? 0xf8 : pick(32) * 8;
	m.enables[loaded] = pick(3) ? 3 : pick(4);
	hw.vmcr = (hw.vmcr & ~(u32)0xff000003) | m.pmr[loaded] << ICH_VMCR_VPMR | m.enables[loaded];
	if (!m.depth[loaded] && !m.nr_dropped[loaded]) {
		m.split[loaded] = pick(2) && !v2;
		hw.vmcr = m.split[loaded] ? hw.vmcr | ICH_VMCR_VEOIM : hw.vmcr & ~ICH_VMCR_VEOIM;
	}
	host();
}

/*
 * The timer that the guest has in hardware. One that it turns off before it has acknowledged
 * the interrupt may still interrupt: nobody sees the line fall.
 */
static void step_timer(void)
{
	struct model_irq *i = mi(loaded, VGIC_IRQ_VTIMER);

	if (i->level && !i->active && i->enabled)
		return;
	i->level = m.timer_due[loaded] = hw.timer_line = !i->level;
	host();
}

static void switch_to(unsigned int n)
{
	mi(loaded, VGIC_IRQ_VTIMER)->level = false;
	loaded = n;
	load(loaded);
	mi(loaded, VGIC_IRQ_VTIMER)->level = hw.timer_line = m.timer_due[loaded];
	host();
}

static void step_load(void)
{
	switch_to(pick(CPUS));
	/* A host timer that stands in for that of one that is not loaded. */
	if (pick(4) == 0) {
		unsigned int n = pick(CPUS);

		if (n != loaded) {
			vgic_set_ppi(&test_vcpu[n], VGIC_IRQ_VTIMER, m.timer_due[n]);
			mi(n, VGIC_IRQ_VTIMER)->level = m.timer_due[n];
		}
	}
}

/* What CPU @n has acknowledged last, if there is any. */
static u32 pick_handled(unsigned int n)
{
	return m.depth[n] ? m.stack[n][m.depth[n] - 1] : pick_irq();
}

/*
 * Only while there are list registers for all: what ends of those without one is a guess. There is
 * one active state for all CPUs, and who has acknowledged an interrupt ends whatever is active then.
 */
static void step_active(void)
{
	u32 intid = pick(2) ? pick_irq() : pick_handled(pick(CPUS));
	bool set = pick(2);

	if (hw.nr_lrs < 16)
		return;
	wrw(loaded, reg_of(loaded, intid, set ? GICD_ISACTIVER : GICD_ICACTIVER, 1), 4,
	    1u << intid % 32);
	mi(loaded, intid)->active = set;
}

/* The loaded CPU acknowledges what another one has, which may end it then. */
static void step_steal(void)
{
	unsigned int n = pick(CPUS);
	u32 intid = pick_handled(n), bit = 1u << intid % 32;

	if (hw.nr_lrs < 16 || intid < 32)
		return;
	wrw(loaded, reg_of(loaded, intid, GICD_ICACTIVER, 1), 4, bit);
	m.spi[intid].active = false;
	set_route(intid, v2 ? 1u << loaded : loaded);
	wrw(loaded, reg_of(loaded, intid, GICD_ISENABLER, 1), 4, bit);
	m.spi[intid].enabled = true;
	wrw(loaded, reg_of(loaded, intid, GICD_ISPENDR, 1), 4, bit);
	m.spi[intid].latch = true;
	step_ack();
	if (pick(2))
		return;
	switch_to(n);
	step_eoi();
}

static void step(void)
{
	switch (pick(18)) {
	case 0:
	case 1:
	case 2:
		step_ack();
		break;
	case 3:
	case 4:
		step_eoi();
		break;
	case 5:
		step_dir();
		break;
	case 6:
	case 7:
		step_line();
		break;
	case 8:
		step_sgi();
		break;
	case 9:
		step_bit();
		break;
	case 10:
		step_group();
		break;
	case 11:
		step_priority();
		break;
	case 12:
		step_route();
		break;
	case 13:
		step_config();
		break;
	case 14:
		if (pick(4) == 0)
			step_ctlr();
		else
			step_interface();
		break;
	case 15:
		step_timer();
		break;
	case 16:
		if (pick(2))
			step_active();
		else
			step_steal();
		break;
	default:
		step_load();
	}
}

static void model_start(unsigned int version, unsigned int nr_lrs)
{
	unsigned int i, n;

	start(version, CPUS, nr_lrs);
	memset(&m, 0, sizeof(m));
	for (n = 0; n < CPUS; n++)
		for (i = 0; i < 32; i++) {
			m.priv[n][i].edge = i < 16;
			m.priv[n][i].enabled = version == 2 && i < 16;
			m.priv[n][i].group = version == 3;
		}
	for (i = 32; i < NR; i++)
		m.spi[i].group = version == 3;
	loaded = 0;
	load(0);
}

#endif
