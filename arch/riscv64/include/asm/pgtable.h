/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_PGTABLE_H
#define ASM_PGTABLE_H

#include <lodge/pgtable.h>

/* The host's own translation, and a guest's from guest-physical to host-physical. */
extern const struct pgtable_format sv39, sv48, sv57;
extern const struct pgtable_format sv39x4, sv48x4, sv57x4;

#endif
