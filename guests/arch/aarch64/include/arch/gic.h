/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_GIC_H
#define ARCH_GIC_H

#include <arch/sysreg.h>
#include <guest/guest.h>

/* GICv3 (Arm IHI 0069) and GICv2 (IHI 0048), whichever the device tree has. */

struct gic {
	unsigned int version; /* 2 or 3 */
	u64 gicd;	      /* platform.intc, too */
	u64 gicr, gicr_size;  /* all of the redistributors, of 3 */
	u64 gicc;	      /* the CPU interface, of 2 */
};

extern struct gic gic;

/* Fills in @gic and @p->intc. */
void gic_find(struct platform *p);
/* This CPU's redistributor, its first frame; 0 if there is none. */
u64 gic_redistributor(void);
/* Where interrupts 0 to 31 of this CPU are: its redistributor's second frame, or GICD. */
u64 gic_private(void);

#define GICD_CTLR	  0x0000
#define GICD_TYPER	  0x0004
#define GICD_IIDR	  0x0008
#define GICD_IGROUPR	  0x0080
#define GICD_ISENABLER	  0x0100
#define GICD_ICENABLER	  0x0180
#define GICD_ISPENDR	  0x0200
#define GICD_ICPENDR	  0x0280
#define GICD_ISACTIVER	  0x0300
#define GICD_ICACTIVER	  0x0380
#define GICD_IPRIORITYR	  0x0400
#define GICD_ITARGETSR	  0x0800
#define GICD_ICFGR	  0x0c00
#define GICD_SGIR	  0x0f00
#define GICD_CPENDSGIR	  0x0f10
#define GICD_SPENDSGIR	  0x0f20
#define GICD_IROUTER	  0x6000
#define GICD_PIDR2	  0xffe8 /* of 3; 0x0fe8 of 2 */
#define GICD_CTLR_V3	  0x12	 /* ARE, group 1 */
#define GICD_CTLR_V2	  0x01
#define GICR_CTLR	  0x0000
#define GICR_TYPER	  0x0008
#define GICR_WAKER	  0x0014
#define GICR_SGI	  0x10000 /* the second frame */
#define GICR_CTLR_RWP	  BIT(3)
#define GICR_WAKER_SLEEP  BIT(1)
#define GICR_WAKER_ASLEEP BIT(2)
#define GICR_TYPER_LAST	  BIT(4)
#define GICR_TYPER_VLPIS  BIT(1)
#define GICC_CTLR	  0x0000
#define GICC_PMR	  0x0004
#define GICC_BPR	  0x0008
#define GICC_IAR	  0x000c
#define GICC_EOIR	  0x0010
#define GICC_RPR	  0x0014
#define GICC_HPPIR	  0x0018
#define GICC_IIDR	  0x00fc
#define GICC_DIR	  0x1000

#define ICC_PMR_EL1	S3_0_C4_C6_0
#define ICC_AP1R0_EL1	S3_0_C12_C9_0
#define ICC_DIR_EL1	S3_0_C12_C11_1
#define ICC_RPR_EL1	S3_0_C12_C11_3
#define ICC_SGI1R_EL1	S3_0_C12_C11_5
#define ICC_ASGI1R_EL1	S3_0_C12_C11_6
#define ICC_SGI0R_EL1	S3_0_C12_C11_7
#define ICC_IAR1_EL1	S3_0_C12_C12_0
#define ICC_EOIR1_EL1	S3_0_C12_C12_1
#define ICC_HPPIR1_EL1	S3_0_C12_C12_2
#define ICC_BPR1_EL1	S3_0_C12_C12_3
#define ICC_CTLR_EL1	S3_0_C12_C12_4
#define ICC_SRE_EL1	S3_0_C12_C12_5
#define ICC_IGRPEN0_EL1 S3_0_C12_C12_6
#define ICC_IGRPEN1_EL1 S3_0_C12_C12_7

/* What the CPU interface has, of either version. */
u32 gic_ack(void);		/* 1020 and more: nothing */
void gic_eoi(u32 ack);		/* what gic_ack() returned */
u32 gic_highest(void);		/* the interrupt that would be acknowledged */
void gic_set_pmr(u32 priority); /* lower ones are masked, this one too */

#define GIC_NONE    1020
#define GIC_ID(ack) (0x3ff & (ack))

/* Private interrupts of the generic timer. */
#define PPI_VTIMER 27
#define PPI_PTIMER 30

/* Priorities that this library uses: what is private comes before what is a device's. */
#define PRIO_PRIVATE 0x80
#define PRIO_DEVICE  0xa0
#define PMR_DEVICES  0xf0 /* lets all of them in */

#endif
