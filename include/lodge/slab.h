/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_SLAB_H
#define LODGE_SLAB_H

#include <lodge/types.h>

/* Small objects: size classes of 16 bytes to 2 KiB in slabs of one page, larger
 * ones straight from the page allocator, up to 1 MiB. Aligned to the least of
 * the object's size class and a page. Any context but an NMI. */
__must_check void *kmalloc(size_t size);
__must_check void *kzalloc(size_t size);
void kfree(void *p); /* NULL is allowed; a double free is a BUG() */

/* Bytes in live objects, for leak checks. */
u64 slab_used(void);

#endif
