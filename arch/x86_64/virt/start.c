// SPDX-License-Identifier: Apache-2.0
/* What a vCPU's control block holds when it starts. */
#include <lodge/string.h>
#include <asm/cpuid.h>
#include <asm/layout.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/virt.h>

/* After RESET and INIT (AMD APM vol. 2, table 14-1). */
#define DR6_INIT 0xffff0ff0
#define DR7_INIT 0x400
#define PAT_INIT 0x0007040600070406
#define CR0_INIT CR0_ET

/* What guests must not do themselves, and what the host must hear of. */
#define INTERCEPTS                                                                            \
	(INTERCEPT_INTR | INTERCEPT_NMI | INTERCEPT_RDPMC | INTERCEPT_CPUID | INTERCEPT_RSM | \
	 INTERCEPT_INVD | INTERCEPT_HLT | INTERCEPT_INVLPGA | INTERCEPT_IOIO_PROT |           \
	 INTERCEPT_MSR_PROT | INTERCEPT_FERR_FREEZE | INTERCEPT_SHUTDOWN)
#define INTERCEPTS2                                                                           \
	(INTERCEPT2_VMRUN | INTERCEPT2_VMMCALL | INTERCEPT2_VMLOAD | INTERCEPT2_VMSAVE |      \
	 INTERCEPT2_STGI | INTERCEPT2_CLGI | INTERCEPT2_SKINIT | INTERCEPT2_ICEBP |           \
	 INTERCEPT2_WBINVD | INTERCEPT2_MONITOR | INTERCEPT2_MWAIT | INTERCEPT2_MWAIT_ARMED | \
	 INTERCEPT2_XSETBV | INTERCEPT2_RDPRU)
#define INTERCEPTS3 \
	(INTERCEPT3_INVLPGB | INTERCEPT3_INVLPGB_BAD | INTERCEPT3_MCOMMIT | INTERCEPT3_TLBSYNC)

/*
 * A guest can have the processor deliver #AC or #DB for ever, each delivery causing the next,
 * and no interrupt comes between: both exit, so that the host's do. #MC is the host's.
 */
#define INTERCEPTED_EXCEPTIONS (BIT(X86_DB) | BIT(X86_AC) | BIT(X86_MC))

/* A guest that spins this often within so many cycles gives the CPU away (15.14.4). */
#define PAUSE_COUNT	3000
#define PAUSE_THRESHOLD 128

void svm_vmcb_init(struct vcpu *vcpu)
{
	struct vmcb *vmcb = vcpu->arch.vmcb;
	struct vmcb_control *c = &vmcb->control;

	memset(vmcb, 0, sizeof(*vmcb));
	c->intercept_cr_write = BIT(4) | BIT(8);
	c->intercept_exceptions = INTERCEPTED_EXCEPTIONS;
	c->intercept = INTERCEPTS;
	c->intercept2 = INTERCEPTS2;
	c->intercept3 = INTERCEPTS3;
	if (cpu_features.svm & CPUID_SVM_EDX_PAUSE_FILTER) {
		c->intercept |= INTERCEPT_PAUSE;
		c->pause_filter_count = PAUSE_COUNT;
		if (cpu_features.svm & CPUID_SVM_EDX_PAUSE_THRESHOLD)
			c->pause_filter_threshold = PAUSE_THRESHOLD;
	}
	c->iopm_base_pa = kva_to_hpa(svm_iopm).v;
	c->msrpm_base_pa = kva_to_hpa(svm_msrpm).v;
	c->vintr = V_INTR_MASKING;
	c->np_control = NP_ENABLE;
	c->n_cr3 = vcpu->vm->stage2.root.v;
	vmcb->save.g_pat = PAT_INIT;
	vmcb->save.dr6 = DR6_INIT;
	vmcb->save.dr7 = DR7_INIT;
	vmcb->save.rflags = X86_FLAG_ONE;
	vmcb->save.efer = EFER_SVME;
	x86_set_cr4(vcpu, 0);
}

static void set_segments(struct vmcb_save *s, const struct x86_seg *code,
			 const struct x86_seg *data)
{
	s->cs = *code;
	s->ds = s->es = s->ss = s->fs = s->gs = *data;
	s->ldtr = (struct x86_seg){ .attrib = 0x82, .limit = 0xffff };
	s->tr = (struct x86_seg){ .attrib = 0x8b, .limit = 0xffff };
}

/* As after INIT, or a start-up IPI, with CS at @cs_base. */
static void real_mode(struct vmcb_save *s, u64 cs_base, u64 rip)
{
	struct x86_seg data = { .attrib = 0x93, .limit = 0xffff };
	struct x86_seg code = { .selector = (u16)(cs_base >> 4),
				.attrib = 0x9b,
				.limit = 0xffff,
				.base = cs_base };

	set_segments(s, &code, &data);
	s->gdtr.limit = s->idtr.limit = 0xffff;
	s->cr0 = CR0_INIT;
	s->rip = rip;
}

/* 32 or 64 bits, segments that begin at 0 and end nowhere. */
static void flat_mode(struct vcpu *vcpu, const struct x86_start *st)
{
	struct vmcb_save *s = &vcpu->arch.vmcb->save;
	bool wide = st->mode == X86_START_LONG;
	struct x86_seg data = { .selector = X86_START_DS, .attrib = 0xc93, .limit = 0xffffffff };
	struct x86_seg code = { .selector = X86_START_CS,
				.attrib = wide ? 0xa9b : 0xc9b,
				.limit = 0xffffffff };

	set_segments(s, &code, &data);
	s->gdtr = (struct x86_seg){ .base = st->gdt, .limit = st->gdt_limit };
	s->cr0 = CR0_PE | CR0_ET;
	if (wide) {
		s->cr0 |= CR0_PG | CR0_WP;
		s->cr3 = st->cr3;
		x86_set_cr4(vcpu, CR4_PAE | CR4_PGE);
		s->efer |= EFER_LME | EFER_LMA | EFER_NXE;
	}
	s->rip = st->rip;
	s->rsp = st->rsp;
}

/* @pc is where a start-up IPI says; the first vCPU starts as its boot protocol asks for. */
void x86_reset_state(struct vcpu *vcpu, u64 pc)
{
	const struct x86_start *st = &vcpu->vm->arch.start;
	struct arch_vcpu *a = &vcpu->arch;

	/* The processor's signature (table 14-1); boot protocols have nothing in rdx. */
	if (vcpu->id != 0 || st->mode == X86_START_REAL)
		a->guest.gpr[GPR_RDX] = cpuid(1, 0).eax;
	if (vcpu->id != 0) {
		real_mode(&a->vmcb->save, pc, 0);
		return;
	}
	if (st->mode == X86_START_REAL) {
		real_mode(&a->vmcb->save, st->cs_base, st->rip);
		a->vmcb->save.rsp = st->rsp;
	} else {
		flat_mode(vcpu, st);
	}
	a->guest.gpr[GPR_RAX] = st->rax;
	a->guest.gpr[GPR_RBX] = st->rbx;
	a->guest.gpr[GPR_RSI] = st->rsi;
}
