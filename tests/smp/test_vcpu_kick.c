// SPDX-License-Identifier: Apache-2.0
/*
 * A request to a vCPU that is about to enter its guest: the vCPU sees it, or its CPU is kicked. The guest
 * never exits by itself, so that one that is neither seen nor kicked is lost.
 */
/* links: virt/vm/vcpu.c virt/vm/request.c kernel/call.c */
#include "machine.h"
#include <lodge/arch_virt.h>
#include <lodge/console.h>
#include <lodge/errno.h>
#include <lodge/slab.h>
#include <lodge/vcpu.h>
#include <lodge/vm.h>
#include <shim.h>
#include "../../virt/vm/life.h"
#include "../../virt/vm/watch.h"

static struct vm vm;
static struct vcpu vcpu;
static u64 returned; /* requests that have been made in full */
static u64 served,
	kicked; /* of those: that the vCPU has looked at, and that ended a run of the guest */

static void a_moment(void)
{
	unsigned int n;

	for (n = machine_random() % 64; n; n--)
		barrier();
}

/* ---- the vCPU ---- */

void arch_vcpu_sync(struct vcpu *v, u32 req)
{
	assert_true(req & REQ_IRQ);
	__atomic_store_n(&served, served + 1, __ATOMIC_RELEASE);
	a_moment(); /* for the next to come at any point of the way into the guest */
}

int arch_vcpu_run(struct vcpu *v)
{
	while (!machine_is_interrupted()) {
		/* Nobody kicks it any more. */
		if (__atomic_load_n(&returned, __ATOMIC_ACQUIRE) > served &&
		    !machine_is_interrupted())
			fail_msg("request %llu is lost", (unsigned long long)served);
		/* As the kick's CPU may be this one. */
		if (!machine_is_parallel())
			return EXIT_YIELD;
	}
	kicked++;
	arch_irq_enable();
	arch_irq_disable();
	return EXIT_RESUME;
}

static void live(void *arg)
{
	vcpu_run_loop(&vcpu);
}

/* ---- who asks ---- */

static void ask(void *arg)
{
	unsigned int i, rounds = machine_rounds(SMP_ROUNDS);

	for (i = 0; i < rounds; i++) {
		machine_relax();
		while (__atomic_load_n(&served, __ATOMIC_ACQUIRE) != i)
			if (!machine_is_parallel())
				machine_relax();
		a_moment();
		vcpu_request(&vcpu, REQ_IRQ);
		__atomic_store_n(&returned, i + 1, __ATOMIC_RELEASE);
	}
	WRITE_ONCE(vm.end, VM_END_KILLED);
	vcpu_request(&vcpu, REQ_STOP);
}

static void start(void)
{
	struct thread *asker = thread_create("asker", ask, NULL, 0);

	vcpu.thread = thread_create("vcpu", live, NULL, 1);
	thread_start(asker);
	thread_start(vcpu.thread);
}

static void a_request_is_seen_before_the_guest_runs_or_ends_its_run(void **state)
{
	vm.nr_vcpus = 1;
	vm.vcpu[0] = &vcpu;
	spin_lock_init(&vm.lock, "vm->lock");
	vcpu.vm = &vm;
	waitq_init(&vcpu.wait);
	assert_true(machine_run(2, start));
	assert_in_range(served, returned - 1, returned); /* the last may end it unseen */
	print_message("# %llu of %llu requests ended a run\n", (unsigned long long)kicked,
		      (unsigned long long)returned);
	assert_true(kicked || !machine_is_parallel());
}

/* ---- what a run loop calls besides ---- */

int arch_vcpu_init(struct vcpu *v)
{
	return 0;
}

void arch_vcpu_destroy(struct vcpu *v)
{
}

void arch_vcpu_load(struct vcpu *v)
{
}

void arch_vcpu_put(struct vcpu *v)
{
}

void arch_vcpu_put_fp(struct cpu *c)
{
}

void arch_vcpu_park(struct vcpu *v)
{
}

void arch_vcpu_unpark(struct vcpu *v)
{
}

bool arch_vcpu_irq_pending(struct vcpu *v)
{
	return true;
}

bool arch_vcpu_tick_unseen(const struct vcpu *v)
{
	return false;
}

bool arch_vcpu_prepare_block(struct vcpu *v)
{
	return false;
}

bool arch_vcpu_stuck(struct vcpu *v, bool sure)
{
	return false;
}

const char *arch_exit_name(unsigned int cause)
{
	return NULL;
}

void vcpu_watch_init(struct vcpu *v)
{
}

void vcpu_watch_begin(struct vcpu *v)
{
}

void vcpu_watch_destroy(struct vcpu *v)
{
}

void vm_clock_stop(struct vm *v)
{
}

void vm_crash(struct vcpu *v, const char *fmt, ...)
{
	fail_msg("a crash");
}

void vm_memory_populate(struct vcpu *v)
{
}

void vcpu_steal_update(struct vcpu *v, bool preempted)
{
}

enum console_room console_port_putc(struct console_port *p, u8 c)
{
	return CONSOLE_ROOM;
}

bool console_port_room(const struct console_port *p)
{
	return true;
}

void console_stuck(void)
{
}

void *kzalloc_for(struct mem_account *acct, size_t size)
{
	return NULL;
}

void kfree_for(struct mem_account *acct, void *p)
{
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_seen_before_the_guest_runs_or_ends_its_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
