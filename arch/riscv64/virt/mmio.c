/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guest-page faults: memory that is not there yet, or a device. What the instruction
 * does is in htinst, or is fetched from the guest where that is 0 (H extension 1.0,
 * "Transformed instruction or pseudoinstruction for mtinst or htinst").
 */
#include <lodge/errno.h>
#include <asm/csr.h>
#include <asm/decode.h>
#include <asm/virt.h>

static const char *access_name(u32 access)
{
	return access == ACCESS_X ? "fetch" : access == ACCESS_W ? "store" : "load";
}

/* The guest's own page tables lie where there is no memory: it can't go on. */
static int implicit_fault(struct vcpu *vcpu, gpa_t addr)
{
	vm_crash(vcpu, "its page-table walk for va %#lx reads gpa %#lx, where it has no memory",
		 csr_read(CSR_STVAL), addr.v);
	return EXIT_STOP;
}

static int fault_denied(struct vcpu *vcpu, gpa_t addr, u32 access, int err)
{
	if (err == -EACCES) {
		/* As a board with such memory would answer. */
		riscv_inject(vcpu,
			     access == ACCESS_X ? CAUSE_FETCH_ACCESS :
			     access == ACCESS_W ? CAUSE_STORE_ACCESS :
						  CAUSE_LOAD_ACCESS,
			     csr_read(CSR_STVAL));
		return EXIT_RESUME;
	}
	if (err == -ENOMEM)
		vm_crash(vcpu, "no memory left for its page at gpa %#lx (%s)", addr.v,
			 access_name(access));
	else
		vm_crash(vcpu, "its %s at gpa %#lx can't be mapped", access_name(access), addr.v);
	return EXIT_STOP;
}

static __noinline int device_access(struct vcpu *vcpu, gpa_t addr, u64 htinst, bool write);

/* A data access: memory first to be made, then a device. */
static int data_fault(struct vcpu *vcpu, gpa_t addr, u64 htinst, bool write)
{
	u32 access = write ? ACCESS_W : ACCESS_R;
	bool implicit = (u32)htinst == HTINST_PTE_READ64 || (u32)htinst == HTINST_PTE_WRITE64 ||
			(u32)htinst == HTINST_PTE_READ32 || (u32)htinst == HTINST_PTE_WRITE32;
	int err = vm_memory_fault(vcpu, addr, implicit ? ACCESS_R : access);

	if (err == 0)
		return EXIT_RESUME;
	if (implicit)
		return implicit_fault(vcpu, addr);
	if (err != -ENODEV)
		return fault_denied(vcpu, addr, access, err);
	return device_access(vcpu, addr, htinst, write);
}

/* What can't be emulated on a device's registers; a board refuses it as well. */
static int refuse(struct vcpu *vcpu, gpa_t addr, struct insn i, bool write)
{
	vm_unclaimed(vcpu, addr, i.width ? i.width : 1, write);
	riscv_inject(vcpu, write ? CAUSE_STORE_ACCESS : CAUSE_LOAD_ACCESS, csr_read(CSR_STVAL));
	return EXIT_RESUME;
}

/*
 * What is at the guest's pc. Drivers repeat themselves, so what a few instruction words
 * mean is remembered: by the word itself, which is fetched every time.
 */
static __always_inline int decode_at_pc(struct vcpu *vcpu, struct insn *out)
{
	u64 pc = vcpu->arch.pc;
	struct insn_memo *m = &vcpu->arch.memo[pc >> 1 & (INSN_MEMOS - 1)];
	u32 raw;
	int err = riscv_fetch_insn(vcpu, pc, &raw);

	if (unlikely(err))
		return err;
	if (unlikely(m->raw != raw)) {
		m->insn = insn_decode(raw);
		m->raw = raw;
	}
	*out = m->insn;
	return 0;
}

/* The access of @i to the device @v, which has all of it at @off. */
static __always_inline void emulate(struct vcpu *vcpu, struct vdev *v, u64 off, struct insn i)
{
	u64 val;

	if (i.kind == INSN_LOAD) {
		val = v->ops->read(v, vcpu, off, i.width);
		if (i.reg)
			vcpu->arch.gpr[i.reg] = insn_load_value(i, val);
	} else {
		/* gpr[0] is never written: it is 0. */
		v->ops->write(v, vcpu, off, i.width, vcpu->arch.gpr[i.reg]);
	}
	vcpu->arch.pc += i.length;
}

static __always_inline int decode_access(struct vcpu *vcpu, u64 htinst, struct insn *i)
{
	if (htinst == 0)
		return decode_at_pc(vcpu, i);
	*i = insn_from_htinst(htinst);
	return 0;
}

static int device_access(struct vcpu *vcpu, gpa_t addr, u64 htinst, bool write)
{
	struct insn i;
	struct vdev *v;
	int err = decode_access(vcpu, htinst, &i);

	if (err)
		return err == -EAGAIN ? EXIT_RESUME : err;
	if (i.kind == INSN_IMPLICIT)
		return implicit_fault(vcpu, addr);
	if (i.kind != (write ? INSN_STORE : INSN_LOAD))
		return refuse(vcpu, addr, i, write);
	v = vdev_at(vcpu, addr, i.width);
	if (v) {
		emulate(vcpu, v, addr.v - v->base.v, i);
		return EXIT_RESUME;
	}
	vm_unclaimed(vcpu, addr, i.width, write);
	if (!write && i.reg)
		vcpu->arch.gpr[i.reg] = insn_load_value(i, ~0ul);
	vcpu->arch.pc += i.length;
	return EXIT_RESUME;
}

/* An access to the device that this vCPU used last: most faults of a running guest. */
static __always_inline int memory_exit(struct vcpu *vcpu, bool write)
{
	gpa_t addr = riscv_fault_gpa(csr_read(CSR_HTVAL), csr_read(CSR_STVAL));
	u64 htinst = csr_read(CSR_HTINST), off;
	struct vdev *v = vcpu->last_vdev;
	struct insn i;

	if (unlikely(!v))
		return data_fault(vcpu, addr, htinst, write);
	off = addr.v - v->base.v;
	/* The widest access fits from here; the device's last bytes take the other way. */
	if (unlikely(off >= v->size - 7))
		return data_fault(vcpu, addr, htinst, write);
	if (unlikely(decode_access(vcpu, htinst, &i)) ||
	    unlikely(i.kind != (write ? INSN_STORE : INSN_LOAD)))
		return device_access(vcpu, addr, htinst, write);
	emulate(vcpu, v, off, i);
	return EXIT_RESUME;
}

int riscv_exit_load(struct vcpu *vcpu)
{
	return memory_exit(vcpu, false);
}

int riscv_exit_store(struct vcpu *vcpu)
{
	return memory_exit(vcpu, true);
}

int riscv_exit_fetch(struct vcpu *vcpu)
{
	gpa_t addr = riscv_fault_gpa(csr_read(CSR_HTVAL), csr_read(CSR_STVAL));
	u64 htinst = csr_read(CSR_HTINST);
	int err;

	err = vm_memory_fault(vcpu, addr, htinst ? ACCESS_R : ACCESS_X);
	if (err == 0)
		return EXIT_RESUME;
	if (htinst)
		return implicit_fault(vcpu, addr);
	if (err == -ENODEV) {
		vm_crash(vcpu, "it runs at gpa %#lx (va %#lx), where it has no memory", addr.v,
			 csr_read(CSR_STVAL));
		return EXIT_STOP;
	}
	return fault_denied(vcpu, addr, ACCESS_X, err);
}
