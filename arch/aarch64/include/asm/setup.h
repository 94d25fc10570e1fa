/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_SETUP_H
#define ASM_SETUP_H

#include <lodge/compiler.h>
#include <lodge/types.h>

__noreturn void arm64_start(u64 fdt);
__noreturn void arm64_secondary_start(void);

/** arm64_switch_tables() - translate with the tables at @ttbr on this CPU. */
void arm64_switch_tables(u64 ttbr);
/** arm64_host_ttbr - the final tables, for CPUs that start. */
extern u64 arm64_host_ttbr;

/** arm64_timer_init() - once: have this CPU's, and later all CPUs' timer interrupts handled. */
void arm64_timer_init(void);
/** arm64_psci_init() - how the firmware is called, from the tree. */
void arm64_psci_init(const void *fdt);

#endif
