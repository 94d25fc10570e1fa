// SPDX-License-Identifier: Apache-2.0
/* Halts with interrupts off, and the NMIs and kicks that end them. */
#include <lodge/vcpu.h>
#include <lodge/vm.h>
#include <asm/vlapic.h>
#include "halt.h"

/* The vCPU itself takes @why without the lock: it is not halted then. */
static void wake_by(struct vcpu *vcpu, bool *why)
{
	struct arch_vm *vm = &vcpu->vm->arch;
	unsigned long flags = spin_lock_irqsave(&vm->halt_lock);

	WRITE_ONCE(*why, true);
	spin_unlock_irqrestore(&vm->halt_lock, flags);
	vcpu_request(vcpu, REQ_IRQ);
}

void x86_vcpu_nmi(struct vcpu *vcpu)
{
	wake_by(vcpu, &vcpu->arch.guest.nmi_pending);
}

void x86_kick(struct vcpu *vcpu)
{
	wake_by(vcpu, &vcpu->arch.guest.kicked);
}

/* Only an NMI or a kick would wake it. */
static bool sleeps_for_good(const struct vcpu *v)
{
	const struct x86_guest_state *g = &v->arch.guest;

	return READ_ONCE(v->state) == VCPU_OFF ||
	       (g->halted && !READ_ONCE(g->nmi_pending) && !READ_ONCE(g->kicked));
}

static bool all_sleep(const struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++)
		if (!sleeps_for_good(vm->vcpu[i]))
			return false;
	return true;
}

/*
 * HLT with interrupts off is how a PC's software switches a CPU off. When none is left to
 * send an NMI or a kick, all of them are off: the last that leaves the run loop ends the VM.
 *
 * A vCPU that has sent an NMI, a kick or a start-up IPI before it halted has done so before it took the lock:
 * whoever finds it halted finds that, too.
 */
void x86_halt(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	unsigned long flags = spin_lock_irqsave(&vm->arch.halt_lock);
	unsigned int i;
	bool over;

	vcpu->arch.guest.halted = true;
	over = all_sleep(vm);
	spin_unlock_irqrestore(&vm->arch.halt_lock, flags);
	for (i = 0; over && i < vm->nr_vcpus; i++)
		vcpu_request(vm->vcpu[i], REQ_OFF);
}

void x86_halt_over(struct vcpu *vcpu)
{
	struct arch_vm *vm = &vcpu->vm->arch;
	unsigned long flags;

	/* Only this thread sets these two. */
	if (likely(!vcpu->arch.in_hlt))
		return;
	vcpu->arch.in_hlt = false;
	if (unlikely(vcpu->arch.guest.halted)) {
		flags = spin_lock_irqsave(&vm->halt_lock);
		vcpu->arch.guest.halted = false;
		spin_unlock_irqrestore(&vm->halt_lock, flags);
	}
	/*
	 * A full barrier: what the guest reads next is not older than the kick, which comes after what
	 * its sender has written. Nobody else clears it.
	 */
	if (READ_ONCE(vcpu->arch.guest.kicked))
		(void)__atomic_exchange_n(&vcpu->arch.guest.kicked, false, __ATOMIC_SEQ_CST);
}
