// SPDX-License-Identifier: Apache-2.0
#include <lodge/arch.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/irq.h>
#include <lodge/smp.h>
#include <lodge/string.h>
#include <asm/psci.h>
#include <asm/setup.h>
#include <asm/stack.h>
#include <asm/sysreg.h>

extern const char arm64_secondary_entry[], arm64_thread_start[];

int arch_cpu_node_hwid(const void *fdt, int node, u64 *hwid)
{
	const char *type = fdt_prop_string(fdt, node, "device_type");

	if (!type || strcmp(type, "cpu") != 0 || !fdt_node_enabled(fdt, node))
		return -ENODEV;
	return fdt_prop_u64(fdt, node, "reg", hwid);
}

/* Written back to where a CPU without caches reads it. */
static void cache_clean(const void *p, u64 size)
{
	u64 line = 4ul << (read_sysreg(CTR_EL0) >> 16 & 15); /* DminLine */
	u64 at;

	for (at = ALIGN_DOWN((u64)p, line); at < (u64)p + size; at += line)
		__asm__ volatile("dc cvac, %0" ::"r"(at) : "memory");
	__asm__ volatile("dsb sy" ::: "memory");
}

int arch_cpu_start(struct cpu *c, void *stack)
{
	/* Its own for good: a CPU that starts late must not find another's. */
	struct secondary_start *s = &c->arch.start;

	s->ttbr = arm64_host_ttbr;
	s->sp = (u64)stack;
	s->cpu = (u64)c;
	cache_clean(s, sizeof(*s));
	return psci_call(PSCI_CPU_ON, c->self_hwid, kva_to_hpa(arm64_secondary_entry).v,
			 kva_to_hpa(s).v) == PSCI_SUCCESS
		       ? 0
		       : -EIO;
}

void arm64_secondary_start(void)
{
	smp_secondary_main();
}

void arch_cpu_kick(struct cpu *c)
{
	irq_kick(c);
}

void arch_cpu_wait(void)
{
	/* What was stored before is seen by all before this CPU sleeps. */
	__asm__ volatile("dsb sy\n\twfi" ::: "memory");
}

void arch_cpu_halt(void)
{
	arch_irq_disable();
	arch_timer_set(~0ul);
	for (;;)
		arch_cpu_wait();
}

void arch_context_init(struct arch_context *ctx, void *stack, void (*fn)(void))
{
	memset(ctx, 0, sizeof(*ctx));
	ctx->lr = (u64)arm64_thread_start;
	ctx->x[0] = (u64)fn;
	ctx->sp = (u64)stack;
}
