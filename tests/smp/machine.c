// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE /* sched_getaffinity() */
#include "machine.h"
#include <lodge/arch.h>
#include <lodge/call.h>
#include <lodge/hostmap.h>
#include <lodge/init.h>
#include <lodge/slab.h>
#include <lodge/timer_core.h>
#include <pthread.h>
#include <sched.h>
#include <shim.h>
#include <time.h>
#include <ucontext.h>

#define MAX_CPUS   8
#define STACK_SIZE 65536

/* A CPU that waits looks so often before it sleeps, if it keeps no other from running by that. */
#define SPINS 3000

/* ThreadSanitizer has to be told which stack runs. */
#ifdef __SANITIZE_THREAD__
void *__tsan_get_current_fiber(void);
void *__tsan_create_fiber(unsigned int flags);
void __tsan_destroy_fiber(void *fiber);
void __tsan_switch_to_fiber(void *fiber, unsigned int flags);
#define fiber_current()	 __tsan_get_current_fiber()
#define fiber_create()	 __tsan_create_fiber(0)
#define fiber_destroy(f) __tsan_destroy_fiber(f)
#define fiber_switch(f)	 __tsan_switch_to_fiber(f, 0)
#else
#define fiber_current()	 NULL
#define fiber_create()	 NULL
#define fiber_destroy(f) ((void)(f))
#define fiber_switch(f)	 ((void)(f))
#endif

struct machine_context {
	ucontext_t regs;
	void *fiber;
};

static struct {
	struct cpu cpu;
	pthread_t thread;
	jmp_buf off;
	bool kicked, irqs_on;
	u64 deadline; /* of its timer; ~0: none */
	u64 random;
} cpus[MAX_CPUS];
static unsigned int nr_cpus;
static int threads; /* that have not ended */
static bool over, lost;
static unsigned int spins;
static void (*start_fn)(void);

/* CPUs that wait; the last one looks whether there is anything to wait for. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned int waiting;

static __thread unsigned int self;

/* Not inlined: a context may go on on another of the operating system's threads. */
__attribute__((noinline)) struct cpu *this_cpu(void)
{
	return &cpus[self].cpu;
}

struct cpu *cpu_get(unsigned int id)
{
	return id < nr_cpus ? &cpus[id].cpu : NULL;
}

unsigned int cpu_count(void)
{
	return nr_cpus;
}

cpumask_t cpus_online(void)
{
	return (cpumask_t){ BIT(nr_cpus) - 1 };
}

__weak bool smp_is_stopping(void)
{
	return false;
}

/* ---- interrupts ---- */

/* Tests that link no kernel/call.c make no calls. */
__weak void cpus_call_serve(void)
{
}

static bool take_kick(unsigned int n)
{
	return __atomic_exchange_n(&cpus[n].kicked, false, __ATOMIC_SEQ_CST);
}

static bool is_timer_due(unsigned int n)
{
	return time_now() >= cpus[n].deadline;
}

static void interrupts(void)
{
	unsigned int n = this_cpu()->id;

	if (take_kick(n)) {
		cpus_call_serve();
		if (READ_ONCE(this_cpu()->timers_came))
			timers_kicked();
		if (READ_ONCE(this_cpu()->resched))
			thread_slice_over();
	}
	if (is_timer_due(n)) {
		cpus[n].deadline = ~0ul;
		timer_interrupt();
	}
}

unsigned long arch_irq_save(void)
{
	unsigned int n = this_cpu()->id;
	bool on = cpus[n].irqs_on;

	cpus[n].irqs_on = false;
	return on;
}

void arch_irq_enable(void)
{
	interrupts();
	cpus[this_cpu()->id].irqs_on = true;
}

void arch_irq_disable(void)
{
	cpus[this_cpu()->id].irqs_on = false;
}

void arch_irq_restore(unsigned long flags)
{
	if (flags)
		arch_irq_enable();
}

int arch_irqs_enabled(void)
{
	return cpus[this_cpu()->id].irqs_on;
}

void arch_timer_set(u64 deadline)
{
	cpus[this_cpu()->id].deadline = deadline;
}

void arch_cpu_kick(struct cpu *c)
{
	__atomic_store_n(&cpus[c->id].kicked, true, __ATOMIC_SEQ_CST);
	pthread_mutex_lock(&lock);
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static bool is_wanted(unsigned int n)
{
	return __atomic_load_n(&cpus[n].kicked, __ATOMIC_SEQ_CST) ||
	       __atomic_load_n(&over, __ATOMIC_SEQ_CST) || is_timer_due(n);
}

/* Under @lock, as one of the CPUs that wait. */
static bool is_anything_to_come(void)
{
	unsigned int i;

	if (waiting < nr_cpus)
		return true;
	for (i = 0; i < nr_cpus; i++)
		if (cpus[i].deadline != ~0ul || __atomic_load_n(&cpus[i].kicked, __ATOMIC_SEQ_CST))
			return true;
	return false;
}

static void sleep_until_wanted(unsigned int n)
{
	struct timespec t;

	pthread_mutex_lock(&lock);
	waiting++;
	while (!is_wanted(n)) {
		if (!is_anything_to_come()) {
			lost = true;
			__atomic_store_n(&over, true, __ATOMIC_SEQ_CST);
			pthread_cond_broadcast(&changed);
			break;
		}
		clock_gettime(CLOCK_REALTIME, &t);
		t.tv_nsec += 1000000;
		if (t.tv_nsec >= 1000000000) {
			t.tv_nsec -= 1000000000;
			t.tv_sec++;
		}
		pthread_cond_timedwait(&changed, &lock, &t);
	}
	waiting--;
	pthread_mutex_unlock(&lock);
}

void arch_cpu_wait(void)
{
	unsigned int n = this_cpu()->id, i;

	for (i = 0; i < spins && !is_wanted(n); i++)
		barrier();
	if (!is_wanted(n))
		sleep_until_wanted(n);
	if (__atomic_load_n(&over, __ATOMIC_SEQ_CST))
		longjmp(cpus[n].off, 1); /* the idle thread's stack is the CPU's */
}

/* ---- time ---- */

u64 time_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * 1000000000 + (u64)t.tv_nsec;
}

