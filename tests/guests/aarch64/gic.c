// SPDX-License-Identifier: Apache-2.0
#include <arch/gic.h>
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * The interrupt controller of either version: registers, priorities, what is pending and
 * active, by acknowledging it with interrupts masked. SPIs 40 to 63 are no device's here:
 * they are made pending by software.
 */

#define FIRST 40u
#define COUNT 24u /* more than list registers */

static u64 reg(u64 base, u32 id)
{
	return gic.gicd + base + 4 * (id / 32);
}

static u32 bit(u32 id)
{
	return 1u << id % 32;
}

static bool is_set(u64 base, u32 id)
{
	return mmio_read32(reg(base, id)) & bit(id);
}

static void set_priority(u32 id, u8 prio)
{
	mmio_write8(gic.gicd + GICD_IPRIORITYR + id, prio);
}

static void pend(u32 id)
{
	mmio_write32(reg(GICD_ISPENDR, id), bit(id));
}

/* A known state of one SPI: edge, to this CPU, enabled, priority 0xa0. */
static void fresh(u32 id)
{
	u64 cfg = gic.gicd + GICD_ICFGR + 4 * (id / 16);

	dev_irq_disable(id);
	mmio_write32(reg(GICD_ICPENDR, id), bit(id));
	mmio_write32(reg(GICD_ICACTIVER, id), bit(id));
	mmio_write32(cfg, mmio_read32(cfg) | 2u << id % 16 * 2);
	dev_irq_enable(id);
	gic_set_pmr(PMR_DEVICES);
}

static u32 ack(void)
{
	return GIC_ID(gic_ack());
}

/* What a line makes pending again may take a moment. */
static u32 ack_soon(void)
{
	u32 id = ack();

	for (int i = 0; i < 10000 && id >= GIC_NONE; i++)
		id = ack();
	return id;
}

static void identification(void)
{
	u32 typer = mmio_read32(gic.gicd + GICD_TYPER);
	u32 pidr2 = mmio_read32(gic.gicd + (gic.version == 3 ? GICD_PIDR2 : 0xfe8));

	tap_ok((typer & 31) >= 1, "there are SPIs");
	tap_note("TYPER 0x%x, IIDR 0x%x", typer, mmio_read32(gic.gicd + GICD_IIDR));
	tap_eq(pidr2 >> 4 & 0xf, gic.version, "PIDR2 has the version");
	mmio_write32(gic.gicd + GICD_TYPER, ~typer);
	tap_eq(mmio_read32(gic.gicd + GICD_TYPER), typer, "TYPER cannot be written");
	if (gic.version == 2) {
		tap_ok(mmio_read32(gic.gicc + GICC_IIDR) >> 16 & 0xf, "the CPU interface, too");
		return;
	}
	tap_ok(gic_redistributor() != 0, "this CPU has a redistributor");
	tap_eq(mmio_read32(gic_redistributor() + 0xffe8) >> 4 & 0xf, 3, "of the same version");
	tap_eq(mmio_read32(gic.gicd + GICD_CTLR) & 0x10, 0x10, "affinity routing is on");
}

/* The registers that come in sets of bits: what one sets the other clears. */
static void bits(void)
{
	u32 id = FIRST;

	fresh(id);
	dev_irq_disable(id);
	tap_ok(!is_set(GICD_ISENABLER, id) && !is_set(GICD_ICENABLER, id), "an SPI is disabled");
	mmio_write32(reg(GICD_ISENABLER, id), bit(id));
	tap_ok(is_set(GICD_ISENABLER, id) && is_set(GICD_ICENABLER, id), "and enabled");
	mmio_write32(reg(GICD_ISENABLER, id), 0);
	tap_ok(is_set(GICD_ISENABLER, id), "a write of 0 changes nothing");
	dev_irq_disable(id);
	pend(id);
	tap_ok(is_set(GICD_ISPENDR, id) && is_set(GICD_ICPENDR, id), "software makes it pending");
	tap_eq(ack(), 1023, "disabled it is not signalled");
	mmio_write32(reg(GICD_ICPENDR, id), bit(id));
	tap_ok(!is_set(GICD_ISPENDR, id), "and takes it back");
	mmio_write32(reg(GICD_ISACTIVER, id), bit(id));
	tap_ok(is_set(GICD_ISACTIVER, id) && is_set(GICD_ICACTIVER, id), "it can be made active");
	mmio_write32(reg(GICD_ICACTIVER, id), bit(id));
	tap_ok(!is_set(GICD_ISACTIVER, id), "and inactive");
}

