// SPDX-License-Identifier: Apache-2.0
/* Aborts of stage 2: memory that is not there yet, or a device. */
#include <lodge/errno.h>
#include <lodge/vdev.h>
#include <asm/decode.h>
#include <asm/resume.h>
#include <asm/virt.h>

#define VECTORS_SIZE 0x800

/* At its own vectors it would come back for ever. */
static bool at_vectors(const struct vcpu *vcpu)
{
	return vcpu->arch.guest.pc - read_sysreg(vbar_el1) < VECTORS_SIZE;
}

/*
 * The guest's walk of its own page tables accesses @addr, which is no memory, or none that its
 * flags can be set in: a board aborts the walk (Arm ARM D8.15, "External aborts").
 */
static int walk_fault(struct vcpu *vcpu, u64 esr, gpa_t addr)
{
	if (esr_ec(esr) == EC_IABT_LOWER && at_vectors(vcpu)) {
		vm_crash(
			vcpu,
			"the page-table walk for its exception vector (va %#lx) reads gpa %#lx, where it has no memory",
			read_sysreg(far_el2), addr.v);
		return EXIT_STOP;
	}
	vm_unclaimed(vcpu, addr, sizeof(u64), false);
	return arm64_inject_walk_abort(vcpu, esr);
}

/*
 * Stage 2 has no page for a walk, or forbids it: HCR_EL2.PTW does so for a table in a device, and
 * a table in read-only memory can't have its flags set. WnR does not tell them apart: it may be
 * the instruction's.
 */
static __noinline int walk_abort(struct vcpu *vcpu, u64 esr, gpa_t addr)
{
	int err;

	if (FSC_KIND(esr & ISS_FSC_MASK) == FSC_PERMISSION)
		return walk_fault(vcpu, esr, addr);
	err = vm_memory_fault(vcpu, addr, ACCESS_R);
	if (err == -ENODEV || err == -EACCES)
		return walk_fault(vcpu, esr, addr);
	if (!err)
		return EXIT_RESUME;
	vm_memory_crash(vcpu, addr, ACCESS_R, err);
	return EXIT_STOP;
}

static int fault_denied(struct vcpu *vcpu, u64 esr, gpa_t addr, u32 access, int err)
{
	/* As a board with such memory would answer. */
	if (err == -EACCES)
		return arm64_inject_external(vcpu, esr);
	vm_memory_crash(vcpu, addr, access, err);
	return EXIT_STOP;
}

/*
 * The guest-physical address: HPFAR_EL2 has its page, but for faults of permission (Arm ARM
 * D19.2.67), whose page the guest's own translation tells. Of a walk no more than the page is
 * known: FAR_EL2 is what was to be translated.
 */
static int fault_address(u64 esr, gpa_t *out)
{
	u64 far = read_sysreg(far_el2);

	if (FSC_KIND(esr & ISS_FSC_MASK) == FSC_PERMISSION && !(esr & ISS_S1PTW))
		return arm64_guest_va(far, out);
	*out = gpa((read_sysreg(hpfar_el2) & HPFAR_FIPA_MASK) << HPFAR_FIPA_SHIFT |
		   (esr & ISS_S1PTW ? 0 : far & (PAGE_SIZE - 1)));
	return 0;
}

/* Of stage 2, on the guest's walk or after it; what else comes here is the guest's to take. */
static bool is_stage2_fault(u64 esr)
{
	switch (FSC_KIND(esr & ISS_FSC_MASK)) {
	case FSC_ADDRSIZE:
	case FSC_TRANSLATION:
	case FSC_ACCESS:
	case FSC_PERMISSION:
		return true;
	}
	return false;
}

/* Maintenance of what no cache can hold is done. */
static int cache_maintenance(u64 esr)
{
	arm64_skip(esr);
	return EXIT_RESUME;
}

static int device_access(struct vcpu *vcpu, u64 esr, gpa_t addr);

static __noinline int data_fault(struct vcpu *vcpu, u64 esr)
{
	bool permission = FSC_KIND(esr & ISS_FSC_MASK) == FSC_PERMISSION;
	u32 access = (esr & ISS_WNR) && !(esr & ISS_CM) ? ACCESS_W : ACCESS_R;
	gpa_t addr;
	int err;

	if (!is_stage2_fault(esr))
		return arm64_inject_external(vcpu, esr);
	arm64_save_place(vcpu);
	if (fault_address(esr, &addr))
		return EXIT_RESUME;
	if (esr & ISS_S1PTW)
		return walk_abort(vcpu, esr, addr);
	/* Invalidation wants to write; what can't be written is as clean as it gets. */
	if ((esr & ISS_CM) && permission)
		return cache_maintenance(esr);
	err = vm_memory_fault(vcpu, addr, access);
	if (err == 0)
		return EXIT_RESUME;
	if (err != -ENODEV)
		return fault_denied(vcpu, esr, addr, access, err);
	if (esr & ISS_CM)
		return cache_maintenance(esr);
	return device_access(vcpu, esr, addr);
}

