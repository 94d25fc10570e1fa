/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARM_VCPU_STUBS_H
#define ARM_VCPU_STUBS_H

/* What a vCPU of aarch64 has besides its memory, of which there is nothing here. */

bool arm64_has_pauth, arm64_has_ras, arm64_has_tpidr2;

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

void arm64_timers_init(struct vcpu *vcpu)
{
}

void arm64_timers_destroy(struct vcpu *vcpu)
{
}

void arm64_vtimer_load(struct vcpu *vcpu)
{
}

void arm64_vtimer_put(struct vcpu *vcpu)
{
}

void arm64_debug_load(struct vcpu *vcpu)
{
}

void arm64_debug_put(struct vcpu *vcpu)
{
}

void arm64_fp_save(struct arm64_fp_state *fp)
{
}

void arm64_fp_restore(const struct arm64_fp_state *fp)
{
}

void arm64_idregs_init(unsigned int parange)
{
}

void arm64_speculation_print(void)
{
}

int arm64_vcpu_enter(struct vcpu *vcpu)
{
	return 0;
}

void clrex(void)
{
}

u64 time_now(void)
{
	return 0;
}

#endif
