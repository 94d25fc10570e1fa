/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_ESR_H
#define ASM_ESR_H

/* ESR_ELx (Arm ARM D19.2.39): why an exception was taken. */

#define ESR_EC_SHIFT 26
#define ESR_EC_MASK  0x3f
#define ESR_IL	     (1UL << 25) /* a 32-bit instruction; always set for A64 */

#define EC_UNKNOWN	  0x00
#define EC_WFX		  0x01
#define EC_CP15_MCR	  0x03 /* 0x03 to 0x0c but FP: AArch32 only */
#define EC_CP15_MCRR	  0x04
#define EC_CP14_MCR	  0x05
#define EC_CP14_LDC	  0x06
#define EC_FP		  0x07
#define EC_CP10_ID	  0x08
#define EC_PAUTH	  0x09
#define EC_LS64		  0x0a
#define EC_CP14_MRRC	  0x0c
#define EC_BTI		  0x0d
#define EC_ILLEGAL	  0x0e
#define EC_SVC32	  0x11
#define EC_HVC32	  0x12
#define EC_SMC32	  0x13
#define EC_SVC64	  0x15
#define EC_HVC64	  0x16
#define EC_SMC64	  0x17
#define EC_SYSREG	  0x18
#define EC_SVE		  0x19
#define EC_ERET		  0x1a
#define EC_TSTART	  0x1b
#define EC_FPAC		  0x1c
#define EC_SME		  0x1d
#define EC_IABT_LOWER	  0x20
#define EC_IABT_SAME	  0x21
#define EC_PC_ALIGN	  0x22
#define EC_DABT_LOWER	  0x24
#define EC_DABT_SAME	  0x25
#define EC_SP_ALIGN	  0x26
#define EC_MOPS		  0x27
#define EC_FP_EXC32	  0x28
#define EC_FP_EXC64	  0x2c
#define EC_SERROR	  0x2f
#define EC_BREAKPT_LOWER  0x30
#define EC_SOFTSTEP_LOWER 0x32
#define EC_WATCHPT_LOWER  0x34
#define EC_BKPT32	  0x38
#define EC_VECTOR32	  0x3a
#define EC_BRK64	  0x3c

/* ISS of aborts. */
#define ISS_ISV	      (1UL << 24) /* what follows describes the instruction */
#define ISS_SAS_SHIFT 22	  /* log2 of bytes */
#define ISS_SSE	      (1UL << 21) /* sign-extends */
#define ISS_SRT_SHIFT 16
#define ISS_SF	      (1UL << 15) /* the register is of 64 bits */
#define ISS_FNV	      (1UL << 10) /* FAR is not valid */
#define ISS_EA	      (1UL << 9)
#define ISS_CM	      (1UL << 8) /* cache maintenance, or AT */
#define ISS_S1PTW     (1UL << 7) /* of the guest's own walk */
#define ISS_WNR	      (1UL << 6)
#define ISS_FSC_MASK  0x3f

/* Fault status codes; the level is in the lowest two bits of the first four. */
#define FSC_KIND(fsc)	(0x3c & (fsc))
#define FSC_ADDRSIZE	0x00
#define FSC_TRANSLATION 0x04
#define FSC_ACCESS	0x08
#define FSC_PERMISSION	0x0c
#define FSC_EXTERNAL	0x10
#define FSC_EXTERNAL_S1 0x14 /* on a walk, at levels 0 to 3 */
#define FSC_ALIGNMENT	0x21

/* ISS of HVC and SMC. */
#define ISS_CALL_IMM_MASK 0xffff

/* ISS of WFx. */
#define WFX_TI_MASK 3
#define WFX_TI_WFI  0
#define WFX_TI_WFE  1

/* ISS of a trapped MRS, MSR or SYS. */
#define ISS_SYS_READ	 1UL
#define ISS_SYS_RT_SHIFT 5

/* ISS of a trapped AArch32 instruction. */
#define ISS_A32_CV	   (1UL << 24)
#define ISS_A32_COND_SHIFT 20

#ifndef __ASSEMBLY__
#include <lodge/types.h>

static inline unsigned int esr_ec(u64 esr)
{
	return esr >> ESR_EC_SHIFT & ESR_EC_MASK;
}
#endif

#endif
