/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SMP_MACHINE_H
#define SMP_MACHINE_H

#include <lodge/sched.h>
#include <lodge/smp.h>
#include <lodge/time.h>

/*
 * A machine with several CPUs, each of which is a thread of this one's operating system. Threads of
 * Lodge are contexts that a CPU switches between. An interrupt is a kick by another CPU or a timer;
 * it comes when its CPU turns interrupts on, or waits.
 */

/**
 * machine_run() - start @cpus CPUs, have @start called on CPU 0, and run until each thread that was
 * created has ended
 * Return: false if all CPUs waited, and nothing was to come that could wake one: a wake-up was lost.
 */
bool machine_run(unsigned int cpus, void (*start)(void));

/** machine_is_parallel() - whether CPUs run at the same time, or take turns on one of the machine. */
bool machine_is_parallel(void);
/** machine_rounds() - @n, or much less where CPUs take turns and little can happen. */
unsigned int machine_rounds(unsigned int n);
/** machine_relax() - in a loop that waits for another CPU: interrupts come, and others have a turn. */
void machine_relax(void);
/** machine_is_interrupted() - an interrupt is pending on the calling CPU, whether they are on or off. */
bool machine_is_interrupted(void);
/** machine_random() - of the calling CPU, by LODGE_SEED. */
unsigned int machine_random(void);

#endif
