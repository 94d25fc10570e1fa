// SPDX-License-Identifier: Apache-2.0
/*
 * GICv3 and GICv4 (IHI 0069): a distributor, a redistributor for each CPU, and a CPU interface
 * of system registers. Where there are two security states this is the non-secure view;
 * all interrupts are of group 1. Shared interrupts go to the CPU that boots, and serves devices.
 */
#include <asm/io.h>
#include <asm/sysreg_gic.h>
#include <lodge/driver.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/hostmap.h>
#include <lodge/printk.h>
#include <lodge/slab.h>
#include <lodge/smp.h>
#include "gic.h"

#define GICD_SIZE 0x10000

/* Frames of a region that is longer are not looked at. */
#define MAX_FRAMES 512

/* Priority masks: all of ours pass. */
#define PMR_ALL 0xff

/* All that there are: which CPUs are brought up is not known yet. */
struct redist {
	struct redist *next;
	u32 affinity;
	volatile u8 *regs;
};

static struct redist *redists;
static volatile u8 *of_cpu[CONFIG_NR_CPUS];

/* As GICR_TYPER has it: Aff3 to Aff0 in 32 bits, where MPIDR_EL1 has Aff3 at 39:32. */
static u32 cpu_affinity(unsigned int cpu)
{
	u64 hwid = arch_cpu_hwid(cpu);

	return (u32)(hwid >> 32 & 0xff) << 24 | (u32)(hwid & 0xffffff);
}

/* ---- the calling CPU's part ---- */

static void v3_set_private(u32 mask)
{
	volatile u8 *regs = of_cpu[cpu_id()];

	if (!regs)
		return;
	writel(~mask, regs + GICR_SGI + GICD_ICENABLER);
	gic_wait(regs + GICR_CTLR, GICR_CTLR_RWP, "a redistributor");
	writel(mask, regs + GICR_SGI + GICD_ISENABLER);
}

static void v3_deactivate(u32 irq)
{
	write_sysreg(ICC_DIR_EL1, irq);
	isb();
}

static void redist_init(volatile u8 *regs)
{
	/* Awake (12.11.42, GICR_WAKER): until then nothing reaches the CPU interface. */
	writel(readl(regs + GICR_WAKER) & ~(u32)GICR_WAKER_SLEEP, regs + GICR_WAKER);
	gic_wait(regs + GICR_WAKER, GICR_WAKER_ASLEEP, "a redistributor that is to wake up");
	gic_dist_defaults(regs + GICR_SGI, 0, GIC_NR_PRIVATE);
	writel(~0u, regs + GICR_SGI + GICD_IGROUPR);
	gic_wait(regs + GICR_CTLR, GICR_CTLR_RWP, "a redistributor");
}

static void cpu_interface_init(void)
{
	/* EL1 may look at its own ICC_SRE_EL1, where it can't turn anything off. */
	write_sysreg(ICC_SRE_EL2, ICC_SRE_SRE | ICC_SRE_DFB | ICC_SRE_DIB | ICC_SRE_ENABLE);
	isb();
	write_sysreg(ICC_PMR_EL1, PMR_ALL);
	write_sysreg(ICC_BPR1_EL1, 0);
	write_sysreg(ICC_CTLR_EL1, (read_sysreg(ICC_CTLR_EL1) & ~ICC_CTLR_CBPR) | ICC_CTLR_EOIMODE);
	write_sysreg(ICC_IGRPEN1_EL1, 1);
	isb();
}

static void v3_cpu_init(struct irqchip *c)
{
	unsigned int cpu = cpu_id();
	u32 affinity = cpu_affinity(cpu);
	const struct redist *r;

	for (r = redists; r && r->affinity != affinity;)
		r = r->next;
	if (!r) {
		pr_warn("gic-v3: CPU %u has no redistributor, it takes no interrupts", cpu);
		return;
	}
	of_cpu[cpu] = r->regs;
	redist_init(of_cpu[cpu]);
	cpu_interface_init();
	gic_private_init();
}

/* ---- interrupts ---- */

static void v3_handle(struct irqchip *c)
{
	unsigned int n;

	for (n = 0; n < GIC_BURST; n++) {
		u32 irq = read_sysreg(ICC_IAR1_EL1) & GIC_INTID_MASK_3;

		/* Acknowledged before what the handler reads (4.1.1, and IHI 0069 ICC_IAR1_EL1). */
		mb();
		if (irq > GIC_MAX_INTID)
			return;
		write_sysreg(ICC_EOIR1_EL1, irq);
		isb();
		if (irq < GIC_NR_SGIS)
			v3_deactivate(irq);
		gic_serve(irq);
	}
}

/* ICC_SGI1R_EL1: a target list of 16 CPUs within the range RS of Aff0. */
static void v3_kick(struct irqchip *c, struct cpu *cpu)
{
	u64 hwid = cpu->self_hwid, aff0 = hwid & 0xff;

	wmb(); /* what the other is kicked for, before the kick */
	write_sysreg(ICC_SGI1R_EL1, (hwid >> 32 & 0xff) << 48 | aff0 / 16 << 44 |
					    (hwid >> 16 & 0xff) << 32 | (u64)GIC_KICK << 24 |
					    (hwid >> 8 & 0xff) << 16 | 1ul << aff0 % 16);
	isb();
}