u64 arch_time_hz(const void *fdt)
{
	return 1000000000;
}

void panic_plain(const char *fmt, ...)
{
	abort();
}

bool machine_is_parallel(void)
{
	static int count; /* written by the first call, before there are CPUs */
	cpu_set_t set;

	if (!count)
		count = sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);
	return count > 1;
}

unsigned int machine_rounds(unsigned int n)
{
	return machine_is_parallel() ? n : n / 500;
}

bool machine_is_interrupted(void)
{
	unsigned int n = this_cpu()->id;

	return __atomic_load_n(&cpus[n].kicked, __ATOMIC_SEQ_CST) || is_timer_due(n);
}

unsigned int machine_random(void)
{
	return (unsigned int)shim_random(&cpus[this_cpu()->id].random);
}

void machine_relax(void)
{
	unsigned long flags = arch_irq_save();

	interrupts();
	arch_irq_restore(flags);
	if (!machine_is_parallel())
		sched_yield();
}

/* ---- contexts ---- */

void *host_stack_alloc(unsigned int pages)
{
	__atomic_fetch_add(&threads, 1, __ATOMIC_SEQ_CST);
	return (char *)malloc(STACK_SIZE) + STACK_SIZE;
}

void host_stack_free(void *top, unsigned int pages)
{
	free((char *)top - STACK_SIZE);
	if (__atomic_sub_fetch(&threads, 1, __ATOMIC_SEQ_CST))
		return;
	__atomic_store_n(&over, true, __ATOMIC_SEQ_CST);
	pthread_mutex_lock(&lock);
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

void *kzalloc(size_t size)
{
	size_t whole = (size + 63) / 64 * 64;

	/* Lines of a cache are nobody else's. */
	return memset(aligned_alloc(64, whole), 0, whole);
}

void kfree(void *p)
{
	struct thread *t = p;

	if (t->ctx.machine)
		fiber_destroy(t->ctx.machine->fiber);
	free(t->ctx.machine);
	free(t);
}

void arch_context_init(struct arch_context *ctx, void *stack, void (*fn)(void))
{
	struct machine_context *m = calloc(1, sizeof(*m));

	getcontext(&m->regs);
	m->regs.uc_stack.ss_sp = (char *)stack - STACK_SIZE;
	m->regs.uc_stack.ss_size = STACK_SIZE;
	makecontext(&m->regs, fn, 0);
	m->fiber = fiber_create();
	ctx->machine = m;
}

void arch_context_switch(struct arch_context *prev, struct arch_context *next)
{
	struct machine_context *from = prev->machine, *to = next->machine;

	fiber_switch(to->fiber);
	swapcontext(&from->regs, &to->regs);
}

/* ---- the whole ---- */

static void *run_cpu(void *arg)
{
	struct machine_context m = { 0 };
	struct cpu *c = arg;

	self = c->id;
	m.fiber = fiber_current();
	c->idle->ctx.machine = &m;
	if (!setjmp(cpus[c->id].off)) {
		if (c->id == 0)
			start_fn();
		thread_idle();
	}
	return NULL;
}

bool machine_run(unsigned int n, void (*start)(void))
{
	static u64 seed;
	unsigned int i;

	memset(cpus, 0, sizeof(cpus));
	nr_cpus = n;
	over = lost = false;
	waiting = 0;
	threads = 0;
	start_fn = start;
	spins = machine_is_parallel() ? SPINS : 0;
	seed = seed ? seed : shim_seed(1);
	time_init(NULL);
	self = 0;
	threads_init();
	for (i = 0; i < n; i++) {
		struct cpu *c = &cpus[i].cpu;

		c->id = i;
		list_init(&c->timers);
		cpus[i].deadline = ~0ul;
		cpus[i].random = shim_random(&seed);
		if (i)
			c->idle = thread_create_idle(c);
	}
	for (i = 0; i < n; i++)
		pthread_create(&cpus[i].thread, NULL, run_cpu, &cpus[i].cpu);
	for (i = 0; i < n; i++)
		pthread_join(cpus[i].thread, NULL);
	for (i = 1; i < n; i++) {
		cpus[i].cpu.idle->ctx.machine = NULL;
		kfree(cpus[i].cpu.idle);
	}
	return !lost;
}
