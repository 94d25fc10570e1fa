/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_VM_H
#define ASM_VM_H

struct arch_vm {
	int dummy;
};

#endif
