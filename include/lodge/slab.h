/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_SLAB_H
#define LODGE_SLAB_H

#include <lodge/types.h>

struct mem_account;

#define KMALLOC_MAX MIB(1)

/* Small objects: size classes of 16 bytes to 1 KiB in slabs of one page, larger
 * ones straight from the page allocator, up to KMALLOC_MAX. Aligned to the least of
 * the object's size class (a power of two) and a page. NULL when there is no memory
 * or @size is too large. Any context but an NMI. */
__must_check void *kmalloc(size_t size);
/** kzalloc() - @size bytes, zeroed. */
__must_check void *kzalloc(size_t size);
/** kfree() - give it back; NULL is allowed, a double free is a BUG(). */
void kfree(void *p);

/*
 * The same, charged to @acct (NULL: the host), which has slabs of its own: what a VM causes to
 * be allocated takes nothing from others. Given back with the same @acct; another is a BUG().
 */
__must_check void *kmalloc_for(struct mem_account *acct, size_t size);
__must_check void *kzalloc_for(struct mem_account *acct, size_t size);
void kfree_for(struct mem_account *acct, void *p);

/** slab_drain() - with the address sanitizer, gives back what @acct has freed and it still holds. */
#ifdef CONFIG_KASAN
void slab_drain(struct mem_account *acct);
#else
static inline void slab_drain(struct mem_account *acct)
{
}
#endif

/** slab_used() - bytes in live objects, rounded up to their size classes, for leak checks. */
u64 slab_used(void);

#endif
