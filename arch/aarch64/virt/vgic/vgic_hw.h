/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AARCH64_VIRT_VGIC_HW_H
#define AARCH64_VIRT_VGIC_HW_H

/*
 * The hypervisor's control of the virtual CPU interface: ICH_* registers (IHI 0069, 12.4), or
 * GICH_* in memory (IHI 0048B, 5.3). List registers have the format of the former; of the
 * other registers the two have the same bits where they are used here.
 */
#include <asm/io.h>
#include <asm/sysreg_gic.h>
#include <lodge/gic.h>
#include <lodge/gic_regs.h>

/* Who sent an SGI, for GICv2, where there is no physical number. */
#define LR_SOURCE ICH_LR_PINTID

#define ICH_VTR_TDS	   SYSREG_BIT(19) /* ICH_HCR_EL2.TDIR is there */
#define LR_PRIORITY_OF(lr) ((u32)((lr) >> ICH_LR_PRIORITY) & 0xff)

/* GICH_LR */
#define GICH_LR_SOURCE	 10
#define GICH_LR_EOI	 BIT(19)
#define GICH_LR_PRIORITY 23 /* five bits */
#define GICH_LR_STATE	 28
#define GICH_LR_GROUP1	 BIT(30)
#define GICH_LR_HW	 BIT(31)

/* NULL for a GICv3. */
extern volatile u8 *vgic_gich;

/* List register @i, below the number that there are. */
u64 hw_lr_read(unsigned int i);
void hw_lr_write(unsigned int i, u64 lr);
/* Active priorities, one bit for each level that can preempt: by 32 levels and group. */
u32 hw_apr_read(unsigned int group, unsigned int n);
void hw_apr_write(unsigned int group, unsigned int n, u32 v);

static inline u64 lr_from_gich(u32 x)
{
	u64 lr = x & 0x3ff;

	lr |= (u64)(x >> GICH_LR_PRIORITY & 0x1f) << (ICH_LR_PRIORITY + 3);
	lr |= (u64)(x >> GICH_LR_STATE & 3) << 62;
	if (x & GICH_LR_GROUP1)
		lr |= ICH_LR_GROUP1;
	if (x & GICH_LR_HW)
		return lr | ICH_LR_HW | (u64)(x >> 10 & 0x3ff) << ICH_LR_PINTID;
	return lr | (x & GICH_LR_EOI ? ICH_LR_EOI : 0) |
	       (u64)(x >> GICH_LR_SOURCE & 7) << LR_SOURCE;
}

static inline u32 lr_to_gich(u64 lr)
{
	u32 x = lr & 0x3ff;

	x |= (u32)(lr >> (ICH_LR_PRIORITY + 3) & 0x1f) << GICH_LR_PRIORITY;
	x |= (u32)(lr >> 62) << GICH_LR_STATE;
	if (lr & ICH_LR_GROUP1)
		x |= GICH_LR_GROUP1;
	if (lr & ICH_LR_HW)
		return x | GICH_LR_HW | (u32)(lr >> ICH_LR_PINTID & 0x3ff) << 10;
	return x | (lr & ICH_LR_EOI ? GICH_LR_EOI : 0) |
	       (u32)(lr >> LR_SOURCE & 7) << GICH_LR_SOURCE;
}

static inline u32 hw_hcr_read(void)
{
	return vgic_gich ? readl(vgic_gich + GICH_HCR) : (u32)read_sysreg(ICH_HCR_EL2);
}

static inline void hw_hcr_write(u32 v)
{
	if (vgic_gich)
		writel(v, vgic_gich + GICH_HCR);
	else
		write_sysreg(ICH_HCR_EL2, v);
}

static inline u32 hw_vmcr_read(void)
{
	return vgic_gich ? readl(vgic_gich + GICH_VMCR) : (u32)read_sysreg(ICH_VMCR_EL2);
}

static inline void hw_vmcr_write(u32 v)
{
	if (vgic_gich)
		writel(v, vgic_gich + GICH_VMCR);
	else
		write_sysreg(ICH_VMCR_EL2, v);
}

static inline u32 hw_vtr_read(void)
{
	return vgic_gich ? readl(vgic_gich + GICH_VTR) : (u32)read_sysreg(ICH_VTR_EL2);
}

#endif
