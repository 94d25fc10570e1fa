/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_SMP_H
#define ASM_SMP_H

#include <lodge/types.h>

/** smp_find_trampoline() - where in the tree is the page that started CPUs begin in. */
void smp_find_trampoline(const void *fdt);

/* The final host tables, for CPUs that come up later. */
extern u64 x86_host_cr3;

#endif
