/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SVM_VCPU_H
#define SVM_VCPU_H

/* What the files of this room share. */
#include "../kvmeoi.h"
#include <asm/svm.h>
#include <asm/virt.h>

/*
 * Beyond enum exit_action, for arch_vcpu_run() alone: EXIT_RESUME, but the host's interrupts
 * come first. Not a bit of any request.
 */
#define SVM_EXIT_HOST 0x40000000

/* switch.S */
int svm_enter(struct vcpu *vcpu);
int svm_enter_guarded(struct vcpu *vcpu); /* where x86_spec_guarded */
/* for switch.S */
/** svm_leave() - from the guest's state to the host's, before GIF is set. */
void svm_leave(struct vcpu *vcpu);

/* exit.c */
int svm_exit(struct vcpu *vcpu);

/* vcpu.c */
/** svm_registers_save() - what arch_vcpu_load() has put into registers, which stay as they are. */
void svm_registers_save(struct vcpu *vcpu);

/* tlb.c */
/** svm_asid_load() - @vcpu is to run on this CPU, by an ASID of its VM's here; interrupts are off. */
void svm_asid_load(struct vcpu *vcpu);
/** svm_flush_tlb() - the next VMRUN of @vcpu does @flush, VMID_FLUSH_*; 0 for nothing. */
void svm_flush_tlb(struct vcpu *vcpu, unsigned int flush);
/** svm_flushed() - in an exit: the VMRUN has flushed what it was to flush. */
void svm_flushed(struct vcpu *vcpu);
/** svm_memory_changed() - forget nested translations that are not right any more. */
void svm_memory_changed(struct vcpu *vcpu);

/* host.c */
extern u8 *svm_iopm, *svm_msrpm;
extern bool svm_has_fsgsbase;
/** svm_save_host_state() - on a CPU that runs its first guest; what it saves does not change. */
void svm_save_host_state(struct cpu *c);

/* vmcb.c */
/** svm_vmcb_init() - what does not change while the vCPU exists, and no event. */
void svm_vmcb_init(struct vcpu *vcpu);
/** svm_intercept_waits() - before VMRUN: whether HLT and PAUSE exit depends on whose the CPU is. */
void svm_intercept_waits(struct vcpu *vcpu);

/* inject.c */
/** svm_reinject() - what was being delivered when the exit came is delivered again. */
void svm_reinject(struct vcpu *vcpu);
/** svm_offer_interrupt() - an NMI or interrupt is pending: inject it or ask to be told when. */
void svm_offer_interrupt(struct vcpu *vcpu);
/**
 * svm_offer_anew() - before the first VMRUN since the world switch was left, where TCG counts instructions
 * What was to be injected and needs the run to end behind it, or has another interrupt behind it by now, is
 * pending again.
 */
void svm_offer_anew(struct vcpu *vcpu);
/** svm_event() - what the next VMRUN injects, as in EVENTINJ, or 0. */
u64 svm_event(const struct vmcb *vmcb);
/**
 * svm_keep_shadow() - an interrupt of the host has ended the guest's run, on TCG: if that was before the
 * first instruction, an interrupt shadow that there was at VMRUN is still there.
 */
void svm_keep_shadow(struct vcpu *vcpu);
/** svm_window_close() - no exit when the guest can take an interrupt. */
void svm_window_close(struct vmcb *vmcb);
/** svm_nmi_init() - of a vCPU that is being made. */
void svm_nmi_init(struct vcpu *vcpu);
int svm_exit_vintr(struct vcpu *vcpu);
int svm_exit_iret(struct vcpu *vcpu);
int svm_exit_debug(struct vcpu *vcpu);

static inline bool svm_nmi_deliverable(const struct arch_vcpu *a)
{
	return READ_ONCE(a->guest.nmi_pending) &&
	       (!a->guest.nmi_masked ||
		(a->guest.nmi_iret_rip != ~0ul && a->vmcb->save.rip != a->guest.nmi_iret_rip));
}

/** svm_prepare_entry() - what the next VMRUN does besides: interrupts, flushes. */
static __always_inline void svm_prepare_entry(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;

	/* What has come since it was offered must not wait for an exit that the guest saves. */
	if (unlikely(a->eoi_offered) && !kvmeoi_stands(vcpu))
		kvmeoi_take(vcpu);
	if (unlikely(a->memory_generation != READ_ONCE(vcpu->vm->arch.memory_generation)))
		svm_memory_changed(vcpu);
	/* Once there is to be an exit when it can take one, that is soon enough. */
	if (unlikely(READ_ONCE(a->guest.nmi_pending)) ||
	    (a->lapic && !(a->vmcb->control.vintr & V_IRQ) && vlapic_pending(a->lapic) >= 0))
		svm_offer_interrupt(vcpu);
}

#endif
