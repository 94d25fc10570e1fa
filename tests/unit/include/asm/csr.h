/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UNIT_ASM_CSR_H
#define UNIT_ASM_CSR_H

/* Control and status registers of riscv64, whose headers come after these: words, by their number. */
#include <lodge/types.h>
#include_next <asm/csr.h>

#undef csr_read
#undef csr_write
#undef csr_set
#undef csr_clear
#undef csr_swap

/* A test that uses them has them, those of the calling CPU if there are several. */
#ifdef SHIM_SMP
u64 *shim_csrs(void);
#define shim_csr shim_csrs()
#else
extern u64 shim_csr[0x1000];
#endif

#define csr_read(csr)	  (shim_csr[csr])
#define csr_write(csr, v) ((void)(shim_csr[csr] = (u64)(v)))
#define csr_set(csr, v)	  ((void)(shim_csr[csr] |= (u64)(v)))
#define csr_clear(csr, v) ((void)(shim_csr[csr] &= ~(u64)(v)))
#define csr_swap(csr, v)                   \
	({                                 \
		u64 csr_v = shim_csr[csr]; \
		shim_csr[csr] = (u64)(v);  \
		csr_v;                     \
	})

#endif
