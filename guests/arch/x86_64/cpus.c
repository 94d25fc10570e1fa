// SPDX-License-Identifier: Apache-2.0
#include <arch/apic.h>
#include <arch/regs.h>
#include <guest/cpus.h>
#include <guest/irq.h>

/* INIT and start-up IPIs (APM vol. 2, 16.5). Nobody but the CPUs themselves knows which run. */

#define TRAMPOLINE 0x8000UL

extern const char trampoline_start[], trampoline_end[];
extern struct cpu *volatile cpu_starting;

struct cpu cpus[MAX_CPUS];
struct cpu *volatile cpu_starting;

static volatile long status[MAX_CPUS] = { [0 ... MAX_CPUS - 1] = CPU_STOPPED };

static void wait_us(u64 us)
{
	u64 end = arch_time() + arch_ticks_from_us(us);

	while (arch_time() < end)
		barrier();
}

long cpu_start(u64 id, void (*fn)(struct cpu *c))
{
	struct cpu *c;
	u64 end;

	if (id >= MAX_CPUS || id >= platform.nr_cpus || status[id] == CPU_STARTED ||
	    id == platform.boot_cpu)
		return -1;
	c = &cpus[id];
	if (!c->sp)
		c->sp = (u64)ram_alloc(2) + 2 * PAGE_SIZE;
	c->fn = fn;
	c->id = c->paging = c->masks = ~0UL;
	memcpy((void *)TRAMPOLINE, trampoline_start, (size_t)(trampoline_end - trampoline_start));
	status[id] = CPU_START_PENDING;
	cpu_starting = c;
	smp_mb();
	lapic_send(id, LAPIC_ICR_INIT | LAPIC_ICR_ASSERT);
	wait_us(1000);
	lapic_send(id, LAPIC_ICR_SIPI | LAPIC_ICR_ASSERT | TRAMPOLINE >> PAGE_SHIFT);
	wait_us(200);
	if (status[id] == CPU_START_PENDING)
		lapic_send(id, LAPIC_ICR_SIPI | LAPIC_ICR_ASSERT | TRAMPOLINE >> PAGE_SHIFT);
	/* The next one must find its own. */
	end = arch_time() + platform.timer_hz;
	while (status[id] == CPU_START_PENDING && arch_time() < end)
		barrier();
	return status[id] == CPU_START_PENDING ? -1 : 0;
}

/* From cpu_entry.S. */
void cpu_start64(void)
{
	struct cpu *c = cpu_starting;

	trap_cpu_init();
	c->id = cpu_number();
	c->masks = 0; /* interrupts are off, or there was nothing to take them with */
	irq_cpu_init();
	smp_mb();
	status[c->id] = CPU_STARTED;
	c->fn(c);
	cpu_stop();
}

long cpu_status(u64 id)
{
	return id == platform.boot_cpu ? CPU_STARTED : id < platform.nr_cpus ? status[id] : -1;
}

void cpu_was_stopped(unsigned long id)
{
	status[id] = CPU_STOPPED;
}

void cpu_stop(void)
{
	status[cpu_number()] = CPU_STOPPED;
	for (;;)
		__asm__ volatile("cli; hlt");
}

bool cpu_began_unpaged(const struct cpu *c)
{
	return !(c->paging & CR0_PG);
}

/* Real mode has no vectors of ours: had an interrupt come, it would not be here. */
bool cpu_began_masked(const struct cpu *c)
{
	return c->masks == 0;
}
