/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_PSCI_H
#define ASM_PSCI_H

#include <lodge/types.h>

/* PSCI 1.1 (Arm DEN 0022): function numbers of SMC64 where there are both, and results. */
#define PSCI_VERSION	       0x84000000
#define PSCI_CPU_SUSPEND_32    0x84000001
#define PSCI_CPU_SUSPEND       0xc4000001
#define PSCI_CPU_OFF	       0x84000002
#define PSCI_CPU_ON_32	       0x84000003
#define PSCI_CPU_ON	       0xc4000003
#define PSCI_AFFINITY_INFO_32  0x84000004
#define PSCI_AFFINITY_INFO     0xc4000004
#define PSCI_MIGRATE_INFO_TYPE 0x84000006
#define PSCI_SYSTEM_OFF	       0x84000008
#define PSCI_SYSTEM_RESET      0x84000009
#define PSCI_FEATURES	       0x8400000a
#define PSCI_SYSTEM_RESET2_32  0x84000012
#define PSCI_SYSTEM_RESET2     0xc4000012

#define PSCI_SUCCESS		0
#define PSCI_NOT_SUPPORTED	(-1)
#define PSCI_INVALID_PARAMETERS (-2)
#define PSCI_DENIED		(-3)
#define PSCI_ALREADY_ON		(-4)
#define PSCI_ON_PENDING		(-5)
#define PSCI_INTERNAL_FAILURE	(-6)
#define PSCI_NOT_PRESENT	(-7)
#define PSCI_DISABLED		(-8)
#define PSCI_INVALID_ADDRESS	(-9)

/** psci_call() - call the host's firmware; PSCI_NOT_SUPPORTED if the tree names none. */
s64 psci_call(u32 function, u64 arg1, u64 arg2, u64 arg3);

#endif
