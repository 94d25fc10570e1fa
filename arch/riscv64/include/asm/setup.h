/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_SETUP_H
#define ASM_SETUP_H

#include <lodge/compiler.h>
#include <lodge/types.h>

__noreturn void riscv_start(u64 hartid, u64 fdt);
__noreturn void riscv_secondary_start(void);

#endif
