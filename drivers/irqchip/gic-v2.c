// SPDX-License-Identifier: Apache-2.0
/*
 * GICv2 (IHI 0048B): a distributor and a CPU interface that is banked by CPU. With two security
 * states this is the non-secure view; without, all interrupts are of group 0. Both have the
 * same bits then. Shared interrupts go to the CPU that boots, and serves devices.
 */
#include <asm/barrier.h>
#include <asm/io.h>
#include <lodge/driver.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/hostmap.h>
#include <lodge/printk.h>
#include <lodge/smp.h>
#include "gic.h"

#define GICD_SIZE 0x1000

/* Priority masks: all of ours pass. */
#define PMR_ALL 0xff

/* Which CPU interface each CPU has, a bit; 0 until it has come up. */
static volatile u8 *cpu_regs;
static u8 interface_of[CONFIG_NR_CPUS];

/* ---- the calling CPU's part ---- */

static void v2_set_private(u32 mask)
{
	writel(~mask, gic.dist + GICD_ICENABLER);
	writel(mask, gic.dist + GICD_ISENABLER);
}

static void v2_deactivate(u32 irq)
{
	writel(irq, cpu_regs + GICC_DIR);
}

/* QEMU's CPU interfaces deactivate only what was acknowledged there. */
static void v2_end(u32 irq)
{
	writel(1u << irq % 32, gic.dist + GICD_ICACTIVER + irq / 32 * 4);
}

/* The targets of private interrupts read as the reader; all zeroes if there is only one CPU. */
static u8 own_interface(void)
{
	unsigned int i;

	for (i = 0; i < GIC_NR_PRIVATE; i += 4) {
		u32 targets = readl(gic.dist + GICD_ITARGETSR + i);

		targets |= targets >> 16;
		targets |= targets >> 8;
		if (targets & 0xff)
			return targets & 0xff;
	}
	return 1;
}

static void v2_cpu_init(struct irqchip *c)
{
	u32 bypass = readl(cpu_regs + GICC_CTLR) & GICC_CTLR_BYPASS;

	gic_dist_defaults(gic.dist, 0, GIC_NR_PRIVATE);
	writel(0, gic.dist + GICD_IGROUPR);
	writel(PMR_ALL, cpu_regs + GICC_PMR);
	writel(0, cpu_regs + GICC_BPR);
	writel(bypass | GICC_CTLR_ENABLE | GICC_CTLR_EOIMODE, cpu_regs + GICC_CTLR);
	gic_private_init();
	WRITE_ONCE(interface_of[cpu_id()], own_interface());
}

/* ---- interrupts ---- */

static void v2_handle(struct irqchip *c)
{
	unsigned int n;

	for (n = 0; n < GIC_BURST; n++) {
		u32 iar = readl(cpu_regs + GICC_IAR);

		if ((iar & GIC_INTID_MASK) > GIC_MAX_INTID)
			return;
		/* With who sent it, for an SGI (4.4.5, GICC_EOIR). */
		writel(iar, cpu_regs + GICC_EOIR);
		if ((iar & GIC_INTID_MASK) < GIC_NR_SGIS)
			v2_deactivate(iar);
		gic_serve(iar & GIC_INTID_MASK);
	}
}

static void v2_kick(struct irqchip *c, struct cpu *cpu)
{
	u32 target = READ_ONCE(interface_of[cpu->id]);

	wmb(); /* what the other is kicked for, before the kick */
	writel(target << GICD_SGIR_LIST | GIC_KICK, gic.dist + GICD_SGIR);
}

/* The targets of an interrupt are a byte. */
static void v2_route(struct irqchip *c, u32 irq, struct cpu *cpu)
{
	u8 target = READ_ONCE(interface_of[cpu->id]);

	if (target)
		writeb(target, gic.dist + GICD_ITARGETSR + irq);
}

/* ---- probing ---- */

static void v2_dist_init(unsigned int nr_irqs)
{
	unsigned int i;
	u32 boot = own_interface();

	writel(0, gic.dist + GICD_CTLR);
	gic_dist_defaults(gic.dist, GIC_FIRST_SPI, nr_irqs);
	for (i = GIC_FIRST_SPI; i < nr_irqs; i += 32)
		writel(0, gic.dist + GICD_IGROUPR + i / 8);
	for (i = GIC_FIRST_SPI; i < nr_irqs; i += 4)
		writel(boot * 0x01010101u, gic.dist + GICD_ITARGETSR + i);
	writel(GICD_CTLR_GRP0, gic.dist + GICD_CTLR);
}

/* The virtual CPU interface is an option: without it there are no guests, but a host. */
static void find_virtual(const void *fdt, int node)
{
	u64 gich, gich_size, gicv, gicv_size;

	if (fdt_reg(fdt, node, 2, &gich, &gich_size) || gich_size < GICH_SIZE ||
	    fdt_reg(fdt, node, 3, &gicv, &gicv_size) || gicv_size < GICC_SIZE ||
	    !IS_ALIGNED(gicv, PAGE_SIZE))
		return;
	gic.info.gich = host_ioremap(gich, GICH_SIZE);
	gic.info.gicv = hpa(gicv);
	gic.info.gicv_size = gicv_size;
}

static __cold int v2_probe(const void *fdt, int node)
{
	if (gic.info.version)
		return -ENODEV;
	gic.dist = driver_map(fdt, node, 0, GICD_SIZE);
	/* Its second page has the register that deactivates. */
	cpu_regs = driver_map(fdt, node, 1, GICC_SIZE);
	if (!gic.dist || !cpu_regs)
		return -ENODEV;
	find_virtual(fdt, node);
	gic.chip.name = "gic-v2";
	gic.chip.cpu_init = v2_cpu_init;
	gic.chip.handle = v2_handle;
	gic.chip.kick = v2_kick;
	gic.chip.route = v2_route;
	gic.set_private = v2_set_private;
	gic.deactivate = v2_deactivate;
	gic.end = v2_end;
	gic.info.version = 2;
	return gic_probe_common(fdt, node, v2_dist_init);
}

static const char *const v2_compatible[] = {
	"arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a9-gic", "arm,cortex-a7-gic", NULL,
};

static const struct driver gic_v2_driver = {
	.name = "gic-v2",
	.compatible = v2_compatible,
	.stage = DRIVER_IRQCHIP,
	.probe = v2_probe,
};
DRIVER_REGISTER(gic_v2_driver);
