/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GUEST_USER_H
#define GUEST_USER_H

#include <lodge/types.h>

typedef long (*syscall_handler_t)(u64 nr, u64 a, u64 b, u64 c);

/* Runs user code until @syscall calls arch_user_exit(). Return: its status. */
long arch_user_run(u64 pc, u64 sp, syscall_handler_t syscall);
void __noreturn arch_user_exit(long status);

/* A periodic tick, from the interrupt handler. Interrupts are on in user code only. */
void tick_start(u64 period_us, void (*tick)(void));
void tick_stop(void);

/* Code and constants that run in user mode, away from where they are linked: they
 * may refer to nothing outside. */
#define __user_text   __section(".user.text")
#define __user_rodata __section(".user.rodata")

extern char __user_start[], __user_end[];

#endif
