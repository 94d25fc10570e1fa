/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_VCPU_H
#define ASM_VCPU_H

#include <lodge/types.h>

#define NR_EXIT_CAUSES 1

struct arch_vcpu {
	u64 pc;
};

#endif
