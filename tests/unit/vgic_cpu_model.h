/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VGIC_CPU_MODEL_H
#define VGIC_CPU_MODEL_H

/*
 * A CPU whose virtual interface is made up. It has a
 * few list registers and does with them what the architecture says (IHI 0069, 12.4 and the
 * pseudocode of ICV_IAR, ICV_EOIR and ICV_DIR; IHI 0048B, 5): guests acknowledge and end,
 * which exits to nobody. The same one serves a GICv2 by its GICH_* registers.
 */

static struct {
	unsigned int nr_lrs;
	u64 lr[16];
	u32 hcr, vmcr, apr[2];
	u32 lower_apr[2][3]; /* of groups 0 and 1, where priorities have more than five bits */
	/* The virtual timer of who is loaded, and its physical interrupt. */
	bool timer_line, timer_masked, timer_active;
	/* A device's line, and the host's interrupt of it; and the CPU that the latter was routed to. */
	bool line, host_active;
	const struct cpu *routed;
	irq_handler_t maintenance, timer;
	unsigned int lr_accesses, kicks;
} hw;

static unsigned int priority_bits = 5;
static struct vdev *dev;
static bool v2;

/* ---- registers ---- */

static unsigned int lr_number(const char *reg)
{
	static const char *const name[] = {
		SYSREG_TEXT(ICH_LR0_EL2),  SYSREG_TEXT(ICH_LR1_EL2),  SYSREG_TEXT(ICH_LR2_EL2),
		SYSREG_TEXT(ICH_LR3_EL2),  SYSREG_TEXT(ICH_LR4_EL2),  SYSREG_TEXT(ICH_LR5_EL2),
		SYSREG_TEXT(ICH_LR6_EL2),  SYSREG_TEXT(ICH_LR7_EL2),  SYSREG_TEXT(ICH_LR8_EL2),
		SYSREG_TEXT(ICH_LR9_EL2),  SYSREG_TEXT(ICH_LR10_EL2), SYSREG_TEXT(ICH_LR11_EL2),
		SYSREG_TEXT(ICH_LR12_EL2), SYSREG_TEXT(ICH_LR13_EL2), SYSREG_TEXT(ICH_LR14_EL2),
		SYSREG_TEXT(ICH_LR15_EL2),
	};
	unsigned int i;

	for (i = 0; i < 16; i++)
		if (!strcmp(reg, name[i])) {
			assert_true(i < hw.nr_lrs);
			hw.lr_accesses++;
			return i;
		}
	return ~0u;
}

static u32 *hw_lower_apr(const char *reg)
{
	static const char *const name[2][3] = {
		{ SYSREG_TEXT(ICH_AP0R1_EL2), SYSREG_TEXT(ICH_AP0R2_EL2),
		  SYSREG_TEXT(ICH_AP0R3_EL2) },
		{ SYSREG_TEXT(ICH_AP1R1_EL2), SYSREG_TEXT(ICH_AP1R2_EL2),
		  SYSREG_TEXT(ICH_AP1R3_EL2) },
	};
	unsigned int i;

	for (i = 0; i < 6; i++)
		if (!strcmp(reg, name[i / 3][i % 3])) {
			assert_true(i % 3 + 1 < 1u << (priority_bits - 5));
			return &hw.lower_apr[i / 3][i % 3];
		}
	fail_msg("register %s", reg);
	return NULL;
}

static u32 *hw_reg(const char *reg)
{
	if (!strcmp(reg, SYSREG_TEXT(ICH_HCR_EL2)))
		return &hw.hcr;
	if (!strcmp(reg, SYSREG_TEXT(ICH_VMCR_EL2)))
		return &hw.vmcr;
	if (!strcmp(reg, SYSREG_TEXT(ICH_AP0R0_EL2)))
		return &hw.apr[0];
	if (!strcmp(reg, SYSREG_TEXT(ICH_AP1R0_EL2)))
		return &hw.apr[1];
	return hw_lower_apr(reg);
}

/* All bits of the priority preempt; ICC_DIR_EL1 can be trapped. */
static u32 vtr(void)
{
	return (hw.nr_lrs - 1) | (priority_bits - 1) << ICH_VTR_PREBITS |
	       (priority_bits - 1) << ICH_VTR_PRIBITS | ICH_VTR_TDS;
}

static u64 sys_read(const char *reg)
{
	unsigned int i = lr_number(reg);

	if (i != ~0u)
		return hw.lr[i];
	if (!strcmp(reg, SYSREG_TEXT(ICH_VTR_EL2)))
		return vtr();
	if (!strcmp(reg, SYSREG_TEXT(CNTV_CTL_EL0)))
		return (hw.timer_line ? 5 : 0) | (hw.timer_masked ? 2 : 0);
	return *hw_reg(reg);
}

static void sys_write(const char *reg, u64 v)
{
	unsigned int i = lr_number(reg);

	if (i != ~0u)
		hw.lr[i] = v;
	else if (!strcmp(reg, SYSREG_TEXT(CNTV_CTL_EL0)))
		hw.timer_masked = v & 2;
	else
		*hw_reg(reg) = (u32)v;
}

static u32 *gich_reg(u64 off)
{
	switch (off) {
	case GICH_HCR:
		return &hw.hcr;
	case GICH_VMCR:
		return &hw.vmcr;
	case GICH_APR:
		return &hw.apr[0];
	}
	fail_msg("GICH register %lx", off);
	return NULL;
}

#define GICH_BASE 0x1000ul

static u64 io_read(const volatile void *p, unsigned int width)
{
	u64 off = (u64)p - GICH_BASE;

	assert_int_equal(width, 4);
	if (off >= GICH_LR && off < GICH_LR + 4 * hw.nr_lrs)
		return lr_to_gich(hw.lr[(off - GICH_LR) / 4]);
	return off == GICH_VTR ? hw.nr_lrs - 1 : *gich_reg(off);
}

