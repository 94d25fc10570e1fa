// SPDX-License-Identifier: Apache-2.0
/*
 * kvmclock, so that guests need not measure their TSC (Linux, Documentation/virt/kvm/x86/msr.rst).
 * By an MSR each vCPU names a place in the guest's memory, where it reads how its TSC becomes
 * nanoseconds; by another the guest has the time of day put somewhere.
 *
 * All vCPUs are given the same line: 0 ns when the VM's TSC was 0, and a slope that never changes.
 * So what they read agrees to the nanosecond, and is written anew only if a TSC was set. One
 * vCPU's record tells the time by another's TSC only while nobody's TSC is ahead, which the record says.
 */
#include <lodge/errno.h>
#include <lodge/time.h>
#include <lodge/wallclock.h>
#include <asm/barrier.h>
#include <asm/vm_time.h>
#include "kvmclock.h"
#include "pc/vcmos.h"

#define NS_PER_SEC   1000000000ull
#define CLOCK_ENABLE BIT(0) /* of MSR_KVM_SYSTEM_TIME */
#define CLOCK_STABLE BIT(0) /* of the flags */

/* Both begin with their version, which is odd while the rest is written. */
struct clock_record {
	u32 version, pad;
	u64 tsc, ns;
	u32 mul;
	s8 shift;
	u8 flags, reserved[2];
};

struct wall_record {
	u32 version, sec, nsec;
};

static_assert(sizeof(struct clock_record) == 32, "struct pvclock_vcpu_time_info");
static_assert(sizeof(struct wall_record) == 12, "struct pvclock_wall_clock");

/*
 * Put @record, of @size bytes with its version, where the guest wants it. It can only hurt itself:
 * what is not aligned, or not all RAM, is left alone, and any version that is there is counted on.
 */
static void put_record(struct vcpu *vcpu, u64 addr, const u32 *record, size_t size)
{
	struct vm *vm = vcpu->vm;
	u32 version;
	int rc;

	if (addr % sizeof(version) || vm_memory_check(vm, gpa(addr), size, ACCESS_W))
		return;
	rc = guest_read_obj(vm, &version, gpa(addr));
	version = (version + 1) | 1;
	if (!rc)
		rc = guest_write(vm, gpa(addr), &version, sizeof(version));
	smp_wmb(); /* odd before the rest changes: a reader that saw some of it starts again */
	if (!rc)
		rc = guest_write(vm, gpa(addr + sizeof(version)), record + 1,
				 size - sizeof(version));
	smp_wmb(); /* the rest before the next even number */
	version++;
	if (!rc)
		rc = guest_write(vm, gpa(addr), &version, sizeof(version));
	/* As for a store of its own. */
	if (rc == -ENOMEM)
		vm_memory_crash(vcpu, gpa(addr), ACCESS_W, rc);
}

/* ns = (ticks << shift) * mul >> 32, with as many bits of mul as there are. */
static void set_rate(struct clock_record *r, u64 hz)
{
	for (; hz > 2 * NS_PER_SEC; hz >>= 1)
		r->shift--;
	for (; hz <= NS_PER_SEC; hz <<= 1)
		r->shift++;
	r->mul = (u32)((NS_PER_SEC << 32) / hz);
}

void kvmclock_put(struct vcpu *vcpu)
{
	const struct arch_vm *vm = &vcpu->vm->arch;
	struct clock_record r = { .tsc = vcpu->arch.guest.msr.tsc_adjust };

	vcpu->arch.kvm_clock_seen = READ_ONCE(vm->kvm_clock_changes);
	if (!(vcpu->arch.guest.kvm_clock & CLOCK_ENABLE))
		return;
	smp_rmb(); /* what was seen before what it is about: see compare() */
	if (!READ_ONCE(vm->kvm_clock_differs))
		r.flags = CLOCK_STABLE;
	set_rate(&r, time_hz());
	put_record(vcpu, vcpu->arch.guest.kvm_clock & ~CLOCK_ENABLE, &r.version, sizeof(r));
}

