/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_LAYOUT_H
#define ASM_LAYOUT_H

#include <lodge/types.h>

/* A host-physical address is a pointer. */
static inline void *hpa_to_kva(hpa_t p)
{
	return (void *)p.v;
}

static inline hpa_t kva_to_hpa(const void *va)
{
	return hpa((u64)va);
}

#endif
