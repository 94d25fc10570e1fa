/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_KVMSTEAL_H
#define VIRT_KVMSTEAL_H

#include <lodge/vcpu.h>

/* Steal time as KVM tells it (Linux, Documentation/virt/kvm/x86/msr.rst). */

#define MSR_KVM_STEAL_TIME 0x4b564d03

/** kvmsteal_write() - in an exit of @vcpu: the MSR is @val; false if that has reserved bits. */
bool kvmsteal_write(struct vcpu *vcpu, u64 val);

#endif
