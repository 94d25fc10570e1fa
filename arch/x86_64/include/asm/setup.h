/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_SETUP_H
#define ASM_SETUP_H

/* Who booted us, for x86_start(). */
#define BOOT_PVH	0
#define BOOT_MULTIBOOT2 1

#ifndef __ASSEMBLY__
#include <lodge/compiler.h>
#include <lodge/types.h>

__noreturn void x86_start(u32 protocol, u64 info);
__noreturn void x86_secondary_start(void);
#endif

#endif
