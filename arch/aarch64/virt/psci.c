// SPDX-License-Identifier: Apache-2.0
/* The power state of a guest's CPUs and of the guest (PSCI 1.1, DEN0022, chapter 5). */
#include <lodge/errno.h>
#include <lodge/vcpu.h>
#include <lodge/vm.h>
#include <asm/smccc.h>

#define AFFINITY_LEVELS	  4
#define SUSPEND_RESERVED  0xfcfe0000u /* of power_state, original format (5.4.2.1) */
#define SUSPEND_POWERDOWN (1u << 16)
#define RESET2_WARM	  0

static int from_errno(int err)
{
	switch (err) {
	case 0:
		return PSCI_SUCCESS;
	case -EINVAL:
		return PSCI_INVALID_PARAMETERS;
	case -EFAULT:
		return PSCI_INVALID_ADDRESS;
	case -EBUSY:
		return PSCI_ON_PENDING;
	case -EEXIST:
		return PSCI_ALREADY_ON;
	}
	return PSCI_INTERNAL_FAILURE;
}

static int answer(u64 *x, s64 ret)
{
	x[0] = (u64)ret;
	return EXIT_RESUME;
}

/* A vCPU's affinity is its number, at level 0. */
static struct vcpu *find_vcpu(const struct vm *vm, u64 mpidr)
{
	return mpidr < vm->nr_vcpus ? vm->vcpu[mpidr] : NULL;
}

static bool can_run_at(struct vm *vm, u64 pc)
{
	return !(pc & 3) && vm_is_ram(vm, gpa(pc), 4);
}

static int cpu_on(struct vm *vm, u64 target, u64 pc, u64 context)
{
	struct vcpu *vcpu = find_vcpu(vm, target);

	if (!vcpu)
		return -EINVAL;
	if (!can_run_at(vm, pc))
		return -EFAULT;
	return vcpu_power_on(vcpu, pc, context);
}

static int affinity_of(const struct vcpu *vcpu)
{
	switch (READ_ONCE(vcpu->state)) {
	case VCPU_OFF:
		return READ_ONCE(vcpu->in_loop) ? PSCI_AFFINITY_ON : PSCI_AFFINITY_OFF;
	case VCPU_START_PENDING:
		return PSCI_AFFINITY_ON_PENDING;
	default:
		return PSCI_AFFINITY_ON;
	}
}

/* Of a level above 0 it is that of any CPU below; all are in the first node of each. */
static int affinity_info(struct vcpu *vcpu, u64 *x, u64 target, u64 level)
{
	/* What is not 0 names nothing: reserved bits, and affinities of the level and above. */
	static const u64 nothing[AFFINITY_LEVELS] = { 0, ~0xfful, ~0xfffful, ~0xfffffful };
	struct vm *vm = vcpu->vm;
	struct vcpu *one = find_vcpu(vm, target);
	int state = PSCI_AFFINITY_OFF;
	unsigned int i;

	if (level >= AFFINITY_LEVELS)
		return answer(x, PSCI_INVALID_PARAMETERS);
	if (level == 0) {
		if (!one)
			return answer(x, PSCI_INVALID_PARAMETERS);
		answer(x, affinity_of(one));
		/* Who asks about another CPU waits for it to get on. */
		return one == vcpu ? EXIT_RESUME : EXIT_YIELD;
	}
	if (target & nothing[level])
		return answer(x, PSCI_INVALID_PARAMETERS);
	for (i = 0; i < vm->nr_vcpus && state != PSCI_AFFINITY_ON; i++) {
		int s = affinity_of(vm->vcpu[i]);

		if (s != PSCI_AFFINITY_OFF)
			state = s;
	}
	return answer(x, state);
}

/* Until the run loop has waited for an interrupt. Standby keeps all, power-down nothing. */
static int cpu_suspend(struct vcpu *vcpu, u64 *x, u32 power_state, u64 pc, u64 context)
{
	if (power_state & SUSPEND_RESERVED)
		return answer(x, PSCI_INVALID_PARAMETERS);
	if (power_state & SUSPEND_POWERDOWN) {
		if (!can_run_at(vcpu->vm, pc))
			return answer(x, PSCI_INVALID_ADDRESS);
		arm64_vcpu_power_down(vcpu, pc, context);
	} else {
		answer(x, PSCI_SUCCESS);
	}
	WRITE_ONCE(vcpu->state, VCPU_SUSPENDED);
	return EXIT_BLOCK;
}

static int system_reset2(struct vcpu *vcpu, u64 *x, u32 type)
{
	/* Of vendors' own, with bit 31, there are none. */
	if (type != RESET2_WARM)
		return answer(x, PSCI_INVALID_PARAMETERS);
	vm_request_reset(vcpu->vm, 0);
	return EXIT_STOP;
}

bool guest_psci_offers(u32 fid)
{
	switch (fid) {
	case PSCI_VERSION:
	case PSCI_CPU_SUSPEND:
	case PSCI_CPU_SUSPEND | SMCCC_64:
	case PSCI_CPU_OFF:
	case PSCI_CPU_ON:
	case PSCI_CPU_ON | SMCCC_64:
	case PSCI_AFFINITY_INFO:
	case PSCI_AFFINITY_INFO | SMCCC_64:
	case PSCI_MIGRATE_INFO_TYPE:
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
	case PSCI_FEATURES:
	case PSCI_SYSTEM_RESET2:
	case PSCI_SYSTEM_RESET2 | SMCCC_64:
		return true;
	}
	return false;
}

/* Flags of CPU_SUSPEND and of the others are 0: the original format, chosen by the platform. */
static s64 features(u32 fid)
{
	return guest_psci_offers(fid) || fid == SMCCC_VERSION ? 0 : SMCCC_NOT_SUPPORTED;
}

int guest_psci_call(struct vcpu *vcpu, u32 fid, u64 *x)
{
	/* Without that bit arguments are of 32 bits, whatever is above. */
	u64 mask = fid & SMCCC_64 ? ~0ul : 0xffffffff;
	u64 a1 = x[1] & mask, a2 = x[2] & mask, a3 = x[3] & mask;

	switch (fid & ~SMCCC_64) {
	case PSCI_VERSION:
		return answer(x, PSCI_VERSION_1_1);
	case PSCI_CPU_SUSPEND:
		return cpu_suspend(vcpu, x, (u32)a1, a2, a3);
	case PSCI_CPU_OFF:
		vcpu_request(vcpu, REQ_PAUSE);
		return EXIT_STOP;
	case PSCI_CPU_ON:
		return answer(x, from_errno(cpu_on(vcpu->vm, a1, a2, a3)));
	case PSCI_AFFINITY_INFO:
		return affinity_info(vcpu, x, a1, a2);
	case PSCI_MIGRATE_INFO_TYPE:
		return answer(x, PSCI_MIGRATE_NOT_REQUIRED);
	case PSCI_SYSTEM_OFF:
		vm_request_shutdown(vcpu->vm, 0);
		return EXIT_STOP;
	case PSCI_SYSTEM_RESET:
		vm_request_reset(vcpu->vm, 0);
		return EXIT_STOP;
	case PSCI_FEATURES:
		return answer(x, features((u32)a1));
	case PSCI_SYSTEM_RESET2:
		return system_reset2(vcpu, x, (u32)a1);
	}
	return answer(x, SMCCC_NOT_SUPPORTED);
}
