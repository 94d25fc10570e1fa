// SPDX-License-Identifier: Apache-2.0
/* The emulator's registers are a vCPU's, its memory a VM's RAM and devices. */
#include <lodge/errno.h>
#include <lodge/string.h>
#include <asm/cpuid.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/virt.h>
#include <asm/walk.h>

/**
 * struct machine - an emulator with what its callbacks need
 * @fault_gpa: the address whose access exited: the one operand's, where there is but one;
 *	       ~0 if it is not known
 * @store:     that access was a store
 */
struct machine {
	struct emul e;
	struct vcpu *vcpu;
	u64 fault_gpa;
	bool store;
};

static struct machine *to_machine(struct emul *e)
{
	return container_of(e, struct machine, e);
}

/* ---- physical memory ---- */

/* An access that crosses a page is of two pieces. */
struct piece {
	gpa_t at;
	unsigned int len;
};

/*
 * Where @at is in the vCPU's own page of its local APIC, if that was moved there: in front of whatever
 * else is there but memory. Behind it if it is elsewhere.
 */
static u64 apic_offset(const struct vcpu *vcpu, gpa_t at)
{
	return at.v - vcpu->arch.apic_page;
}

void x86_set_apic_page(struct vcpu *vcpu, u64 page)
{
	vcpu->arch.apic_page = page;
	/* Devices that were quick to be found may be behind it now. */
	memset(vcpu->vdev_cache, 0, sizeof(vcpu->vdev_cache));
}

/* @len is a power of two up to 8. */
static u64 device_read_once(struct vcpu *vcpu, gpa_t at, unsigned int len)
{
	u64 val = 0, apic = apic_offset(vcpu, at);

	if (unlikely(apic < PAGE_SIZE))
		return vlapic_page_read(vcpu->arch.lapic, apic, len);
	if (!vm_mmio_read(vcpu, at, len, &val))
		vm_unclaimed(vcpu, at, len, false);
	return val;
}

static void device_write_once(struct vcpu *vcpu, gpa_t at, unsigned int len, u64 val)
{
	u64 apic = apic_offset(vcpu, at);

	if (unlikely(apic < PAGE_SIZE))
		vlapic_page_write(vcpu->arch.lapic, apic, len, val);
	else if (!vm_mmio_write(vcpu, at, len, val))
		vm_unclaimed(vcpu, at, len, true);
}

/* @len is any up to 8: what is no power of two is read from devices byte by byte. */
static u64 device_read(struct vcpu *vcpu, gpa_t at, unsigned int len)
{
	unsigned int i, step = (len & (len - 1)) == 0 ? len : 1;
	u64 val = 0;

	for (i = 0; i < len; i += step)
		val |= device_read_once(vcpu, gpa(at.v + i), step) << (8 * i);
	return val;
}

static void device_write(struct vcpu *vcpu, gpa_t at, unsigned int len, u64 val)
{
	unsigned int i, step = (len & (len - 1)) == 0 ? len : 1;

	for (i = 0; i < len; i += step)
		device_write_once(vcpu, gpa(at.v + i), step,
				  step == len ? val : val >> (8 * i) & 0xff);
}

static int piece_read(struct vcpu *vcpu, const struct piece *p, u64 *val)
{
	int err;

	*val = 0;
	err = guest_read(vcpu->vm, val, p->at, p->len);
	if (err != -EFAULT)
		return err;
	*val = device_read(vcpu, p->at, p->len);
	return 0;
}

static int piece_write(struct vcpu *vcpu, const struct piece *p, u64 val)
{
	int err = guest_write(vcpu->vm, p->at, &val, p->len);

	if (err == -EFAULT) {
		device_write(vcpu, p->at, p->len, val);
		return 0;
	}
	if (err != -EACCES)
		return err;
	/* A board's ROM does not mind. */
	vm_unclaimed(vcpu, p->at, p->len, true);
	return 0;
}

