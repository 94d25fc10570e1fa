// SPDX-License-Identifier: Apache-2.0
/*
 * Forgetting host translations on all CPUs. What was not present is remembered by no TLB
 * (AMD APM vol. 2, 5.5), but the caller does not say whether something was.
 */
#include <lodge/arch.h>
#include <lodge/smp.h>
#include <asm/apic.h>
#include <asm/apicdef.h>
#include <asm/processor.h>
#include <asm/tlb.h>
#include <asm/trap.h>

/* Pages that are forgotten one by one; more go with all the others. */
#define MAX_SINGLE 16

static void flush_local(u64 va, u64 size)
{
	u64 at;

	/* No host translation is global. */
	if (size > MAX_SINGLE * PAGE_SIZE)
		write_cr3(read_cr3());
	else
		for (at = va; at - va < size; at += PAGE_SIZE)
			invlpg(at);
}

/* What was wanted before the flush began is done by it. */
void tlb_flush_requested(void)
{
	struct arch_cpu *a = &this_cpu()->arch;
	u32 wanted = __atomic_load_n(&a->flush_wanted, __ATOMIC_ACQUIRE);

	if (wanted == READ_ONCE(a->flush_done))
		return;
	write_cr3(read_cr3());
	__atomic_store_n(&a->flush_done, wanted, __ATOMIC_RELEASE);
}

/* Interrupts may be off here and there: who waits serves those who wait for it. */
static void wait_for(struct cpu *c, u32 ticket)
{
	while ((s32)(__atomic_load_n(&c->arch.flush_done, __ATOMIC_ACQUIRE) - ticket) < 0) {
		unsigned long flags = arch_irq_save();

		tlb_flush_requested();
		arch_irq_restore(flags);
		cpu_pause();
	}
}

void arch_tlb_flush_host(u64 va, u64 size)
{
	struct cpu *c;
	unsigned int i;
	u32 ticket;

	flush_local(va, size);
	for (i = 0; (c = cpu_get(i)); i++) {
		if (c == this_cpu() || !cpumask_has(cpus_online(), i))
			continue;
		/* RELEASE: the tables were changed before. */
		ticket = __atomic_add_fetch(&c->arch.flush_wanted, 1, __ATOMIC_RELEASE);
		apic_send((u32)c->self_hwid, APIC_MODE_FIXED, VECTOR_FLUSH);
		wait_for(c, ticket);
	}
}
