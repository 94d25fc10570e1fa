/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_KVMCLOCK_H
#define VIRT_KVMCLOCK_H

#include <lodge/vcpu.h>
#include <lodge/vm.h>

/* KVM's clock for guests, as kvmclock.c has it, and what CPUID says of it (KVM's "KVM CPUID bits"). */

#define CPUID_KVM_LEAF	    0x40000100 /* behind our own, 0x40000000 */
#define CPUID_KVM_SIGNATURE "KVMKVMKVM\0\0"

#define KVM_FEATURE_CLOCKSOURCE	       BIT(0) /* the two old MSRs */
#define KVM_FEATURE_NOP_IO_DELAY       BIT(1) /* no port needs time after an access */
#define KVM_FEATURE_CLOCKSOURCE2       BIT(3) /* the two new ones */
#define KVM_FEATURE_STEAL_TIME	       BIT(5) /* kvmsteal.h */
#define KVM_FEATURE_PV_EOI	       BIT(6) /* kvmeoi.h */
#define KVM_FEATURE_PV_UNHALT	       BIT(7) /* VMMCALL_KVM_KICK_CPU */
#define KVM_FEATURE_CLOCKSOURCE_STABLE BIT(24)

#define MSR_KVM_WALL_CLOCK_OLD	0x11
#define MSR_KVM_SYSTEM_TIME_OLD 0x12
#define MSR_KVM_WALL_CLOCK	0x4b564d00
#define MSR_KVM_SYSTEM_TIME	0x4b564d01

/** kvmclock_msr_read() - false if @msr is none of the clock's. */
bool kvmclock_msr_read(const struct vcpu *vcpu, u32 msr, u64 *val);
/** kvmclock_msr_write() - the same, in an exit of @vcpu; no value is refused. */
bool kvmclock_msr_write(struct vcpu *vcpu, u32 msr, u64 val);
/** kvmclock_tsc_set() - in an exit of @vcpu, which has set its TSC. */
void kvmclock_tsc_set(struct vcpu *vcpu);
/** kvmclock_reset() - off, as after power-on and INIT; interrupts are off. */
void kvmclock_reset(struct vcpu *vcpu);
/** kvmclock_put() - write @vcpu's record anew; interrupts are off. */
void kvmclock_put(struct vcpu *vcpu);

/** kvmclock_sync() - @vcpu was sent REQ_IRQ: another may have set its TSC. Interrupts are off. */
static inline void kvmclock_sync(struct vcpu *vcpu)
{
	if (unlikely(vcpu->arch.kvm_clock_seen != READ_ONCE(vcpu->vm->arch.kvm_clock_changes)))
		kvmclock_put(vcpu);
}

#endif
