// SPDX-License-Identifier: Apache-2.0
/*
 * Small objects. A slab is one page: a header, then objects of one size class, each
 * aligned to its size. No object starts at the page's start, which tells them from
 * the larger ones that are pages of their own, whose order the page allocator knows.
 *
 * Lock order: the slab lock is outside the page allocator's.
 */
#include <asm/layout.h>
#include <lodge/alloc_fault.h>
#include <lodge/kasan.h>
#include <lodge/list.h>
#include <lodge/page_alloc.h>
#include <lodge/printk.h>
#include <lodge/slab.h>
#include <lodge/spinlock.h>
#include <lodge/string.h>

#define MIN_SHIFT  4
#define MAX_SHIFT  10
#define SLAB_MAGIC 0x51ab0b7ec7ed5afeUL
#define FREE_MAGIC 0xf7ee0b7ec75ba5e5UL
#define POISON	   0x6b

/* The first words of an object that is not in use. */
struct free_object {
	struct free_object *next;
	u64 magic; /* FREE_MAGIC ^ its own address */
};

struct slab {
	u64 magic;		  /* SLAB_MAGIC ^ its own address */
	struct mem_account *acct; /* whose objects are in it; NULL: the host's */
	struct list node;	  /* in its class's list while an object is free */
	struct free_object *free;
	u16 used;  /* objects */
	u16 fresh; /* offset of the first object that has never been given out */
	u8 shift;  /* log2 of the objects' size */
};

static_assert(sizeof(struct free_object) <= 1u << MIN_SHIFT, "links fit the least object");
static_assert(MAX_SHIFT - MIN_SHIFT + 1 == SLAB_CLASSES, "an account has a list of each class");
static_assert(sizeof(struct slab) <= 64, "header takes little of the page");

static struct {
	struct spinlock lock;
	u64 used;
	struct list partial[SLAB_CLASSES]; /* the host's */
} slabs = { .lock = SPINLOCK_INIT };

static unsigned int size_to_shift(size_t size)
{
	unsigned int shift = MIN_SHIFT;

	while (BIT(shift) < size)
		shift++;
	return shift;
}

static u64 first_offset(unsigned int shift)
{
	return ALIGN_UP(sizeof(struct slab), BIT(shift));
}

static bool slab_full(const struct slab *s)
{
	return !s->free && s->fresh + BIT(s->shift) > PAGE_SIZE;
}

/* Whether @p is where an object of @s starts. */
static bool slab_has(const struct slab *s, const void *p)
{
	u64 off = (u64)p - (u64)s;

	return off >= first_offset(s->shift) && off < s->fresh && IS_ALIGNED(off, BIT(s->shift));
}

/* Slabs of the class that have room: those of @acct's own objects. */
static struct list *slab_list(struct mem_account *acct, unsigned int shift) __must_hold(slabs.lock)
{
	struct list *head = &(acct ? acct->slabs : slabs.partial)[shift - MIN_SHIFT];

	if (unlikely(!head->next))
		list_init(head);
	return head;
}

/* A slab of the class that has room, or NULL. */
static struct slab *slab_get(struct mem_account *acct, unsigned int shift) __must_hold(slabs.lock)
{
	struct list *head = slab_list(acct, shift);
	struct slab *s;
	hpa_t page;

	if (!list_empty(head))
		return list_first(head, struct slab, node);
	page = page_alloc(0, 0, acct);
	if (!page.v)
		return NULL;
	s = hpa_to_kva(page);
	s->magic = SLAB_MAGIC ^ (u64)s;
	s->acct = acct;
	s->free = NULL;
	s->used = 0;
	s->fresh = (u16)first_offset(shift);
	s->shift = (u8)shift;
	kasan_poison(s, PAGE_SIZE, KASAN_SLAB_UNUSED);
	list_insert(head, &s->node);
	return s;
}

static void poison_check(const struct free_object *obj, size_t size)
{
	const u8 *p = (const u8 *)obj;
	size_t i;

	/* Written to after it was freed. */
	for (i = sizeof(*obj); i < size; i++)
		BUG_ON(p[i] != POISON);
}

