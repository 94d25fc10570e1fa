// SPDX-License-Identifier: Apache-2.0
/* A guest CPU's state: made, reset, put into the registers and taken out again. */
#include <lodge/arch_virt.h>
#include <lodge/errno.h>
#include <lodge/string.h>
#include <lodge/time.h>
#include <asm/cpuid.h>
#include <asm/layout.h>
#include <asm/msr.h>
#include <asm/speculation.h>
#include <asm/trap.h>
#include <asm/vm_time.h>
#include "../halt.h"
#include "../kvmclock.h"
#include "svm_vcpu.h"

/* ---- made and unmade ---- */

int arch_vcpu_init(struct vcpu *vcpu)
{
	struct mem_account *acct = vcpu->vm->account;
	hpa_t vmcb = page_alloc(0, PAGE_ZERO, acct), fpu;

	if (!vmcb.v)
		return -ENOMEM;
	fpu = page_alloc(0, PAGE_ZERO, acct);
	if (!fpu.v) {
		page_free(vmcb, 0, acct);
		return -ENOMEM;
	}
	vcpu->arch.vmcb = hpa_to_kva(vmcb);
	vcpu->arch.vmcb_pa = vmcb.v;
	vcpu->arch.fpu = hpa_to_kva(fpu);
	svm_nmi_init(vcpu);
	return 0;
}

void arch_vcpu_destroy(struct vcpu *vcpu)
{
	timer_cancel_sync(&vcpu->arch.nmi_retry);
	x86_ones_destroy(vcpu);
	page_free(hpa(vcpu->arch.vmcb_pa), 0, vcpu->vm->account);
	page_free(kva_to_hpa(vcpu->arch.fpu), 0, vcpu->vm->account);
}

void arch_vcpu_reset(struct vcpu *vcpu, u64 pc, u64 arg)
{
	struct arch_vcpu *a = &vcpu->arch;
	unsigned long flags;

	(void)arg; /* what boot protocols hand over is in vm->arch.start */
	/* Nor is another CPU about to call its function, which is forgotten here. */
	timer_cancel_sync(&a->nmi_retry);
	flags = arch_irq_save();
	x86_ones_hide(vcpu);
	memset(a, 0, offsetof(struct arch_vcpu, vmcb));
	a->guest.version = X86_GUEST_VERSION;
	a->guest.size = sizeof(a->guest);
	a->apic_page = APIC_NO_PAGE;
	a->fetch.start = FETCH_NOWHERE;
	a->guest.nmi_iret_rip = ~0ul;
	svm_nmi_init(vcpu);
	x86_msrs_reset(&a->guest.msr);
	kvmclock_reset(vcpu);
	x86_fpu_reset(vcpu);
	svm_vmcb_init(vcpu);
	x86_start_state(vcpu, pc);
	x86_state_set(vcpu);
	if (a->lapic)
		vlapic_reset(a->lapic);
	arch_irq_restore(flags);
}

/* ---- in and out of registers ---- */

static void debug_registers_load(const u64 *dr)
{
	__asm__ volatile("mov %0, %%dr0" ::"r"(dr[0]));
	__asm__ volatile("mov %0, %%dr1" ::"r"(dr[1]));
	__asm__ volatile("mov %0, %%dr2" ::"r"(dr[2]));
	__asm__ volatile("mov %0, %%dr3" ::"r"(dr[3]));
}

static void debug_registers_save(u64 *dr)
{
	__asm__ volatile("mov %%dr0, %0" : "=r"(dr[0]));
	__asm__ volatile("mov %%dr1, %0" : "=r"(dr[1]));
	__asm__ volatile("mov %%dr2, %0" : "=r"(dr[2]));
	__asm__ volatile("mov %%dr3, %0" : "=r"(dr[3]));
}

/* Whose branches trained this CPU's predictors last: what has another ASID is another VM. */
static void clear_predictors(struct arch_cpu *c, const struct vmid_cpu *asid)
{
	if (!x86_speculation.ibpb_switch)
		return;
	if (c->trained_id != asid->id || c->trained_generation != asid->generation)
		wrmsr(MSR_PRED_CMD, PRED_CMD_IBPB);
	c->trained_id = asid->id;
	c->trained_generation = asid->generation;
}

void arch_vcpu_load(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;
	struct cpu *c = this_cpu();

	svm_asid_load(vcpu);
	clear_predictors(&c->arch, &vcpu->vm->arch.asid.cpu[c->id]);
	/* This CPU may remember another block that was in the same place (15.15). */
	a->vmcb->control.clean = 0;
	if (unlikely(!c->arch.svm_host_state))
		svm_save_host_state(c);
	a->host_gs = (u64)c;
	a->host_state = c->arch.svm_host_state;
	x86_set_tsc_offset(vcpu);
	x86_fpu_load(vcpu);
	debug_registers_load(a->guest.dr);
	if (x86_has_tsc_aux)
		wrmsr(MSR_TSC_AUX, a->guest.msr.tsc_aux);
}

