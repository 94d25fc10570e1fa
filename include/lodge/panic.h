/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_PANIC_H
#define LODGE_PANIC_H

#include <lodge/compiler.h>

/* Exit status of the machine after a panic, for whoever started it. */
#define PANIC_STATUS 101

/** panic_plain() - the machine can't be used: one line for a person, no backtrace. */
__printf(1, 2) __noreturn void panic_plain(const char *fmt, ...);

/** panic_begin() - interrupts off, the other CPUs stopped, the console ours. */
void panic_begin(void);
/** panic_end() - stop the machine with PANIC_STATUS. */
__noreturn void panic_end(void);

#endif
