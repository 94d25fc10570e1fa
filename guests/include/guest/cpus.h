/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GUEST_CPUS_H
#define GUEST_CPUS_H

#include <arch/cpus.h>
#include <guest/guest.h>

#define MAX_CPUS 8

/* A CPU that is not the boot CPU; its ID is its number. Assembly knows the first five. */
struct cpu {
	u64 sp;
	void (*fn)(struct cpu *c);
	u64 id, paging, masks; /* as it was handed over; ~0 before it has run */
};

extern struct cpu cpus[MAX_CPUS];

/* IDs are the numbers below nr_cpus; the boot CPU has one of them. */
#define for_each_other_cpu(c)                                                   \
	for (u64 c = 0; c < min(platform.nr_cpus, (unsigned int)MAX_CPUS); c++) \
		if (c != platform.boot_cpu)

enum { CPU_STARTED, CPU_STOPPED, CPU_START_PENDING };

/*
 * Runs @fn on CPU @id, paging and interrupts off, on a stack of its own; the CPU stops
 * when @fn returns. Return: 0, or an error of the firmware.
 */
long cpu_start(u64 id, void (*fn)(struct cpu *c));
/* Return: CPU_*, or an error of the firmware. */
long cpu_status(u64 id);
/* Return: false if it is not so within a second. */
bool cpu_wait_status(u64 id, long status);

/* Ends this CPU; returns only if the firmware refuses. */
void cpu_stop(void);

/* What a CPU said of itself as it began. */
bool cpu_began_unpaged(const struct cpu *c);
bool cpu_began_masked(const struct cpu *c);

#endif
