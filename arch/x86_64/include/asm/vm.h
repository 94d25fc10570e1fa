/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_VM_H
#define ASM_VM_H

#include <lodge/types.h>

/** struct arch_vm - what x86_64 adds to a VM */
struct arch_vm {
	u64 tsc_offset; /* guest's TSC less the host's */
};

#endif