static void words(void)
{
	u64 prio = gic.gicd + GICD_IPRIORITYR + FIRST,
	    cfg = gic.gicd + GICD_ICFGR + 4 * (FIRST / 16);
	u32 before, target;

	mmio_write32(prio, 0xf8a05008);
	tap_eq(mmio_read32(prio), 0xf8a05008, "priorities of four interrupts read back");
	tap_eq(mmio_read8(prio + 3), 0xf8, "each as a byte, too");
	mmio_write8(prio + 1, 0x40);
	tap_eq(mmio_read32(prio), 0xf8a04008, "which can be written alone");
	before = mmio_read32(cfg);
	mmio_write32(cfg, 0xaaaaaaaa);
	tap_eq(mmio_read32(cfg), 0xaaaaaaaa, "lines can be edges");
	mmio_write32(cfg, 0);
	tap_eq(mmio_read32(cfg), 0, "or levels");
	mmio_write32(cfg, before);
	tap_eq(mmio_read32(gic_private() + GICD_ICFGR) & 0xaaaaaaaa, 0xaaaaaaaa, "SGIs are edges");
	if (gic.version == 2) {
		/* Where there is one CPU they are 0 (IHI 0048, 4.3.12). */
		mmio_write8(gic.gicd + GICD_ITARGETSR + FIRST, 1);
		target = mmio_read8(gic.gicd + GICD_ITARGETSR + FIRST);
		tap_ok(target == 1 || (!target && platform.nr_cpus == 1), "a target reads back");
		target = mmio_read8(gic.gicd + GICD_ITARGETSR);
		tap_ok(target == 1 || (!target && platform.nr_cpus == 1),
		       "those of SGIs tell the CPU");
		return;
	}
	mmio_write32(reg(GICD_IGROUPR, FIRST), ~0u);
	tap_eq(mmio_read32(reg(GICD_IGROUPR, FIRST)), ~0u, "groups read back");
	tap_eq(mmio_read32(gic.gicd + GICD_ITARGETSR + FIRST), 0, "there are no targets");
	tap_eq(mmio_read32(gic.gicd + GICD_ISENABLER), 0, "private ones are the redistributor's");
}

/* From pending to active to neither. */
static void cycle(void)
{
	u32 id = FIRST, first, second;
	bool active, pending, both;

	fresh(id);
	pend(id);
	first = ack();
	active = is_set(GICD_ISACTIVER, id);
	pending = is_set(GICD_ISPENDR, id);
	second = ack();
	pend(id);
	both = is_set(GICD_ISACTIVER, id) && is_set(GICD_ISPENDR, id);
	tap_eq(first, id, "what is pending is acknowledged");
	tap_ok(active && !pending, "and is active then");
	tap_eq(second, 1023, "there is nothing else");
	tap_ok(both, "it can be pending and active");
	tap_eq(ack(), 1023, "which is not signalled again before its end");
	gic_eoi(first);
	tap_ok(!is_set(GICD_ISACTIVER, id), "its end deactivates it");
	tap_eq(ack(), id, "and it is signalled again");
	gic_eoi(id);
	tap_eq(ack(), 1023, "once");
}

static void masks(void)
{
	u32 id = FIRST, below, at, above;

	fresh(id);
	set_priority(id, 0x50);
	pend(id);
	gic_set_pmr(0x48);
	below = ack();
	gic_set_pmr(0x50);
	at = ack();
	gic_set_pmr(0x58);
	above = ack();
	gic_eoi(above);
	gic_set_pmr(PMR_DEVICES);
	tap_eq(below, 1023, "the mask keeps a lower priority");
	tap_eq(at, 1023, "and an equal one");
	tap_eq(above, id, "and lets a higher one");
}

