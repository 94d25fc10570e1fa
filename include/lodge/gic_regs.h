/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_GIC_REGS_H
#define LODGE_GIC_REGS_H

/*
 * The GIC's memory-mapped registers, for who drives one and who emulates one: GICv2 (IHI 0048B,
 * chapters 4 and 5) and GICv3 (IHI 0069, chapter 12). Interrupts have numbers, INTIDs:
 */
#define GIC_NR_SGIS	 16u /* 0..15: software generated, a CPU to CPUs */
#define GIC_NR_PRIVATE	 32u /* 16..31: private peripherals, each CPU has its own */
#define GIC_FIRST_SPI	 32u
#define GIC_MAX_INTID	 1019u
#define GIC_INTID_NONE	 1023u
#define GIC_INTID_MASK	 0x3ffu	   /* of an acknowledge register of a GICv2 */
#define GIC_INTID_MASK_3 0xffffffu /* and of a GICv3 */

/* ---- distributor ---- */

#define GICD_CTLR	0x000
#define GICD_TYPER	0x004
#define GICD_IIDR	0x008
#define GICD_TYPER2	0x00c
#define GICD_IGROUPR	0x080 /* a bit per interrupt */
#define GICD_ISENABLER	0x100
#define GICD_ICENABLER	0x180
#define GICD_ISPENDR	0x200
#define GICD_ICPENDR	0x280
#define GICD_ISACTIVER	0x300
#define GICD_ICACTIVER	0x380
#define GICD_IPRIORITYR 0x400 /* a byte per interrupt */
#define GICD_ITARGETSR	0x800 /* GICv2: a byte per interrupt, a bit per CPU */
#define GICD_ICFGR	0xc00 /* two bits per interrupt, the upper: edge */
#define GICD_IGRPMODR	0xd00
#define GICD_NSACR	0xe00
#define GICD_SGIR	0xf00 /* GICv2 */
#define GICD_CPENDSGIR	0xf10 /* GICv2: a byte per SGI, a bit per CPU that sent it */
#define GICD_SPENDSGIR	0xf20
#define GICD_IDREGS_2	0xfd0  /* GICv2: ICPIDR4..7, 0..3, ICCIDR0..3 */
#define GICD_IROUTER	0x6000 /* GICv3: 64 bits per interrupt */
#define GIC_IDREGS	0xffd0 /* GICv3, also of a redistributor */

#define GICD_CTLR_GRP0	 BIT(0) /* enable bits; non-secure, GICv2: its only one */
#define GICD_CTLR_GRP1	 BIT(1) /* GICv3, non-secure, affinity routing: GRP1A */
#define GICD_CTLR_ARE	 BIT(4)
#define GICD_CTLR_DS	 BIT(6)
#define GICD_CTLR_RWP	 BIT(31)
#define GICD_TYPER_LINES 0x1fu /* words of 32 INTIDs, less one */

#define GICD_SGIR_FILTER 24 /* 0: the list, 1: all others, 2: itself */
#define GICD_SGIR_LIST	 16

/* ---- redistributor: GICv3, two frames for each CPU ---- */

#define GICR_FRAME_SIZE	 0x10000
#define GICR_STRIDE	 (2 * GICR_FRAME_SIZE)
#define GICR_STRIDE_VLPI (4 * GICR_FRAME_SIZE)

#define GICR_CTLR	  0x00
#define GICR_IIDR	  0x04
#define GICR_TYPER	  0x08
#define GICR_STATUSR	  0x10
#define GICR_WAKER	  0x14
#define GICR_SGI	  0x10000 /* of its SGI frame, laid out as the distributor */
#define GICR_CTLR_RWP	  BIT(3)
#define GICR_TYPER_VLPIS  BIT(1)
#define GICR_TYPER_LAST	  BIT(4)
#define GICR_WAKER_SLEEP  BIT(1)
#define GICR_WAKER_ASLEEP BIT(2)

/* ---- CPU interface: GICv2 ---- */

#define GICC_SIZE  0x2000
#define GICC_CTLR  0x0000
#define GICC_PMR   0x0004
#define GICC_BPR   0x0008
#define GICC_IAR   0x000c
#define GICC_EOIR  0x0010
#define GICC_APR   0x00d0
#define GICC_NSAPR 0x00e0
#define GICC_IIDR  0x00fc
#define GICC_DIR   0x1000

#define GICC_CTLR_ENABLE  BIT(0)
#define GICC_CTLR_BYPASS  (BIT(5) | BIT(6) | BIT(7) | BIT(8)) /* the platform's choice */
#define GICC_CTLR_EOIMODE BIT(9)
#define GICC_IAR_CPU	  10 /* of an SGI: who sent it */

/* ---- virtual interface control: GICv2 ---- */

#define GICH_SIZE   0x200
#define GICH_HCR    0x000
#define GICH_VTR    0x004
#define GICH_VMCR   0x008
#define GICH_MISR   0x010
#define GICH_EISR0  0x020
#define GICH_ELRSR0 0x030
#define GICH_APR    0x0f0
#define GICH_LR	    0x100

#endif
