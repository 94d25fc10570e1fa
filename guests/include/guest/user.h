/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GUEST_USER_H
#define GUEST_USER_H

#include <guest/paging.h>
#include <guest/process.h>
#include <guest/trap.h>

/* ---- running a process: the kernel's side of guest/process.h ---- */

typedef long (*syscall_handler_t)(u64 nr, u64 a, u64 b, u64 c);

/* Runs user code until @on_call calls arch_user_exit(). Return: its status. */
long arch_user_run(u64 pc, u64 sp, syscall_handler_t on_call);
void __noreturn arch_user_exit(long status);

/* Maps the program in the ELF file at @file into @as. Return: false if that can't be. */
bool user_load(struct address_space *as, const void *file, size_t size, u64 *entry);
/* SYS_WRITE: the number of bytes written, or an error and nothing written. */
long user_write(struct address_space *as, u64 fd, u64 buf, u64 len);

/* A periodic tick, from the interrupt handler. A process always has interrupts on. */
void tick_start(u64 period_us, void (*tick)(void));
void tick_stop(void);

/* Code and constants that run in user mode, away from where they are linked: they
 * may refer to nothing outside. */
#define __user_text   __section(".user.text")
#define __user_rodata __section(".user.rodata")

extern char __user_start[], __user_end[];

#endif