/* Only a higher priority is acknowledged while another is active. */
static void preemption(void)
{
	u32 low = FIRST, high = FIRST + 1, same = FIRST + 2, a, b, c, d;

	fresh(low);
	fresh(high);
	fresh(same);
	set_priority(low, 0x80);
	set_priority(same, 0x80);
	set_priority(high, 0x40);
	pend(low);
	a = ack();
	pend(same);
	b = ack();
	pend(high);
	c = ack();
	gic_eoi(c);
	d = ack();
	gic_eoi(a);
	tap_eq(a, low, "the first is acknowledged");
	tap_eq(b, 1023, "another of its priority has to wait");
	tap_eq(c, high, "a higher one does not");
	tap_eq(d, 1023, "after its end the first runs on");
	tap_eq(ack(), same, "and after that the other");
	gic_eoi(same);
}

/* The end is of the priority that it was acknowledged with. */
static void changed_while_active(u8 to)
{
	u32 id = FIRST, high = FIRST + 1;

	fresh(id);
	fresh(high);
	set_priority(id, 0x80);
	set_priority(high, 0x60);
	pend(id);
	tap_eq(ack(), id, "one is active");
	set_priority(id, to);
	pend(high);
	tap_eq(ack(), high, "another priority of its own masks no more");
	gic_eoi(high);
	gic_eoi(id);
	tap_ok(!is_set(GICD_ISACTIVER, id), "and it ends all the same");
	pend(id);
	tap_eq(ack(), id, "to come again");
	gic_eoi(id);
}

/* More of them than list registers: in the order of their priorities, then numbers. */
static void many(void)
{
	u32 last = 0, got = 0, id;
	bool order = true, ids = true;
	u64 seen = 0;

	for (u32 i = 0; i < COUNT; i++) {
		fresh(FIRST + i);
		set_priority(FIRST + i, (u8)(0x20 + (i * 7 % COUNT) * 8));
	}
	/* Priorities have five bits: 0x20 to 0xd8 are all different, and below the mask. */
	for (u32 i = 0; i < COUNT; i++)
		pend(FIRST + i);
	while ((id = ack()) < GIC_NONE && got < 2 * COUNT) {
		u32 prio = mmio_read8(gic.gicd + GICD_IPRIORITYR + id);

		order &= prio >= last;
		ids &= id - FIRST < COUNT && !(seen & BIT(id - FIRST));
		seen |= BIT(id - FIRST);
		last = prio;
		got++;
		gic_eoi(id);
	}
	tap_eq(got, COUNT, "all of many are acknowledged");
	tap_ok(ids, "each once");
	tap_ok(order, "in the order of their priorities");
}

/* Active inside each other, as deep as there are priorities. */
static void nested(void)
{
	enum { DEPTH = 16 };
	u32 got[DEPTH];
	bool ok = true;

	for (u32 i = 0; i < DEPTH; i++) {
		fresh(FIRST + i);
		set_priority(FIRST + i, (u8)(0xd0 - i * 8));
	}
	for (u32 i = 0; i < DEPTH; i++) {
		pend(FIRST + i);
		got[i] = ack();
		ok &= got[i] == FIRST + i;
	}
	tap_ok(ok, "%d are active inside each other", DEPTH);
	for (u32 i = DEPTH; i--;) {
		gic_eoi(got[i]);
		ok &= !is_set(GICD_ISACTIVER, FIRST + i);
		ok &= !i || is_set(GICD_ISACTIVER, FIRST + i - 1);
	}
	tap_ok(ok, "and end in the reverse order");
	tap_eq(ack(), 1023, "nothing remains");
}

/* A level: pending as long as the line is there. The timer's is one. */
static void level(void)
{
	u32 first, again;
	bool gone;

	gic_set_pmr(PMR_DEVICES);
	irq_unmask(IRQ_TIMER);
	timer_set(0);
	first = ack_soon();
	gic_eoi(first);
	again = ack_soon();
	timer_set(~0UL);
	gic_eoi(again);
	gone = ack() == 1023;
	irq_mask(IRQ_TIMER);
	tap_eq(first, PPI_VTIMER, "the timer's line");
	tap_eq(again, PPI_VTIMER, "is signalled again while it is there");
	tap_ok(gone, "and not when it is gone");
}

