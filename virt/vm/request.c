// SPDX-License-Identifier: Apache-2.0
/* What others ask of a vCPU, and how it comes to look: wherever it runs, waits or sleeps. */
#include <lodge/arch.h>
#include <lodge/call.h>
#include <lodge/smp.h>
#include <lodge/thread.h>
#include <lodge/vcpu.h>
#include <lodge/vm.h>
#include <asm/barrier.h>

/* One that only waits for the CPU has an interrupt now. */
static void urge(struct vcpu *vcpu)
{
	unsigned long flags = spin_lock_irqsave(&vcpu->wait.lock);

	if (vcpu->looping)
		thread_urge(vcpu->looping);
	spin_unlock_irqrestore(&vcpu->wait.lock, flags);
}

void vcpu_wake(struct vcpu *vcpu)
{
	waitq_wake(&vcpu->wait);
	if (!READ_ONCE(vcpu->waiting))
		urge(vcpu);
}

/*
 * The request is set before the look at where the vCPU runs; enter_guest() says where it runs before
 * it looks for requests. So either it sees the request, or it is seen running and kicked: the
 * interrupt is pending at least, and ends the guest's run at once.
 */
void vcpu_request(struct vcpu *vcpu, u32 req)
{
	u32 before = __atomic_fetch_or(&vcpu->requests, req, __ATOMIC_RELEASE);
	struct cpu *c;

	smp_mb();
	c = READ_ONCE(vcpu->running);
	if (!c)
		vcpu_wake(vcpu);
	else if (c != this_cpu() && (before & req) != req)
		arch_cpu_kick(c);
}

void vm_request_sync(struct vm *vm, u64 set, u32 req)
{
	cpumask_t cpus = { 0 };
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++)
		if (set >> i & 1)
			__atomic_fetch_or(&vm->vcpu[i]->requests, req, __ATOMIC_RELEASE);
	smp_mb(); /* as in vcpu_request() */
	for (i = 0; i < vm->nr_vcpus; i++) {
		struct cpu *c = READ_ONCE(vm->vcpu[i]->running);

		if (set >> i & 1 && c && c != this_cpu())
			cpus = cpumask_or(cpus, cpumask_of(c->id));
	}
	/* Who has taken the call is out of the guest, and looks at its requests before it enters again. */
	if (!cpumask_is_empty(cpus))
		cpus_sync(cpus);
}
