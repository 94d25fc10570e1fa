// SPDX-License-Identifier: Apache-2.0
/*
 * The instruction that exited: read through the guest's own page tables, and how long it is
 * where the processor does not tell (NRIPS, AMD APM vol. 2, 15.7.1).
 */
#include <lodge/errno.h>
#include <lodge/string.h>
#include <asm/cpuid.h>
#include <asm/layout.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/virt.h>
#include <asm/walk.h>

/* Default width of addresses: 8 in 64-bit mode. */
unsigned int svm_mode(const struct vmcb *vmcb)
{
	const struct vmcb_save *s = &vmcb->save;

	if (s->efer & EFER_LMA && s->cs.attrib & SEG_ATTR_L)
		return 8;
	return s->cs.attrib & SEG_ATTR_DB ? 4 : 2;
}

struct x86_paging svm_paging(const struct vmcb *vmcb)
{
	const struct vmcb_save *s = &vmcb->save;

	return (struct x86_paging){
		.cr0 = s->cr0,
		.cr3 = s->cr3,
		.cr4 = s->cr4,
		.efer = s->efer,
		.user = s->cpl == 3,
		.flags_ac = s->rflags & X86_FLAG_AC,
	};
}

static u64 linear_rip(const struct vmcb *vmcb)
{
	if (likely(svm_mode(vmcb) == 8))
		return vmcb->save.rip;
	return (u32)(vmcb->save.cs.base + vmcb->save.rip);
}

/* ---- a page of instructions ---- */

/* Whether the guest's tables say still what they said. */
static __always_inline bool walk_holds(const struct x86_walk *w)
{
	unsigned int i;

	for (i = 0; i < w->levels; i++)
		if (READ_ONCE(*w->entry[i]) != w->value[i])
			return false;
	return true;
}

/* Bits of CR0, CR4 and EFER that change how addresses are translated. */
static u64 paging_mode(const struct vmcb_save *s)
{
	return (s->cr0 & CR0_PG) | (s->cr4 & (CR4_PAE | BIT(12))) | (s->efer & EFER_LMA) << 32;
}

/* Where the page of @addr is in the host: as x86_translate(). */
static int find_page(struct vcpu *vcpu, u64 addr, struct x86_walk *w, const u8 **page)
{
	struct x86_paging p = svm_paging(vcpu->arch.vmcb);
	struct block_seg seg;
	struct x86_fault f;
	u64 at;
	int rc = x86_translate(vcpu->vm, &p, ALIGN_DOWN(addr, PAGE_SIZE), PF_I, &at, &f, w);

	if (rc != EMUL_DONE)
		return rc;
	if (vm_memory_segs(vcpu->vm, gpa(at), PAGE_SIZE, 0, &seg, 1) != 1)
		return -EFAULT;
	*page = hpa_to_kva(seg.addr);
	return EMUL_DONE;
}

static __noinline int memo_fill(struct vcpu *vcpu, u64 addr)
{
	struct fetch_memo *m = &vcpu->arch.memo;
	const struct vmcb_save *s = &vcpu->arch.vmcb->save;
	unsigned int i;
	int rc = find_page(vcpu, addr, &m->walk, &m->code);

	/* Entries of four bytes are not remembered: only what begins a kernel uses them. */
	m->page = rc == EMUL_DONE && (m->walk.wide || !m->walk.levels) ? ALIGN_DOWN(addr, PAGE_SIZE)
								       : ~0ul;
	m->cr3 = s->cr3;
	m->mode = paging_mode(s);
	m->generation = vcpu->vm->arch.memory_generation;
	/* The walk may have set A; what else changed will be seen. */
	for (i = 0; i < m->walk.levels && m->walk.wide; i++)
		m->walk.value[i] |= *m->walk.entry[i] & BIT(5);
	return rc;
}

/* The page with @addr in it, in @vcpu's memo: EMUL_DONE, or what x86_translate() says. */
static __always_inline int memo_find(struct vcpu *vcpu, u64 addr)
{
	struct fetch_memo *m = &vcpu->arch.memo;
	const struct vmcb_save *s = &vcpu->arch.vmcb->save;

	if (likely(m->page == ALIGN_DOWN(addr, PAGE_SIZE) && m->cr3 == s->cr3 &&
		   m->mode == paging_mode(s) && m->generation == vcpu->vm->arch.memory_generation &&
		   walk_holds(&m->walk)))
		return EMUL_DONE;
	return memo_fill(vcpu, addr);
}

