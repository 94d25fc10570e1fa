// SPDX-License-Identifier: Apache-2.0
/*
 * The guest names a word whose bit 0 is set while an interrupt is in service whose end has no other
 * effect than that. It then clears the bit, in one instruction, instead of writing EOI. Each exit looks
 * first, so that nobody sees an APIC that has not heard of it; and what comes to be pending meanwhile
 * causes an exit, as whenever its vCPU runs.
 */
#include <lodge/vm.h>
#include <asm/layout.h>
#include "apic/vlapic.h"
#include "kvmeoi.h"

#define EOI_ENABLE   BIT(0) /* of the MSR */
#define EOI_RESERVED BIT(1)
#define EOI_OFFERED  1u /* of the word */

/* NULL where the guest has no such memory. */
static u32 *word(const struct vcpu *vcpu)
{
	struct block_seg seg;
	gpa_t at = gpa(vcpu->arch.guest.kvm_eoi & ~EOI_ENABLE);

	return vm_memory_segs(vcpu->vm, at, sizeof(u32), ACCESS_W, &seg, 1) > 0
		       ? hpa_to_kva(seg.addr)
		       : NULL;
}

bool kvmeoi_write(struct vcpu *vcpu, u64 val)
{
	if (val & EOI_RESERVED)
		return false;
	vcpu->arch.guest.kvm_eoi = val;
	return true;
}

void kvmeoi_offer(struct vcpu *vcpu, u8 vector)
{
	u32 *w;

	if (!(vcpu->arch.guest.kvm_eoi & EOI_ENABLE) ||
	    !vlapic_ends_alone(vcpu->arch.lapic, vector))
		return;
	w = word(vcpu);
	if (!w)
		return;
	__atomic_fetch_or(w, EOI_OFFERED, __ATOMIC_RELAXED);
	vcpu->arch.eoi_offered = true;
}

void kvmeoi_take(struct vcpu *vcpu)
{
	u32 *w = word(vcpu);

	/* From here on only a write of EOI will do, until the next is offered. */
	vcpu->arch.eoi_offered = false;
	if (w && !(__atomic_fetch_and(w, ~EOI_OFFERED, __ATOMIC_RELAXED) & EOI_OFFERED))
		vlapic_eoi(vcpu->arch.lapic);
}
