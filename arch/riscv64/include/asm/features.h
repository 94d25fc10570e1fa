/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_FEATURES_H
#define ASM_FEATURES_H

#include <lodge/types.h>

/** riscv_features_init() - read the tree and probe the hart; panics without H. */
void riscv_features_init(const void *fdt);
bool riscv_csr_hypervisor(void);

/* satp of the final host tables, for harts that come up later. */
extern u64 riscv_host_satp;
/* The name of their format. */
extern const char *riscv_host_format;
/** riscv_check_mmu() - ends the machine, with a line, if lodge.mmu= names no format; a status can be told by then. */
void riscv_check_mmu(void);

#endif
