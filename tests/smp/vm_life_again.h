/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VM_LIFE_AGAIN_H
#define VM_LIFE_AGAIN_H

/* vCPUs of test_vm_life.c that are stopped and started by others before they have left their run loops. */

static u32 told[VCPUS]; /* to start again, and has not yet; atomic */

/* As INIT and a start-up IPI do on a PC: one that is in its run loop leaves it, and starts again. */
static void start_again(struct vcpu *vcpu)
{
	unsigned long flags = spin_lock_irqsave(&vcpu->vm->lock);
	bool may = vcpu->vm->end == VM_END_NONE;

	if (may) {
		/* Nothing but a start, or the end of this life, makes anything else of the one before. */
		if (__atomic_exchange_n(&told[vcpu->id], 1, __ATOMIC_RELAXED))
			assert_int_equal(vcpu->state, VCPU_START_PENDING);
		vcpu_request(vcpu, REQ_OFF);
		vcpu->start_pc = vcpu->id;
		WRITE_ONCE(vcpu->state, VCPU_START_PENDING);
	}
	spin_unlock_irqrestore(&vcpu->vm->lock, flags);
	if (may)
		vcpu_wake(vcpu);
}

#endif