int arm64_refuse(struct vcpu *vcpu, u64 esr, gpa_t addr, unsigned int width)
{
	vm_unclaimed(vcpu, addr, width, esr & ISS_WNR);
	return arm64_inject_external(vcpu, esr);
}

static __always_inline unsigned int iss_width(u64 esr)
{
	return 1u << (esr >> ISS_SAS_SHIFT & 3);
}

static __always_inline unsigned int iss_reg(u64 esr)
{
	return esr >> ISS_SRT_SHIFT & 31;
}

/* Puts what a device returned into the register, and goes on behind the instruction. */
static __always_inline int finish_load(struct vcpu *vcpu, u64 esr, u64 val)
{
	unsigned int reg = iss_reg(esr);

	val = insn_load_value(val, iss_width(esr), esr & ISS_SSE, esr & ISS_SF);
	arm64_skip(esr);
	if (likely(reg != 31))
		vcpu->arch.guest.gpr[reg] = val;
	return reg < 19 ? EXIT_RESUME : ARM64_RESUME_RELOAD;
}

static int device_access(struct vcpu *vcpu, u64 esr, gpa_t addr)
{
	unsigned int width = iss_width(esr);
	u64 val;

	if (!(esr & ISS_ISV))
		return arm64_emulate(vcpu, esr, addr);
	if (esr & ISS_WNR) {
		/* gpr[31] is never written: it is 0. */
		if (!vm_mmio_write(vcpu, addr, width, vcpu->arch.guest.gpr[iss_reg(esr)]))
			vm_unclaimed(vcpu, addr, width, true);
		arm64_skip(esr);
		return EXIT_RESUME;
	}
	if (!vm_mmio_read(vcpu, addr, width, &val))
		vm_unclaimed(vcpu, addr, width, false);
	return finish_load(vcpu, esr, val);
}

/* A device that this vCPU has used before, by an instruction that the syndrome describes. */
int arm64_exit_data_abort(struct vcpu *vcpu, u64 esr)
{
	u64 page = (read_sysreg(hpfar_el2) & HPFAR_FIPA_MASK) << HPFAR_FIPA_SHIFT;
	gpa_t addr = gpa(page | (read_sysreg(far_el2) & (PAGE_SIZE - 1)));
	u64 pc = read_sysreg(elr_el2);
	struct vdev *v = vdev_quick(vcpu, addr);
	u64 mask = ISS_ISV | ISS_S1PTW | (ISS_FSC_MASK & ~3UL);

	vcpu->arch.guest.pc = pc;
	vcpu->exits[EC_DABT_LOWER]++;
	vcpu_record_exit(vcpu, EC_DABT_LOWER, pc, addr.v);
	if (unlikely(!v) || unlikely((esr & mask) != (ISS_ISV | FSC_TRANSLATION)))
		return data_fault(vcpu, esr);
	if (esr & ISS_WNR) {
		arm64_skip(esr);
		v->ops->write(v, vcpu, addr.v - v->base.v, iss_width(esr),
			      vcpu->arch.guest.gpr[iss_reg(esr)]);
		return EXIT_RESUME;
	}
	return finish_load(vcpu, esr, v->ops->read(v, vcpu, addr.v - v->base.v, iss_width(esr)));
}

/* With its own translation off it has run astray. */
static bool can_take_abort(const struct vcpu *vcpu)
{
	return (read_sysreg(sctlr_el1) & SCTLR_M) && !at_vectors(vcpu);
}

int arm64_exit_fetch_abort(struct vcpu *vcpu, u64 esr)
{
	gpa_t addr;
	int err;

	if (!is_stage2_fault(esr))
		return arm64_inject_external(vcpu, esr);
	if (fault_address(esr, &addr))
		return EXIT_RESUME;
	if (esr & ISS_S1PTW)
		return walk_abort(vcpu, esr, addr);
	err = vm_memory_fault(vcpu, addr, ACCESS_X);
	if (err == 0)
		return EXIT_RESUME;
	/* A board would refuse the fetch; what the guest has mapped it may know what to do about. */
	if (err == -ENODEV && can_take_abort(vcpu)) {
		vm_unclaimed(vcpu, addr, 4, false);
		return arm64_inject_external(vcpu, esr);
	}
	if (err == -ENODEV) {
		vm_crash(vcpu, "it runs at gpa %#lx (va %#lx), where it has no memory", addr.v,
			 read_sysreg(far_el2));
		return EXIT_STOP;
	}
	return fault_denied(vcpu, esr, addr, ACCESS_X, err);
}
