/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_SYSREG_ID_H
#define ASM_SYSREG_ID_H

/* Where the 4-bit fields of the ID registers are (Arm ARM D19.2), for sysreg_field(). */

#define ID_AA64PFR0_EL0	    0
#define ID_AA64PFR0_EL1	    4
#define ID_AA64PFR0_EL2	    8
#define ID_AA64PFR0_EL3	    12
#define ID_AA64PFR0_FP	    16 /* 15: none */
#define ID_AA64PFR0_ADVSIMD 20
#define ID_AA64PFR0_GIC	    24
#define ID_AA64PFR0_RAS	    28
#define ID_AA64PFR0_SVE	    32
#define ID_AA64PFR0_SEL2    36
#define ID_AA64PFR0_MPAM    40
#define ID_AA64PFR0_AMU	    44
#define ID_AA64PFR0_DIT	    48
#define ID_AA64PFR0_RME	    52
#define ID_AA64PFR0_CSV2    56
#define ID_AA64PFR0_CSV3    60

#define ID_AA64PFR1_BT	      0
#define ID_AA64PFR1_SSBS      4
#define ID_AA64PFR1_MTE	      8
#define ID_AA64PFR1_RAS_FRAC  12
#define ID_AA64PFR1_MPAM_FRAC 16
#define ID_AA64PFR1_SME	      24
#define ID_AA64PFR1_RNDR_TRAP 28
#define ID_AA64PFR1_CSV2_FRAC 32
#define ID_AA64PFR1_NMI	      36

#define ID_AA64DFR0_DEBUGVER	0
#define ID_AA64DFR0_TRACEVER	4
#define ID_AA64DFR0_PMUVER	8
#define ID_AA64DFR0_BRPS	12
#define ID_AA64DFR0_WRPS	20
#define ID_AA64DFR0_CTX_CMPS	28
#define ID_AA64DFR0_PMSVER	32
#define ID_AA64DFR0_DOUBLELOCK	36
#define ID_AA64DFR0_TRACEFILT	40
#define ID_AA64DFR0_TRACEBUFFER 44
#define ID_AA64DFR0_MTPMU	48
#define ID_AA64DFR0_BRBE	52

#define ID_AA64ISAR0_AES    4
#define ID_AA64ISAR0_SHA1   8
#define ID_AA64ISAR0_SHA2   12
#define ID_AA64ISAR0_CRC32  16
#define ID_AA64ISAR0_ATOMIC 20
#define ID_AA64ISAR0_TME    24
#define ID_AA64ISAR0_RDM    28
#define ID_AA64ISAR0_SHA3   32
#define ID_AA64ISAR0_SM3    36
#define ID_AA64ISAR0_SM4    40
#define ID_AA64ISAR0_DP	    44
#define ID_AA64ISAR0_FHM    48
#define ID_AA64ISAR0_TS	    52
#define ID_AA64ISAR0_TLB    56
#define ID_AA64ISAR0_RNDR   60

#define ID_AA64ISAR1_DPB     0
#define ID_AA64ISAR1_APA     4
#define ID_AA64ISAR1_API     8
#define ID_AA64ISAR1_JSCVT   12
#define ID_AA64ISAR1_FCMA    16
#define ID_AA64ISAR1_LRCPC   20
#define ID_AA64ISAR1_GPA     24
#define ID_AA64ISAR1_GPI     28
#define ID_AA64ISAR1_FRINTTS 32
#define ID_AA64ISAR1_SB	     36
#define ID_AA64ISAR1_SPECRES 40
#define ID_AA64ISAR1_BF16    44
#define ID_AA64ISAR1_DGH     48
#define ID_AA64ISAR1_I8MM    52
#define ID_AA64ISAR1_XS	     56
#define ID_AA64ISAR1_LS64    60

#define ID_AA64ISAR2_WFXT     0
#define ID_AA64ISAR2_RPRES    4
#define ID_AA64ISAR2_GPA3     8
#define ID_AA64ISAR2_APA3     12
#define ID_AA64ISAR2_MOPS     16
#define ID_AA64ISAR2_BC	      20
#define ID_AA64ISAR2_PAC_FRAC 24
#define ID_AA64ISAR2_CLRBHB   28

#define ID_AA64MMFR0_PARANGE   0
#define ID_AA64MMFR0_ASIDBITS  4
#define ID_AA64MMFR0_BIGEND    8
#define ID_AA64MMFR0_SNSMEM    12
#define ID_AA64MMFR0_BIGENDEL0 16
#define ID_AA64MMFR0_TGRAN16   20
#define ID_AA64MMFR0_TGRAN64   24 /* 0: there is one, 15: none */
#define ID_AA64MMFR0_TGRAN4    28 /* 0: there is one, 1: with 52 bits, 15: none */
#define ID_AA64MMFR0_TGRAN16_2 32
#define ID_AA64MMFR0_TGRAN64_2 36
#define ID_AA64MMFR0_TGRAN4_2  40 /* for stage 2; 0: as TGRAN4, 1: none, 2: there is one */
#define ID_AA64MMFR0_EXS       44
#define ID_AA64MMFR0_FGT       56

#define ID_AA64MMFR1_HAFDBS   0
#define ID_AA64MMFR1_VMIDBITS 4 /* 0: 8 bits, 2: 16 bits */
#define ID_AA64MMFR1_VH	      8
#define ID_AA64MMFR1_HPDS     12
#define ID_AA64MMFR1_LO	      16
#define ID_AA64MMFR1_PAN      20
#define ID_AA64MMFR1_SPECSEI  24
#define ID_AA64MMFR1_XNX      28
#define ID_AA64MMFR1_TWED     32
#define ID_AA64MMFR1_ETS      36
#define ID_AA64MMFR1_HCX      40
#define ID_AA64MMFR1_AFP      44
#define ID_AA64MMFR1_NTLBPA   48
#define ID_AA64MMFR1_TIDCP1   52
#define ID_AA64MMFR1_CMOW     56
#define ID_AA64MMFR1_ECBHB    60

#define ID_AA64MMFR2_CNP     0
#define ID_AA64MMFR2_UAO     4
#define ID_AA64MMFR2_LSM     8
#define ID_AA64MMFR2_IESB    12
#define ID_AA64MMFR2_VARANGE 16
#define ID_AA64MMFR2_CCIDX   20
#define ID_AA64MMFR2_NV	     24
#define ID_AA64MMFR2_ST	     28
#define ID_AA64MMFR2_AT	     32
#define ID_AA64MMFR2_IDS     36
#define ID_AA64MMFR2_FWB     40
#define ID_AA64MMFR2_TTL     48
#define ID_AA64MMFR2_BBM     52
#define ID_AA64MMFR2_EVT     56
#define ID_AA64MMFR2_E0PD    60

/* CTR_EL0: the smallest line of the data caches is 4 << field bytes. */
#define CTR_DMINLINE 16
#define CTR_LINE     0xf
#define CTR_DIC	     29 /* what is fetched follows what is stored, without IC */

#define DCZID_DZP 0x10 /* DC ZVA is prohibited */
#define DCZID_BS  0xf  /* its block is 4 << BS bytes */

#endif
