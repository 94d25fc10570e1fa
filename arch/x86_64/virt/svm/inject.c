// SPDX-License-Identifier: Apache-2.0
/* Events for the guest: exceptions, interrupts, NMIs (AMD APM vol. 2, 15.20 and 15.21). */
#include <lodge/arch.h>
#include <lodge/time.h>
#include <asm/processor.h>
#include "svm_vcpu.h"

/* 13.1.1.4 */
#define DR6_BREAKPOINTS 0xful
#define DR6_BS		BIT(14)

#define SHADOW_RETRY_US 20

/* ---- an exit as soon as the guest can take an interrupt ---- */

static void window_request(struct vmcb *vmcb)
{
	vmcb->control.intercept |= INTERCEPT_VINTR;
	vmcb->control.vintr |= V_IRQ | V_INTR_PRIO | V_IGN_TPR;
	vmcb_dirty(vmcb, VMCB_CLEAN_I | VMCB_CLEAN_TPR);
}

void svm_window_close(struct vmcb *vmcb)
{
	vmcb->control.intercept &= ~INTERCEPT_VINTR;
	vmcb->control.vintr &= ~(V_IRQ | V_INTR_PRIO | V_IGN_TPR);
	vmcb_dirty(vmcb, VMCB_CLEAN_I | VMCB_CLEAN_TPR);
}

/* ---- interrupts on TCG that counts instructions ---- */

/*
 * It remembers the vector of eventinj until the next exit, and delivers it once more whenever a
 * timer of its own makes it look up, whatever RFLAGS.IF says. That is as good as certain where
 * it counts instructions, and rare otherwise. A virtual interrupt that does not exit is forgotten when
 * it has been delivered. (Setting one races with QEMU's other threads, of which there are none here.)
 */
static void inject_virtual(struct vmcb *vmcb, u8 vector)
{
	vmcb->control.eventinj = 0;
	vmcb->control.vintr = (vmcb->control.vintr & ~V_INTR_VECTOR) | V_IRQ | V_INTR_PRIO |
			      V_IGN_TPR | (u64)vector << V_INTR_VECTOR_SHIFT;
	vmcb_dirty(vmcb, VMCB_CLEAN_TPR);
}

static bool is_virtual(const struct vmcb *vmcb)
{
	return vmcb->control.vintr & V_IRQ && !(vmcb->control.intercept & INTERCEPT_VINTR);
}

static u8 virtual_vector(const struct vmcb *vmcb)
{
	return (u8)(vmcb->control.vintr >> V_INTR_VECTOR_SHIFT);
}

/* An interrupt of the host ends the run when eventinj has been delivered: the vector is forgotten. */
static void end_run_after_delivery(void)
{
	if (unlikely(cpu_features.counts_instructions))
		arch_cpu_kick(this_cpu());
}

u64 svm_event(const struct vmcb *vmcb)
{
	const struct vmcb_control *c = &vmcb->control;

	if (is_virtual(vmcb))
		return virtual_vector(vmcb) | EVENT_TYPE_INTR | EVENT_VALID;
	return c->eventinj & EVENT_VALID ? c->eventinj : 0;
}

/* One that has not been delivered is pending again, and offered with what has come meanwhile. */
static void withdraw_virtual(struct vcpu *vcpu)
{
	struct vmcb *vmcb = vcpu->arch.vmcb;
	u8 vector = virtual_vector(vmcb);

	if (likely(!is_virtual(vmcb)))
		return;
	svm_window_close(vmcb);
	vlapic_take_back(vcpu->arch.lapic, vector);
}

void svm_offer_anew(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;
	struct vmcb_control *c = &a->vmcb->control;
	u8 vector = (u8)c->eventinj;

	if (is_virtual(a->vmcb)) {
		if (vlapic_pending(a->lapic) >= 0)
			withdraw_virtual(vcpu);
	} else if (a->lapic &&
		   (c->eventinj & (EVENT_VALID | EVENT_TYPE)) == (EVENT_VALID | EVENT_TYPE_INTR)) {
		c->eventinj = 0;
		svm_window_close(a->vmcb);
		vlapic_take_back(a->lapic, vector);
	}
}

