// SPDX-License-Identifier: Apache-2.0
/* CPUs: how others are started (AMD APM vol. 2, 16.5), kicked, and stopped. */
#include <lodge/arch.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/init.h>
#include <lodge/smp.h>
#include <lodge/string.h>
#include <lodge/time.h>
#include <asm/apic.h>
#include <asm/apicdef.h>
#include <asm/barrier.h>
#include <asm/setup.h>
#include <asm/smp.h>
#include <asm/trap.h>

#define INIT_DELAY_US 10000
#define SIPI_DELAY_US 200

extern const char trampoline_start[], trampoline_end[], x86_thread_start[];

/* What head.S has on a CPU that starts. */
extern struct cpu *secondary_cpu;
extern void *secondary_stack;

static u64 trampoline __ro_after_init;

void smp_find_trampoline(const void *fdt)
{
	int node = fdt_find_compatible(fdt, -1, "lodge,trampoline");
	u64 size;

	if (node < 0 || fdt_reg(fdt, node, 0, &trampoline, &size))
		trampoline = 0;
}

int arch_cpu_node_hwid(const void *fdt, int node, u64 *hwid)
{
	const char *type = fdt_prop_string(fdt, node, "device_type");

	if (!type || strcmp(type, "cpu") != 0 || !fdt_node_enabled(fdt, node))
		return -ENODEV;
	return fdt_prop_u64(fdt, node, "reg", hwid);
}

static void delay_us(u64 us)
{
	u64 end = time_now() + time_from_us(us);

	while (time_now() < end)
		cpu_relax();
}

int arch_cpu_start(struct cpu *c, void *stack)
{
	u8 page = (u8)(trampoline >> PAGE_SHIFT);
	u32 id = (u32)c->self_hwid;

	if (!trampoline)
		return -ENODEV;
	memcpy(hpa_to_kva(hpa(trampoline)), trampoline_start,
	       (size_t)(trampoline_end - trampoline_start));
	c->arch.self = c;
	secondary_stack = stack;
	smp_wmb();
	WRITE_ONCE(secondary_cpu, c);

	apic_send(id, APIC_MODE_INIT, 0);
	delay_us(INIT_DELAY_US);
	apic_send(id, APIC_MODE_SIPI, page);
	delay_us(SIPI_DELAY_US);
	/* The second is for CPUs that have missed the first; others ignore it. */
	if (!READ_ONCE(c->start_seen))
		apic_send(id, APIC_MODE_SIPI, page);
	return 0;
}

/* Called by head.S, on the stack and with GS as they stay. */
void x86_secondary_start(void)
{
	trap_cpu_init(this_cpu());
	smp_secondary_main();
}

void arch_cpu_kick(struct cpu *c)
{
	apic_send((u32)c->self_hwid, APIC_MODE_FIXED, VECTOR_KICK);
}

void arch_cpu_wait(void)
{
	/* STI lets no interrupt in before the next instruction has begun (APM vol. 3). */
	__asm__ volatile("sti; hlt; cli" ::: "memory");
}

void arch_cpu_halt(void)
{
	for (;;)
		__asm__ volatile("cli; hlt" ::: "memory");
}

void arch_context_init(struct arch_context *ctx, void *stack, void (*fn)(void))
{
	u64 *top = stack;

	memset(ctx, 0, sizeof(*ctx));
	/* What arch_context_switch() returns to. */
	*--top = (u64)x86_thread_start;
	ctx->rsp = (u64)top;
	ctx->rbx = (u64)fn;
}
