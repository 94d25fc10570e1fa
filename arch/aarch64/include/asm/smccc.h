/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_SMCCC_H
#define ASM_SMCCC_H

#include <lodge/types.h>

/*
 * Numbers of firmware calls, the host's and guests': SMC Calling Convention 1.2 (DEN0028),
 * PSCI 1.1 (DEN0022), True Random Number Generator 1.0 (DEN0098), Paravirtualized
 * Time 1.0 (DEN0057).
 */

#define SMCCC_64 0x40000000u /* arguments are of 64 bits */

#define SMCCC_VERSION		0x80000000u
#define SMCCC_ARCH_FEATURES	0x80000001u
#define SMCCC_ARCH_SOC_ID	0x80000002u
#define SMCCC_ARCH_WORKAROUND_3 0x80003fffu
#define SMCCC_ARCH_WORKAROUND_2 0x80007fffu
#define SMCCC_ARCH_WORKAROUND_1 0x80008000u

#define SMCCC_SUCCESS	    0
#define SMCCC_NOT_SUPPORTED (-1)
#define SMCCC_NOT_REQUIRED  1 /* of a workaround: the CPU is not affected */

#define SMCCC_VERSION_1_2 0x10002u

#define PSCI_VERSION	       0x84000000u
#define PSCI_CPU_SUSPEND       0x84000001u
#define PSCI_CPU_OFF	       0x84000002u
#define PSCI_CPU_ON	       0x84000003u
#define PSCI_AFFINITY_INFO     0x84000004u
#define PSCI_MIGRATE_INFO_TYPE 0x84000006u
#define PSCI_SYSTEM_OFF	       0x84000008u
#define PSCI_SYSTEM_RESET      0x84000009u
#define PSCI_FEATURES	       0x8400000au
#define PSCI_SYSTEM_RESET2     0x84000012u

/* Its functions are 0x84000000 to 0x8400001f, and with SMCCC_64. */
#define PSCI_NUMBER    0x1fu
#define PSCI_FUNCTIONS 32

#define PSCI_VERSION_1_1 0x10001u

#define PSCI_SUCCESS		0
#define PSCI_INVALID_PARAMETERS (-2)
#define PSCI_DENIED		(-3)
#define PSCI_ALREADY_ON		(-4)
#define PSCI_ON_PENDING		(-5)
#define PSCI_INTERNAL_FAILURE	(-6)
#define PSCI_INVALID_ADDRESS	(-9)

#define PSCI_AFFINITY_ON	 0
#define PSCI_AFFINITY_OFF	 1
#define PSCI_AFFINITY_ON_PENDING 2

#define PSCI_MIGRATE_NOT_REQUIRED 2 /* there is no Trusted OS that would have to move */

#define PV_TIME_FEATURES 0xc5000020u
#define PV_TIME_ST	 0xc5000021u

#define TRNG_VERSION  0x84000050u
#define TRNG_FEATURES 0x84000051u
#define TRNG_GET_UUID 0x84000052u
#define TRNG_RND      0x84000053u

#define TRNG_VERSION_1_0	0x10000u
#define TRNG_INVALID_PARAMETERS (-2)
#define TRNG_NO_ENTROPY		(-3)

/** is_psci() - whether @fid is of the numbers that PSCI has. */
static inline bool is_psci(u32 fid)
{
	return (fid & ~(SMCCC_64 | PSCI_NUMBER)) == PSCI_VERSION;
}

/** arm64_smccc_workaround() - what ARCH_FEATURES answers for @fid, one of the workarounds. */
int arm64_smccc_workaround(u32 fid);
/** arm64_smccc_call_workaround() - have the host's firmware do it, where it is needed. */
void arm64_smccc_call_workaround(u32 fid);

#endif
