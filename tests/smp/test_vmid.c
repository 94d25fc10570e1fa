// SPDX-License-Identifier: Apache-2.0
/* A VM comes to a CPU while its nested tables change: the CPU finds the change, or is asked to forget. */
/* links: virt/vm/vmid.c kernel/call.c */
/* arch: riscv64 */
#include "machine.h"
#include <lodge/arch.h>
#include <lodge/call.h>
#include <lodge/vcpu.h>
#include <lodge/vmid.h>
#include <sched.h>
#include <shim.h>

/* One VM for each round, as one that has been on a CPU is known there for good. */
struct round {
	struct vmid vmid;
	u64 entry; /* of its tables */
	u64 tlb;   /* what CPU 1 has read of that ahead of time */
	u32 done;
};

static struct round *rounds;
static unsigned int nr_rounds;
static u32 at[2]; /* the round in which each CPU is */
static u64 found, told;
static struct vcpu vcpu;

/* Both begin a round at the same time, or nearly. */
static void meet(unsigned int me, unsigned int n)
{
	unsigned int i;

	__atomic_store_n(&at[me], n, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&at[!me], __ATOMIC_SEQ_CST) < n)
		machine_relax();
	for (i = machine_random() % 32; i; i--)
		barrier();
}

static void forget(void *arg)
{
	struct round *r = arg;

	r->tlb = READ_ONCE(r->entry);
	told++;
}

static void change(void *arg)
{
	unsigned int i;

	for (i = 0; i < nr_rounds; i++) {
		struct round *r = &rounds[i];

		meet(0, i + 1);
		WRITE_ONCE(r->entry, 1);
		cpus_call(vmid_cpus(&r->vmid), forget, r);
		while (!__atomic_load_n(&r->done, __ATOMIC_ACQUIRE))
			machine_relax();
		assert_int_equal(r->tlb, 1);
	}
}

static void arrive(void *arg)
{
	unsigned int i;

	for (i = 0; i < nr_rounds; i++) {
		struct round *r = &rounds[i];
		unsigned int flush;
		unsigned long flags;

		meet(1, i + 1);
		flags = arch_irq_save();
		flush = vmid_use(&r->vmid, &vcpu);
		assert_true(flush & VMID_FLUSH_GUEST);
		r->tlb = READ_ONCE(r->entry);
		found += r->tlb;
		arch_irq_restore(flags);
		__atomic_store_n(&r->done, 1, __ATOMIC_RELEASE);
	}
}

static void start_both(void)
{
	thread_start(thread_create("change", change, NULL, 0));
	thread_start(thread_create("arrive", arrive, NULL, 1));
}

/* What waits asks each time: let the CPU that it waits for run, if there are too few for both. */
bool smp_is_stopping(void)
{
	sched_yield();
	return false;
}

static void no_cpu_keeps_an_old_translation(void **state)
{
	nr_rounds = machine_rounds(SMP_ROUNDS) / 4;
	rounds = calloc(nr_rounds, sizeof(*rounds));
	vmid_init(255);
	found = told = 0;
	assert_true(machine_run(2, start_both));
	if (machine_is_parallel()) {
		assert_true(found > 100);
		assert_true(told > 100);
	}
	free(rounds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_cpu_keeps_an_old_translation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
