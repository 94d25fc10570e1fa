// SPDX-License-Identifier: Apache-2.0
/*
 * vCPUs of an x86 VM that halt with interrupts off on different CPUs, and NMIs and kicks between
 * them: the VM ends when, and only when, all are halted and none has one to wake it.
 */
/* links: kernel/sched/core.c kernel/waitq.c kernel/time.c */
/* arch: x86_64 */
#include "../../arch/x86_64/virt/halt.c"
#include "machine.h"
#include <shim.h>

#define NR 2

static struct vm vm;
static struct vcpu vcpus[NR];
static u32 off[NR];

void vcpu_request(struct vcpu *vcpu, u32 req)
{
	if (req == REQ_OFF)
		__atomic_store_n(&off[vcpu->id], 1, __ATOMIC_RELEASE);
	waitq_wake(&vcpu->wait);
}

static bool wakes(void *arg)
{
	struct vcpu *vcpu = arg;

	return __atomic_load_n(&off[vcpu->id], __ATOMIC_ACQUIRE) ||
	       __atomic_load_n(&vcpu->arch.guest.nmi_pending, __ATOMIC_ACQUIRE) ||
	       __atomic_load_n(&vcpu->arch.guest.kicked, __ATOMIC_ACQUIRE);
}

/* Some NMIs or kicks to the other one, a halt, and again for each that it gets. */
static void live(void *arg)
{
	struct vcpu *vcpu = arg;
	unsigned int nmis = machine_random() % 3, n;

	for (;;) {
		for (n = machine_random() % 64; n; n--)
			barrier();
		if (nmis) {
			nmis--;
			if (machine_random() % 2)
				x86_vcpu_nmi(&vcpus[!vcpu->id]);
			else
				x86_kick(&vcpus[!vcpu->id]);
		}
		vcpu->arch.in_hlt = true;
		x86_halt(vcpu);
		(void)waitq_wait(&vcpu->wait, wakes, vcpu, 0);
		if (__atomic_load_n(&off[vcpu->id], __ATOMIC_ACQUIRE))
			break;
		x86_halt_over(vcpu);
		WRITE_ONCE(vcpu->arch.guest.nmi_pending, false);
	}
	/* It ended while each slept, and nothing was under way. */
	assert_false(READ_ONCE(vcpu->arch.guest.nmi_pending));
	assert_false(READ_ONCE(vcpu->arch.guest.kicked));
}

static void start(void)
{
	struct thread *t[NR];
	unsigned int i;

	for (i = 0; i < NR; i++)
		t[i] = thread_create("vcpu", live, &vcpus[i], i);
	for (i = 0; i < NR; i++)
		thread_start(t[i]);
}

static void the_last_to_halt_ends_the_vm(void **state)
{
	unsigned int n, i;

	for (n = 0; n < machine_rounds(SMP_ROUNDS) / 500 + 1; n++) {
		memset(&vm, 0, sizeof(vm));
		memset(vcpus, 0, sizeof(vcpus));
		vm.nr_vcpus = NR;
		for (i = 0; i < NR; i++) {
			vm.vcpu[i] = &vcpus[i];
			vcpus[i].vm = &vm;
			vcpus[i].id = i;
			vcpus[i].state = VCPU_RUNNING;
			off[i] = 0;
			waitq_init(&vcpus[i].wait);
		}
		assert_true(machine_run(NR, start));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_to_halt_ends_the_vm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
