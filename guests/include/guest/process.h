/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GUEST_PROCESS_H
#define GUEST_PROCESS_H

#include <arch/syscall.h>
#include <lodge/types.h>

/*
 * What a process and its kernel agree on: where it is, and Linux's numbers as riscv64 and aarch64
 * have them. A stack begins with one word, the argument.
 */

#define USER_TEXT	0x1000UL
#define USER_STACK_TOP	0x40000000UL
#define USER_STACK_SIZE KIB(64)

enum { SYS_WRITE = 64, SYS_EXIT = 93 };
enum { EBADF = 9, EFAULT = 14, ENOSYS = 38 };

#endif
