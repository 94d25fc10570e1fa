/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_CSR_H
#define ASM_CSR_H

/*
 * Control and status registers by their specification's names (RISC-V privileged
 * architecture 1.12, H extension 1.0, Sstc 1.0, Smstateen 1.0, Svadu 1.0 and those named). Numbers,
 * because assemblers differ in which names they know.
 */
#define CSR_FCSR 0x003
#define CSR_JVT	 0x017

#define CSR_SSTATUS    0x100
#define CSR_SIE	       0x104
#define CSR_STVEC      0x105
#define CSR_SCOUNTEREN 0x106
#define CSR_SENVCFG    0x10a
#define CSR_SSCRATCH   0x140
#define CSR_SEPC       0x141
#define CSR_SCAUSE     0x142
#define CSR_STVAL      0x143
#define CSR_SIP	       0x144
#define CSR_STIMECMP   0x14d
#define CSR_SATP       0x180
#define CSR_SCONTEXT   0x5a8 /* Sdtrig 1.0 */

#define CSR_VSSTATUS  0x200
#define CSR_VSIE      0x204
#define CSR_VSTVEC    0x205
#define CSR_VSSCRATCH 0x240
#define CSR_VSEPC     0x241
#define CSR_VSCAUSE   0x242
#define CSR_VSTVAL    0x243
#define CSR_VSIP      0x244
#define CSR_VSTIMECMP 0x24d
#define CSR_VSCTRCTL  0x24e /* Ssctr 1.0 */
#define CSR_VSISELECT 0x250 /* AIA 1.0 */
#define CSR_VSATP     0x280

#define CSR_HSTATUS    0x600
#define CSR_HEDELEG    0x602
#define CSR_HIDELEG    0x603
#define CSR_HIE	       0x604
#define CSR_HTIMEDELTA 0x605
#define CSR_HCOUNTEREN 0x606
#define CSR_HGEIE      0x607
#define CSR_HVIEN      0x608 /* AIA 1.0, as the next */
#define CSR_HVICTL     0x609
#define CSR_HENVCFG    0x60a
#define CSR_HSTATEEN0  0x60c
#define CSR_HSTATEEN1  0x60d
#define CSR_HSTATEEN2  0x60e
#define CSR_HSTATEEN3  0x60f
#define CSR_HTVAL      0x643
#define CSR_HVIP       0x645
#define CSR_HVIPRIO1   0x646 /* AIA 1.0, as the next */
#define CSR_HVIPRIO2   0x647
#define CSR_HTINST     0x64a
#define CSR_HGATP      0x680
#define CSR_HCONTEXT   0x6a8 /* Sdtrig 1.0 */

#define CSR_TIME  0xc01
#define CSR_VLENB 0xc22

#define SSTATUS_SIE	   (1ul << 1)
#define SSTATUS_SPIE	   (1ul << 5)
#define SSTATUS_SPP	   (1ul << 8)
#define SSTATUS_VS	   (3ul << 9)
#define SSTATUS_VS_INITIAL (1ul << 9)
#define SSTATUS_FS	   (3ul << 13)
#define SSTATUS_FS_INITIAL (1ul << 13)
#define SSTATUS_FS_CLEAN   (2ul << 13)
#define SSTATUS_SUM	   (1ul << 18)
#define SSTATUS_MXR	   (1ul << 19)
#define SSTATUS_UXL_64	   (2ul << 32)

#define HSTATUS_GVA	(1ul << 6)
#define HSTATUS_SPV	(1ul << 7)
#define HSTATUS_SPVP	(1ul << 8)
#define HSTATUS_VTVM	(1ul << 20)
#define HSTATUS_VTW	(1ul << 21)
#define HSTATUS_VTSR	(1ul << 22)
#define HSTATUS_VSXL_64 (2ul << 32)

/* sip, sie, hip, hie, hvip, hideleg */
#define IRQ_SSOFT   1
#define IRQ_VSSOFT  2
#define IRQ_STIMER  5
#define IRQ_VSTIMER 6
#define IRQ_SEXT    9
#define IRQ_VSEXT   10
#define IRQ_SGEXT   12

