/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_MAINTENANCE_H
#define ASM_MAINTENANCE_H

/* What a PE of aarch64 forgets: a test that uses code with these says what that is. */
#include <lodge/types.h>

enum arm_reach {
	ARM_nsh,
	ARM_ish,
	ARM_ishst,
	ARM_sy,
};

#define dsb(reach) arm_dsb(ARM_##reach)
void arm_dsb(enum arm_reach reach);
void tlbi_alle1(void);
void tlbi_vmalle1(void);
void tlbi_vmalle1is(void);
void tlbi_vmalls12e1is(void);
void tlbi_ipas2e1is(u64 ipa);
void ic_iallu(void);
void ic_ialluis(void);
void dc_civac(u64 va);
void clrex(void);

#endif
