/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_VCPU_H
#define ASM_VCPU_H

#define NR_EXIT_CAUSES 4

struct arch_vcpu {
	int dummy;
};

#endif