#define VSSIP (1ul << IRQ_VSSOFT)
#define VSTIP (1ul << IRQ_VSTIMER)
#define VSEIP (1ul << IRQ_VSEXT)

#define SCAUSE_INTERRUPT (1ul << 63)

#define CAUSE_FETCH_MISALIGNED 0
#define CAUSE_FETCH_ACCESS     1
#define CAUSE_ILLEGAL	       2
#define CAUSE_BREAKPOINT       3
#define CAUSE_LOAD_MISALIGNED  4
#define CAUSE_LOAD_ACCESS      5
#define CAUSE_STORE_MISALIGNED 6
#define CAUSE_STORE_ACCESS     7
#define CAUSE_ECALL_U	       8
#define CAUSE_ECALL_HS	       9
#define CAUSE_ECALL_VS	       10
#define CAUSE_FETCH_PF	       12
#define CAUSE_LOAD_PF	       13
#define CAUSE_STORE_PF	       15
#define CAUSE_FETCH_GUEST_PF   20
#define CAUSE_LOAD_GUEST_PF    21
#define CAUSE_VIRTUAL_INSN     22
#define CAUSE_STORE_GUEST_PF   23

#define HCOUNTEREN_CY (1ul << 0)
#define HCOUNTEREN_TM (1ul << 1)
#define HCOUNTEREN_IR (1ul << 2)

#define HENVCFG_FIOM	   (1ul << 0)
#define HENVCFG_CBIE_FLUSH (1ul << 4)
#define HENVCFG_CBCFE	   (1ul << 6)
#define HENVCFG_CBZE	   (1ul << 7)
#define HENVCFG_ADUE	   (1ul << 61)
#define HENVCFG_PBMTE	   (1ul << 62)
#define HENVCFG_STCE	   (1ul << 63)

#define HSTATEEN0_ENVCFG (1ul << 62)

/* What a guest reaches without Smstateen: names in riscv_shared_csrs, and CSRs. */
/* clang-format off */
#define RISCV_SHARED_CSRS(X) \
	X(SHARED_FCSR, CSR_FCSR) X(SHARED_JVT, CSR_JVT) X(SHARED_SCONTEXT, CSR_SCONTEXT) \
	X(SHARED_VSCTRCTL, CSR_VSCTRCTL) X(SHARED_VSISELECT, CSR_VSISELECT)
/* clang-format on */

#define ATP_MODE_SHIFT	 60
#define ATP_MODE_39	 8
#define ATP_MODE_48	 9
#define ATP_MODE_57	 10
#define ATP_PPN_MASK	 ((1ul << 44) - 1)
#define HGATP_VMID_SHIFT 44
#define HGATP_VMID_MASK	 0x3ffful

#ifndef __ASSEMBLY__
#include <lodge/compiler.h>

#define SHARED_NAME(name, csr) name,
enum riscv_shared_csr { RISCV_SHARED_CSRS(SHARED_NAME) NR_SHARED_CSRS };
#undef SHARED_NAME

#define csr_read(csr)                                                                   \
	({                                                                              \
		unsigned long csr_v;                                                    \
		__asm__ volatile("csrr %0, " __stringify(csr) : "=r"(csr_v)::"memory"); \
		csr_v;                                                                  \
	})
#define csr_write(csr, v) \
	__asm__ volatile("csrw " __stringify(csr) ", %0" ::"rK"((unsigned long)(v)) : "memory")
#define csr_set(csr, v) \
	__asm__ volatile("csrs " __stringify(csr) ", %0" ::"rK"((unsigned long)(v)) : "memory")
#define csr_clear(csr, v) \
	__asm__ volatile("csrc " __stringify(csr) ", %0" ::"rK"((unsigned long)(v)) : "memory")
#define csr_swap(csr, v)                                                                        \
	({                                                                                      \
		unsigned long csr_v = (unsigned long)(v);                                       \
		__asm__ volatile("csrrw %0, " __stringify(csr) ", %0" : "+r"(csr_v)::"memory"); \
		csr_v;                                                                          \
	})
#endif

#endif
