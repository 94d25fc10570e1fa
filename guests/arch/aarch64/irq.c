// SPDX-License-Identifier: Apache-2.0
#include <arch/gic.h>
#include <guest/cpus.h>
#include <guest/irq.h>
#include <guest/thread.h>

/*
 * IRQ_SOFT is SGI 0, IRQ_TIMER the virtual timer's PPI; both are masked one by one, in
 * GICR_ISENABLER0 or its like. IRQ_EXT is all SPIs: of a lower priority, masked by PMR.
 */

static irq_handler_t irq_handlers[NR_IRQS];
volatile u64 irq_unhandled;

static volatile bool probing, probe_hit;
/* What each CPU is handling and has not completed. */
static u32 acked[MAX_CPUS] = { [0 ... MAX_CPUS - 1] = GIC_NONE };

static u32 *this_acked(void)
{
	return &acked[sysreg_read(mpidr_el1) % MAX_CPUS];
}

static u32 private_bit(unsigned int irq)
{
	return irq == IRQ_SOFT ? 1 : irq == IRQ_TIMER ? 1u << PPI_VTIMER : 0;
}

static unsigned int irq_of(u32 id)
{
	return id < 16 ? IRQ_SOFT : id == PPI_VTIMER ? IRQ_TIMER : id >= 32 ? IRQ_EXT : NR_IRQS;
}

static void set_enabled(u32 bits)
{
	u64 base = gic_private();

	mmio_write32(base + GICD_ICENABLER, ~bits);
	mmio_write32(base + GICD_ISENABLER, bits);
	if (gic.version == 3)
		for (int i = 0; i < 1000; i++)
			if (!(mmio_read32(gic_redistributor() + GICR_CTLR) & GICR_CTLR_RWP))
				break;
}

static void wake_redistributor(void)
{
	u64 waker = gic_redistributor() + GICR_WAKER;

	mmio_write32(waker, mmio_read32(waker) & ~GICR_WAKER_SLEEP);
	for (int i = 0; i < 1000; i++)
		if (!(mmio_read32(waker) & GICR_WAKER_ASLEEP))
			break;
	sysreg_write(ICC_SRE_EL1, 7);
	isb();
	sysreg_write(ICC_BPR1_EL1, 0);
	sysreg_write(ICC_CTLR_EL1, 0);
	sysreg_write(ICC_IGRPEN1_EL1, 1);
}

void irq_cpu_init(void)
{
	u64 base;

	mmio_write32(gic.gicd + GICD_CTLR, gic.version == 3 ? GICD_CTLR_V3 : GICD_CTLR_V2);
	if (gic.version == 3)
		wake_redistributor();
	base = gic_private();
	if (gic.version == 3)
		mmio_write32(base + GICD_IGROUPR, ~0u);
	for (u32 i = 0; i < 32; i += 4)
		mmio_write32(base + GICD_IPRIORITYR + i, PRIO_PRIVATE * 0x01010101u);
	set_enabled(0);
	gic_set_pmr(PRIO_DEVICE);
	if (gic.version == 2) {
		mmio_write32(gic.gicc + GICC_BPR, 0);
		mmio_write32(gic.gicc + GICC_CTLR, 1);
	}
}

void irq_set_handler(unsigned int irq, irq_handler_t handler)
{
	irq_handlers[irq] = handler;
}

void irq_unmask(unsigned int irq)
{
	if (irq == IRQ_EXT)
		gic_set_pmr(PMR_DEVICES);
	else
		mmio_write32(gic_private() + GICD_ISENABLER, private_bit(irq));
}

void irq_mask(unsigned int irq)
{
	if (irq == IRQ_EXT)
		gic_set_pmr(PRIO_DEVICE);
	else
		mmio_write32(gic_private() + GICD_ICENABLER, private_bit(irq));
}

static u32 get_pmr(void)
{
	return gic.version == 2 ? mmio_read32(gic.gicc + GICC_PMR) : (u32)sysreg_read(ICC_PMR_EL1);
}

bool irq_pending(unsigned int irq)
{
	u32 enabled = mmio_read32(gic_private() + GICD_ISENABLER), pmr = get_pmr();
	u64 daif = sysreg_read(daif);

	irq_disable();
	set_enabled(private_bit(irq));
	gic_set_pmr(irq == IRQ_EXT ? PMR_DEVICES : PRIO_DEVICE);
	probe_hit = false;
	probing = true;
	irq_enable();
	isb();
	irq_disable();
	probing = false;
	gic_set_pmr(pmr);
	set_enabled(enabled);
	if (!(daif & PSTATE_I))
		irq_enable();
	return probe_hit;
}

