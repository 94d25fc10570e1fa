// SPDX-License-Identifier: Apache-2.0
/* The control block: what the host asks for, and the guest's state in it and out of it. */
#include <lodge/string.h>
#include <asm/layout.h>
#include <asm/msr.h>
#include <asm/trap.h>
#include "svm_vcpu.h"

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
	c->iopm_base_pa = vcpu->vm->arch.iopm.v ? vcpu->vm->arch.iopm.v : kva_to_hpa(svm_iopm).v;
	c->msrpm_base_pa = kva_to_hpa(svm_msrpm).v;
	c->vintr = V_INTR_MASKING;
	c->np_control = NP_ENABLE;
	c->n_cr3 = vcpu->vm->stage2.root.v;
}

/*
 * On a CPU that has an owner nobody else is to run while its guest waits, so that HLT and PAUSE do not
 * exit. An interrupt of the host ends HLT as any other instruction: the guest goes on behind it, and is
 * not halted any more (there is no such state in the control block). HLT exits nevertheless where Lodge
 * has to see it: a kick ends the next one of a guest that is in none, and one with interrupts off may be
 * the end of the VM.
 *
 * Without a filter each PAUSE exits. That is worth it while another thread waits for the CPU, perhaps
 * the one that the guest waits for.
 */
void svm_intercept_waits(struct vcpu *vcpu)
{
	struct vmcb_control *c = &vcpu->arch.vmcb->control;
	u32 intercept = c->intercept & ~(INTERCEPT_HLT | INTERCEPT_PAUSE);
	const struct sched_queue *q = &this_cpu()->runq;
	bool own = READ_ONCE(q->owner);

	if (!own || vcpu->arch.see_hlt || READ_ONCE(vcpu->arch.guest.kicked))
		intercept |= INTERCEPT_HLT;
	/* One goes with the other, so that who looks at one knows of both. */
	if ((intercept & INTERCEPT_HLT) && (c->pause_filter_count || READ_ONCE(q->count) > 1))
		intercept |= INTERCEPT_PAUSE;
	if (intercept == c->intercept)
		return;
	c->intercept = intercept;
	vmcb_dirty(vcpu->arch.vmcb, VMCB_CLEAN_I);
}

/* ---- the guest's state ---- */

static_assert(offsetof(struct vmcb_save, ldtr) - offsetof(struct vmcb_save, es) ==
		      SEG_LDTR * sizeof(struct x86_seg),
	      "segments are numbered as they are in the block");

/* What VMLOAD loads is in the block as well while the run loop has left the guest. */
void x86_state_get(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;
	const struct vmcb_save *s = &a->vmcb->save;
	const struct vmcb_control *c = &a->vmcb->control;

	if (vcpu_is_loaded(vcpu))
		svm_registers_save(vcpu);
	x86_fpu_get(vcpu);
	a->guest.gpr[GPR_RSP] = s->rsp;
	a->guest.sys = (struct x86_system_state){
		.gdtr = s->gdtr,
		.ldtr = s->ldtr,
		.idtr = s->idtr,
		.tr = s->tr,
		.rip = s->rip,
		/* Stepping over an IRET is begun again when it is found to be necessary. */
		.rflags = a->nmi_stepping && !a->guest_tf ? s->rflags & ~X86_FLAG_TF : s->rflags,
		.cr0 = s->cr0,
		.cr2 = s->cr2,
		.cr3 = s->cr3,
		.cr4 = x86_cr4(vcpu),
		.efer = x86_efer(vcpu),
		.pat = s->g_pat,
		.dr6 = s->dr6,
		.dr7 = s->dr7,
		.star = s->star,
		.lstar = s->lstar,
		.cstar = s->cstar,
		.sfmask = s->sfmask,
		.kernel_gs_base = s->kernel_gs_base,
		.sysenter_cs = s->sysenter_cs,
		.sysenter_esp = s->sysenter_esp,
		.sysenter_eip = s->sysenter_eip,
		.spec_ctrl = s->spec_ctrl,
		.event = svm_event(vcpu->arch.vmcb),
		.shadow = c->interrupt_shadow & INTERRUPT_SHADOW,
		.cpl = s->cpl,
	};
	memcpy(a->guest.sys.seg, &s->es, sizeof(a->guest.sys.seg));
}

static void set_intercepts(struct vcpu *vcpu)
{
	const struct x86_guest_state *g = &vcpu->arch.guest;
	struct vmcb_control *c = &vcpu->arch.vmcb->control;

	/* The end of an NMI's handler, unless its IRET has been seen. */
	c->intercept &= ~INTERCEPT_IRET;
	if (g->nmi_masked && g->nmi_iret_rip == ~0ul)
		c->intercept |= INTERCEPT_IRET;
	svm_window_close(vcpu->arch.vmcb);
}

void x86_state_set(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;
	const struct x86_system_state *g = &a->guest.sys;
	struct vmcb_save *s = &a->vmcb->save;
	struct vmcb_control *c = &a->vmcb->control;

	a->nmi_stepping = a->guest_tf = a->in_registers = false;
	memcpy(&s->es, g->seg, sizeof(g->seg));
	s->gdtr = g->gdtr;
	s->ldtr = g->ldtr;
	s->idtr = g->idtr;
	s->tr = g->tr;
	s->rip = g->rip;
	s->rsp = a->guest.gpr[GPR_RSP];
	s->rflags = g->rflags;
	s->cr0 = g->cr0;
	s->cr2 = g->cr2;
	s->cr3 = g->cr3;
	x86_set_cr4(vcpu, g->cr4);
	x86_set_efer(vcpu, g->efer);
	s->g_pat = g->pat;
	s->dr6 = g->dr6;
	s->dr7 = g->dr7;
	s->star = g->star;
	s->lstar = g->lstar;
	s->cstar = g->cstar;
	s->sfmask = g->sfmask;
	s->kernel_gs_base = g->kernel_gs_base;
	s->sysenter_cs = g->sysenter_cs;
	s->sysenter_esp = g->sysenter_esp;
	s->sysenter_eip = g->sysenter_eip;
	s->spec_ctrl = g->spec_ctrl;
	s->cpl = g->cpl;
	c->eventinj = g->event;
	c->interrupt_shadow = g->shadow ? INTERRUPT_SHADOW : 0;
	set_intercepts(vcpu);
	c->clean = 0;
}
