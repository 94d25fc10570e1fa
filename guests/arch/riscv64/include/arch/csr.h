/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_CSR_H
#define ARCH_CSR_H

#include <lodge/types.h>

#define csr_read(csr)                                                                     \
	({                                                                                \
		u64 csr_val;                                                              \
		__asm__ volatile("csrr %0, " __stringify(csr) : "=r"(csr_val)::"memory"); \
		csr_val;                                                                  \
	})
#define csr_write(csr, v) \
	__asm__ volatile("csrw " __stringify(csr) ", %0" ::"rK"((u64)(v)) : "memory")
#define csr_set(csr, v) \
	__asm__ volatile("csrs " __stringify(csr) ", %0" ::"rK"((u64)(v)) : "memory")
#define csr_clear(csr, v) \
	__asm__ volatile("csrc " __stringify(csr) ", %0" ::"rK"((u64)(v)) : "memory")

#define SSTATUS_SIE  BIT(1)
#define SSTATUS_SPIE BIT(5)
#define SSTATUS_SPP  BIT(8)
#define SSTATUS_VS   (3UL << 9)
#define SSTATUS_FS   (3UL << 13)
#define SSTATUS_SUM  BIT(18)
#define SSTATUS_MXR  BIT(19)

/* Interrupt numbers, and bits of sie and sip. */
#define IRQ_SOFT  1
#define IRQ_TIMER 5
#define IRQ_EXT	  9

#define CAUSE_INTERRUPT	     BIT(63)
#define CAUSE_FETCH_MISALIGN 0
#define CAUSE_FETCH_ACCESS   1
#define CAUSE_ILLEGAL	     2
#define CAUSE_BREAKPOINT     3
#define CAUSE_LOAD_MISALIGN  4
#define CAUSE_LOAD_ACCESS    5
#define CAUSE_STORE_MISALIGN 6
#define CAUSE_STORE_ACCESS   7
#define CAUSE_ECALL_U	     8
#define CAUSE_ECALL_S	     9
#define CAUSE_FETCH_PAGE     12
#define CAUSE_LOAD_PAGE	     13
#define CAUSE_STORE_PAGE     15

#define SATP_MODE_SHIFT 60

#endif
