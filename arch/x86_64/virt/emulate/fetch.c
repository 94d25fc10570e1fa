// SPDX-License-Identifier: Apache-2.0
/*
 * The instruction that exited: read through the guest's own page tables, and how long it is
 * where the processor does not tell (NRIPS, AMD APM vol. 2, 15.7.1).
 */
#include <lodge/arch_virt.h>
#include <lodge/errno.h>
#include <lodge/string.h>
#include <asm/cpuid.h>
#include <asm/layout.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/walk.h>
#include "fetch.h"

struct x86_paging x86_guest_paging(const struct vcpu *vcpu)
{
	return (struct x86_paging){
		.cr0 = x86_reg(vcpu, X86_CR0),
		.cr3 = x86_reg(vcpu, X86_CR3),
		.cr4 = x86_reg(vcpu, X86_CR4),
		.efer = x86_reg(vcpu, X86_EFER),
		.user = x86_cpl(vcpu) == 3,
		.flags_ac = x86_reg(vcpu, X86_RFLAGS) & X86_FLAG_AC,
	};
}

static u64 linear_rip(const struct vcpu *vcpu)
{
	u64 rip = x86_reg(vcpu, X86_RIP);

	return likely(x86_mode(vcpu) == 8) ? rip : (u32)(x86_segment(vcpu, SEG_CS)->base + rip);
}

/* ---- a page of instructions ---- */

/* Where the page of @addr is in the host: as x86_translate(). */
static int find_page(struct vcpu *vcpu, u64 addr, struct x86_walk *w, const u8 **page)
{
	struct x86_paging p = x86_guest_paging(vcpu);
	struct block_seg seg;
	struct x86_fault f;
	u64 at;
	int rc;

	/* The end of an instruction may be the end of addresses: there is no page behind it. */
	if (x86_mode(vcpu) == 8 && !x86_canonical(addr, x86_va_bits(p.cr4)))
		return EMUL_FAULT;
	rc = x86_translate(vcpu->vm, &p, ALIGN_DOWN(addr, PAGE_SIZE), PF_I, &at, &f, w);
	if (rc != EMUL_DONE)
		return rc;
	if (vm_memory_segs(vcpu->vm, gpa(at), PAGE_SIZE, ACCESS_X, &seg, 1) != 1)
		return -EFAULT;
	*page = hpa_to_kva(seg.addr);
	return EMUL_DONE;
}

/* Entries of four bytes are not remembered: only what begins a kernel uses them. */
static void memo_fill(struct vcpu *vcpu, u64 addr, u64 generation, const struct x86_walk *w,
		      const u8 *page)
{
	static const u64 constant;
	struct fetch_memo *m = &vcpu->arch.fetch;
	const struct x86_seg *cs = x86_segment(vcpu, SEG_CS);
	unsigned int i;

	m->start = FETCH_NOWHERE;
	if (w->levels && !w->wide)
		return;
	for (i = 0; i < WALK_LEVELS; i++) {
		m->entry[i] = i < w->levels ? w->entry[i] : &constant;
		/* The walk may have set A; what else has changed will be seen. */
		m->value[i] = i < w->levels ? w->value[i] | (*w->entry[i] & BIT(5)) : 0;
	}
	m->cr0 = x86_reg(vcpu, X86_CR0);
	m->cr3 = x86_reg(vcpu, X86_CR3);
	m->cr4 = x86_reg(vcpu, X86_CR4);
	m->efer = x86_reg(vcpu, X86_EFER);
	m->cs_base = cs->base;
	m->cs_attrib = cs->attrib;
	m->generation = generation;
	m->mode = x86_mode(vcpu);
	m->code = page;
	m->start = x86_reg(vcpu, X86_RIP) - (addr & (PAGE_SIZE - 1));
}

static int report_unreadable(struct vcpu *vcpu, u64 addr)
{
	vm_crash(vcpu, "the instruction at %#lx exited and can't be read from memory", addr);
	return -EFAULT;
}

/*
 * The instruction at rip: bytes in @buf, INSN_MAX unless the next page is not there; 0 if the
 * guest's own translation fails: run it again, it takes the fault itself; -EFAULT if it is in
 * no RAM, and that is reported.
 */
static __noinline int fetch_slowly(struct vcpu *vcpu, u8 *buf)
{
	u64 addr = linear_rip(vcpu), off = addr & (PAGE_SIZE - 1);
	unsigned int n = (unsigned int)min(INSN_MAX + 0ul, PAGE_SIZE - off);
	struct x86_walk w;
	/*
	 * ACQUIRE: before the look at the nested tables. Who changes them then counts after that, and
	 * waits only for the end of this exit: what is found here does not hold in the next.
	 */
	u64 generation = __atomic_load_n(&vcpu->vm->arch.memory_generation, __ATOMIC_ACQUIRE);
	const u8 *page;
	int rc = find_page(vcpu, addr, &w, &page);

	if (rc < 0)
		return report_unreadable(vcpu, addr);
	if (rc != EMUL_DONE)
		return 0;
	memo_fill(vcpu, addr, generation, &w, page);
	memcpy(buf, page + off, n);
	if (n == INSN_MAX)
		return INSN_MAX;
	/* It may end on this page: the next one is looked at if it is there. */
	if (find_page(vcpu, addr + n, &w, &page) != EMUL_DONE)
		return (int)n;
	memcpy(buf + n, page, INSN_MAX - n);
	return INSN_MAX;
}

