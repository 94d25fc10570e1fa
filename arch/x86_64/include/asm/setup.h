/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_SETUP_H
#define ASM_SETUP_H

#include <lodge/compiler.h>
#include <lodge/types.h>

/* Who booted us, for x86_start(). */
#define BOOT_PVH	0u
#define BOOT_MULTIBOOT2 1u

#ifndef __ASSEMBLY__
__noreturn void x86_start(u32 protocol, u64 info);
__noreturn void x86_secondary_start(void);
#endif

#endif
