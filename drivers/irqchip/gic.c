// SPDX-License-Identifier: Apache-2.0
/*
 * What GICv2 and GICv3 have in common: the distributor's registers, and interrupts that each
 * CPU has to itself. Priority drop and deactivation are separate (EOImode 1), so that an
 * interrupt can be a guest's until the guest is done with it.
 */
#include <asm/io.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/irq.h>
#include <lodge/printk.h>
#include <lodge/smp.h>
#include <lodge/time.h>
#include "gic.h"

/* A device that needs longer for a write to have effect is out of order. */
/* By the clock, and by looks: a machine that is held up for so long has not answered yet. */
#define WRITE_TIMEOUT_US 100000
#define WRITE_LOOKS	 1000

/* An interrupt specifier: whether it is shared or private, its number, its trigger. */
#define SPEC_CELLS   3
#define SPEC_SHARED  0
#define SPEC_PRIVATE 1

struct gic gic = { .lock = SPINLOCK_INIT };

const struct gic_info *gic_info(void)
{
	return &gic.info;
}

void gic_forward(u32 irq)
{
	unsigned long flags = spin_lock_irqsave(&gic.lock);

	if (irq < GIC_NR_PRIVATE)
		gic.forwarded |= 1u << irq;
	spin_unlock_irqrestore(&gic.lock, flags);
}

void gic_deactivate(u32 irq)
{
	gic.deactivate(irq);
}

void gic_wait(const volatile u8 *p, u32 bit, const char *what)
{
	u64 deadline = time_now() + time_from_us(WRITE_TIMEOUT_US);
	unsigned int looks = 0;
	static bool said;

	while (readl(p) & bit) {
		if (++looks > WRITE_LOOKS && time_now() > deadline) {
			if (!said)
				pr_err("%s: %s does not answer; interrupts may be lost",
				       gic.chip.name, what);
			said = true;
			return;
		}
		cpu_relax();
	}
}

void gic_dist_defaults(volatile u8 *dist, unsigned int first, unsigned int nr_irqs)
{
	unsigned int i;

	for (i = first; i < nr_irqs; i += 32) {
		writel(~0u, dist + GICD_ICENABLER + i / 8);
		writel(~0u, dist + GICD_ICACTIVER + i / 8);
	}
	for (i = first; i < nr_irqs; i += 4)
		writel(GIC_PRIORITY * 0x01010101u, dist + GICD_IPRIORITYR + i);
}

/* ---- private interrupts ---- */

/* With interrupts off: what a CPU has to itself is only changed by it. */
void gic_private_update(void)
{
	u32 mask = __atomic_load_n(&gic.private_mask, __ATOMIC_ACQUIRE);
	u32 *here = &gic.private_here[cpu_id()];

	if (*here == mask)
		return;
	*here = mask;
	gic.set_private(mask);
}

void gic_private_init(void)
{
	/* Not what any mask is: it is written in any case. */
	gic.private_here[cpu_id()] = 0;
	__atomic_fetch_or(&gic.private_mask, 1u << GIC_KICK, __ATOMIC_RELEASE);
	gic_private_update();
}

/* Other CPUs look at the mask when they are kicked, or come up. */
static void gic_private_set(u32 irq, bool on)
{
	unsigned int i;

	if (on)
		__atomic_fetch_or(&gic.private_mask, 1u << irq, __ATOMIC_RELEASE);
	else
		__atomic_fetch_and(&gic.private_mask, ~(1u << irq), __ATOMIC_RELEASE);
	gic_private_update();
	for (i = 0; i < cpu_count(); i++)
		if (cpu_get(i) != this_cpu())
			irq_kick(cpu_get(i));
}

/* ---- struct irqchip ---- */

static int gic_enable(struct irqchip *c, u32 irq)
{
	if (irq < GIC_NR_SGIS || irq >= c->nr_irqs)
		return -EINVAL;
	if (irq < GIC_NR_PRIVATE)
		gic_private_set(irq, true);
	else
		writel(1u << irq % 32, gic.dist + GICD_ISENABLER + irq / 32 * 4);
	return 0;
}

