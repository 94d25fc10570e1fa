/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_FENCE_H
#define ASM_FENCE_H

/* What a hart of riscv64 forgets: a test that uses code with these says what that is. */
#include <lodge/types.h>

void fence_i(void);
void hfence_gvma_all(void);
void hfence_gvma_vmid(u64 vmid);
void hfence_gvma_page(u64 addr, u64 vmid);
void hfence_vvma_all(void);
void reservation_drop(u64 *nowhere);

#endif
