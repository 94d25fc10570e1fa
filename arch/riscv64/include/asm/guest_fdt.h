/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_GUEST_FDT_H
#define ASM_GUEST_FDT_H

/** arch_guest_isa() - the ISA string of a vCPU: what this machine has and guests may use. */
const char *arch_guest_isa(void);

struct fdt_writer;

/** arch_guest_fdt_isa() - a vCPU's further properties of its ISA, as the host's tree has them. */
void arch_guest_fdt_isa(struct fdt_writer *w);

/** arch_guest_mmu_type() - the largest paging of a vCPU: "riscv,sv39", "riscv,sv48", "riscv,sv57". */
const char *arch_guest_mmu_type(void);

#endif
