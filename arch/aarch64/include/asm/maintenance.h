/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_MAINTENANCE_H
#define ASM_MAINTENANCE_H

/*
 * Maintenance of guests' translations and of caches, one instruction each. Names that end in "is"
 * reach all PEs of the inner shareable domain; the others only this one. None has taken effect before
 * a DSB of that reach (Arm ARM D8.17, "TLB maintenance"; D7.5, "Cache support").
 */
#include <lodge/types.h>

/* Completion, for this PE (nsh), all CPUs (ish) and all of the system (sy); "st": of stores only. */
#define dsb(reach) __asm__ volatile("dsb " #reach ::: "memory")

/** tlbi_alle1() - both stages of EL1's translation, of all VMIDs. */
static inline void tlbi_alle1(void)
{
	__asm__ volatile("tlbi alle1" ::: "memory");
}

/** tlbi_vmalle1() - what stage 1 is part of, of the VMID in VTTBR_EL2. */
static inline void tlbi_vmalle1(void)
{
	__asm__ volatile("tlbi vmalle1" ::: "memory");
}

static inline void tlbi_vmalle1is(void)
{
	__asm__ volatile("tlbi vmalle1is" ::: "memory");
}

/** tlbi_vmalls12e1is() - both stages, of the VMID in VTTBR_EL2. */
static inline void tlbi_vmalls12e1is(void)
{
	__asm__ volatile("tlbi vmalls12e1is" ::: "memory");
}

/** tlbi_ipas2e1is() - what stage 2 alone says of the page at @ipa, of the VMID in VTTBR_EL2. */
static inline void tlbi_ipas2e1is(u64 ipa)
{
	__asm__ volatile("tlbi ipas2e1is, %0" ::"r"(ipa >> PAGE_SHIFT) : "memory");
}

/** ic_iallu() - all that was fetched. */
static inline void ic_iallu(void)
{
	__asm__ volatile("ic iallu" ::: "memory");
}

static inline void ic_ialluis(void)
{
	__asm__ volatile("ic ialluis" ::: "memory");
}

/** dc_civac() - write the line at @va back to memory, and forget it. */
static inline void dc_civac(u64 va)
{
	__asm__ volatile("dc civac, %0" ::"r"(va) : "memory");
}

/** clrex() - this PE's exclusive monitor. */
static inline void clrex(void)
{
	__asm__ volatile("clrex" ::: "memory");
}

#endif
