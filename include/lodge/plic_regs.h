/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_PLIC_REGS_H
#define LODGE_PLIC_REGS_H

/*
 * Registers of the PLIC (Platform-Level Interrupt Controller Specification 1.0.0, chapter 3), for
 * who drives one and who emulates one.
 */
#define PLIC_MAX_IRQ	  1023u
#define PLIC_MAX_CONTEXTS 15872u

#define PLIC_PRIORITY	    0x0ul    /* a word per interrupt */
#define PLIC_PENDING	    0x1000ul /* a bit per interrupt */
#define PLIC_ENABLE	    0x2000ul /* a bit per interrupt, for each context */
#define PLIC_ENABLE_STRIDE  0x80ul
#define PLIC_CONTEXT	    0x200000ul /* threshold and claim, a page for each context */
#define PLIC_CONTEXT_STRIDE 0x1000ul
#define PLIC_THRESHOLD	    0
#define PLIC_CLAIM	    4

#endif
