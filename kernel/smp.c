// SPDX-License-Identifier: Apache-2.0
#include <lodge/arch.h>
#include <lodge/call.h>
#include <lodge/fdt.h>
#include <lodge/hostmap.h>
#include <lodge/init.h>
#include <lodge/irq.h>
#include <lodge/printk.h>
#include <lodge/sched.h>
#include <lodge/slab.h>
#include <lodge/smp.h>
#include <lodge/time.h>
#include <asm/barrier.h>
#include <asm/stack.h>

/* What is not there by then is left out for good. A CPU of an emulator comes when the machine
 * below has time for it; the firmware's refusal is heard at once. */
#define START_TIMEOUT_US 10000000

/* From the linker script: what CPU_INIT() registers. */
extern void (*const __cpu_inits_start[])(void), (*const __cpu_inits_end[])(void);

static u8 boot_overflow_stack[OVERFLOW_STACK_SIZE] __aligned(16);

/* Static: it must be there before there is memory. */
struct cpu boot_cpu = {
	.arch.overflow_stack = boot_overflow_stack + sizeof(boot_overflow_stack),
	.runq_lock = SPINLOCK_INIT_RANKED("runq_lock", 1),
	.timer_lock = SPINLOCK_INIT_RANKED("timer_lock", 1),
	.timers = LIST_INIT(boot_cpu.timers),
};

static struct cpu *cpus[CONFIG_NR_CPUS] = { &boot_cpu };
static unsigned int nr_cpus = 1;
static cpumask_t online = { BIT(0) };
static struct cpu *stopper; /* has stopped all others */

static_assert(CONFIG_NR_CPUS <= CPUMASK_MAX, "a cpumask_t has a bit for each CPU");

struct cpu *cpu_get(unsigned int id)
{
	return id < nr_cpus ? cpus[id] : NULL;
}

unsigned int cpu_count(void)
{
	return nr_cpus;
}

cpumask_t cpus_online(void)
{
	/* ACQUIRE: what a CPU did in cpu_init() is done. */
	return cpumask_load(&online, __ATOMIC_ACQUIRE);
}

/* A struct cpu with its idle thread and stacks, or NULL without memory. */
static struct cpu *cpu_create(u64 hwid)
{
	struct cpu *c = kzalloc(sizeof(*c));
	u8 *overflow = kmalloc(OVERFLOW_STACK_SIZE);
	struct thread *idle;

	if (!c || !overflow)
		goto fail;
	c->self_hwid = hwid;
	c->arch.overflow_stack = overflow + OVERFLOW_STACK_SIZE;
	c->id = nr_cpus;
	/* Whoever needs two of a kind takes that of the lower CPU first. */
	spin_lock_init_ranked(&c->runq_lock, "runq_lock", c->id + 1);
	spin_lock_init_ranked(&c->timer_lock, "timer_lock", c->id + 1);
	list_init(&c->timers);
	idle = thread_create_idle(c);
	if (!idle)
		goto fail;
	idle->stack = host_stack_alloc(STACK_PAGES);
	if (idle->stack)
		return c;
	kfree(idle);
fail:
	kfree(overflow);
	kfree(c);
	return NULL;
}

/* Whoever is first, the CPU that starts or the one that waits for it in vain, gets true. */
static bool see_start(struct cpu *c)
{
	return !__atomic_exchange_n(&c->start_seen, 1, __ATOMIC_RELAXED);
}

static void cpu_bring_up(u64 hwid)
{
	struct cpu *c = cpu_create(hwid);
	u64 deadline = time_now() + time_from_us(START_TIMEOUT_US);

	if (!c) {
		pr_warn("no memory to start CPU %lu", hwid);
		return;
	}
	cpus[nr_cpus++] = c;
	if (arch_cpu_start(c, c->idle->stack) == 0)
		while (!READ_ONCE(c->start_seen) && time_now() < deadline)
			cpu_relax();
	if (see_start(c)) {
		/* Its structure stays: it may still come to life in it, and sees then. */
		pr_warn("CPU %lu did not start", hwid);
		nr_cpus--;
		return;
	}
	while (!cpumask_has(cpus_online(), c->id))
		cpu_relax();
}

void smp_init(const void *fdt)
{
	int parent = fdt_find_path(fdt, "/cpus"), node;
	unsigned int left_out = 0;
	u64 hwid;

	if (parent < 0)
		return;
	for (node = fdt_first_child(fdt, parent); node >= 0; node = fdt_next_sibling(fdt, node)) {
		if (arch_cpu_node_hwid(fdt, node, &hwid) || hwid == boot_cpu.self_hwid)
			continue;
		if (nr_cpus < CONFIG_NR_CPUS)
			cpu_bring_up(hwid);
		else
			left_out++;
	}
	if (left_out)
		pr_warn("%u CPUs are not used: raise CONFIG_NR_CPUS", left_out);
	pr_info("%u CPU%s", nr_cpus, nr_cpus == 1 ? "" : "s");
}

void cpu_init(void)
{
	void (*const *init)(void);

	arch_cpu_init();
	for (init = __cpu_inits_start; init < __cpu_inits_end; init++)
		(*init)();
	irq_cpu_init();
}

void smp_secondary_main(void)
{
	struct cpu *c = this_cpu();

	/* Too late: its number is another's. */
	if (!see_start(c))
		arch_cpu_halt();
	cpu_init();
	cpumask_add(&online, c->id, __ATOMIC_RELEASE);
	thread_idle();
}

void smp_stop_others(void)
{
	unsigned int i;

	WRITE_ONCE(stopper, this_cpu());
	smp_mb(); /* the flag before the kick */
	for (i = 0; i < nr_cpus; i++)
		if (cpus[i] != this_cpu())
			arch_cpu_kick(cpus[i]);
}

bool smp_is_stopping(void)
{
	struct cpu *c = READ_ONCE(stopper);

	if (c && c != this_cpu())
		arch_cpu_halt();
	return c;
}

void cpu_kicked(void)
{
	lock_irq_enter();
	if (!smp_is_stopping()) {
		cpus_call_serve();
		if (unlikely(READ_ONCE(this_cpu()->timers_came)))
			timers_kicked();
		/* What is to run here has changed. */
		if (READ_ONCE(this_cpu()->resched))
			thread_slice_over();
	}
	lock_irq_exit();
}