static void v3_route(struct irqchip *c, u32 irq, struct cpu *cpu)
{
	if (READ_ONCE(of_cpu[cpu->id]))
		writeq(cpu->self_hwid & 0xff00ffffff, gic.dist + GICD_IROUTER + 8ul * irq);
}

/* ---- probing ---- */

static int redist_add(u64 base, u64 *typer)
{
	struct redist *r = kzalloc(sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->regs = host_ioremap(base, GICR_STRIDE);
	if (!r->regs) {
		kfree(r);
		return -ENOMEM;
	}
	*typer = readq(r->regs + GICR_TYPER);
	r->affinity = (u32)(*typer >> 32);
	r->next = redists;
	redists = r;
	return 0;
}

/* Each frame of [base, base + size) says whose it is, and whether it is the last. */
static int find_redists(u64 base, u64 size, u64 stride)
{
	u64 typer = 0, off = 0;
	unsigned int n;

	for (n = 0; n < MAX_FRAMES && !(typer & GICR_TYPER_LAST); n++) {
		if (off > size || size - off < GICR_STRIDE)
			break;
		if (redist_add(base + off, &typer))
			return -ENOMEM;
		if (stride)
			off += stride;
		else
			off += typer & GICR_TYPER_VLPIS ? GICR_STRIDE_VLPI : GICR_STRIDE;
	}
	return 0;
}

static int find_all_redists(const void *fdt, int node)
{
	u32 nr_regions = 1, n;
	u64 stride = 0, base, size;
	int err;

	if (fdt_prop(fdt, node, "#redistributor-regions", NULL) &&
	    fdt_prop_u32(fdt, node, "#redistributor-regions", &nr_regions))
		return -EINVAL;
	if (fdt_prop(fdt, node, "redistributor-stride", NULL) &&
	    (fdt_prop_u64(fdt, node, "redistributor-stride", &stride) || stride < GICR_STRIDE ||
	     !IS_ALIGNED(stride, GICR_FRAME_SIZE)))
		return -EINVAL;
	for (n = 0; n < nr_regions; n++) {
		if (fdt_reg(fdt, node, 1 + n, &base, &size))
			return -EINVAL;
		err = find_redists(base, size, stride);
		if (err)
			return err;
	}
	return redists ? 0 : -EINVAL;
}

static void v3_dist_init(unsigned int nr_irqs)
{
	u64 boot = arch_cpu_hwid(0) & 0xff00ffffff;
	unsigned int i;

	writel(0, gic.dist + GICD_CTLR);
	gic_wait(gic.dist + GICD_CTLR, GICD_CTLR_RWP, "its distributor");
	gic_dist_defaults(gic.dist, GIC_FIRST_SPI, nr_irqs);
	for (i = GIC_FIRST_SPI; i < nr_irqs; i += 32)
		writel(~0u, gic.dist + GICD_IGROUPR + i / 8);
	gic_wait(gic.dist + GICD_CTLR, GICD_CTLR_RWP, "its distributor");
	/* Affinity routing first: the routers are there when it is on (12.9.4, GICD_CTLR). */
	writel(GICD_CTLR_ARE, gic.dist + GICD_CTLR);
	gic_wait(gic.dist + GICD_CTLR, GICD_CTLR_RWP, "its distributor");
	writel(GICD_CTLR_ARE | GICD_CTLR_GRP1, gic.dist + GICD_CTLR);
	gic_wait(gic.dist + GICD_CTLR, GICD_CTLR_RWP, "its distributor");
	for (i = GIC_FIRST_SPI; i < nr_irqs; i++)
		writeq(boot, gic.dist + GICD_IROUTER + 8ul * i);
}

static bool has_system_registers(void)
{
	write_sysreg(ICC_SRE_EL2, read_sysreg(ICC_SRE_EL2) | ICC_SRE_SRE | ICC_SRE_ENABLE);
	isb();
	return read_sysreg(ICC_SRE_EL2) & ICC_SRE_SRE;
}

static __cold int v3_probe(const void *fdt, int node)
{
	int err;

	if (gic.info.version)
		return -ENODEV;
	if (!has_system_registers()) {
		pr_err("gic-v3: the firmware does not let EL2 use its system registers");
		return -EOPNOTSUPP;
	}
	gic.dist = driver_map(fdt, node, 0, GICD_SIZE);
	if (!gic.dist)
		return -ENODEV;
	err = find_all_redists(fdt, node);
	if (err)
		return err;
	gic.chip.name = "gic-v3";
	gic.chip.cpu_init = v3_cpu_init;
	gic.chip.handle = v3_handle;
	gic.chip.kick = v3_kick;
	gic.chip.route = v3_route;
	gic.set_private = v3_set_private;
	gic.deactivate = v3_deactivate;
	gic.end = v3_deactivate; /* wherever it was acknowledged (IHI 0069, 4.1.2) */
	gic.info.version = 3;
	return gic_probe_common(fdt, node, v3_dist_init);
}

static const char *const v3_compatible[] = { "arm,gic-v3", NULL };

static const struct driver gic_v3_driver = {
	.name = "gic-v3",
	.compatible = v3_compatible,
	.stage = DRIVER_IRQCHIP,
	.probe = v3_probe,
};
DRIVER_REGISTER(gic_v3_driver);
