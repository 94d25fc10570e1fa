/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_HOSTMAP_H
#define LODGE_HOSTMAP_H

#include <lodge/types.h>

/** host_ioremap() - map a device's registers uncached; NULL without room. */
void *host_ioremap(u64 pa, u64 size);

/** host_stack_alloc() - a stack of @pages pages with a guard page below; its top, or NULL. */
void *host_stack_alloc(unsigned int pages);
/** host_stack_free() - give back what host_stack_alloc() gave; nobody stands on it. */
void host_stack_free(void *top, unsigned int pages);

#endif