/* The time of day when the VM's TSC was 0. */
static void put_wall(struct vcpu *vcpu, u64 addr)
{
	const struct arch_vm *vm = &vcpu->vm->arch;
	u64 ns = vm->cmos ? vcmos_ns(vm->cmos) : wallclock_ns(), hz = time_hz();
	u64 ticks = x86_vm_ticks(vcpu->vm);
	struct wall_record r;

	ns -= ticks / hz * NS_PER_SEC + ticks % hz * NS_PER_SEC / hz;
	r = (struct wall_record){ .sec = (u32)(ns / NS_PER_SEC), .nsec = (u32)(ns % NS_PER_SEC) };
	put_record(vcpu, addr, &r.version, sizeof(r));
}

/* Find out whether the TSCs of those vCPUs that use the clock differ. All are told of a change. */
static void compare(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	const struct vcpu *first = NULL;
	bool differs = false, change;
	unsigned int i;

	spin_lock(&vm->lock);
	for (i = 0; i < vm->nr_vcpus; i++) {
		const struct vcpu *v = vm->vcpu[i];

		/* What one that is off has left is gone when it starts. */
		if (READ_ONCE(v->state) == VCPU_OFF ||
		    !(READ_ONCE(v->arch.guest.kvm_clock) & CLOCK_ENABLE))
			continue;
		first = first ? first : v;
		differs |= READ_ONCE(v->arch.guest.msr.tsc_adjust) !=
			   READ_ONCE(first->arch.guest.msr.tsc_adjust);
	}
	change = differs != vm->arch.kvm_clock_differs;
	WRITE_ONCE(vm->arch.kvm_clock_differs, differs);
	smp_wmb(); /* whoever sees the count sees what it is about */
	if (change)
		WRITE_ONCE(vm->arch.kvm_clock_changes, vm->arch.kvm_clock_changes + 1);
	spin_unlock(&vm->lock);
	for (i = 0; change && i < vm->nr_vcpus; i++)
		if (vm->vcpu[i] != vcpu)
			vcpu_request(vm->vcpu[i], REQ_IRQ);
}

bool kvmclock_msr_read(const struct vcpu *vcpu, u32 msr, u64 *val)
{
	switch (msr) {
	case MSR_KVM_WALL_CLOCK_OLD:
	case MSR_KVM_WALL_CLOCK:
		*val = READ_ONCE(vcpu->vm->arch.kvm_wall_clock);
		return true;
	case MSR_KVM_SYSTEM_TIME_OLD:
	case MSR_KVM_SYSTEM_TIME:
		*val = vcpu->arch.guest.kvm_clock;
		return true;
	}
	return false;
}

bool kvmclock_msr_write(struct vcpu *vcpu, u32 msr, u64 val)
{
	switch (msr) {
	case MSR_KVM_WALL_CLOCK_OLD:
	case MSR_KVM_WALL_CLOCK:
		WRITE_ONCE(vcpu->vm->arch.kvm_wall_clock, val);
		if (val)
			put_wall(vcpu, val);
		return true;
	case MSR_KVM_SYSTEM_TIME_OLD:
	case MSR_KVM_SYSTEM_TIME:
		WRITE_ONCE(vcpu->arch.guest.kvm_clock, val); /* compare() of others reads it */
		kvmclock_tsc_set(vcpu);
		return true;
	}
	return false;
}

void kvmclock_tsc_set(struct vcpu *vcpu)
{
	compare(vcpu);
	kvmclock_put(vcpu);
}

void kvmclock_reset(struct vcpu *vcpu)
{
	WRITE_ONCE(vcpu->arch.guest.kvm_clock, 0);
	/* INIT of the first is a reset of the VM. */
	if (vcpu->id == 0)
		WRITE_ONCE(vcpu->vm->arch.kvm_wall_clock, 0);
	compare(vcpu);
}
