// SPDX-License-Identifier: Apache-2.0
/*
 * Paravirtualized time for Arm-based systems (DEN0057): the time for which a PE waited for a CPU, its
 * stolen time, in a structure that the guest can read and asks the place of.
 */
#include <lodge/errno.h>
#include <lodge/vcpu.h>
#include <lodge/vm.h>
#include <asm/layout.h>
#include <asm/smccc_guest.h>

/* Behind its revision and its attributes, which are 0. */
#define STOLEN_TIME 8

static gpa_t structure(const struct vcpu *vcpu)
{
	return gpa(vcpu->vm->info_page.v + vcpu->id * STEAL_RECORD_SIZE);
}

static_assert(VM_MAX_VCPUS * STEAL_RECORD_SIZE <= PAGE_SIZE, "one page has room for all vCPUs");

static void tell(struct vcpu *vcpu, u64 ns, bool preempted)
{
	gpa_t at = structure(vcpu);
	struct block_seg seg;
	int rc;

	if (preempted)
		return; /* it has no word for that */
	rc = vm_memory_segs(vcpu->vm, at, STEAL_RECORD_SIZE, ACCESS_LOAD, &seg, 1);
	if (rc > 0)
		WRITE_ONCE(*(u64 *)((u8 *)hpa_to_kva(seg.addr) + STOLEN_TIME), ns);
	else
		vm_memory_crash(vcpu, at, ACCESS_R, rc);
}

s64 arm64_pv_time_features(const struct vcpu *vcpu, u32 fid)
{
	if (!vcpu->vm->info_page.v || (fid != PV_TIME_FEATURES && fid != PV_TIME_ST))
		return SMCCC_NOT_SUPPORTED;
	return SMCCC_SUCCESS;
}

s64 arm64_pv_time_st(struct vcpu *vcpu)
{
	if (!vcpu->vm->info_page.v)
		return SMCCC_NOT_SUPPORTED;
	vcpu_steal_on(vcpu, tell);
	return (s64)structure(vcpu).v;
}