/* ---- exceptions ---- */

static bool has_error_code(unsigned int vector)
{
	const u32 with = BIT(X86_DF) | BIT(X86_TS) | BIT(X86_NP) | BIT(X86_SS) | BIT(X86_GP) |
			 BIT(X86_PF) | BIT(X86_AC);

	return vector < 32 && with >> vector & 1;
}

/* Table 8-5 of 8.2.9: exceptions that, together with another, become a double fault. */
static bool is_contributory(unsigned int vector)
{
	const u32 set = BIT(X86_DE) | BIT(X86_TS) | BIT(X86_NP) | BIT(X86_SS) | BIT(X86_GP);

	return vector < 32 && set >> vector & 1;
}

static bool makes_double_fault(unsigned int first, unsigned int second)
{
	if (first == X86_PF)
		return second == X86_PF || is_contributory(second);
	return is_contributory(first) && is_contributory(second);
}

static bool is_exception(u64 event)
{
	return event & EVENT_VALID && (event & EVENT_TYPE) == EVENT_TYPE_EXCEPT;
}

/*
 * An interrupt or NMI whose delivery gives way to an exception waits again, and comes after it. Of
 * two exceptions that are no double fault the first one's instruction will raise it again.
 */
static void take_back(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;
	struct vmcb_control *c = &a->vmcb->control;
	u64 type = c->eventinj & EVENT_TYPE;

	if (!(c->eventinj & EVENT_VALID))
		return;
	if (type == EVENT_TYPE_NMI) {
		WRITE_ONCE(a->guest.nmi_pending, true);
		a->guest.nmi_masked = false;
		c->intercept &= ~INTERCEPT_IRET;
		vmcb_dirty(a->vmcb, VMCB_CLEAN_I);
	} else if (type == EVENT_TYPE_INTR && a->lapic) {
		vlapic_take_back(a->lapic, (u8)c->eventinj);
	}
}

void x86_inject_error(struct vcpu *vcpu, unsigned int vector, u32 error)
{
	struct vmcb_control *c = &vcpu->arch.vmcb->control;
	unsigned int first = c->eventinj & EVENT_VECTOR;

	withdraw_virtual(vcpu);
	if (is_exception(c->eventinj)) {
		if (first == X86_DF) {
			vm_crash(vcpu,
				 "a triple fault: exception %u while a double fault is delivered",
				 vector);
			return;
		}
		if (makes_double_fault(first, vector)) {
			vector = X86_DF;
			error = 0;
		}
	} else {
		take_back(vcpu);
	}
	c->eventinj = vector | EVENT_TYPE_EXCEPT | EVENT_VALID;
	/* Real mode pushes none (8.6). */
	if (has_error_code(vector) && vcpu->arch.vmcb->save.cr0 & CR0_PE)
		c->eventinj |= EVENT_EV | (u64)error << 32;
}

void x86_inject(struct vcpu *vcpu, unsigned int vector)
{
	x86_inject_error(vcpu, vector, 0);
}

void x86_inject_unreachable(struct vcpu *vcpu)
{
	/* Whatever was being delivered: one that can't be read or stored is as one that faults. */
	x86_inject_error(vcpu, X86_DF, 0);
}

void x86_inject_fault(struct vcpu *vcpu, const struct x86_fault *f)
{
	struct vmcb *vmcb = vcpu->arch.vmcb;

	if (f->vector == X86_PF) {
		vmcb->save.cr2 = f->addr;
		vmcb_dirty(vmcb, VMCB_CLEAN_CR2);
	}
	x86_inject_error(vcpu, f->vector, f->error);
}

/*
 * An exit may come in the middle of a delivery, whose vector must not be lost (15.7.2). A
 * software interrupt's instruction is simply executed again, for rip is still there.
 */
