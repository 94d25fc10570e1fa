/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_PSCI_H
#define ARCH_PSCI_H

#include <lodge/types.h>

/* PSCI 1.1 (Arm DEN 0022) and SMCCC 1.2 (DEN 0028). */

#define PSCI_VERSION	       0x84000000
#define PSCI_CPU_SUSPEND       0x84000001
#define PSCI_CPU_OFF	       0x84000002
#define PSCI_CPU_ON	       0x84000003
#define PSCI_AFFINITY_INFO     0x84000004
#define PSCI_MIGRATE	       0x84000005
#define PSCI_MIGRATE_INFO_TYPE 0x84000006
#define PSCI_MIGRATE_INFO_CPU  0x84000007
#define PSCI_SYSTEM_OFF	       0x84000008
#define PSCI_SYSTEM_RESET      0x84000009
#define PSCI_FEATURES	       0x8400000a
#define PSCI_CPU_FREEZE	       0x8400000b
#define PSCI_CPU_DEFAULT_SUSP  0x8400000c
#define PSCI_NODE_HW_STATE     0x8400000d
#define PSCI_SYSTEM_SUSPEND    0x8400000e
#define PSCI_SET_SUSPEND_MODE  0x8400000f
#define PSCI_STAT_RESIDENCY    0x84000010
#define PSCI_STAT_COUNT	       0x84000011
#define PSCI_SYSTEM_RESET2     0x84000012
#define PSCI_MEM_PROTECT       0x84000013
#define PSCI_MEM_PROTECT_RANGE 0x84000014
#define PSCI_SYSTEM_OFF2       0x84000015

#define SMCCC_64(fn) ((fn) | 0x40000000)

#define SMCCC_VERSION	    0x80000000
#define SMCCC_ARCH_FEATURES 0x80000001
#define SMCCC_ARCH_SOC_ID   0x80000002
#define SMCCC_WORKAROUND_1  0x80008000
#define SMCCC_WORKAROUND_2  0x80007fff
#define SMCCC_WORKAROUND_3  0x80003fff

#define TRNG_VERSION  0x84000050
#define TRNG_FEATURES 0x84000051
#define TRNG_GET_UUID 0x84000052
#define TRNG_RND      0x84000053

#define PSCI_SUCCESS	      0
#define PSCI_NOT_SUPPORTED    (-1)
#define PSCI_INVALID_PARAMS   (-2)
#define PSCI_DENIED	      (-3)
#define PSCI_ALREADY_ON	      (-4)
#define PSCI_ON_PENDING	      (-5)
#define PSCI_INTERNAL_FAILURE (-6)
#define PSCI_INVALID_ADDRESS  (-9)

struct smccc_regs {
	u64 x[18];
};

/* By HVC and by SMC: x0 to x17 in and out. */
void smccc_hvc(struct smccc_regs *r);
void smccc_smc(struct smccc_regs *r);

/* An HVC with three arguments. Return: what w0 or x0 holds after it, with its sign. */
long psci_call(u64 fn, u64 a, u64 b, u64 c);

#endif
