/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GUEST_PAGING_H
#define GUEST_PAGING_H

#include <lodge/types.h>

/* A guest's own first stage of translation: radix trees of 512 64-bit entries. */

#define MAP_R 1u
#define MAP_W 2u
#define MAP_X 4u
#define MAP_U 8u  /* for user mode; the kernel's own pages must not have it */
#define MAP_D 16u /* a device: not cached, in order */

struct paging_mode {
	const char *name;
	unsigned int levels;
	unsigned int va_bits;
	u64 id; /* as the architecture numbers it */
};

struct address_space {
	const struct paging_mode *mode;
	u64 root;
	u64 nr_tables;
	u64 (*alloc)(void); /* a zeroed page for a table */
};

extern const struct paging_mode arch_paging_modes[];
extern const unsigned int arch_nr_paging_modes;

void as_create(struct address_space *as, const struct paging_mode *mode, u64 (*alloc)(void));

/* Leaves are as large as alignment allows, up to @max_level (0: 4 KiB, 1: 2 MiB, ...). */
void as_map(struct address_space *as, u64 va, u64 pa, u64 size, u32 prot, unsigned int max_level);

/* Where they are: the UART, and what this library needs to handle interrupts. */
void as_map_devices(struct address_space *as);
void arch_map_devices(struct address_space *as);

/*
 * The kernel where it is, and RAM up to @end, closed to user mode: its text and constants can't be
 * written, the rest not executed; and the devices.
 */
void as_map_kernel(struct address_space *as, u64 end);

/* The entry that maps @va, or the last table entry that is not valid. */
u64 *as_walk(struct address_space *as, u64 va, unsigned int *level);

/* Where @va is if @as maps it with all of @prot. */
bool as_translate(struct address_space *as, u64 va, u32 prot, u64 *pa);

/* False if this CPU does not have the mode. The code running must be mapped. */
bool arch_paging_on(const struct address_space *as);
void arch_paging_off(void);
void arch_tlb_flush(void);

/* The format, for the walker. */
bool arch_pte_valid(u64 pte);
bool arch_pte_leaf(u64 pte, unsigned int level);
u64 arch_pte_addr(u64 pte);
bool arch_pte_allows(u64 pte, u32 prot);
u64 arch_pte_make_table(u64 pa);
u64 arch_pte_make_leaf(u64 pa, u32 prot, unsigned int level);

#endif