void svm_registers_save(struct vcpu *vcpu)
{
	struct x86_guest_state *g = &vcpu->arch.guest;

	debug_registers_save(g->dr);
	x86_fpu_put(vcpu);
	if (x86_has_tsc_aux)
		g->msr.tsc_aux = rdmsr(MSR_TSC_AUX);
}

void arch_vcpu_put(struct vcpu *vcpu)
{
	svm_registers_save(vcpu);
}

void svm_leave(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;

	if (!a->in_registers)
		return;
	x86_sync_segments(vcpu);
	__asm__ volatile("vmload %0" ::"a"(a->host_state) : "memory");
	a->in_registers = false;
}

/* ---- running ---- */

/* Interrupts of the host that ended a run; one that is pending is taken between the two. */
static void take_interrupts(const struct vcpu *vcpu)
{
	/* The machine's own trouble, which came while a guest ran. */
	if (vcpu->arch.vmcb->control.exitcode == VMEXIT_EXCP0 + X86_MC)
		__asm__ volatile("int $18" ::: "memory");
	arch_irq_enable();
	__asm__ volatile("nop" ::: "memory");
	arch_irq_disable();
}

/* What the divider remembers is nobody's then. Handlers of exits only divide what their VM knows. */
static void clear_divider(void)
{
	u32 low = 0, high = 0;

	if (x86_speculation.clear_divider)
		__asm__ volatile("divl %2" : "+a"(low), "+d"(high) : "r"(1u));
}

/* Whether what HLT and PAUSE do may have to change; PAUSE that exits to no use is seen when it does. */
static inline bool waits_differ(const struct vcpu *vcpu)
{
	const struct sched_queue *q = &this_cpu()->runq;
	u32 intercept = vcpu->arch.vmcb->control.intercept;

	return unlikely(READ_ONCE(q->owner)) || unlikely(!(intercept & INTERCEPT_HLT)) ||
	       (unlikely(READ_ONCE(q->count) > 1) && !(intercept & INTERCEPT_PAUSE));
}

/* Whether the next VMRUN takes an event with it. */
static inline bool is_offered(const struct vmcb *vmcb)
{
	return (vmcb->control.eventinj & EVENT_VALID) | (vmcb->control.vintr & V_IRQ);
}

int arch_vcpu_run(struct vcpu *vcpu)
{
	int action;

	clear_divider();
	if (unlikely(vcpu->arch.in_hlt))
		x86_halt_over(vcpu);
	if (unlikely(waits_differ(vcpu)))
		svm_intercept_waits(vcpu);
	do {
		if (unlikely(cpu_features.counts_instructions) && is_offered(vcpu->arch.vmcb))
			svm_offer_anew(vcpu);
		svm_prepare_entry(vcpu);
		action = x86_spec_guarded ? svm_enter_guarded(vcpu) : svm_enter(vcpu);
		if (action == SVM_EXIT_HOST) {
			take_interrupts(vcpu);
			if (unlikely(vcpu->arch.ones.nr))
				x86_ones_hide(vcpu);
			action = EXIT_RESUME;
		}
	} while (action == EXIT_RESUME && !READ_ONCE(vcpu->requests));
	return action;
}

void arch_vcpu_sync(struct vcpu *vcpu, u32 req)
{
	/* Interrupts are looked for before each entry; caches of instructions are coherent. */
	if (req & REQ_IRQ)
		kvmclock_sync(vcpu);
	if (req & REQ_TLB_FLUSH)
		svm_flush_tlb(vcpu, VMID_FLUSH_GUEST);
}

/* ---- interrupts ---- */

/* HLT ends for an interrupt that would be taken, for an NMI (APM vol. 3, "HLT") and for a kick. */
bool arch_vcpu_irq_pending(struct vcpu *vcpu)
{
	const struct arch_vcpu *a = &vcpu->arch;

	if (svm_nmi_deliverable(a) || READ_ONCE(a->guest.kicked))
		return true;
	return a->lapic && a->vmcb->save.rflags & X86_FLAG_IF && vlapic_pending(a->lapic) >= 0;
}

void arch_vcpu_park(struct vcpu *vcpu)
{
	if (vcpu->arch.lapic)
		vlapic_timer_park(vcpu->arch.lapic);
}

void arch_vcpu_unpark(struct vcpu *vcpu)
{
	x86_set_tsc_offset(vcpu);
	if (vcpu->arch.lapic)
		vlapic_timer_unpark(vcpu->arch.lapic);
}

bool arch_vcpu_tick_unseen(const struct vcpu *vcpu)
{
	const struct vlapic *l = vcpu->arch.lapic;

	return l &&
	       x86_vm_ticks(vcpu->vm) - vlapic_timer_expired(l) < time_hz() >> TIMER_UNSEEN_SHIFT;
}

bool arch_vcpu_prepare_block(struct vcpu *vcpu)
{
	/* Its local APIC's timer is a host timer: it is armed already. */
	return !arch_vcpu_irq_pending(vcpu);
}
