// SPDX-License-Identifier: Apache-2.0
#include <arch/gic.h>
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * Hostile traffic on the interrupt controller, with interrupts masked: any value into any
 * register of its frames and of the CPU interface, ends of what was never acknowledged, and
 * the timer. Afterwards it still works.
 */

#define STEPS 20000u

static u64 state;

static u64 random(void)
{
	u64 z = state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static u64 any_frame(u64 r)
{
	if (gic.version == 3 && (r & 1))
		return gic_redistributor() + (r & 2 ? GICR_SGI : 0);
	return gic.gicd + (gic.version == 3 && (r & 2) ? GICD_IROUTER : 0);
}

static void frame_access(u64 r)
{
	u64 addr = any_frame(r) + (r >> 8 & 0xfff), v = random();

	switch (r >> 4 & 7) {
	case 0:
		(void)mmio_read32(addr & ~3UL);
		break;
	case 1:
		mmio_write8(addr, (u8)v);
		break;
	default:
		mmio_write32(addr & ~3UL, (u32)v);
	}
}

/* Of a GICv2 the guest has the CPU's own. */
static void memory_interface(u64 r)
{
	static const u32 reg[] = { GICC_CTLR, GICC_PMR, GICC_BPR, GICC_EOIR, GICC_DIR };

	if (r & 16)
		(void)mmio_read32(gic.gicc + GICC_IAR);
	else
		mmio_write32(gic.gicc + reg[(r >> 8) % ARRAY_SIZE(reg)], r >> 32 & 0x3ff);
}

static void register_interface(u64 r)
{
	u64 v = random();

	switch (r >> 4 & 15) {
	case 0:
		sysreg_write(ICC_SGI1R_EL1, v);
		break;
	case 1:
		sysreg_write(ICC_SGI0R_EL1, v);
		break;
	case 2:
		sysreg_write(ICC_ASGI1R_EL1, v);
		break;
	case 3:
		sysreg_write(ICC_EOIR1_EL1, v & 0x7f);
		break;
	case 4:
		sysreg_write(ICC_DIR_EL1, v & 0x7f);
		break;
	case 5:
		sysreg_write(ICC_PMR_EL1, v);
		break;
	case 6:
		/* Other bits are reserved, and QEMU 7.2 asserts on them. */
		sysreg_write(ICC_BPR1_EL1, v & 7);
		break;
	case 7:
		sysreg_write(ICC_CTLR_EL1, v);
		break;
	case 8:
		sysreg_write(ICC_IGRPEN0_EL1, v);
		break;
	case 9:
		sysreg_write(ICC_IGRPEN1_EL1, v);
		break;
	case 10:
		sysreg_write(ICC_AP1R0_EL1, v);
		break;
	default:
		(void)sysreg_read(ICC_IAR1_EL1);
	}
}

static void step(void)
{
	u64 r = random();

	switch (r & 7) {
	case 0:
		timer_set(arch_time() + (r >> 8 & 0xff));
		break;
	case 1:
	case 2:
	case 3:
		if (gic.version == 3)
			register_interface(r);
		else
			memory_interface(r);
		break;
	default:
		frame_access(r >> 3);
	}
}

/* As if nothing had been, without a reset: all off, nothing pending, nothing active. */
static void clean_up(void)
{
	u64 private = gic_private();

	timer_set(~0UL);
	for (u64 word = 0; word < 4; word++) {
		u64 base = word ? gic.gicd + 4 * word : private;

		mmio_write32(base + GICD_ICENABLER, ~0u);
		mmio_write32(base + GICD_ICPENDR, ~0u);
		mmio_write32(base + GICD_ICACTIVER, ~0u);
		if (gic.version == 2)
			mmio_write32(base + GICD_IGROUPR, 0);
	}
	if (gic.version == 2)
		for (u64 i = 0; i < 16; i += 4)
			mmio_write32(gic.gicd + GICD_CPENDSGIR + i, ~0u);
	irq_cpu_init();
	/* Priorities that are active drop, one by one. */
	for (int i = 0; i < 64; i++) {
		if (gic.version == 3)
			sysreg_write(ICC_AP1R0_EL1, 0);
		gic_eoi(0);
	}
}

int guest_main(void)
{
	u32 ack;

	state = bootarg_number("seed", 1);
	for (u32 i = 0; i < STEPS; i++)
		step();
	tap_ok(true, "%u hostile accesses are survived", STEPS);
	clean_up();
	tap_ok(gic_ack() >= GIC_NONE, "nothing is left of them");
	irq_unmask(IRQ_SOFT);
	ipi_send(platform.boot_cpu);
	ack = gic_ack();
	tap_eq(GIC_ID(ack), 0, "an interrupt to oneself arrives");
	gic_eoi(ack);
	tap_ok(gic_ack() >= GIC_NONE, "and ends");
	irq_unmask(IRQ_TIMER);
	timer_set(arch_time());
	for (int i = 0; i < 10000 && GIC_ID(ack) != PPI_VTIMER; i++)
		ack = gic_ack();
	tap_eq(GIC_ID(ack), PPI_VTIMER, "so does the timer's");
	timer_set(~0UL);
	gic_eoi(ack);
	return tap_done();
}
