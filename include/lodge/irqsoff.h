/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_IRQSOFF_H
#define LODGE_IRQSOFF_H

#include <lodge/compiler.h>
#include <lodge/lock_debug.h>
#include <lodge/types.h>

/*
 * CONFIG_IRQSOFF_TRACER: how long interrupts are off, and where. <asm/irqflags.h> and the traps
 * say where they go off and on; without the option, nothing of it is there.
 */

struct vcpu;

/** irqsoff_begin() - interrupts of this CPU are off from here on, if they were not before. */
void irqsoff_begin(void);
/** irqsoff_end() - they are about to be on. */
void irqsoff_end(void);

/* An exit begins a stretch, and the next entry ends it. switch.S calls these. */
/** irqsoff_guest_exit() - @vcpu has left the guest. Returns it. */
struct vcpu *irqsoff_guest_exit(struct vcpu *vcpu);
/** irqsoff_guest_enter() - @vcpu is about to enter the guest. Returns it. */
struct vcpu *irqsoff_guest_enter(struct vcpu *vcpu);

/**
 * irqsoff_init() - count from now on; the boot has interrupts off as long as it likes
 * @exit_name: what the last exit of a vCPU is called, of the one that the stretch began with
 */
void irqsoff_init(const char *(*exit_name)(const struct vcpu *vcpu));

/** irqsoff_report() - the longest stretches on the console. */
void irqsoff_report(void);

static __always_inline void trace_irqs_off(void)
{
	if (IS_ENABLED(CONFIG_IRQSOFF_TRACER))
		irqsoff_begin();
}

static __always_inline void trace_irqs_on(void)
{
	if (IS_ENABLED(CONFIG_IRQSOFF_TRACER))
		irqsoff_end();
	if (IS_ENABLED(CONFIG_DEBUG_LOCKS))
		lock_debug_irqs_on();
}

#endif