/* ---- linear memory ---- */

/* Where [addr, addr + width) is: one piece or two; EMUL_DONE, or as x86_translate(). */
static int locate(struct machine *m, u64 addr, unsigned int width, u32 access, struct piece *p)
{
	struct x86_paging paging;
	unsigned int left = PAGE_SIZE - (addr & (PAGE_SIZE - 1)), i, n;
	u64 at;
	int rc;

	p[1].len = 0;
	if (m->fault_gpa != ~0ul && width <= left && !((addr ^ m->fault_gpa) & (PAGE_SIZE - 1))) {
		p[0] = (struct piece){ gpa(m->fault_gpa), width };
		return EMUL_DONE;
	}
	paging = x86_guest_paging(m->vcpu);
	for (i = 0; width; i++, addr += n, width -= n) {
		n = min(width, left);
		rc = x86_translate(m->vcpu->vm, &paging, addr, access, &at, &m->e.fault, NULL);
		if (rc != EMUL_DONE)
			return rc;
		p[i] = (struct piece){ gpa(at), n };
		left = PAGE_SIZE;
	}
	return EMUL_DONE;
}

static int check(struct emul *e, u64 addr, unsigned int width, enum emul_access why)
{
	struct piece p[2];

	return locate(to_machine(e), addr, width, why == EMUL_READ ? 0 : PF_W, p);
}

static int read(struct emul *e, u64 addr, unsigned int width, enum emul_access why, u64 *val)
{
	struct machine *m = to_machine(e);
	struct piece p[2];
	u64 high;
	int rc = locate(m, addr, width, why == EMUL_READ ? 0 : PF_W, p);

	if (rc == EMUL_DONE)
		rc = piece_read(m->vcpu, &p[0], val);
	if (rc || !p[1].len)
		return rc;
	rc = piece_read(m->vcpu, &p[1], &high);
	*val |= high << (8 * p[0].len);
	return rc;
}

static int write(struct emul *e, u64 addr, unsigned int width, u64 val)
{
	struct machine *m = to_machine(e);
	struct piece p[2];
	int rc = locate(m, addr, width, PF_W, p);

	if (rc == EMUL_DONE)
		rc = piece_write(m->vcpu, &p[0], val & width_mask(p[0].len));
	if (rc || !p[1].len)
		return rc;
	return piece_write(m->vcpu, &p[1], val >> (8 * p[0].len));
}

/* ---- ports ---- */

static int in(struct emul *e, u16 port, unsigned int width, u64 *val)
{
	struct vcpu *vcpu = to_machine(e)->vcpu;

	if (!vm_port_read(vcpu, port, width, val))
		vm_port_unclaimed(vcpu, port, width, false);
	return EMUL_DONE;
}

static int out(struct emul *e, u16 port, unsigned int width, u64 val)
{
	struct vcpu *vcpu = to_machine(e)->vcpu;

	if (!vm_port_write(vcpu, port, width, val))
		vm_port_unclaimed(vcpu, port, width, true);
	return EMUL_DONE;
}

/* ---- vector registers ---- */

static void vector_read(struct emul *e, unsigned int reg, u64 *val)
{
	x86_vector_read(to_machine(e)->vcpu, reg, val);
}

static void vector_write(struct emul *e, unsigned int reg, const u64 *val, bool whole)
{
	x86_vector_write(to_machine(e)->vcpu, reg, val, whole);
}

static const struct emul_ops ops = {
	.check = check,
	.read = read,
	.write = write,
	.in = in,
	.out = out,
	.vector_read = vector_read,
	.vector_write = vector_write,
};

/* ---- the whole ---- */

/* What can't be emulated on a device's registers is told, and an invalid opcode to the guest. */
static int refuse(struct machine *m, const struct insn *i)
{
	struct vcpu *vcpu = m->vcpu;

	if (m->fault_gpa != ~0ul)
		vm_unclaimed(vcpu, gpa(m->fault_gpa), i->width, m->store);
	x86_inject(vcpu, X86_UD);
	return EXIT_RESUME;
}

