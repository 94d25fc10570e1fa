/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_APICDEF_H
#define ASM_APICDEF_H

/*
 * Registers of a local APIC, as offsets in its page (AMD APM vol. 2, 16.3.2). In x2APIC
 * mode the same are MSRs: MSR_X2APIC + offset / 16, the two halves of ICR as one (16.11).
 */
#define APIC_ID		 0x020
#define APIC_VERSION	 0x030
#define APIC_TPR	 0x080
#define APIC_APR	 0x090
#define APIC_PPR	 0x0a0
#define APIC_EOI	 0x0b0
#define APIC_LDR	 0x0d0
#define APIC_DFR	 0x0e0
#define APIC_SVR	 0x0f0
#define APIC_ISR	 0x100
#define APIC_TMR	 0x180
#define APIC_IRR	 0x200
#define APIC_ESR	 0x280
#define APIC_ICR	 0x300
#define APIC_ICR_HIGH	 0x310
#define APIC_LVT_TIMER	 0x320
#define APIC_LVT_THERM	 0x330
#define APIC_LVT_PERF	 0x340
#define APIC_LVT_LINT0	 0x350
#define APIC_LVT_LINT1	 0x360
#define APIC_LVT_ERROR	 0x370
#define APIC_TIMER_INIT	 0x380
#define APIC_TIMER_COUNT 0x390
#define APIC_TIMER_DIV	 0x3e0
#define APIC_SELF_IPI	 0x3f0 /* x2APIC only */

#define APIC_SVR_ENABLE (1u << 8)

#define APIC_TIMER_DIV_1 0xbu

#define APIC_LVT_MASKED	     (1u << 16)
#define APIC_LVT_LEVEL	     (1u << 15)
#define APIC_LVT_PENDING     (1u << 12)
#define APIC_LVT_MODE_MASK   (7u << 8)
#define APIC_TIMER_ONESHOT   (0u << 17)
#define APIC_TIMER_PERIODIC  (1u << 17)
#define APIC_TIMER_DEADLINE  (2u << 17)
#define APIC_TIMER_MODE_MASK (3u << 17)

#define APIC_MODE_FIXED	 0u
#define APIC_MODE_LOWEST 1u
#define APIC_MODE_SMI	 2u
#define APIC_MODE_NMI	 4u
#define APIC_MODE_INIT	 5u
#define APIC_MODE_SIPI	 6u
#define APIC_MODE_EXTINT 7u

#define APIC_ICR_MODE_SHIFT	 8
#define APIC_ICR_LOGICAL	 (1u << 11)
#define APIC_ICR_PENDING	 (1u << 12)
#define APIC_ICR_ASSERT		 (1u << 14)
#define APIC_ICR_LEVEL		 (1u << 15)
#define APIC_ICR_SHORTHAND_SHIFT 18
#define APIC_SHORTHAND_NONE	 0u
#define APIC_SHORTHAND_SELF	 1u
#define APIC_SHORTHAND_ALL	 2u
#define APIC_SHORTHAND_OTHERS	 3u

#endif
