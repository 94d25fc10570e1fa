/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_ARCH_H
#define LODGE_ARCH_H

#include <lodge/pgtable.h>
#include <lodge/types.h>
#include <asm/irqflags.h>
#include <asm/layout.h>

/*
 * What the generic code needs from an architecture below virt/. A port implements
 * this header and arch_virt.h, and <asm/{layout,cpu,io,barrier,irqflags,vm}.h>.
 */

struct cpu;
struct thread;

/* ---- before anything works ---- */

/** arch_early_putc() - one character on the firmware's console; any context, no memory. */
void arch_early_putc(char c);

/** arch_init() - CPU features, after the FDT is known to be whole. */
void arch_init(const void *fdt);

/* ---- memory ---- */

/** arch_host_format() - the largest host page-table format of this CPU. */
const struct pgtable_format *arch_host_format(void);
/** arch_host_activate() - translate with @root from now on. */
void arch_host_activate(const struct pgtable_format *fmt, hpa_t root);
/** arch_tlb_flush_host() - forget host translations of [va, va + size), on all CPUs. */
void arch_tlb_flush_host(u64 va, u64 size);

/* ---- CPUs ---- */

/** arch_cpu_node_hwid() - hardware id of a cpu node; -ENODEV if it can't be used. */
__must_check int arch_cpu_node_hwid(const void *fdt, int node, u64 *hwid);
/** arch_cpu_start() - start @c at smp_secondary_main() with @stack. */
__must_check int arch_cpu_start(struct cpu *c, void *stack);
/** arch_cpu_init() - the calling CPU's registers: traps, timer, guest defaults; panics in
 * one readable line when the CPU lacks what Lodge must have. */
void arch_cpu_init(void);
/**
 * arch_cpu_kick() - interrupt @c; its handler calls cpu_kicked()
 * What this CPU stored before, the handler sees.
 */
void arch_cpu_kick(struct cpu *c);
/** arch_cpu_wait() - sleep until an interrupt is pending; interrupts are off. */
void arch_cpu_wait(void);
/** arch_cpu_halt() - the calling CPU does nothing any more, for good. */
__noreturn void arch_cpu_halt(void);

/* ---- threads ---- */

struct arch_context; /* in <asm/cpu.h> */
/** arch_context_init() - the first switch to @ctx will call @fn on @stack (its top). */
void arch_context_init(struct arch_context *ctx, void *stack, void (*fn)(void));
/** arch_context_switch() - save into @prev, go on in @next; interrupts are off. */
void arch_context_switch(struct arch_context *prev, struct arch_context *next);

/* ---- time ---- */

/** arch_time_hz() - ticks of time_now() in a second; 0 if the tree does not tell. */
u64 arch_time_hz(const void *fdt);
/**
 * arch_timer_set() - interrupt this CPU at @deadline (~0: never); the handler calls
 * timer_interrupt().
 */
void arch_timer_set(u64 deadline);

/* ---- the end ---- */

/** arch_power_off() - by the firmware; returns only if it can't. */
void arch_power_off(unsigned int status);
/** arch_backtrace() - print the caller's callers, with names, on the console. */
void arch_backtrace(void);

#endif