void svm_reinject(struct vcpu *vcpu)
{
	struct vmcb *vmcb = vcpu->arch.vmcb;
	struct vmcb_control *c = &vmcb->control;
	unsigned int vector = c->exitintinfo & EVENT_VECTOR;
	u64 type = c->exitintinfo & EVENT_TYPE;

	if (type == EVENT_TYPE_SOFT ||
	    (type == EVENT_TYPE_EXCEPT && (vector == X86_BP || vector == X86_OF)))
		return;
	c->eventinj = c->exitintinfo;
	/* TCG calls interrupts exceptions, and newer ones accept no exception of such a vector. */
	if (type == EVENT_TYPE_EXCEPT &&
	    (vector >= 32 || (is_virtual(vmcb) && vector == virtual_vector(vmcb)))) {
		c->eventinj = vector | EVENT_TYPE_INTR | EVENT_VALID;
		if (is_virtual(vmcb))
			svm_window_close(vmcb);
		end_run_after_delivery();
	}
}

/*
 * A handler that is entered now finds devices where x86_ones_show() had put ones. The next VMRUN has
 * been prepared but for interrupts.
 */
static void end_ones(struct vcpu *vcpu)
{
	if (likely(!vcpu->arch.ones.nr))
		return;
	x86_ones_hide(vcpu);
	svm_memory_changed(vcpu);
}

/* ---- NMIs ---- */

static void inject_nmi(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;

	end_ones(vcpu);
	WRITE_ONCE(a->guest.nmi_pending, false);
	a->guest.nmi_masked = true;
	a->guest.nmi_iret_rip = ~0ul;
	a->nmi_stepping = false;
	a->vmcb->control.eventinj = X86_NMI | EVENT_TYPE_NMI | EVENT_VALID;
	a->vmcb->control.intercept |= INTERCEPT_IRET;
	vmcb_dirty(a->vmcb, VMCB_CLEAN_I);
	if (a->lapic)
		vlapic_nmi_taken(a->lapic);
}

/* The exit comes before IRET is executed: NMIs stay masked until rip is elsewhere. */
int svm_exit_iret(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;

	a->guest.nmi_iret_rip = a->vmcb->save.rip;
	a->vmcb->control.intercept &= ~INTERCEPT_IRET;
	vmcb_dirty(a->vmcb, VMCB_CLEAN_I);
	return EXIT_RESUME;
}

/* One more instruction, which is that IRET, and then an exit (13.1.4). */
static void step_over_iret(struct arch_vcpu *a)
{
	struct vmcb_save *s = &a->vmcb->save;

	if (a->nmi_stepping)
		return;
	a->nmi_stepping = true;
	a->guest_tf = s->rflags & X86_FLAG_TF;
	s->rflags |= X86_FLAG_TF;
}

/* The vCPU is looked at again when it has run for a moment. */
static void shadow_retry(struct timer *t)
{
	vcpu_request(container_of(t, struct vcpu, arch.nmi_retry), REQ_IRQ);
}

void svm_nmi_init(struct vcpu *vcpu)
{
	timer_init_for(&vcpu->arch.nmi_retry, shadow_retry, &vcpu->vm->timers);
}

/*
 * Wait for the end of an interrupt shadow (15.21.5), which takes one instruction: a virtual
 * interrupt exits there if RFLAGS.IF is set by then. If not, as behind MOV SS or with CLI in STI's
 * shadow, the guest runs for a moment. RFLAGS.TF would be seen by PUSHF and SYSCALL.
 */
static void wait_for_shadow(struct vcpu *vcpu)
{
	window_request(vcpu->arch.vmcb);
	timer_start(&vcpu->arch.nmi_retry, time_now() + time_from_us(SHADOW_RETRY_US));
}

/* An NMI that waits: now, behind what is being delivered, or behind IRET. */
static void offer_nmi(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;
	const struct vmcb_control *c = &a->vmcb->control;

	if (!svm_nmi_deliverable(a)) {
		if (a->guest.nmi_iret_rip != ~0ul)
			step_over_iret(a);
	} else if (c->eventinj & EVENT_VALID) {
		/* An interrupt of the host ends the next run when that is done. */
		arch_cpu_kick(this_cpu());
	} else if (c->interrupt_shadow & INTERRUPT_SHADOW) {
		wait_for_shadow(vcpu);
	} else {
		inject_nmi(vcpu);
	}
}

