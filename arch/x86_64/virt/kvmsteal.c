// SPDX-License-Identifier: Apache-2.0
#include "kvmsteal.h"

#define STEAL_ENABLE   BIT(0) /* of the MSR; the bits from 6 on are the address of the record */
#define STEAL_RESERVED GENMASK(5, 1)

/* Offsets in the record. */
#define STEAL_TIME    0
#define STEAL_VERSION 8

static void tell(struct vcpu *vcpu, u64 ns, bool preempted)
{
	gpa_t at = gpa(vcpu->arch.guest.kvm_steal & ~STEAL_ENABLE);

	steal_record_write(vcpu, at, STEAL_VERSION, STEAL_TIME, ns, preempted);
}

bool kvmsteal_write(struct vcpu *vcpu, u64 val)
{
	if (val & STEAL_RESERVED)
		return false;
	vcpu->arch.guest.kvm_steal = val;
	if (val & STEAL_ENABLE)
		vcpu_steal_on(vcpu, tell);
	else
		vcpu_steal_off(vcpu);
	return true;
}
