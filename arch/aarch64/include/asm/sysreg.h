/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_SYSREG_H
#define ASM_SYSREG_H

/*
 * System registers by the names of the Arm ARM (DDI 0487). A name that assemblers know
 * only for a newer architecture than Lodge is built for is a macro with its encoding,
 * S<op0>_<op1>_C<CRn>_C<CRm>_<op2>. Those of the interrupt controller are in sysreg_gic.h,
 * fields of the ID registers in sysreg_id.h.
 */

/* ---- encodings ---- */

#define ID_AA64ZFR0_EL1	 S3_0_C0_C4_4
#define ID_AA64SMFR0_EL1 S3_0_C0_C4_5
#define ID_AA64ISAR2_EL1 S3_0_C0_C6_2
#define ID_AA64MMFR2_EL1 S3_0_C0_C7_2
#define ID_AA64MMFR3_EL1 S3_0_C0_C7_3
#define ID_AA64MMFR4_EL1 S3_0_C0_C7_4
#define ZCR_EL1		 S3_0_C1_C2_0
#define ZCR_EL2		 S3_4_C1_C2_0
#define SMCR_EL2	 S3_4_C1_C2_6
#define HFGRTR_EL2	 S3_4_C1_C1_4
#define HFGWTR_EL2	 S3_4_C1_C1_5
#define HFGITR_EL2	 S3_4_C1_C1_6
#define HDFGRTR_EL2	 S3_4_C3_C1_4
#define HDFGWTR_EL2	 S3_4_C3_C1_5
#define HAFGRTR_EL2	 S3_4_C3_C1_6
#define HDFGRTR2_EL2	 S3_4_C3_C1_0
#define HDFGWTR2_EL2	 S3_4_C3_C1_1
#define HFGRTR2_EL2	 S3_4_C3_C1_2
#define HFGWTR2_EL2	 S3_4_C3_C1_3
#define HFGITR2_EL2	 S3_4_C3_C1_7
#define HCRX_EL2	 S3_4_C1_C2_2
#define MPAMIDR_EL1	 S3_0_C10_C4_4
#define MPAMHCR_EL2	 S3_4_C10_C4_0
#define MPAM2_EL2	 S3_4_C10_C5_0
#define APIAKEYLO_EL1	 S3_0_C2_C1_0
#define APIAKEYHI_EL1	 S3_0_C2_C1_1
#define APIBKEYLO_EL1	 S3_0_C2_C1_2
#define APIBKEYHI_EL1	 S3_0_C2_C1_3
#define APDAKEYLO_EL1	 S3_0_C2_C2_0
#define APDAKEYHI_EL1	 S3_0_C2_C2_1
#define APDBKEYLO_EL1	 S3_0_C2_C2_2
#define APDBKEYHI_EL1	 S3_0_C2_C2_3
#define APGAKEYLO_EL1	 S3_0_C2_C3_0
#define APGAKEYHI_EL1	 S3_0_C2_C3_1
#define DISR_EL1	 S3_0_C12_C1_1
#define VDISR_EL2	 S3_4_C12_C1_1
#define VSESR_EL2	 S3_4_C5_C2_3
#define SCXTNUM_EL0	 S3_3_C13_C0_7
#define SCXTNUM_EL1	 S3_0_C13_C0_7
#define TPIDR2_EL0	 S3_3_C13_C0_5
#define TFSR_EL1	 S3_0_C5_C6_0
#define TFSRE0_EL1	 S3_0_C5_C6_1
#define RGSR_EL1	 S3_0_C1_C0_5
#define GCR_EL1		 S3_0_C1_C0_6
#define CNTPCTSS_EL0	 S3_3_C14_C0_5
/* Secure EL2's own physical timer (FEAT_SEL2). */
#define CNTHPS_TVAL_EL2 S3_4_C14_C5_0
#define CNTHPS_CTL_EL2	S3_4_C14_C5_1
#define CNTHPS_CVAL_EL2 S3_4_C14_C5_2
#define VSTTBR_EL2	S3_4_C2_C6_0
#define VSTCR_EL2	S3_4_C2_C6_2

/* ---- SCTLR_EL2 (E2H = 0) ---- */

#define SCTLR_M	       (1 << 0)
#define SCTLR_A	       (1 << 1)
#define SCTLR_C	       (1 << 2)
#define SCTLR_SA       (1 << 3)
#define SCTLR_I	       (1 << 12)
#define SCTLR_WXN      (1 << 19)
#define SCTLR_EE       (1 << 25)
#define SCTLR_EL2_RES1 0x30c50830
/* And SCTLR_EL1 as a reset leaves it that the architecture defines no further. */
#define SCTLR_EL1_RES1 0x30d00800

/* ---- TCR_EL2 (E2H = 0), VTCR_EL2 ---- */

#define TCR_EL2_RES1  0x80800000
#define VTCR_EL2_RES1 0x80000000

