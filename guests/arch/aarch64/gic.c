// SPDX-License-Identifier: Apache-2.0
#include <arch/gic.h>
#include <guest/cpus.h>
#include <guest/fdt.h>

struct gic gic;

static u64 redistributor[MAX_CPUS];

void gic_find(struct platform *p)
{
	static const char *const v2[] = { "arm,cortex-a15-gic", "arm,gic-400" };
	int node = fdt_find_compatible(p->fdt, "arm,gic-v3");

	gic.version = 3;
	for (size_t i = 0; node < 0 && i < ARRAY_SIZE(v2); i++) {
		gic.version = 2;
		node = fdt_find_compatible(p->fdt, v2[i]);
	}
	if (node < 0)
		return;
	gic.gicd = p->intc = fdt_cell64(p->fdt, node, "reg", 0);
	if (gic.version == 3) {
		gic.gicr = fdt_cell64(p->fdt, node, "reg", 4);
		gic.gicr_size = fdt_cell64(p->fdt, node, "reg", 6);
	} else {
		gic.gicc = fdt_cell64(p->fdt, node, "reg", 4);
	}
}

static u64 affinity(void)
{
	u64 mpidr = sysreg_read(mpidr_el1);

	return (mpidr >> 32 & 0xff) << 24 | (mpidr & 0xffffff);
}

/* The one whose GICR_TYPER has this CPU's affinity (IHI 0069, 12.11.35). */
static u64 find_redistributor(void)
{
	u64 frame = gic.gicr, size, typer;

	for (; frame < gic.gicr + gic.gicr_size; frame += size) {
		typer = *(volatile u64 *)(frame + GICR_TYPER);
		size = typer & GICR_TYPER_VLPIS ? 0x40000 : 0x20000;
		if (typer >> 32 == affinity())
			return frame;
		if (typer & GICR_TYPER_LAST)
			break;
	}
	return 0;
}

u64 gic_redistributor(void)
{
	u64 cpu = affinity() % MAX_CPUS;

	if (!redistributor[cpu])
		redistributor[cpu] = find_redistributor();
	return redistributor[cpu];
}

u64 gic_private(void)
{
	return gic.version == 3 ? gic_redistributor() + GICR_SGI : gic.gicd;
}

u32 gic_ack(void)
{
	u32 ack;

	if (gic.version == 2)
		return mmio_read32(gic.gicc + GICC_IAR);
	ack = (u32)sysreg_read(ICC_IAR1_EL1);
	__asm__ volatile("dsb sy" ::: "memory");
	return ack;
}

void gic_eoi(u32 ack)
{
	if (gic.version == 2) {
		mmio_write32(gic.gicc + GICC_EOIR, ack);
		return;
	}
	sysreg_write(ICC_EOIR1_EL1, ack);
	isb();
}

u32 gic_highest(void)
{
	if (gic.version == 2)
		return GIC_ID(mmio_read32(gic.gicc + GICC_HPPIR));
	isb();
	return (u32)sysreg_read(ICC_HPPIR1_EL1) & 0xffffff;
}

void gic_set_pmr(u32 priority)
{
	if (gic.version == 2) {
		mmio_write32(gic.gicc + GICC_PMR, priority);
		return;
	}
	sysreg_write(ICC_PMR_EL1, priority);
	isb();
}
