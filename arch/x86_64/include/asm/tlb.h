/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_TLB_H
#define ASM_TLB_H

/** tlb_flush_requested() - another CPU wants this one to forget host translations. */
void tlb_flush_requested(void);

#endif