#define TCR_T0SZ(bits)	   (64 - (bits)) /* for a region of 2^bits bytes */
#define TCR_IRGN0_WBWA	   (1 << 8)
#define TCR_ORGN0_WBWA	   (1 << 10)
#define TCR_SH0_INNER	   (3 << 12)
#define TCR_TG0_4K	   (0 << 14)
#define TCR_PS_SHIFT	   16 /* as ID_AA64MMFR0_EL1.PARange */
#define VTCR_EL2_SL0_SHIFT 6  /* 0: level 2, 1: level 1, 2: level 0 */
#define VTCR_EL2_VS_16BIT  (1 << 19)
#define VTCR_EL2_HA	   (1 << 21)
#define VTCR_EL2_HD	   (1 << 22)
#define VTTBR_VMID_SHIFT   48

/*
 * MAIR_ELx attributes of which MAIR_EL2 has two, and which leaf uses which. The assembler gives
 * << and * one precedence, hence the parentheses.
 */
#define MAIR_NORMAL_WB	  0xff
#define MAIR_DEVICE_nGnRE 0x04
#define MAIR_IDX_NORMAL	  0
#define MAIR_IDX_DEVICE	  1
#define MAIR_EL2_VALUE \
	(MAIR_NORMAL_WB << (8 * MAIR_IDX_NORMAL) | MAIR_DEVICE_nGnRE << (8 * MAIR_IDX_DEVICE))

/* ---- HCR_EL2 ---- */

#ifdef __ASSEMBLY__
#define SYSREG_BIT(n) (1 << (n))
#else
#define SYSREG_BIT(n) (1UL << (n))
#endif

#define HCR_VM	      SYSREG_BIT(0)
#define HCR_SWIO      SYSREG_BIT(1)
#define HCR_PTW	      SYSREG_BIT(2)
#define HCR_FMO	      SYSREG_BIT(3)
#define HCR_IMO	      SYSREG_BIT(4)
#define HCR_AMO	      SYSREG_BIT(5)
#define HCR_VF	      SYSREG_BIT(6)
#define HCR_VI	      SYSREG_BIT(7)
#define HCR_VSE	      SYSREG_BIT(8)
#define HCR_FB	      SYSREG_BIT(9)
#define HCR_BSU_INNER SYSREG_BIT(10)
#define HCR_BSU_OUTER SYSREG_BIT(11)
#define HCR_DC	      SYSREG_BIT(12)
#define HCR_TWI	      SYSREG_BIT(13)
#define HCR_TWE	      SYSREG_BIT(14)
#define HCR_TID0      SYSREG_BIT(15)
#define HCR_TID1      SYSREG_BIT(16)
#define HCR_TID2      SYSREG_BIT(17)
#define HCR_TID3      SYSREG_BIT(18)
#define HCR_TSC	      SYSREG_BIT(19)
#define HCR_TIDCP     SYSREG_BIT(20)
#define HCR_TACR      SYSREG_BIT(21)
#define HCR_TSW	      SYSREG_BIT(22)
#define HCR_TPCP      SYSREG_BIT(23)
#define HCR_TPU	      SYSREG_BIT(24)
#define HCR_TTLB      SYSREG_BIT(25)
#define HCR_TVM	      SYSREG_BIT(26)
#define HCR_TGE	      SYSREG_BIT(27)
#define HCR_TDZ	      SYSREG_BIT(28)
#define HCR_HCD	      SYSREG_BIT(29)
#define HCR_TRVM      SYSREG_BIT(30)
#define HCR_RW	      SYSREG_BIT(31)
#define HCR_CD	      SYSREG_BIT(32)
#define HCR_ID	      SYSREG_BIT(33)
#define HCR_E2H	      SYSREG_BIT(34)
#define HCR_TLOR      SYSREG_BIT(35)
#define HCR_TERR      SYSREG_BIT(36)
#define HCR_TEA	      SYSREG_BIT(37)
#define HCR_MIOCNCE   SYSREG_BIT(38)
#define HCR_APK	      SYSREG_BIT(40)
#define HCR_API	      SYSREG_BIT(41)
#define HCR_NV	      SYSREG_BIT(42)
#define HCR_NV1	      SYSREG_BIT(43)
#define HCR_AT	      SYSREG_BIT(44)
#define HCR_NV2	      SYSREG_BIT(45)
#define HCR_FWB	      SYSREG_BIT(46)
#define HCR_FIEN      SYSREG_BIT(47)
#define HCR_TID4      SYSREG_BIT(49)
#define HCR_TICAB     SYSREG_BIT(50)
#define HCR_AMVOFFEN  SYSREG_BIT(51)
#define HCR_TOCU      SYSREG_BIT(52)
#define HCR_ENSCXT    SYSREG_BIT(53)
#define HCR_TTLBIS    SYSREG_BIT(54)
#define HCR_TTLBOS    SYSREG_BIT(55)
#define HCR_ATA	      SYSREG_BIT(56)
#define HCR_DCT	      SYSREG_BIT(57)
#define HCR_TID5      SYSREG_BIT(58)

