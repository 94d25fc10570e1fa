/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_VIRT_H
#define ASM_VIRT_H

/* What the files of arch/x86_64/virt share. Exit handlers run with interrupts off and GIF 0. */
#include <lodge/smp.h>
#include <lodge/vcpu.h>
#include <lodge/vm.h>
#include <asm/features.h>
#include <asm/svm.h>
#include <asm/vlapic.h>

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
/** x86_sync_segments() - put what VMLOAD loaded back into the VMCB, for whoever wants to look at it. */
void x86_sync_segments(struct vcpu *vcpu);
/** svm_memory_changed() - forget nested translations that are not right any more. */
void svm_memory_changed(struct vcpu *vcpu);

/* vm.c */
extern u8 *svm_iopm, *svm_msrpm;
extern u64 x86_guest_xcr0; /* what guests may have of it; 0 without XSAVE */
extern u32 x86_guest_tsc_khz;
/** svm_save_host_state() - on a CPU that runs its first guest; what it saves does not change. */
void svm_save_host_state(struct cpu *c);
extern bool svm_has_fsgsbase, x86_has_tsc_aux;

/* start.c */
void svm_vmcb_init(struct vcpu *vcpu);
void x86_reset_state(struct vcpu *vcpu, u64 pc);

/* fpu.c */
void x86_fpu_reset(struct vcpu *vcpu);
void x86_fpu_load(struct vcpu *vcpu);
void x86_fpu_put(struct vcpu *vcpu);
void x86_xsetbv(u64 xcr0);
/** x86_vector_read() - the 32 bytes of a YMM register of @vcpu, which is loaded. */
void x86_vector_read(struct vcpu *vcpu, unsigned int reg, u64 *val);
/** x86_vector_write() - the lower 16 of them; with @whole all, and what is above is cleared. */
void x86_vector_write(struct vcpu *vcpu, unsigned int reg, const u64 *val, bool whole);

/* inject.c */
/** x86_inject() - make the guest take exception @vector at its current rip. */
void x86_inject(struct vcpu *vcpu, unsigned int vector);
void x86_inject_error(struct vcpu *vcpu, unsigned int vector, u32 error);
/** x86_inject_fault() - the same, as the emulator tells it. */
void x86_inject_fault(struct vcpu *vcpu, const struct x86_fault *f);
/**
 * x86_inject_unreachable() - the stack, table or segment that an event's delivery needs lies in no
 * memory: a double fault, or the end of the VM by a triple one.
 */
void x86_inject_unreachable(struct vcpu *vcpu);

/* ones.c */
/**
 * x86_ones_show() - a walk of the guest's tables reads @addr, where nothing is: it finds ones, and
 * the page fault that comes of them exits. Errors as pgtable_map().
 */
__must_check int x86_ones_show(struct vcpu *vcpu, u64 addr);
/** x86_ones_hide() - nothing is there again. */
void x86_ones_hide(struct vcpu *vcpu);
void x86_ones_destroy(struct vcpu *vcpu);
int x86_exit_page_fault(struct vcpu *vcpu);

/** svm_reinject() - what was being delivered when the exit came is delivered again. */
void svm_reinject(struct vcpu *vcpu);
/** svm_offer_interrupt() - an NMI or interrupt is pending: inject it or ask to be told when. */
void svm_offer_interrupt(struct vcpu *vcpu);
/** svm_nmi_init() - of a vCPU that is being made. */
void svm_nmi_init(struct vcpu *vcpu);
/** x86_single_step() - RFLAGS.TF was set when an instruction was done for the guest. */
void x86_single_step(struct vcpu *vcpu);
int svm_exit_vintr(struct vcpu *vcpu);
int svm_exit_iret(struct vcpu *vcpu);
int svm_exit_debug(struct vcpu *vcpu);

static inline bool svm_nmi_deliverable(const struct arch_vcpu *a)
{
	return a->guest.nmi_pending &&
	       (!a->guest.nmi_masked ||
		(a->guest.nmi_iret_rip != ~0ul && a->vmcb->save.rip != a->guest.nmi_iret_rip));
}

/** svm_prepare_entry() - what the next VMRUN does besides: interrupts, flushes. */
static __always_inline void svm_prepare_entry(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;

	if (unlikely(a->memory_generation != vcpu->vm->arch.memory_generation))
		svm_memory_changed(vcpu);
	/* Once there is to be an exit when it can take one, that is soon enough. */
	if (unlikely(a->guest.nmi_pending) ||
	    (a->lapic && !(a->vmcb->control.vintr & V_IRQ) && vlapic_pending(a->lapic) >= 0))
		svm_offer_interrupt(vcpu);
}

/* fetch.c; what is inline of it is in fetch.h */
/**
 * x86_insn_length() - of the instruction that exited, which is @op
 * Return: 0 if it is not there any more: run the guest again. -EFAULT, and it is reported, if it
 * can't be read.
 */
__must_check int x86_insn_length(struct vcpu *vcpu, enum insn_op op);
/**
 * x86_decode() - the same, with what it is; 0, or 1 to run the guest again, or -EFAULT. What is
 * no instruction has then been made #UD.
 */
__must_check int x86_decode(struct vcpu *vcpu, struct insn *i);
/** x86_skip() - go on behind an instruction of @length bytes. */
void x86_skip(struct vcpu *vcpu, unsigned int length);
unsigned int x86_mode(const struct vmcb *vmcb);
struct x86_paging x86_guest_paging(const struct vmcb *vmcb);

/* emulate.c */
/** x86_emulate() - the instruction at rip, whose access to @addr faulted (~0: it did not). */
int x86_emulate(struct vcpu *vcpu, u64 addr);

/* npf.c */
int x86_exit_memory(struct vcpu *vcpu);

/* ioio.c, cpuid.c, msr.c, cr.c, vmmcall.c */
int x86_exit_port(struct vcpu *vcpu);
int x86_exit_cpuid(struct vcpu *vcpu);
int x86_exit_msr(struct vcpu *vcpu);
int x86_exit_cr_read(struct vcpu *vcpu);
/** x86_set_cr4() - CR4 as the guest has it; the processor's has what the host needs besides. */
void x86_set_cr4(struct vcpu *vcpu, u64 val);
u64 x86_cr4(const struct vcpu *vcpu);
int x86_exit_cr_write(struct vcpu *vcpu);
int x86_exit_xsetbv(struct vcpu *vcpu);
int x86_exit_vmmcall(struct vcpu *vcpu);
void x86_set_tsc_offset(struct vcpu *vcpu);
/** svm_msrpm_init() - which MSRs are the guest's without an exit. */
void svm_msrpm_init(u8 *map);

/* Its state is in the registers of the CPU that asks. */
static inline bool vcpu_is_loaded(const struct vcpu *vcpu)
{
	return this_cpu()->loaded == vcpu;
}

/* What the handler has changed in the VMCB is told to the next VMRUN. */
static inline void vmcb_dirty(struct vmcb *vmcb, u32 bits)
{
	vmcb->control.clean &= ~bits;
}

#endif
