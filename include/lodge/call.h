/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_CALL_H
#define LODGE_CALL_H

#include <lodge/cpumask.h>

/**
 * cpus_call() - have each CPU of @cpus run @fn(@arg), and wait until all have
 *
 * The CPUs run @fn with interrupts off, as an interrupt of theirs, and at the same time. If the calling
 * CPU is in @cpus, it runs @fn, too. CPUs that are not online are left out, and nobody waits for CPUs
 * that smp_stop_others() stops.
 *
 * @fn sees what the caller stored before the call, and the caller sees what @fn stored. @fn
 * must not sleep, turn interrupts on, or call this function.
 *
 * Context: threads, exits and interrupts, with interrupts on or off. While it waits, the calling CPU
 * runs what others call on it. Hold no spinlock that one of @cpus acquires with interrupts off: that
 * CPU would wait for the lock and never run @fn. Nothing is allocated. It takes as long as the longest
 * stretch with interrupts off of any of @cpus.
 */
void cpus_call(cpumask_t cpus, void (*fn)(void *arg), void *arg);

/**
 * cpus_sync() - wait until each handler of an interrupt that runs on one of @cpus has returned
 * Handlers run with interrupts off: a CPU that has taken a call is in none. Context: as cpus_call().
 */
void cpus_sync(cpumask_t cpus);

/**
 * cpus_call_serve() - run what other CPUs call on this one
 * Interrupts are off. For cpu_kicked(), and for loops with interrupts off that wait for something which
 * another CPU does only after a cpus_call() of its own.
 */
void cpus_call_serve(void);

#endif
