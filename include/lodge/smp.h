/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_SMP_H
#define LODGE_SMP_H

#include <lodge/cpumask.h>
#include <lodge/list.h>
#include <lodge/sched_policy.h>
#include <lodge/spinlock.h>
#include <lodge/types.h>
#include <asm/cpu.h> /* struct arch_cpu, this_cpu() */

struct thread;
struct timer;
struct vcpu;

/**
 * struct cpu_call - what a CPU has others do (kernel/call.c)
 * @pending:	CPUs that have not done it yet; they remove themselves
 */
struct cpu_call {
	void (*fn)(void *arg);
	void *arg;
	cpumask_t pending;
};

/**
 * struct cpu - what each physical CPU has to itself
 * @self_hwid:	by which the hardware knows the CPU (arch_cpu_node_hwid())
 * @start_seen:	1 when it has started, or is no longer waited for
 * @current:	thread that runs here
 * @idle:	thread that runs when no other can
 * @runq:	threads that run and could run, and which is next; @runq_lock guards it
 * @until:	when the running thread's time slice ends, as it was last set; likewise
 * @loads:	what it read of all CPUs' queues, for a decision; it alone, with interrupts off
 * @balance_at:	when to look next whether threads should move to another CPU, in ticks
 * @excluded:	ticks that timers of others took since @runq was last told
 * @timers:	armed timers, earliest first; @timer_lock guards them
 * @timers_came: others have put timers there that it does not wait for yet
 * @timer_running: whose function runs here, or NULL; written under @timer_lock, read without it
 * @slice_end:	when the running thread has had its share, in ticks; 0: it is alone; this CPU only
 * @lent:	ticks of the threads' slices that timers of others took, ever
 * @charged:	until when the running thread's time has been charged, in ticks
 * @resched:	ask the running thread to make room at its next chance
 * @loaded:	vCPU whose state is in this CPU's guest registers
 * @fp_owner:	vCPU whose FP and vector state is in the registers
 * @vmid_generation, @vmid_next: identifiers that its TLBs may know, and the next (vmid.h)
 * @in_call:	it runs a function that cpus_call() was given
 * @call:	the call that it makes; written by it alone, but for @call.pending
 * @callers:	CPUs whose @call it has to serve; they add themselves, and it takes them all
 */
struct cpu {
	struct arch_cpu arch;
	unsigned int id;
	u64 self_hwid;
	u32 start_seen;
	struct thread *current;
	struct thread *idle;
	struct spinlock runq_lock;
	struct sched_queue runq;
	u64 until;
	struct sched_load *loads;
	u64 balance_at;
	u64 excluded;
	u64 charged;
	bool resched;
	struct spinlock timer_lock;
	struct list timers;
	bool timers_came;
	struct timer *timer_running;
	u64 slice_end;
	u64 lent;
	u64 timer_programmed;
	struct vcpu *loaded;
	struct vcpu *fp_owner;
	u64 vmid_generation;
	u64 vmid_next;
	bool in_call;
	struct cpu_call call;
	cpumask_t callers;
};

/** cpu_get() - the @id-th CPU, online or not. */
struct cpu *cpu_get(unsigned int id);
/** cpu_count() - CPUs that are online. */
unsigned int cpu_count(void);
/** cpus_online() - the CPUs that are online; they have run cpu_init(). */
cpumask_t cpus_online(void);

static inline unsigned int cpu_id(void)
{
	return this_cpu()->id;
}

static inline u64 arch_cpu_hwid(unsigned int cpu)
{
	return cpu_get(cpu)->self_hwid;
}

/** smp_init() - find the CPUs in @fdt and start them; they idle afterwards. */
void smp_init(const void *fdt);

/*
 * Registers void @fn(void), which each CPU calls once when it starts, with interrupts off, behind
 * arch_cpu_init(). For what is above kernel/; CPUs that are up already do not call it.
 */
#define CPU_INIT(fn) static void (*const __cpu_init_##fn)(void) __used __section(".cpu_inits") = fn

/** cpu_init() - make the calling CPU ready, with interrupts off; once on each. */
void cpu_init(void);

/** smp_secondary_main() - where a started CPU continues in C, on its idle stack. */
__noreturn void smp_secondary_main(void);

/** cpu_kicked() - arch to core: another CPU has asked for attention. */
void cpu_kicked(void);

/** smp_stop_others() - park every other CPU for good; from panic and power-off. */
void smp_stop_others(void);

/**
 * smp_is_stopping() - whether the calling CPU has stopped the others
 * For loops that wait for another CPU, with interrupts off. If another CPU has stopped this one, it
 * does not return.
 */
bool smp_is_stopping(void);

#endif
