// SPDX-License-Identifier: Apache-2.0
/* The power state of a guest's CPUs and of the guest (PSCI 1.1, DEN0022, chapter 5). */
#include <lodge/errno.h>
#include <lodge/vcpu.h>
#include <lodge/vm.h>
#include <asm/smccc_guest.h>

#define SUSPEND_RESERVED  0xfcfe0000u /* of power_state, original format (5.4.2.1) */
#define SUSPEND_POWERDOWN (1u << 16)
#define RESET2_WARM	  0

static int from_errno(int err)
{
	switch (err) {
	case 0:
		return PSCI_SUCCESS;
	case -EBUSY:
		return PSCI_ON_PENDING;
	case -EEXIST:
		return PSCI_ALREADY_ON;
	}
	return PSCI_INTERNAL_FAILURE;
}

/* Arguments of 32-bit calls are of 32 bits, whatever is above. */
static u64 arg(const u64 *x, unsigned int n)
{
	return x[0] & SMCCC_64 ? x[n] : (u32)x[n];
}

static int answer(u64 *x, s64 ret)
{
	x[0] = (u64)ret;
	return EXIT_RESUME;
}

static int psci_version(struct vcpu *vcpu, u64 *x)
{
	(void)vcpu;
	return answer(x, PSCI_VERSION_1_1);
}

/* A vCPU's affinity is its number, at level 0. */
static struct vcpu *find_vcpu(const struct vm *vm, u64 mpidr)
{
	return vm_vcpu(vm, mpidr);
}

static bool can_run_at(struct vm *vm, u64 pc)
{
	return !(pc & 3) && !vm_memory_check(vm, gpa(pc), 4, ACCESS_X);
}

static int cpu_on(struct vcpu *vcpu, u64 *x)
{
	struct vcpu *target = find_vcpu(vcpu->vm, arg(x, 1));
	u64 pc = arg(x, 2);

	if (!target)
		return answer(x, PSCI_INVALID_PARAMETERS);
	if (!can_run_at(vcpu->vm, pc))
		return answer(x, PSCI_INVALID_ADDRESS);
	return answer(x, from_errno(vcpu_power_on(target, pc, arg(x, 3))));
}

static int cpu_off(struct vcpu *vcpu, u64 *x)
{
	(void)x;
	vcpu_request(vcpu, REQ_OFF);
	return EXIT_STOP;
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

/*
 * A VM has one cluster, which no power state is kept of: there is no level but that of the CPUs,
 * as PSCI 1.0 and later allow (5.7.1). The level has 32 bits in both forms of the call.
 */
static int affinity_info(struct vcpu *vcpu, u64 *x)
{
	struct vcpu *one = find_vcpu(vcpu->vm, arg(x, 1));

	if ((u32)x[2] || !one)
		return answer(x, PSCI_INVALID_PARAMETERS);
	answer(x, affinity_of(one));
	/* Who asks about another CPU waits for it to get on. */
	return one == vcpu ? EXIT_RESUME : EXIT_YIELD;
}

/* Until the run loop has waited for an interrupt. Standby keeps all, power-down nothing. */
static int cpu_suspend(struct vcpu *vcpu, u64 *x)
{
	u32 power_state = (u32)x[1];
	u64 pc = arg(x, 2);

	if (power_state & SUSPEND_RESERVED)
		return answer(x, PSCI_INVALID_PARAMETERS);
	if (power_state & SUSPEND_POWERDOWN) {
		if (!can_run_at(vcpu->vm, pc))
			return answer(x, PSCI_INVALID_ADDRESS);
		arm64_vcpu_power_down(vcpu, pc, arg(x, 3));
	} else {
		answer(x, PSCI_SUCCESS);
	}
	vcpu_suspend(vcpu);
	return EXIT_BLOCK;
}

static int migrate_info_type(struct vcpu *vcpu, u64 *x)
{
	(void)vcpu;
	return answer(x, PSCI_MIGRATE_NOT_REQUIRED);
}

static int system_off(struct vcpu *vcpu, u64 *x)
{
	(void)x;
	vm_request_shutdown(vcpu->vm, 0);
	return EXIT_STOP;
}

static int system_reset(struct vcpu *vcpu, u64 *x)
{
	(void)x;
	vm_request_reset(vcpu->vm, 0);
	return EXIT_STOP;
}

static int system_reset2(struct vcpu *vcpu, u64 *x)
{
	/* Of vendors' own, with bit 31, there are none. */
	if ((u32)x[1] != RESET2_WARM)
		return answer(x, PSCI_INVALID_PARAMETERS);
	return system_reset(vcpu, x);
}

/* Flags of CPU_SUSPEND and of the others are 0: the original format, chosen by the platform. */
static int psci_features(struct vcpu *vcpu, u64 *x)
{
	u32 fid = (u32)x[1];

	(void)vcpu;
	return answer(x, guest_psci_offers(fid) || fid == SMCCC_VERSION ? 0 : SMCCC_NOT_SUPPORTED);
}

/* By the number of the function; @wide: there is a 64-bit form. */
static const struct psci_function {
	int (*fn)(struct vcpu *vcpu, u64 *x);
	bool wide;
} functions[PSCI_FUNCTIONS] = {
	[PSCI_VERSION & PSCI_NUMBER] = { psci_version, false },
	[PSCI_CPU_SUSPEND & PSCI_NUMBER] = { cpu_suspend, true },
	[PSCI_CPU_OFF & PSCI_NUMBER] = { cpu_off, false },
	[PSCI_CPU_ON & PSCI_NUMBER] = { cpu_on, true },
	[PSCI_AFFINITY_INFO & PSCI_NUMBER] = { affinity_info, true },
	[PSCI_MIGRATE_INFO_TYPE & PSCI_NUMBER] = { migrate_info_type, false },
	[PSCI_SYSTEM_OFF & PSCI_NUMBER] = { system_off, false },
	[PSCI_SYSTEM_RESET & PSCI_NUMBER] = { system_reset, false },
	[PSCI_FEATURES & PSCI_NUMBER] = { psci_features, false },
	[PSCI_SYSTEM_RESET2 & PSCI_NUMBER] = { system_reset2, true },
};

static const struct psci_function *find_function(u32 fid)
{
	const struct psci_function *f = &functions[fid & PSCI_NUMBER];

	return f->fn && (!(fid & SMCCC_64) || f->wide) ? f : NULL;
}

bool guest_psci_offers(u32 fid)
{
	return is_psci(fid) && find_function(fid);
}

int guest_psci_call(struct vcpu *vcpu, u64 *x)
{
	const struct psci_function *f = find_function((u32)x[0]);

	return likely(f) ? f->fn(vcpu, x) : answer(x, SMCCC_NOT_SUPPORTED);
}
