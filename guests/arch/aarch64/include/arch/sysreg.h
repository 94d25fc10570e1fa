/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_SYSREG_H
#define ARCH_SYSREG_H

#include <lodge/types.h>

/* By name, or as S3_0_C0_C0_0 where an assembler need not know it. */
#define sysreg_read(reg)                                                                    \
	({                                                                                  \
		u64 sysreg_val;                                                             \
		__asm__ volatile("mrs %0, " __stringify(reg) : "=r"(sysreg_val)::"memory"); \
		sysreg_val;                                                                 \
	})
#define sysreg_write(reg, v) \
	__asm__ volatile("msr " __stringify(reg) ", %x0" ::"rZ"((u64)(v)) : "memory")

static inline void isb(void)
{
	__asm__ volatile("isb" ::: "memory");
}

#define SCTLR_M	  BIT(0)
#define SCTLR_A	  BIT(1)
#define SCTLR_C	  BIT(2)
#define SCTLR_I	  BIT(12)
#define SCTLR_UCI BIT(26)
/* At entry: no translation and caches, little-endian at both levels, no alignment checks ... */
#define SCTLR_ENTRY_OFF (SCTLR_M | SCTLR_C | SCTLR_I | BIT(1) | BIT(24) | BIT(25))
/* ... but nTWE, nTWI, CP15BEN, SA0 and SA. */
#define SCTLR_ENTRY_ON (BIT(18) | BIT(16) | BIT(5) | BIT(4) | BIT(3))

#define CPACR_FPEN (3UL << 20)

#define PSTATE_I BIT(7)
#define PSTATE_M 0xfUL /* 0: EL0 */

/* ESR_ELx.EC (Arm ARM, D17.2.37) */
#define EC_UNKNOWN  0x00
#define EC_WFX	    0x01
#define EC_FP	    0x07
#define EC_ILLEGAL  0x0e
#define EC_SVC32    0x11
#define EC_SVC64    0x15
#define EC_HVC64    0x16
#define EC_SMC64    0x17
#define EC_SYS64    0x18
#define EC_SVE	    0x19
#define EC_IABT_LOW 0x20
#define EC_IABT	    0x21
#define EC_PC_ALIGN 0x22
#define EC_DABT_LOW 0x24
#define EC_DABT	    0x25
#define EC_SP_ALIGN 0x26
#define EC_FP64	    0x2c
#define EC_BRK64    0x3c

#define ESR_EC(esr)   ((esr) >> 26 & 0x3f)
#define ESR_WNR	      BIT(6)
#define ESR_FSC(esr)  (0x3f & (esr))
#define FSC_ADDRESS   0x00 /* address size, levels 0 to 3 */
#define FSC_TRANS     0x04 /* translation */
#define FSC_FLAG      0x08 /* access flag */
#define FSC_PERM      0x0c /* permission */
#define FSC_EXTERNAL  0x10
#define FSC_EXT_WALK  0x14 /* on a walk, levels 0 to 3 */
#define FSC_ALIGNMENT 0x21

#endif