void irq_dispatch(struct trap_frame *f)
{
	unsigned int irq;
	u32 ack;

	if (probing) {
		/* Nothing is acknowledged, so it is as pending as before. */
		probe_hit = gic_highest() < GIC_NONE;
		f->spsr |= PSTATE_I;
		return;
	}
	ack = gic_ack();
	if (GIC_ID(ack) >= GIC_NONE)
		return;
	irq = irq_of(GIC_ID(ack));
	*this_acked() = ack;
	if (irq < NR_IRQS && irq_handlers[irq]) {
		irq_handlers[irq](f);
	} else {
		irq_unhandled++;
		irq_mask(irq);
	}
	/* The handler may have, and SGI 0 of CPU 0 is 0. */
	if (*this_acked() == ack) {
		*this_acked() = GIC_NONE;
		gic_eoi(ack);
	}
	thread_preempt();
}

u32 dev_irq_claim(void)
{
	u32 *ack = this_acked();

	if (GIC_ID(*ack) >= 32 && GIC_ID(*ack) < GIC_NONE)
		return GIC_ID(*ack);
	*ack = gic_ack();
	if (GIC_ID(*ack) >= 32 && GIC_ID(*ack) < GIC_NONE)
		return GIC_ID(*ack);
	if (GIC_ID(*ack) < 32)
		gic_eoi(*ack);
	*ack = GIC_NONE;
	return 0;
}

void dev_irq_complete(u32 irq)
{
	if (!irq)
		return;
	*this_acked() = GIC_NONE;
	gic_eoi(irq);
}

void timer_set(u64 when)
{
	/* Not even for a moment as far off as that: an offset added to it may wrap around. */
	if (when != ~0UL)
		sysreg_write(cntv_cval_el0, when);
	sysreg_write(cntv_ctl_el0, when != ~0UL);
	isb();
}

void ipi_send(u64 cpu)
{
	__asm__ volatile("dsb ish" ::: "memory");
	if (gic.version == 2) {
		mmio_write32(gic.gicd + GICD_SGIR, 1u << (16 + cpu));
		return;
	}
	sysreg_write(ICC_SGI1R_EL1, BIT(cpu));
	isb();
}

bool ipi_is_pending(void)
{
	return mmio_read32(gic_private() + GICD_ISPENDR) & 1;
}

void ipi_clear(void)
{
	if (gic.version == 2)
		mmio_write32(gic.gicd + GICD_CPENDSGIR, 0xff);
	else
		mmio_write32(gic_private() + GICD_ICPENDR, 1);
}

void dev_irq_enable(u32 irq)
{
	u32 bit = 1u << irq % 32;
	u64 word = gic.gicd + 4 * (irq / 32);

	mmio_write8(gic.gicd + GICD_IPRIORITYR + irq, PRIO_DEVICE);
	if (gic.version == 3) {
		mmio_write32(word + GICD_IGROUPR, mmio_read32(word + GICD_IGROUPR) | bit);
		*(volatile u64 *)(gic.gicd + GICD_IROUTER + 8UL * irq) = sysreg_read(mpidr_el1) &
									 0xff00ffffffUL;
	} else {
		mmio_write8(gic.gicd + GICD_ITARGETSR + irq,
			    (u8)(1u << sysreg_read(mpidr_el1) % MAX_CPUS));
	}
	mmio_write32(word + GICD_ISENABLER, bit);
}

void dev_irq_disable(u32 irq)
{
	mmio_write32(gic.gicd + GICD_ICENABLER + 4 * (irq / 32), 1u << irq % 32);
}

bool dev_irq_is_pending(u32 irq)
{
	return mmio_read32(gic.gicd + GICD_ISPENDR + 4 * (irq / 32)) >> (irq % 32) & 1;
}

u64 intc_register(void)
{
	return gic.gicd + GICD_IPRIORITYR + 40;
}

/* Of the PL011: IMSC.TXIM. It has been ready to send ever since it sent something. */
void uart_irq_raise(void)
{
	mmio_write32(platform.uart + 0x38, 0x20);
}

void uart_irq_lower(void)
{
	mmio_write32(platform.uart + 0x38, 0);
}
