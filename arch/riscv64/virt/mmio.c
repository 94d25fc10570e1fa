// SPDX-License-Identifier: Apache-2.0
/*
 * Guest-page faults: memory that is not there yet, or a device. What the instruction
 * does is in htinst, or is fetched from the guest where that is 0 (H extension 1.0,
 * "Transformed instruction or pseudoinstruction for mtinst or htinst").
 */
#include <lodge/errno.h>
#include <lodge/vdev.h>
#include <asm/csr.h>
#include <asm/decode.h>
#include <asm/resume.h>
#include <asm/virt.h>

/*
 * The hart can fetch the handler of an exception that its fetch at pc causes: not that of the
 * handler itself, which would be taken for ever.
 */
static bool can_take_fetch_fault(const struct vcpu *vcpu)
{
	return vcpu->arch.guest.pc != (csr_read(CSR_VSTVEC) & ~3ul);
}

/*
 * The access-fault exception for an access whose walk failed. scause has the type of the original
 * access (H extension 1.0, 9.5.2); QEMU says load of all of them, so the instruction is looked at:
 * if its own walk fails it was the fetch.
 */
static u64 walk_cause(struct vcpu *vcpu, u64 cause, u64 va)
{
	struct insn i;
	u32 raw;
	int err;

	if (cause == CAUSE_FETCH_GUEST_PF)
		return CAUSE_FETCH_ACCESS;
	if (cause == CAUSE_STORE_GUEST_PF)
		return CAUSE_STORE_ACCESS;
	err = riscv_fetch_insn(vcpu, vcpu->arch.guest.pc, &raw);
	if (err == -EFAULT && va - vcpu->arch.guest.pc < sizeof(raw))
		return CAUSE_FETCH_ACCESS;
	if (err)
		return CAUSE_LOAD_ACCESS;
	i = insn_decode(raw);
	return i.write || i.kind == INSN_CACHE ? CAUSE_STORE_ACCESS : CAUSE_LOAD_ACCESS;
}

/*
 * The walk of the guest's own page tables accesses @addr, which can't be mapped: @err. Where
 * there is no memory, or memory that A and D bits can't be written to, a board raises an
 * access-fault exception of the original access's type, and stval has its virtual address
 * (privileged architecture, 4.3.2, steps 2 and 9).
 */
static int implicit_fault(struct vcpu *vcpu, gpa_t addr, int err, bool write)
{
	u64 va = csr_read(CSR_STVAL), cause;

	if (err == -ENOMEM) {
		vm_memory_crash(vcpu, addr, write ? ACCESS_W : ACCESS_R, err);
		return EXIT_STOP;
	}
	cause = walk_cause(vcpu, csr_read(CSR_SCAUSE), va);
	if (cause == CAUSE_FETCH_ACCESS && !can_take_fetch_fault(vcpu)) {
		vm_crash(
			vcpu,
			"the page-table walk for its trap vector (va %#lx) reads gpa %#lx, where it has no memory",
			va, addr.v);
		return EXIT_STOP;
	}
	vm_unclaimed(vcpu, addr, sizeof(u64), write);
	riscv_inject(vcpu, cause, va);
	return EXIT_RESUME;
}

static int fault_denied(struct vcpu *vcpu, gpa_t addr, u32 access, int err)
{
	if (err == -EACCES) {
		/* As a board with such memory would answer. */
		riscv_inject(vcpu,
			     access == ACCESS_X	  ? CAUSE_FETCH_ACCESS
			     : access == ACCESS_W ? CAUSE_STORE_ACCESS
						  : CAUSE_LOAD_ACCESS,
			     csr_read(CSR_STVAL));
		return EXIT_RESUME;
	}
	vm_memory_crash(vcpu, addr, access, err);
	return EXIT_STOP;
}

static __noinline int device_access(struct vcpu *vcpu, gpa_t addr, u64 htinst, bool write);

