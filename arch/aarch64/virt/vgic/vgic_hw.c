// SPDX-License-Identifier: Apache-2.0
/* Registers of which there are several: a system register's number is in the instruction. */
#include "vgic_hw.h"

volatile u8 *vgic_gich;

#define ICH_LR_CASES(f) \
	f(0) f(1) f(2) f(3) f(4) f(5) f(6) f(7) f(8) f(9) f(10) f(11) f(12) f(13) f(14) f(15)

u64 hw_lr_read(unsigned int i)
{
	if (vgic_gich)
		return lr_from_gich(readl(vgic_gich + GICH_LR + 4ul * i));
	switch (i) {
#define LR_CASE(n) \
	case n:    \
		return read_sysreg(ICH_LR##n##_EL2);
		ICH_LR_CASES(LR_CASE)
#undef LR_CASE
	}
	return 0;
}

void hw_lr_write(unsigned int i, u64 lr)
{
	if (vgic_gich) {
		writel(lr_to_gich(lr), vgic_gich + GICH_LR + 4ul * i);
		return;
	}
	switch (i) {
#define LR_CASE(n)                                 \
	case n:                                    \
		write_sysreg(ICH_LR##n##_EL2, lr); \
		break;
		ICH_LR_CASES(LR_CASE)
#undef LR_CASE
	}
}

u32 hw_apr_read(unsigned int group, unsigned int n)
{
	if (vgic_gich)
		return readl(vgic_gich + GICH_APR);
	switch (4 * group + n) {
	case 0:
		return (u32)read_sysreg(ICH_AP0R0_EL2);
	case 1:
		return (u32)read_sysreg(ICH_AP0R1_EL2);
	case 2:
		return (u32)read_sysreg(ICH_AP0R2_EL2);
	case 3:
		return (u32)read_sysreg(ICH_AP0R3_EL2);
	case 4:
		return (u32)read_sysreg(ICH_AP1R0_EL2);
	case 5:
		return (u32)read_sysreg(ICH_AP1R1_EL2);
	case 6:
		return (u32)read_sysreg(ICH_AP1R2_EL2);
	default:
		return (u32)read_sysreg(ICH_AP1R3_EL2);
	}
}

void hw_apr_write(unsigned int group, unsigned int n, u32 v)
{
	if (vgic_gich) {
		writel(v, vgic_gich + GICH_APR);
		return;
	}
	switch (4 * group + n) {
	case 0:
		write_sysreg(ICH_AP0R0_EL2, v);
		break;
	case 1:
		write_sysreg(ICH_AP0R1_EL2, v);
		break;
	case 2:
		write_sysreg(ICH_AP0R2_EL2, v);
		break;
	case 3:
		write_sysreg(ICH_AP0R3_EL2, v);
		break;
	case 4:
		write_sysreg(ICH_AP1R0_EL2, v);
		break;
	case 5:
		write_sysreg(ICH_AP1R1_EL2, v);
		break;
	case 6:
		write_sysreg(ICH_AP1R2_EL2, v);
		break;
	default:
		write_sysreg(ICH_AP1R3_EL2, v);
		break;
	}
}