static int report_unreadable(struct vcpu *vcpu, u64 addr)
{
	vm_crash(vcpu, "the instruction at %#lx exited, and is in no memory that can be read",
		 addr);
	return -EFAULT;
}

int svm_fetch(struct vcpu *vcpu, u8 *buf)
{
	u64 addr = linear_rip(vcpu->arch.vmcb), off = addr & (PAGE_SIZE - 1);
	unsigned int n = min(INSN_MAX + 0ul, PAGE_SIZE - off);
	const struct vmcb_control *c = &vcpu->arch.vmcb->control;
	struct x86_walk w;
	const u8 *page;
	int rc;

	if (cpu_features.svm & CPUID_SVM_EDX_DECODE_ASSISTS && c->exitcode == VMEXIT_NPF &&
	    c->fetched_bytes >= INSN_MAX) {
		memcpy(buf, c->fetched, INSN_MAX);
		return INSN_MAX;
	}
	rc = memo_find(vcpu, addr);
	if (rc < 0)
		return report_unreadable(vcpu, addr);
	if (rc != EMUL_DONE)
		return 0;
	memcpy(buf, vcpu->arch.memo.code + off, n);
	if (likely(n == INSN_MAX))
		return INSN_MAX;
	/* It may end on this page: the next one is looked at if it is there. */
	if (find_page(vcpu, addr + n, &w, &page) != EMUL_DONE)
		return (int)n;
	memcpy(buf + n, page, INSN_MAX - n);
	return INSN_MAX;
}

/* ---- its length ---- */

int svm_decode(struct vcpu *vcpu, struct insn *i)
{
	u8 buf[INSN_MAX];
	int n = svm_fetch(vcpu, buf);

	if (n <= 0)
		return n ? n : 1;
	/* What is not an instruction now was one when it exited: somebody has changed it. */
	return insn_decode(i, buf, (unsigned int)n, svm_mode(vcpu->arch.vmcb)) ? 1 : 0;
}

/* What compilers and kernels write, without prefixes: compared before anything is decoded. */
struct plain {
	u32 bytes, mask;
	int length;
};

static const struct plain plain[NR_INSN_OPS] = {
	[INSN_CPUID] = { 0xa20f, 0xffff, 2 },	    [INSN_HLT] = { 0xf4, 0xff, 1 },
	[INSN_RDMSR] = { 0x320f, 0xffff, 2 },	    [INSN_WRMSR] = { 0x300f, 0xffff, 2 },
	[INSN_VMMCALL] = { 0xd9010f, 0xffffff, 3 },
};

static __noinline int decoded_length(struct vcpu *vcpu, enum insn_op op)
{
	struct insn i;
	int rc = svm_decode(vcpu, &i);

	if (rc)
		return rc < 0 ? rc : 0;
	return i.op == op ? i.length : 0;
}

int svm_insn_length(struct vcpu *vcpu, enum insn_op op)
{
	struct vmcb *vmcb = vcpu->arch.vmcb;
	u64 addr = linear_rip(vmcb), off = addr & (PAGE_SIZE - 1);
	const struct plain *p = &plain[op];
	u32 bytes;

	if (cpu_features.svm & CPUID_SVM_EDX_NRIPS && vmcb->control.nrip)
		return (int)(vmcb->control.nrip - vmcb->save.rip);
	if (likely(p->length && off <= PAGE_SIZE - 4 && memo_find(vcpu, addr) == EMUL_DONE)) {
		memcpy(&bytes, vcpu->arch.memo.code + off, 4);
		if (likely((bytes & p->mask) == p->bytes))
			return p->length;
	}
	return decoded_length(vcpu, op);
}

void svm_skip(struct vcpu *vcpu, unsigned int length)
{
	struct vmcb *vmcb = vcpu->arch.vmcb;
	unsigned int mode = svm_mode(vmcb);

	vmcb->save.rip += length;
	if (unlikely(mode != 8))
		vmcb->save.rip &= width_mask(mode);
	vmcb->control.interrupt_shadow = 0;
	if (unlikely(vmcb->save.rflags & (X86_FLAG_TF | X86_FLAG_RF))) {
		vmcb->save.rflags &= ~X86_FLAG_RF;
		if (vmcb->save.rflags & X86_FLAG_TF)
			svm_single_step(vcpu);
	}
}
