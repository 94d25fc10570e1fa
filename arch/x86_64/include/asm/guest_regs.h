/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_GUEST_REGS_H
#define ASM_GUEST_REGS_H

/*
 * A guest's registers that the processor keeps in a control block of its own format, and what that
 * tells of an exit. Handlers use these functions; only they and the files of virt/svm/ know the
 * block. All are for the CPU where the vCPU is resident, between an exit and the next entry.
 */
#include <lodge/string.h>
#include <lodge/vcpu.h>
#include <asm/cpuid.h>
#include <asm/features.h>
#include <asm/msr.h>
#include <asm/svm.h>

/** enum x86_reg - with CR4 and EFER as the processor has them: x86_cr4() and x86_efer() are the guest's */
enum x86_reg {
	X86_RIP,
	X86_RSP,
	X86_RFLAGS,
	X86_CR0,
	X86_CR2,
	X86_CR3,
	X86_CR4,
	X86_DR6,
	X86_EFER,
	X86_PAT,
};

/* Behind the SEG_* that instructions can name. */
enum { SEG_GDTR = NR_SEGS, SEG_LDTR, SEG_IDTR, SEG_TR };

/* Mark the VMCB fields that the handler modified as dirty (AMD APM vol. 2, 15.15). */
static inline void vmcb_dirty(struct vmcb *vmcb, u32 bits)
{
	vmcb->control.clean &= ~bits;
}

static __always_inline u64 *vmcb_reg(struct vmcb *vmcb, enum x86_reg reg)
{
	struct vmcb_save *s = &vmcb->save;

	switch (reg) {
	case X86_RIP:
		return &s->rip;
	case X86_RSP:
		return &s->rsp;
	case X86_RFLAGS:
		return &s->rflags;
	case X86_CR0:
		return &s->cr0;
	case X86_CR2:
		return &s->cr2;
	case X86_CR3:
		return &s->cr3;
	case X86_CR4:
		return &s->cr4;
	case X86_DR6:
		return &s->dr6;
	case X86_EFER:
		return &s->efer;
	case X86_PAT:
		break;
	}
	return &s->g_pat;
}

static __always_inline u32 vmcb_reg_clean(enum x86_reg reg)
{
	switch (reg) {
	case X86_RIP:
	case X86_RSP:
	case X86_RFLAGS:
		return 0; /* never cached */
	case X86_CR2:
		return VMCB_CLEAN_CR2;
	case X86_DR6:
		return VMCB_CLEAN_DRX;
	case X86_PAT:
		return VMCB_CLEAN_NP;
	case X86_CR0:
	case X86_CR3:
	case X86_CR4:
	case X86_EFER:
		break;
	}
	return VMCB_CLEAN_CRX;
}

static __always_inline u64 x86_reg(const struct vcpu *vcpu, enum x86_reg reg)
{
	return *vmcb_reg(vcpu->arch.vmcb, reg);
}

static __always_inline void x86_set_reg(struct vcpu *vcpu, enum x86_reg reg, u64 val)
{
	*vmcb_reg(vcpu->arch.vmcb, reg) = val;
	if (vmcb_reg_clean(reg))
		vmcb_dirty(vcpu->arch.vmcb, vmcb_reg_clean(reg));
}

static __always_inline u64 x86_efer(const struct vcpu *vcpu)
{
	return x86_reg(vcpu, X86_EFER) & ~EFER_SVME;
}

static __always_inline void x86_set_efer(struct vcpu *vcpu, u64 val)
{
	x86_set_reg(vcpu, X86_EFER, val | EFER_SVME);
}

/** x86_segments() - by SEG_*; what is not CS, DS, ES or SS after x86_sync_segments(). */
static __always_inline const struct x86_seg *x86_segments(const struct vcpu *vcpu)
{
	return &vcpu->arch.vmcb->save.es;
}

static __always_inline const struct x86_seg *x86_segment(const struct vcpu *vcpu, unsigned int seg)
{
	return x86_segments(vcpu) + seg;
}

static __always_inline unsigned int x86_cpl(const struct vcpu *vcpu)
{
	return vcpu->arch.vmcb->save.cpl;
}

/** x86_mode() - default width of addresses: 8 in 64-bit mode. */
static __always_inline unsigned int x86_mode(const struct vcpu *vcpu)
{
	u64 attrib = x86_segment(vcpu, SEG_CS)->attrib;

	if (x86_reg(vcpu, X86_EFER) & EFER_LMA && attrib & SEG_ATTR_L)
		return 8;
	return attrib & SEG_ATTR_DB ? 4 : 2;
}

/** x86_end_shadow() - an instruction was done for the guest: interrupts may come behind it. */
static __always_inline void x86_end_shadow(struct vcpu *vcpu)
{
	vcpu->arch.vmcb->control.interrupt_shadow = 0;
}

/* ---- what is known of the exit ---- */

/** x86_delivering() - it came while an event was being delivered to the guest. */
static __always_inline bool x86_delivering(const struct vcpu *vcpu)
{
	return vcpu->arch.vmcb->control.exitintinfo & EVENT_VALID;
}

/** x86_next_rip() - behind the instruction that exited, or 0 if the processor does not tell. */
static __always_inline u64 x86_next_rip(const struct vcpu *vcpu)
{
	return cpu_features.svm & CPUID_SVM_EDX_NRIPS ? vcpu->arch.vmcb->control.nrip : 0;
}

/** x86_fetched() - the INSN_MAX bytes from rip on, if the processor tells them all. */
static inline bool x86_fetched(const struct vcpu *vcpu, u8 *buf)
{
	const struct vmcb_control *c = &vcpu->arch.vmcb->control;

	if (!(cpu_features.svm & CPUID_SVM_EDX_DECODE_ASSISTS) || c->exitcode != VMEXIT_NPF ||
	    c->fetched_bytes != INSN_MAX)
		return false;
	memcpy(buf, c->fetched, INSN_MAX);
	return true;
}

#endif