static void *slab_take(struct slab *s) __must_hold(slabs.lock)
{
	struct free_object *obj = s->free;

	BUG_ON(s->magic != (SLAB_MAGIC ^ (u64)s));
	if (obj) {
		/* Written to after it was freed, or the list is damaged. */
		BUG_ON(obj->magic != (FREE_MAGIC ^ (u64)obj));
		BUG_ON(obj->next && !slab_has(s, obj->next));
		if (IS_ENABLED(CONFIG_SLAB_POISON))
			poison_check(obj, BIT(s->shift));
		s->free = obj->next;
		obj->magic = 0;
	} else {
		obj = (void *)((u8 *)s + s->fresh);
		s->fresh += BIT(s->shift);
	}
	s->used++;
	if (slab_full(s))
		list_remove(&s->node);
	return obj;
}

static void *alloc_small(struct mem_account *acct, size_t size, const void *caller)
{
	unsigned int shift = size_to_shift(size + KASAN_REDZONE);
	unsigned long flags;
	struct slab *s;
	void *p = NULL;

	if (alloc_fault_now())
		return NULL;
	flags = spin_lock_irqsave(&slabs.lock);
	s = slab_get(acct, shift);
	if (s) {
		p = slab_take(s);
		slabs.used += BIT(shift);
		kasan_object_given(p, size, BIT(shift), caller);
	}
	spin_unlock_irqrestore(&slabs.lock, flags);
	return p;
}

static void account_large(s64 bytes)
{
	unsigned long flags = spin_lock_irqsave(&slabs.lock);

	slabs.used += (u64)bytes;
	spin_unlock_irqrestore(&slabs.lock, flags);
}

static void *alloc_large(struct mem_account *acct, size_t size, unsigned int page_flags)
{
	unsigned int order = 0;
	hpa_t page;

	if (size > KMALLOC_MAX)
		return NULL;
	while (PAGE_SIZE << order < size + KASAN_REDZONE)
		order++;
	page = page_alloc(order, page_flags, acct);
	if (!page.v)
		return NULL;
	account_large((s64)(PAGE_SIZE << order));
	kasan_large_given(hpa_to_kva(page), size, PAGE_SIZE << order);
	return hpa_to_kva(page);
}

static void free_large(struct mem_account *acct, void *p)
{
	hpa_t page = kva_to_hpa(p);
	unsigned int order = page_order(page);

	account_large(-(s64)(PAGE_SIZE << order));
	page_free(page, order, acct);
}

/*
 * Live data may look like a free object by chance, or because a guest chose it, so
 * what looks freed is only believed to be when it is found on the list.
 */
static bool already_free(const struct slab *s, const struct free_object *obj)
{
	const struct free_object *o;

	if (likely(obj->magic != (FREE_MAGIC ^ (u64)obj)))
		return false;
	for (o = s->free; o; o = o->next) {
		BUG_ON(!slab_has(s, o));
		if (o == obj)
			return true;
	}
	return false;
}

static void free_small(struct mem_account *acct, void *p)
{
	struct slab *s = (void *)ALIGN_DOWN((u64)p, PAGE_SIZE);
	struct free_object *obj = p;
	unsigned long flags;
	bool empty;

	flags = spin_lock_irqsave(&slabs.lock);
	BUG_ON(s->magic != (SLAB_MAGIC ^ (u64)s) || s->acct != acct);
	BUG_ON(!slab_has(s, p) || s->used == 0);
	BUG_ON(already_free(s, obj));
	if (slab_full(s))
		list_insert(slab_list(acct, s->shift), &s->node);
	if (IS_ENABLED(CONFIG_SLAB_POISON))
		memset(obj + 1, POISON, BIT(s->shift) - sizeof(*obj));
	obj->next = s->free;
	obj->magic = FREE_MAGIC ^ (u64)obj;
	s->free = obj;
	s->used--;
	slabs.used -= BIT(s->shift);
	empty = s->used == 0;
	if (empty) {
		list_remove(&s->node);
		s->magic = 0;
	}
	spin_unlock_irqrestore(&slabs.lock, flags);
	if (empty)
		page_free(kva_to_hpa(s), 0, acct);
}

/* ---- the address sanitizer's ---- */