static void sgis(void)
{
	u32 got = 0, id;

	gic_set_pmr(PMR_DEVICES);
	mmio_write32(gic_private() + GICD_ISENABLER, 0xffff);
	for (u64 i = 0; i < 16; i++) {
		if (gic.version == 3)
			sysreg_write(ICC_SGI1R_EL1, i << 24 | BIT(platform.boot_cpu));
		else
			mmio_write32(gic.gicd + GICD_SGIR, 2u << 24 | (u32)i);
	}
	isb();
	for (u32 n = 0; n < 32; n++) {
		u32 a = gic_ack();

		id = GIC_ID(a);
		if (id >= GIC_NONE)
			break;
		got |= 1u << id;
		gic_eoi(a);
	}
	mmio_write32(gic_private() + GICD_ICENABLER, 0xffff);
	tap_eq(got, 0xffff, "all 16 SGIs to oneself arrive");
}

/* End of interrupt and deactivation in two steps. */
static void eoi_mode(void)
{
	u32 id = FIRST, got;
	bool active, inactive;

	fresh(id);
	if (gic.version == 3)
		sysreg_write(ICC_CTLR_EL1, 2);
	else
		mmio_write32(gic.gicc, 1 | BIT(9));
	isb();
	pend(id);
	got = ack();
	gic_eoi(got);
	active = is_set(GICD_ISACTIVER, id);
	if (gic.version == 3) {
		sysreg_write(ICC_DIR_EL1, got);
		isb();
		sysreg_write(ICC_CTLR_EL1, 0);
		isb();
	} else {
		mmio_write32(gic.gicc + GICC_DIR, got);
		mmio_write32(gic.gicc, 1);
	}
	inactive = !is_set(GICD_ISACTIVER, id);
	tap_ok(got == id && active, "with EOImode 1 the end drops the priority only");
	tap_ok(inactive, "and the deactivation is separate");
}

static volatile u64 taken, wrong;

static void on_external(struct trap_frame *f)
{
	u32 id = dev_irq_claim();

	(void)f;
	if (id == FIRST)
		taken++;
	else
		wrong++;
	dev_irq_complete(id);
}

static void delivery(void)
{
	fresh(FIRST);
	irq_set_handler(IRQ_EXT, on_external);
	irq_enable();
	for (u64 i = 0; i < 100; i++)
		pend(FIRST);
	irq_disable();
	tap_eq(taken, 100, "100 interrupts are taken, each at once");
	tap_eq(wrong, 0, "and none besides");
}

/* Every word of the two frames, read and written: nothing happens but what may. */
static void strange_addresses(void)
{
	u64 faults = 0, size = gic.version == 3 ? KIB(64) : KIB(4);

	for (u64 off = 0; off < size; off += off < 0x1000 ? 4 : 0x104) {
		if (off == GICD_CTLR || off == GICD_SGIR || off == GICD_ISPENDR)
			continue;
		trap_catch();
		mmio_write32(gic.gicd + off, mmio_read32(gic.gicd + off));
		(void)mmio_read8(gic.gicd + off + 1);
		faults += trap_caught().count;
	}
	for (u64 off = 0; gic.version == 3 && off < KIB(128); off += off < 0x100 ? 4 : 0x84) {
		trap_catch();
		(void)mmio_read32(gic_redistributor() + off);
		faults += trap_caught().count;
	}
	tap_ok(true, "all registers are survived");
	tap_note("%lu accesses faulted", faults);
	for (u32 i = 0; i < COUNT; i++) {
		fresh(FIRST + i);
		dev_irq_disable(FIRST + i);
	}
}

int guest_main(void)
{
	if (!tap_ok(gic.gicd, "the device tree has the controller"))
		return tap_done();
	identification();
	bits();
	words();
	cycle();
	masks();
	preemption();
	changed_while_active(0x40);
	changed_while_active(0xa0);
	many();
	nested();
	level();
	sgis();
	eoi_mode();
	delivery();
	strange_addresses();
	return tap_done();
}
