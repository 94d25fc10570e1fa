/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_FENCE_H
#define ASM_FENCE_H

/* What the calling hart forgets: instructions it has fetched, guests' translations, a reservation. */
#include <lodge/types.h>

/** fence_i() - what is fetched from now on is what was stored before. */
static inline void fence_i(void)
{
	__asm__ volatile("fence.i" ::: "memory");
}

/** hfence_gvma_all() - forget nested translations of all guests. */
static inline void hfence_gvma_all(void)
{
	__asm__ volatile(".insn r 0x73, 0, 0x31, x0, x0, x0" ::: "memory");
}

/** hfence_gvma_vmid() - of the guest that has @vmid. */
static inline void hfence_gvma_vmid(u64 vmid)
{
	__asm__ volatile(".insn r 0x73, 0, 0x31, x0, x0, %0" ::"r"(vmid) : "memory");
}

/** hfence_gvma_page() - that of the guest-physical address @addr, of the guest that has @vmid. */
static inline void hfence_gvma_page(u64 addr, u64 vmid)
{
	__asm__ volatile(".insn r 0x73, 0, 0x31, x0, %0, %1" ::"r"(addr >> 2), "r"(vmid)
			 : "memory");
}

/** hfence_vvma_all() - forget what the guest that has hgatp's VMID has translated itself. */
static inline void hfence_vvma_all(void)
{
	__asm__ volatile(".insn r 0x73, 0, 0x11, x0, x0, x0" ::: "memory");
}

/** reservation_drop() - that of an LR (Zalrsc, sc); @nowhere is a word that holds nothing. */
static inline void reservation_drop(u64 *nowhere)
{
	u64 failed;

	__asm__ volatile("sc.d %0, zero, (%1)" : "=r"(failed) : "r"(nowhere) : "memory");
}

#endif
