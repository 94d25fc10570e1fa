/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_PGTABLE_H
#define ASM_PGTABLE_H

#include <lodge/pgtable.h>

/*
 * The host's own translation, and a guest's from guest-physical to host-physical (nested
 * paging); each for CPUs with and without leaves of 1 GiB.
 */
extern const struct pgtable_format long_mode_1g, long_mode_2m;
extern const struct pgtable_format npt_1g, npt_2m;

/* #PF and nested page fault error codes (AMD APM vol. 2, 8.4.2 and 15.25.6). */
#define PF_PRESENT  BIT(0)
#define PF_WRITE    BIT(1)
#define PF_USER	    BIT(2)
#define PF_RESERVED BIT(3)
#define PF_FETCH    BIT(4)
#define NPF_FINAL   BIT(32) /* of the guest's own address */
#define NPF_TABLE   BIT(33) /* of its walk's */

#endif