static void gic_disable(struct irqchip *c, u32 irq)
{
	if (irq < GIC_NR_SGIS || irq >= c->nr_irqs)
		return;
	if (irq < GIC_NR_PRIVATE) {
		gic_private_set(irq, false);
		return;
	}
	writel(1u << irq % 32, gic.dist + GICD_ICENABLER + irq / 32 * 4);
	if (gic.info.version == 3)
		gic_wait(gic.dist + GICD_CTLR, GICD_CTLR_RWP, "its distributor");
}

/* ---- shared interrupts that are kept for guests ---- */

/* Of the two bits of each, the upper one says that it is an edge; there are no other senses. */
static int gic_trigger(struct irqchip *c, u32 irq, enum irq_trigger trigger)
{
	volatile u8 *reg = gic.dist + GICD_ICFGR + irq / 16 * 4;
	u32 bit = 2u << irq % 16 * 2;
	unsigned long flags;

	if (irq < GIC_FIRST_SPI || (trigger != IRQ_EDGE_RISING && trigger != IRQ_LEVEL_HIGH))
		return -EINVAL;
	flags = spin_lock_irqsave(&gic.lock);
	writel(trigger == IRQ_EDGE_RISING ? readl(reg) | bit : readl(reg) & ~bit, reg);
	spin_unlock_irqrestore(&gic.lock, flags);
	/* Who had it before has routed it. */
	c->route(c, irq, cpu_get(SCHED_HOST_CPU));
	return 0;
}

/* A level that is up stays pending whatever is written (IHI 0048B, 4.3.8). */
static void gic_forget(struct irqchip *c, u32 irq)
{
	writel(1u << irq % 32, gic.dist + GICD_ICPENDR + irq / 32 * 4);
}

static void gic_end(struct irqchip *c, u32 irq)
{
	gic.end(irq);
}

void gic_serve(u32 irq)
{
	if (irq < GIC_NR_SGIS) {
		gic_private_update();
		cpu_kicked();
		return;
	}
	if (irq_dispatch(irq) && (irq >= GIC_NR_PRIVATE || !(gic.forwarded & 1u << irq)))
		gic.deactivate(irq);
}

static int gic_xlate(const struct irqchip *c, const u32 *cells, unsigned int n, u32 *irq)
{
	if (n < SPEC_CELLS)
		return -EINVAL;
	if (cells[0] == SPEC_PRIVATE && cells[1] < GIC_NR_PRIVATE - GIC_NR_SGIS)
		*irq = GIC_NR_SGIS + cells[1];
	else if (cells[0] == SPEC_SHARED && cells[1] <= GIC_MAX_INTID - GIC_FIRST_SPI)
		*irq = GIC_FIRST_SPI + cells[1];
	else
		return -EINVAL;
	return 0;
}

/* What the GIC itself has to say to its host, or 0. */
static u32 maintenance_irq(const void *fdt, int node)
{
	u32 len = 0, cells[SPEC_CELLS], irq;
	const void *spec = fdt_prop(fdt, node, "interrupts", &len);
	unsigned int i;

	if (!spec || len < sizeof(cells))
		return 0;
	for (i = 0; i < SPEC_CELLS; i++)
		cells[i] = fdt_cell(spec, i);
	return gic_xlate(&gic.chip, cells, SPEC_CELLS, &irq) ? 0 : irq;
}

int gic_probe_common(const void *fdt, int node, void (*dist_init)(unsigned int nr_irqs))
{
	u32 lines = readl(gic.dist + GICD_TYPER) & GICD_TYPER_LINES;
	unsigned int nr_irqs = min(32 * (lines + 1), GIC_MAX_INTID + 1);

	gic.chip.nr_irqs = nr_irqs;
	if (fdt_prop_u32(fdt, node, "phandle", &gic.chip.phandle))
		gic.chip.phandle = 0;
	gic.chip.enable = gic_enable;
	gic.chip.disable = gic_disable;
	gic.chip.xlate = gic_xlate;
	gic.chip.trigger = gic_trigger;
	gic.chip.end = gic_end;
	gic.chip.forget = gic_forget;
	gic.info.maintenance_irq = maintenance_irq(fdt, node);
	dist_init(nr_irqs);
	return irqchip_register(&gic.chip);
}
