/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_HART_H
#define ARCH_HART_H

#include <guest/guest.h>

#define MAX_HARTS 8

/* A hart that is not the boot hart; its ID is its number. Assembly knows the first five. */
struct hart {
	u64 sp;
	void (*fn)(struct hart *h);
	u64 id, satp, sstatus; /* as it was handed over; ~0 before it has run */
};

extern struct hart harts[MAX_HARTS];

/* Hart IDs are the numbers below nr_cpus; the boot hart has one of them. */
#define for_each_other_hart(h)                                                   \
	for (u64 h = 0; h < min(platform.nr_cpus, (unsigned int)MAX_HARTS); h++) \
		if (h != platform.boot_cpu)

/* Where a hart begins, with its struct hart as the opaque value. */
void hart_entry(void);

enum { HART_STARTED, HART_STOPPED, HART_START_PENDING, HART_STOP_PENDING, HART_SUSPENDED };

/*
 * Runs @fn on hart @id, paging and interrupts off, on a stack of its own; the hart stops
 * when @fn returns. Return: an SBI error.
 */
long hart_start(u64 id, void (*fn)(struct hart *h));
/* Return: HART_*, or an SBI error. */
long hart_status(u64 id);
/* Return: false if it is not so within a second. */
bool hart_wait_status(u64 id, long status);
long hart_send_ipi(u64 mask, u64 base);

/* What other harts see: all before it before all after it. */
static inline void smp_mb(void)
{
	__asm__ volatile("fence rw, rw" ::: "memory");
}

#endif
