/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VM_LIFE_TIME_H
#define VM_LIFE_TIME_H

/* The time of test_vm_life.c's guest, which stands while its VM is paused. It is included behind what is running. */

static u64 back; /* what has been taken from it, under the VM's lock while no vCPU is in the guest */
static u64 newest; /* that one of its vCPUs has seen; atomic */
static u64 stood;  /* pauses whose time was looked at */

void arch_vm_set_back(struct vm *vm, u64 ticks)
{
	unsigned int i;

	for (i = 0; i < VCPUS; i++)
		assert_int_equal(__atomic_load_n(&running[i], __ATOMIC_RELAXED), 0);
	back += ticks;
}

void arch_vcpu_park(struct vcpu *vcpu)
{
}

void arch_vcpu_unpark(struct vcpu *vcpu)
{
	/* It has been, if it was to be. */
	(void)READ_ONCE(back);
}

/* It never goes back. */
static void look_at_the_time(void)
{
	u64 seen = __atomic_load_n(&newest, __ATOMIC_ACQUIRE), now = time_now() - back;

	assert_true(now >= seen);
	while (seen < now && !__atomic_compare_exchange_n(&newest, &seen, now, true,
							  __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
		;
}

static u64 taken(struct vm *vm)
{
	unsigned long flags = spin_lock_irqsave(&vm->lock);
	u64 n = back;

	spin_unlock_irqrestore(&vm->lock, flags);
	return n;
}

/* It is paused, by nobody else: none of what passes until it goes on is its guest's. */
static void resume_later(struct vm *vm)
{
	u64 begin = time_now(), before = taken(vm), end;
	unsigned int i;

	for (i = machine_random() % 4; i; i--)
		thread_yield();
	end = time_now();
	if (vm_resume(vm))
		return;
	assert_true(taken(vm) - before >= end - begin);
	__atomic_fetch_add(&stood, 1, __ATOMIC_RELAXED);
}

#endif