/* ---- other controls of EL2 (E2H = 0) ---- */

#define CPTR_EL2_RES1  0x32ff
#define CPTR_EL2_TZ    SYSREG_BIT(8)
#define CPTR_EL2_TFP   SYSREG_BIT(10)
#define CPTR_EL2_TSM   SYSREG_BIT(12)
#define CPTR_EL2_TTA   SYSREG_BIT(20)
#define CPTR_EL2_TAM   SYSREG_BIT(30)
#define CPTR_EL2_TCPAC SYSREG_BIT(31)

#define MDCR_EL2_HPMN_MASK 0x1f
#define MDCR_EL2_TPMCR	   SYSREG_BIT(5)
#define MDCR_EL2_TPM	   SYSREG_BIT(6)
#define MDCR_EL2_TDE	   SYSREG_BIT(8)
#define MDCR_EL2_TDA	   SYSREG_BIT(9)
#define MDCR_EL2_TDOSA	   SYSREG_BIT(10)
#define MDCR_EL2_TDRA	   SYSREG_BIT(11)
#define MDCR_EL2_TPMS	   SYSREG_BIT(14)
#define MDCR_EL2_HPMD	   SYSREG_BIT(17)
#define MDCR_EL2_TTRF	   SYSREG_BIT(19)
#define MDCR_EL2_TDCC	   SYSREG_BIT(27)

#define MPAM2_TRAP_MPAM1     SYSREG_BIT(48)
#define MPAM2_TRAP_MPAM0     SYSREG_BIT(49)
#define MPAMHCR_TRAP_MPAMIDR SYSREG_BIT(31)
#define MPAMIDR_HAS_HCR	     SYSREG_BIT(17)

#define CNTHCTL_EL1PCTEN SYSREG_BIT(0) /* EL1 may read CNTPCT_EL0 */
#define CNTHCTL_EL1PCEN	 SYSREG_BIT(1) /* EL1 may use the physical timer */

/* CNTx_CTL */
#define CNT_CTL_ENABLE	SYSREG_BIT(0)
#define CNT_CTL_IMASK	SYSREG_BIT(1)
#define CNT_CTL_ISTATUS SYSREG_BIT(2)

#define MPIDR_HWID_MASK 0xff00ffffff /* Aff3, Aff2, Aff1, Aff0 */

#define HPFAR_FIPA_MASK	 0xffffffffff0 /* bits 51:12 of the address, at 43:4 */
#define HPFAR_FIPA_SHIFT 8

#define PAR_EL1_F  SYSREG_BIT(0)
#define PAR_EL1_PA 0x000ffffffffff000

/* ---- PSTATE and SPSR ---- */

#define PSR_F	      SYSREG_BIT(6)
#define PSR_I	      SYSREG_BIT(7)
#define PSR_A	      SYSREG_BIT(8)
#define PSR_D	      SYSREG_BIT(9)
#define PSR_BTYPE     0xc00
#define PSR_SSBS      SYSREG_BIT(12)
#define PSR_IL	      SYSREG_BIT(20)
#define PSR_SS	      SYSREG_BIT(21)
#define PSR_PAN	      SYSREG_BIT(22)
#define PSR_UAO	      SYSREG_BIT(23)
#define PSR_DIT	      SYSREG_BIT(24)
#define PSR_TCO	      SYSREG_BIT(25)
#define PSR_MODE_MASK 0x1f
#define PSR_MODE32    SYSREG_BIT(4)
#define PSR_MODE_EL0T 0x0
#define PSR_MODE_EL1T 0x4
#define PSR_MODE_EL1H 0x5
#define PSR_MODE_EL2T 0x8
#define PSR_MODE_EL2H 0x9

#ifndef __ASSEMBLY__
#include <lodge/compiler.h>
#include <lodge/types.h>

#define read_sysreg(reg)                                                                  \
	({                                                                                \
		u64 sysreg_v;                                                             \
		__asm__ volatile("mrs %0, " __stringify(reg) : "=r"(sysreg_v)::"memory"); \
		sysreg_v;                                                                 \
	})
#define write_sysreg(reg, v) \
	__asm__ volatile("msr " __stringify(reg) ", %x0" ::"rZ"((u64)(v)) : "memory")
#define sysreg_set(reg, bits)	write_sysreg(reg, read_sysreg(reg) | (bits))
#define sysreg_clear(reg, bits) write_sysreg(reg, read_sysreg(reg) & ~(u64)(bits))

/* What was written to system registers has effect on what comes after. */
#define isb() __asm__ volatile("isb" ::: "memory")

/* The unsigned field of 4 bits at @shift, which is what most fields of ID registers are. */
static inline unsigned int sysreg_field(u64 reg, unsigned int shift)
{
	return reg >> shift & 15;
}
#endif

#endif