/* DR6 tells already what happened (15.12.2): to the guest, unless it was for the host. */
int svm_exit_debug(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;
	struct vmcb_save *s = &a->vmcb->save;

	if (a->nmi_stepping && !a->guest_tf && s->dr6 & DR6_BS) {
		a->nmi_stepping = false;
		s->dr6 &= ~DR6_BS;
		vmcb_dirty(a->vmcb, VMCB_CLEAN_DRX);
		if (!(s->dr6 & DR6_BREAKPOINTS))
			return EXIT_RESUME;
	}
	x86_inject(vcpu, X86_DB);
	return EXIT_RESUME;
}

/* ---- interrupts ---- */

void svm_keep_shadow(struct vcpu *vcpu)
{
	struct vmcb *vmcb = vcpu->arch.vmcb;

	if (vmcb->control.interrupt_shadow & INTERRUPT_SHADOW)
		vcpu->arch.shadow_rip = vmcb->save.rip;
	else if (vcpu->arch.shadow_rip == vmcb->save.rip)
		vmcb->control.interrupt_shadow |= INTERRUPT_SHADOW;
}

/*
 * VMRUN on TCG would forget the shadow, and the interrupt come before a HLT that is to end by it. So the
 * HLT is done here: it ends at once.
 */
static bool hlt_in_shadow(struct vcpu *vcpu)
{
	const struct vmcb *vmcb = vcpu->arch.vmcb;

	if (vmcb->control.eventinj & EVENT_VALID || !(vmcb->save.rflags & X86_FLAG_IF) ||
	    vmcb->save.rflags & X86_FLAG_TF || !x86_hlt_is_next(vcpu))
		return false;
	x86_skip(vcpu, 1);
	return true;
}

/* The guest can take an interrupt now: svm_prepare_entry() finds it. */
int svm_exit_vintr(struct vcpu *vcpu)
{
	svm_window_close(vcpu->arch.vmcb);
	if (unlikely(cpu_features.tcg) && vcpu->arch.shadow_rip == vcpu->arch.vmcb->save.rip)
		(void)hlt_in_shadow(vcpu);
	end_ones(vcpu);
	return EXIT_RESUME;
}

void svm_offer_interrupt(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;
	struct vmcb *vmcb = a->vmcb;
	bool busy = vmcb->control.eventinj & EVENT_VALID ||
		    vmcb->control.interrupt_shadow & INTERRUPT_SHADOW;
	int vector;

	withdraw_virtual(vcpu);
	if (unlikely(READ_ONCE(a->guest.nmi_pending))) {
		offer_nmi(vcpu);
		busy |= (vmcb->control.eventinj & EVENT_VALID) != 0;
	}
	if (!a->lapic || vlapic_pending(a->lapic) < 0)
		return;
	if (unlikely(cpu_features.tcg) && busy && hlt_in_shadow(vcpu))
		busy = false;
	if (busy || !(vmcb->save.rflags & X86_FLAG_IF)) {
		window_request(vmcb);
		return;
	}
	if (vmcb->control.vintr & V_IRQ)
		svm_window_close(vmcb);
	end_ones(vcpu);
	/* Another one may have come meanwhile, which is before it. */
	vector = vlapic_accept(a->lapic);
	if (unlikely(vector < 0))
		return;
	vmcb->control.eventinj = (u64)(u8)vector | EVENT_TYPE_INTR | EVENT_VALID;
	kvmeoi_offer(vcpu, (u8)vector);
	/* Others wait for the handler to let them in. */
	if (vlapic_pending(a->lapic) >= 0) {
		window_request(vmcb);
		end_run_after_delivery();
	} else if (unlikely(cpu_features.counts_instructions)) {
		inject_virtual(vmcb, (u8)vector);
	}
}

/* The processor would have trapped behind the instruction that was done for it (13.1.4). */
void x86_single_step(struct vcpu *vcpu)
{
	struct vmcb *vmcb = vcpu->arch.vmcb;

	vmcb->save.dr6 |= DR6_BS;
	vmcb_dirty(vmcb, VMCB_CLEAN_DRX);
	x86_inject(vcpu, X86_DB);
}