/* A data access: memory first to be made, then a device. */
static int data_fault(struct vcpu *vcpu, gpa_t addr, u64 htinst, bool write)
{
	u32 access = write ? ACCESS_W : ACCESS_R;
	bool reads_pte = htinst == HTINST_PTE_READ64 || htinst == HTINST_PTE_READ32;
	bool writes_pte = htinst == HTINST_PTE_WRITE64 || htinst == HTINST_PTE_WRITE32;
	bool implicit = reads_pte || writes_pte;
	/* A walk reads, whatever it is for, but where it sets A and D bits. */
	int err = vm_memory_fault(vcpu, addr,
				  reads_pte    ? ACCESS_R
				  : writes_pte ? ACCESS_W
					       : access);

	if (err == 0)
		return EXIT_RESUME;
	if (implicit)
		return implicit_fault(vcpu, addr, err, writes_pte);
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
 * Drivers repeat themselves, so what their instructions mean is remembered, in a place
 * that depends on where they are and under the word itself, which is looked at every time.
 */
static __always_inline struct insn_memo *memo_slot(struct vcpu *vcpu)
{
	return &vcpu->arch.memo[vcpu->arch.guest.pc >> 1 & (INSN_MEMOS - 1)];
}

/* In a memo, htinst is no raw instruction: a short one is written as a long one there. */
static __always_inline u64 htinst_key(u64 htinst)
{
	return htinst | BIT(32);
}

/* @i as the memo has it: with what emulate_load() wants to know. */
static void memo_fill(struct vcpu *vcpu, u64 key, struct insn i)
{
	struct insn_memo *m = memo_slot(vcpu);

	m->key = key;
	m->kind = i.kind;
	m->width = i.width;
	m->sign = i.sign;
	m->reg = i.reg;
	m->length = i.length;
	m->shift = 64 - 8 * i.width;
}

static int decode(struct vcpu *vcpu, u64 htinst, struct insn *i)
{
	u32 raw;
	int err;

	if (htinst) {
		*i = insn_from_htinst(htinst);
		memo_fill(vcpu, htinst_key(htinst), *i);
		return 0;
	}
	err = riscv_fetch_insn(vcpu, vcpu->arch.guest.pc, &raw);
	if (err)
		return err;
	*i = insn_decode(raw);
	/* Not what is behind a short instruction: the next look might not see it. */
	memo_fill(vcpu, raw, *i);
	return 0;
}

/* s0, s1 and s2 to s11: switch.S keeps them in the hart. */
#define PRESERVED_REGS 0x0ffc0300ul

/* Puts what a device returned into the register, and goes on behind the instruction. */
static __always_inline int finish_load(struct vcpu *vcpu, const struct insn_memo *m, u64 val)
{
	unsigned int reg = m->reg;

	val <<= m->shift;
	val = m->sign ? (u64)((s64)val >> m->shift) : val >> m->shift;
	if (reg)
		vcpu->arch.guest.gpr[reg] = val;
	vcpu->arch.guest.pc += m->length;
	return PRESERVED_REGS >> reg & 1 ? RISCV_RESUME_RELOAD : EXIT_RESUME;
}

/* Whether up to 8 bytes at @addr can reach over the end of a page, or be the rest of such. */
static __always_inline bool is_near_edge(gpa_t addr)
{
	return ((addr.v + 7) >> 3 & (PAGE_SIZE / 8 - 1)) == 0;
}

/*
 * 1 if an access of @width at @addr is one of two pages. It faults for the part that is on a device,
 * and what the other page is only the guest's tables say. In QEMU's htinst the address offset is not
 * that of the part, so the instruction is looked at.
 */
static int crosses_page(struct vcpu *vcpu, gpa_t addr, unsigned int width)
{
	u64 off = addr.v & (PAGE_SIZE - 1);
	u32 raw;
	int err;

	if (likely(!is_near_edge(addr)) || width == 1)
		return 0;
	if (off)
		return off + width > PAGE_SIZE;
	err = riscv_fetch_insn(vcpu, vcpu->arch.guest.pc, &raw);
	if (err)
		return err;
	return (insn_address(raw, vcpu->arch.guest.gpr) & (PAGE_SIZE - 1)) != 0;
}

static int device_access(struct vcpu *vcpu, gpa_t addr, u64 htinst, bool write)
{
	struct insn i;
	u64 val;
	int rc = decode(vcpu, htinst, &i);

	if (rc)
		return riscv_fetch_failed(vcpu, rc);
	if (i.kind == INSN_IMPLICIT)
		return implicit_fault(vcpu, addr, -ENODEV, write);
	if (i.kind != (write ? INSN_STORE : INSN_LOAD))
		return refuse(vcpu, addr, i, write);
	rc = crosses_page(vcpu, addr, i.width);
	if (unlikely(rc))
		return rc < 0 ? riscv_fetch_failed(vcpu, rc) : refuse(vcpu, addr, i, write);
	if (write) {
		/* gpr[0] is never written: it is 0. */
		if (!vm_mmio_write(vcpu, addr, i.width, vcpu->arch.guest.gpr[i.reg]))
			vm_unclaimed(vcpu, addr, i.width, true);
		vcpu->arch.guest.pc += i.length;
	} else {
		if (!vm_mmio_read(vcpu, addr, i.width, &val))
			vm_unclaimed(vcpu, addr, i.width, false);
		return finish_load(vcpu, memo_slot(vcpu), val);
	}
	return EXIT_RESUME;
}

/* What the instruction at pc means, if it is remembered and is one of @kind; else NULL. */
static __always_inline const struct insn_memo *quick_decode(struct vcpu *vcpu, u64 htinst,
							    unsigned int kind)
{
	const struct insn_memo *m = memo_slot(vcpu);
	u64 key = htinst ? htinst_key(htinst) : riscv_peek_insn(vcpu->arch.guest.pc, m->length);

	return likely(m->key == key) && likely(m->kind == kind) ? m : NULL;
}

/*
 * The long way, once quick_decode() had no answer. Where its look at the instruction
 * faulted, that trap came from the host: it took V and the guest's privilege out of
 * hstatus.SPV and sstatus.SPP, with which the guest is entered again, and left its own cause
 * behind. SPVP has the privilege still (H extension 1.0, hstatus).
 */
static __noinline int slow_access(struct vcpu *vcpu, gpa_t addr, u64 htinst, u64 stval, bool write)
{
	if (!htinst) {
		csr_set(CSR_HSTATUS, HSTATUS_SPV);
		if (csr_read(CSR_HSTATUS) & HSTATUS_SPVP)
			csr_set(CSR_SSTATUS, SSTATUS_SPP);
		else
			csr_clear(CSR_SSTATUS, SSTATUS_SPP);
		csr_write(CSR_SCAUSE, write ? CAUSE_STORE_GUEST_PF : CAUSE_LOAD_GUEST_PF);
		csr_write(CSR_STVAL, stval);
		csr_write(CSR_HTVAL, addr.v >> 2);
		csr_write(CSR_HTINST, 0);
	}
	return device_access(vcpu, addr, htinst, write);
}

int riscv_exit_load(struct vcpu *vcpu)
{
	u64 htval = csr_read(CSR_HTVAL) << 2, htinst = csr_read(CSR_HTINST);
	u64 stval = csr_read(CSR_STVAL);
	gpa_t addr = gpa(htval | (stval & 3));
	struct vdev *v = vdev_quick(vcpu, addr);
	const struct insn_memo *m;

	vcpu->exits[CAUSE_LOAD_GUEST_PF]++;
	vcpu_record_exit(vcpu, CAUSE_LOAD_GUEST_PF, vcpu->arch.guest.pc, htval);
	if (unlikely(!v))
		return data_fault(vcpu, addr, htinst, false);
	m = quick_decode(vcpu, htinst, INSN_LOAD);
	if (unlikely(!m) || (unlikely(is_near_edge(addr)) && m->width > 1))
		return slow_access(vcpu, addr, htinst, stval, false);
	return finish_load(vcpu, m, v->ops->read(v, vcpu, addr.v - v->base.v, m->width));
}

int riscv_exit_store(struct vcpu *vcpu)
{
	u64 htval = csr_read(CSR_HTVAL) << 2, htinst = csr_read(CSR_HTINST);
	u64 stval = csr_read(CSR_STVAL);
	gpa_t addr = gpa(htval | (stval & 3));
	struct vdev *v = vdev_quick(vcpu, addr);
	const struct insn_memo *m;

	vcpu->exits[CAUSE_STORE_GUEST_PF]++;
	vcpu_record_exit(vcpu, CAUSE_STORE_GUEST_PF, vcpu->arch.guest.pc, htval);
	if (unlikely(!v))
		return data_fault(vcpu, addr, htinst, true);
	m = quick_decode(vcpu, htinst, INSN_STORE);
	if (unlikely(!m) || (unlikely(is_near_edge(addr)) && m->width > 1))
		return slow_access(vcpu, addr, htinst, stval, true);
	vcpu->arch.guest.pc += m->length;
	v->ops->write(v, vcpu, addr.v - v->base.v, m->width, vcpu->arch.guest.gpr[m->reg]);
	return EXIT_RESUME;
}

int riscv_exit_fetch(struct vcpu *vcpu)
{
	gpa_t addr = riscv_fault_gpa(csr_read(CSR_HTVAL), csr_read(CSR_STVAL));
	u64 htinst = csr_read(CSR_HTINST);
	bool writes_pte = htinst == HTINST_PTE_WRITE64 || htinst == HTINST_PTE_WRITE32;
	int err;

	err = vm_memory_fault(vcpu, addr, writes_pte ? ACCESS_W : htinst ? ACCESS_R : ACCESS_X);
	if (err == 0)
		return EXIT_RESUME;
	if (htinst)
		return implicit_fault(vcpu, addr, err, writes_pte);
	/* A board would refuse the fetch; what the guest has mapped it may know what to do about. */
	if (err == -ENODEV && csr_read(CSR_VSATP) && can_take_fetch_fault(vcpu)) {
		vm_unclaimed(vcpu, addr, sizeof(u16), false);
		riscv_inject(vcpu, CAUSE_FETCH_ACCESS, csr_read(CSR_STVAL));
		return EXIT_RESUME;
	}
	if (err == -ENODEV) {
		vm_crash(vcpu, "it runs at gpa %#lx (va %#lx), where it has no memory", addr.v,
			 csr_read(CSR_STVAL));
		return EXIT_STOP;
	}
	return fault_denied(vcpu, addr, ACCESS_X, err);
}
