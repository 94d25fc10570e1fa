// SPDX-License-Identifier: Apache-2.0
/*
 * The address sanitizer on small objects: who has allocated and freed each, and a quarantine,
 * in which freed objects wait for those who still use them. All of it under the slab lock.
 */
#include <lodge/kasan.h>
#include <lodge/page_alloc.h>

#define QUARANTINE 1024 /* objects */

static struct {
	struct mem_account *acct;
	void *p; /* NULL: taken out before its turn */
} waiting[QUARANTINE];
static unsigned int oldest;

void kasan_object_given(void *p, u64 size, u64 room, const void *caller)
{
	u64 used = ALIGN_UP(size, 8);

	*kasan_object_track(p, room) = (struct kasan_track){ .allocated = caller };
	kasan_unpoison(p, size);
	kasan_poison((u8 *)p + used, room - used, KASAN_SLAB_REDZONE);
}

void kasan_large_given(void *p, u64 size, u64 room)
{
	u64 used = ALIGN_UP(size, 8);

	kasan_unpoison(p, size);
	kasan_poison((u8 *)p + used, room - used, KASAN_PAGE_REDZONE);
}

void kasan_object_freed(void *p, u64 room, const void *caller)
{
	struct kasan_track *t = kasan_object_track(p, room);

	if (*kasan_shadow((u64)p) > 7)
		kasan_report((u64)p, 0, true, caller);
	t->freed = caller;
	kasan_poison(p, room, KASAN_SLAB_FREE);
}

unsigned int kasan_quarantine_count(const struct mem_account *acct)
{
	unsigned int i, n = 0;

	for (i = 0; i < QUARANTINE; i++)
		n += waiting[i].p && waiting[i].acct == acct;
	return n;
}

bool kasan_quarantine(struct mem_account **acct, void **p)
{
	struct mem_account *out_acct = waiting[oldest].acct;
	void *out = waiting[oldest].p;

	waiting[oldest].acct = *acct;
	waiting[oldest].p = *p;
	oldest = (oldest + 1) % QUARANTINE;
	*acct = out_acct;
	*p = out;
	return out;
}

void *kasan_quarantine_take(struct mem_account *acct)
{
	unsigned int i;
	void *p;

	for (i = 0; i < QUARANTINE; i++) {
		unsigned int at = (oldest + i) % QUARANTINE;

		p = waiting[at].p;
		if (p && waiting[at].acct == acct) {
			waiting[at].p = NULL;
			return p;
		}
	}
	return NULL;
}
