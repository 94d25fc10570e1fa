/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_GUESTS_PAGING_H
#define TESTS_GUESTS_PAGING_H

#include <guest/paging.h>
#include <guest/trap.h>

#define VA_4K	 0x1000000000UL /* fits 39 bits */
#define VA_2M	 0x1040000000UL
#define VA_1G	 0x2000000000UL
#define VA_ALIAS 0x3000000000UL
#define VA_USER	 0x3040000000UL

/* Of the mode under test. */
extern const char *paging_name;

u64 paging_page(void);
void paging_map_kernel(struct address_space *as);

/* One trap of this kind with this address; tells what there was if not. */
bool paging_faults(struct trap_record r, enum trap_kind kind, u64 va);
struct trap_record paging_load(u64 va);
struct trap_record paging_store(u64 va);
struct trap_record paging_call(u64 va);

/* ---- what paging-arch.c has ---- */

/* Forgets what is known of one address. */
void paging_flush(u64 va);
/*
 * Keeps the kernel from its own accesses to user pages, or lets it. Return: false if this
 * CPU cannot.
 */
bool paging_guard_user(bool guard);
/* Of an entry: what a CPU or the kernel sets when it is used. */
void paging_clear_accessed(u64 *pte);
bool paging_is_accessed(u64 pte);
/* More under each mode, and once. */
void paging_arch_entries(struct address_space *as);
void paging_arch(void);

#endif