#ifdef CONFIG_KASAN
/* Freed, but for a while not to be given out again. */
static void free_later(struct mem_account *acct, void *p, const void *caller)
{
	struct slab *s = (void *)ALIGN_DOWN((u64)p, PAGE_SIZE);
	unsigned long flags = spin_lock_irqsave(&slabs.lock);
	struct mem_account *out_acct = acct;
	void *more = NULL;
	bool full;

	BUG_ON(s->magic != (SLAB_MAGIC ^ (u64)s) || s->acct != acct || !slab_has(s, p));
	kasan_object_freed(p, BIT(s->shift), caller);
	full = kasan_quarantine(&out_acct, &p);
	/* In pages of their own at worst, of which a VM has no more. */
	if (acct && kasan_quarantine_count(acct) > KASAN_QUARANTINE_PAGES)
		more = kasan_quarantine_take(acct);
	spin_unlock_irqrestore(&slabs.lock, flags);
	if (full)
		free_small(out_acct, p);
	if (more)
		free_small(acct, more);
}

void slab_drain(struct mem_account *acct)
{
	unsigned long flags;
	void *p;

	do {
		flags = spin_lock_irqsave(&slabs.lock);
		p = kasan_quarantine_take(acct);
		spin_unlock_irqrestore(&slabs.lock, flags);
		if (p)
			free_small(acct, p);
	} while (p);
}

const void *slab_object_at(u64 addr, u64 *room)
{
	const struct slab *s = (const void *)ALIGN_DOWN(addr, PAGE_SIZE);
	u64 first;

	if (addr - DIRECT_MAP_BASE >= DIRECT_MAP_SIZE || s->magic != (SLAB_MAGIC ^ (u64)s))
		return NULL;
	first = (u64)s + first_offset(s->shift);
	*room = BIT(s->shift);
	if (addr < first || addr >= (u64)s + s->fresh)
		return NULL;
	return (const void *)ALIGN_DOWN(addr, *room);
}
#else
static void free_later(struct mem_account *acct, void *p, const void *caller)
{
	free_small(acct, p);
}
#endif

/* ---- what others call ---- */

/* Who does; of interest to the address sanitizer only. */
#define CALLER __builtin_return_address(0)

static inline void *alloc(struct mem_account *acct, size_t size, const void *caller)
{
	if (size + KASAN_REDZONE > BIT(MAX_SHIFT))
		return alloc_large(acct, size, 0);
	return alloc_small(acct, size, caller);
}

static inline void *alloc_zeroed(struct mem_account *acct, size_t size, const void *caller)
{
	void *p;

	if (size + KASAN_REDZONE > BIT(MAX_SHIFT))
		return alloc_large(acct, size, PAGE_ZERO);
	p = alloc_small(acct, size, caller);
	if (p)
		memset(p, 0, size);
	return p;
}

static inline void release(struct mem_account *acct, void *p, const void *caller)
{
	if (!p)
		return;
	if (IS_ALIGNED((u64)p, PAGE_SIZE))
		free_large(acct, p);
	else if (IS_ENABLED(CONFIG_KASAN))
		free_later(acct, p, caller);
	else
		free_small(acct, p);
}

void *kmalloc_for(struct mem_account *acct, size_t size)
{
	return alloc(acct, size, CALLER);
}

void *kzalloc_for(struct mem_account *acct, size_t size)
{
	return alloc_zeroed(acct, size, CALLER);
}

void kfree_for(struct mem_account *acct, void *p)
{
	release(acct, p, CALLER);
}

void *kmalloc(size_t size)
{
	return IS_ENABLED(CONFIG_KASAN) ? alloc(NULL, size, CALLER) : kmalloc_for(NULL, size);
}

void *kzalloc(size_t size)
{
	return IS_ENABLED(CONFIG_KASAN) ? alloc_zeroed(NULL, size, CALLER)
					: kzalloc_for(NULL, size);
}

void kfree(void *p)
{
	if (IS_ENABLED(CONFIG_KASAN))
		release(NULL, p, CALLER);
	else
		kfree_for(NULL, p);
}

u64 slab_used(void)
{
	return READ_ONCE(slabs.used);
}
