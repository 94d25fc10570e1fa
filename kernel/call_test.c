// SPDX-License-Identifier: Apache-2.0
/* Calls between CPUs on demand: all call all, with interrupts on and off, as tests/smp has it on a host. */
#include <lodge/arch.h>
#include <lodge/call.h>
#include <lodge/init.h>
#include <lodge/printk.h>
#include <lodge/smp.h>
#include <lodge/thread.h>

BOOTARG(call_test, "lodge.call-test");

#define ROUNDS 200

/* Both sides access these without anything that would order the accesses. */
struct errand {
	u64 given;
	u64 taken[CONFIG_NR_CPUS];
};

static u32 callers;

static void take(void *arg)
{
	struct errand *e = arg;

	BUG_ON(arch_irqs_enabled());
	e->taken[cpu_id()] += e->given;
}

static void call_some(u64 bits)
{
	cpumask_t cpus = { bits & cpus_online().bits };
	struct errand e = { .given = bits | 1 };
	unsigned int i;

	cpus_call(cpus, take, &e);
	for (i = 0; i < cpu_count(); i++)
		BUG_ON(e.taken[i] != (cpumask_has(cpus, i) ? e.given : 0));
}

static void call_all(void *arg)
{
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		bool off = i / 2 % 2;
		unsigned long flags = off ? arch_irq_save() : 0;

		call_some(i % 2 ? ~0ul : i / 4);
		BUG_ON(arch_irqs_enabled() == off);
		if (off)
			arch_irq_restore(flags);
	}
	__atomic_fetch_sub(&callers, 1, __ATOMIC_RELEASE);
}

void call_test(void)
{
	unsigned int i;
	char word[8];

	if (!host_bootarg("lodge.call-test", word, sizeof(word)))
		return;
	callers = cpu_count();
	for (i = 0; i < cpu_count(); i++) {
		struct thread *t = thread_create("caller", call_all, NULL, i);

		BUG_ON(!t);
		thread_start(t);
	}
	while (__atomic_load_n(&callers, __ATOMIC_ACQUIRE))
		thread_yield();
	pr_info("call test: %u CPUs have made %u calls each", cpu_count(), ROUNDS);
}