static int fetch(struct vcpu *vcpu, u8 *buf)
{
	const u8 *code = fetch_code(vcpu);

	if (likely(code)) {
		memcpy(buf, code, INSN_MAX);
		return INSN_MAX;
	}
	return x86_fetched(vcpu, buf) ? INSN_MAX : fetch_slowly(vcpu, buf);
}

/* ---- what it is ---- */

/* What x86_exit_memory() does itself: moves between a register and memory in 64-bit mode. */
static enum decode_move quick_move(const struct insn *i, unsigned int mode)
{
	if (mode != 8 || !i->memory || i->seg >= SEG_FS || i->base == INSN_RIP_REL)
		return MOVE_NONE;
	if (i->op == INSN_MOVZX)
		return MOVE_LOAD;
	if (i->op != INSN_MOV)
		return MOVE_NONE;
	switch (i->form) {
	case FORM_RM:
	case FORM_AM: /* whose register is number 0, as it is not told */
		return MOVE_LOAD;
	case FORM_MR:
	case FORM_MA:
		return MOVE_STORE;
	case FORM_MI:
		return MOVE_IMM;
	}
	return MOVE_NONE;
}

static void remember(struct vcpu *vcpu, const u8 *buf, const struct insn *i, unsigned int mode)
{
	struct decode_memo *d = decode_slot(vcpu);
	unsigned int more = i->length > sizeof(u64) ? i->length - DECODE_SECOND : 0;

	d->bytes[0] = fetch_word(buf);
	d->bytes[1] = fetch_word(buf + DECODE_SECOND);
	d->mask[0] = width_mask(min(i->length + 0u, 8u));
	d->mask[1] = more ? width_mask(more) : 0;
	d->mode = mode;
	d->insn = *i;
	d->move = quick_move(i, mode);
}

int x86_decode(struct vcpu *vcpu, struct insn *i)
{
	unsigned int mode = x86_mode(vcpu);
	const struct decode_memo *known = fetch_insn(vcpu);
	u8 buf[INSN_MAX] = { 0 };
	int n;

	if (likely(known)) {
		*i = known->insn;
		return 0;
	}
	n = fetch(vcpu, buf);
	if (n <= 0)
		return n ? n : 1;
	if (insn_decode(i, buf, INSN_MAX, mode)) {
		/* The processor knows one that the decoder refuses, or another CPU has changed it. */
		x86_inject(vcpu, X86_UD);
		return 1;
	}
	if (i->length > (unsigned int)n) {
		/* The guest's tables lack its end, which the processor had in its TLB. */
		arch_vcpu_sync(vcpu, REQ_TLB_FLUSH);
		return 1;
	}
	remember(vcpu, buf, i, mode);
	return 0;
}

/* ---- its length ---- */

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
	int rc = x86_decode(vcpu, &i);

	if (rc)
		return rc < 0 ? rc : 0;
	return i.op == op ? i.length : 0;
}

int x86_insn_length(struct vcpu *vcpu, enum insn_op op)
{
	u64 next = x86_next_rip(vcpu);
	const struct plain *p = &plain[op];
	const u8 *code;

	if (next)
		return (int)(next - x86_reg(vcpu, X86_RIP));
	code = fetch_code(vcpu);
	if (likely(code) && likely(p->length) &&
	    likely(((u32)fetch_word(code) & p->mask) == p->bytes))
		return p->length;
	return decoded_length(vcpu, op);
}

bool x86_hlt_is_next(struct vcpu *vcpu)
{
	u64 addr = linear_rip(vcpu);
	struct x86_walk w;
	const u8 *page;

	return !x86_cpl(vcpu) && find_page(vcpu, addr, &w, &page) == EMUL_DONE &&
	       page[addr & (PAGE_SIZE - 1)] == plain[INSN_HLT].bytes;
}

void x86_skip(struct vcpu *vcpu, unsigned int length)
{
	u64 rip = x86_reg(vcpu, X86_RIP) + length, flags = x86_reg(vcpu, X86_RFLAGS);
	unsigned int mode = x86_mode(vcpu);

	x86_set_reg(vcpu, X86_RIP, likely(mode == 8) ? rip : rip & width_mask(mode));
	x86_end_shadow(vcpu);
	if (unlikely(flags & (X86_FLAG_TF | X86_FLAG_RF))) {
		x86_set_reg(vcpu, X86_RFLAGS, flags & ~X86_FLAG_RF);
		if (flags & X86_FLAG_TF)
			x86_single_step(vcpu);
	}
}