static int finish(struct machine *m, const struct insn *i, int rc)
{
	struct vcpu *vcpu = m->vcpu;
	/* Each iteration of a repeated string is a step (AMD APM vol. 2, 13.1.4). */
	bool stepped = (rc == EMUL_DONE || rc == EMUL_PART) && m->e.rflags & X86_FLAG_TF;

	x86_set_reg(vcpu, X86_RSP, vcpu->arch.guest.gpr[GPR_RSP]);
	if (rc == -EOPNOTSUPP)
		return refuse(m, i);
	x86_set_reg(vcpu, X86_RFLAGS, m->e.rflags);
	if (rc == EMUL_DONE) {
		x86_set_reg(vcpu, X86_RIP, m->e.rip);
		x86_end_shadow(vcpu);
	} else if (rc == EMUL_FAULT) {
		x86_inject_fault(vcpu, &m->e.fault);
	} else if (rc < 0) {
		vm_crash(
			vcpu,
			"the instruction at %#lx uses page tables or data where the VM has no memory",
			x86_reg(vcpu, X86_RIP));
		return EXIT_STOP;
	}
	if (unlikely(stepped))
		x86_single_step(vcpu);
	return EXIT_RESUME;
}

/* What few instructions need to know. */
static __noinline void prepare_rare(struct machine *m, struct insn *i)
{
	struct arch_vcpu *a = &m->vcpu->arch;

	/* These have two operands, one of them a stack: which of them it was is not known. */
	if (insn_is_string(i->op) || (i->op >= INSN_PUSH && i->op <= INSN_LEAVE))
		m->fault_gpa = ~0ul;
	m->e.cr0 = x86_reg(m->vcpu, X86_CR0);
	m->e.cr4 = x86_cr4(m->vcpu);
	if (i->op == INSN_VMOVE) {
		x86_fpu_put(m->vcpu);
		m->e.xcr0 = a->guest.xcr0;
	}
	if (i->op == INSN_MOV_FROM_SEG)
		x86_sync_segments(m->vcpu);
	/* Where these are not known, their prefix means nothing. */
	if (i->op == INSN_TZCNT && !(cpuid(7, 0).ebx & CPUID_7_EBX_BMI1))
		i->op = INSN_BSF;
	if (i->op == INSN_LZCNT && !(cpuid(0x80000001, 0).ecx & CPUID_EXT_ECX_LZCNT))
		i->op = INSN_BSR;
}

int x86_emulate(struct vcpu *vcpu, u64 addr, bool store)
{
	struct arch_vcpu *a = &vcpu->arch;
	struct machine m = {
		.e = { .ops = &ops,
		       .gpr = a->guest.gpr,
		       .seg = x86_segments(vcpu),
		       .rip = x86_reg(vcpu, X86_RIP),
		       .rflags = x86_reg(vcpu, X86_RFLAGS) },
		.vcpu = vcpu,
		.fault_gpa = addr,
		.store = store,
	};
	struct insn i;
	int rc = x86_decode(vcpu, &i);

	if (unlikely(rc))
		return rc < 0 ? EXIT_STOP : EXIT_RESUME;
	m.e.mode = x86_mode(vcpu);
	m.e.protected_mode = x86_reg(vcpu, X86_CR0) & CR0_PE && !(m.e.rflags & X86_FLAG_VM);
	m.e.va_bits = x86_va_bits(x86_reg(vcpu, X86_CR4));
	a->guest.gpr[GPR_RSP] = x86_reg(vcpu, X86_RSP);
	if (unlikely(i.op > INSN_BTC))
		prepare_rare(&m, &i);
	if (unlikely(i.seg >= SEG_FS))
		x86_sync_segments(vcpu);
	return finish(&m, &i, emul_execute(&m.e, &i));
}
