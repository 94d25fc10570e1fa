// SPDX-License-Identifier: Apache-2.0
/* Guests without an interrupt controller. */
#include <asm/vgic.h>

void vgic_init(void)
{
}

bool vgic_is_v2(void)
{
	return false;
}

void vgic_load(struct vcpu *vcpu)
{
}

void vgic_put(struct vcpu *vcpu)
{
}

void vgic_vcpu_reset(struct vcpu *vcpu)
{
}

void vgic_sync(struct vcpu *vcpu)
{
}

bool vgic_pending(struct vcpu *vcpu)
{
	return false;
}

void vgic_set_ppi(struct vcpu *vcpu, u32 intid, bool level)
{
}

void vgic_sgi(struct vcpu *vcpu, u64 val, bool group0)
{
}

void vgic_dir(struct vcpu *vcpu, u64 val)
{
}