static void io_write(volatile void *p, unsigned int width, u64 v)
{
	u64 off = (u64)p - GICH_BASE;

	assert_int_equal(width, 4);
	if (off >= GICH_LR && off < GICH_LR + 4 * hw.nr_lrs)
		hw.lr[(off - GICH_LR) / 4] = lr_from_gich((u32)v);
	else
		*gich_reg(off) = (u32)v;
}

/* ---- what the guest does, without an exit ---- */

/* IHI 0069, HighestPriorityVirtualInterrupt(): only what is pending and not active, too. */
static int hw_best(void)
{
	int best = -1;
	unsigned int i;

	for (i = 0; i < hw.nr_lrs; i++) {
		u64 lr = hw.lr[i];

		if ((lr & (ICH_LR_PENDING | ICH_LR_ACTIVE)) != ICH_LR_PENDING)
			continue;
		if (!(hw.vmcr & (lr & ICH_LR_GROUP1 ? ICH_VMCR_VENG1 : ICH_VMCR_VENG0)))
			continue;
		if (best < 0 || LR_PRIORITY_OF(lr) < LR_PRIORITY_OF(hw.lr[best]))
			best = (int)i;
	}
	return best;
}

static u32 hw_running(void)
{
	u32 apr = hw.apr[0] | hw.apr[1];

	return apr ? 8 * (u32)ctz64(apr) : 0x100;
}

/* An interrupt is signalled to the guest: the list register that has it, or -1. */
static int hw_signalled(void)
{
	int i = hw.hcr & ICH_HCR_EN ? hw_best() : -1;

	if (i < 0 || LR_PRIORITY_OF(hw.lr[i]) >= hw.vmcr >> ICH_VMCR_VPMR ||
	    LR_PRIORITY_OF(hw.lr[i]) >= hw_running())
		return -1;
	return i;
}

/* Reads the acknowledge register of the group that is signalled; the source above bit 10. */
static u32 guest_ack(void)
{
	int i = hw_signalled();
	bool group1;

	if (i < 0)
		return GIC_INTID_NONE;
	group1 = !v2 && (hw.lr[i] & ICH_LR_GROUP1);
	hw.apr[group1] |= 1u << LR_PRIORITY_OF(hw.lr[i]) / 8;
	hw.lr[i] = (hw.lr[i] & ~ICH_LR_PENDING) | ICH_LR_ACTIVE;
	return (u32)(hw.lr[i] & 0x3ff) |
	       (hw.lr[i] & ICH_LR_HW ? 0 : (u32)(hw.lr[i] >> LR_SOURCE & 7) << GICC_IAR_CPU);
}

static int hw_find_active(u32 intid)
{
	unsigned int i;

	for (i = 0; i < hw.nr_lrs; i++)
		if ((hw.lr[i] & ICH_LR_ACTIVE) && (hw.lr[i] & 0x3ff) == intid)
			return (int)i;
	return -1;
}

static void hw_deactivate(u32 intid)
{
	int i = hw_find_active(intid);

	if (i < 0) {
		hw.hcr += 1u << ICH_HCR_EOICOUNT;
		return;
	}
	hw.lr[i] &= ~ICH_LR_ACTIVE;
	if (!(hw.lr[i] & ICH_LR_HW))
		return;
	if ((hw.lr[i] >> ICH_LR_PINTID & 0x3ff) == HOST_IRQ)
		hw.host_active = false;
	else
		hw.timer_active = false;
}

/* Writes the end-of-interrupt register: the highest active priority drops. */
static inline void guest_eoi(u32 intid)
{
	u32 apr = hw.apr[0] | hw.apr[1], bit = apr & -apr;

	if (!apr)
		return;
	hw.apr[hw.apr[0] & bit ? 0 : 1] &= ~bit;
	if (!(hw.vmcr & ICH_VMCR_VEOIM))
		hw_deactivate(intid & 0x3ff);
}

/* The deactivate register, which may exit. */
static inline void guest_dir(struct vcpu *vcpu, u32 intid)
{
	if (hw.hcr & ICH_HCR_TDIR)
		vgic_dir(vcpu, intid);
	else if (hw.vmcr & ICH_VMCR_VEOIM)
		hw_deactivate(intid & 0x3ff);
}

static bool hw_maintenance(void)
{
	unsigned int i, pending = 0;
	bool eoi = false;

	for (i = 0; i < hw.nr_lrs; i++) {
		u64 state = hw.lr[i] & (ICH_LR_PENDING | ICH_LR_ACTIVE);

		pending += state == ICH_LR_PENDING;
		eoi |= !state && !(hw.lr[i] & ICH_LR_HW) && (hw.lr[i] & ICH_LR_EOI);
	}
	if (!(hw.hcr & ICH_HCR_EN))
		return false;
	return eoi || ((hw.hcr & ICH_HCR_LRENPIE) && hw.hcr >> ICH_HCR_EOICOUNT) ||
	       ((hw.hcr & ICH_HCR_NPIE) && !pending) ||
	       ((hw.hcr & ICH_HCR_VGRP0EIE) && (hw.vmcr & ICH_VMCR_VENG0)) ||
	       ((hw.hcr & ICH_HCR_VGRP0DIE) && !(hw.vmcr & ICH_VMCR_VENG0)) ||
	       ((hw.hcr & ICH_HCR_VGRP1EIE) && (hw.vmcr & ICH_VMCR_VENG1)) ||
	       ((hw.hcr & ICH_HCR_VGRP1DIE) && !(hw.vmcr & ICH_VMCR_VENG1));
}

#endif
