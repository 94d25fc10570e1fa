/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_RESUME_H
#define ASM_RESUME_H

/*
 * Beyond enum exit_action, for switch.S alone: EXIT_RESUME, but one of the registers that C
 * preserves has a new value in struct arch_vcpu. Not a bit of any request.
 */
#define ARM64_RESUME_RELOAD 0x40000000

#endif
