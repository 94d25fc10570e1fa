/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_KVMEOI_H
#define VIRT_KVMEOI_H

#include <lodge/vcpu.h>
#include <asm/vlapic.h>

/* EOI without an exit, as KVM has it (Linux, Documentation/virt/kvm/x86/msr.rst). */

#define MSR_KVM_EOI 0x4b564d04

/** kvmeoi_write() - in an exit of @vcpu: the MSR is @val; false if that has a reserved bit. */
bool kvmeoi_write(struct vcpu *vcpu, u64 val);
/** kvmeoi_offer() - @vector, which is in service now, is injected: the guest may end it so. */
void kvmeoi_offer(struct vcpu *vcpu, u8 vector);
/** kvmeoi_stands() - before an entry: whether what was offered can still be. */
static inline bool kvmeoi_stands(const struct vcpu *vcpu)
{
	return !vlapic_has_pending(vcpu->arch.lapic);
}
/** kvmeoi_take() - in an exit, before all else: whether the guest has. It was offered. */
void kvmeoi_take(struct vcpu *vcpu);

#endif
