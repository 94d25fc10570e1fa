/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_VMMCALL_H
#define ARCH_VMMCALL_H

#include <lodge/types.h>

/* Calls of the hypervisor: number in rax, arguments in rdi, rsi and rdx, result in rax. */
#define VMMCALL_POWER_OFF 0x84000008

long vmmcall(u64 nr, u64 a, u64 b, u64 c);

#endif
