/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_KASAN_H
#define LODGE_KASAN_H

#include <lodge/types.h>

/*
 * The address sanitizer of the host's own memory (CONFIG_KASAN); nothing without it. Each 8
 * bytes of the image, the direct map and the stacks have a byte of shadow: 0 where all of them
 * may be accessed, 1 to 7 where only the first so many may, else one of these.
 */
#define KASAN_STACK_LEFT   0xf1 /* the compilers' */
#define KASAN_STACK_MID	   0xf2
#define KASAN_STACK_RIGHT  0xf3
#define KASAN_STACK_SCOPE  0xf8
#define KASAN_GLOBAL	   0xf9
#define KASAN_SLAB_UNUSED  0xfa /* the header of a slab, and objects never given out */
#define KASAN_SLAB_FREE	   0xfb
#define KASAN_SLAB_REDZONE 0xfc
#define KASAN_STACK_FREE   0xfd /* a stack that no thread has */
#define KASAN_PAGE_REDZONE 0xfe
#define KASAN_PAGE_FREE	   0xff

struct mem_account;
struct pgtable;

/* What a VM's account holds at most in objects that have been freed. */
#define KASAN_QUARANTINE_PAGES 32

#ifdef CONFIG_KASAN
/* A file is compiled without by $(unsanitized) in its CFLAGS; this is for a function. */
#define __no_kasan __attribute__((no_sanitize_address))

/** kasan_globals_init() - puts redzones behind global objects; before anything else. */
void kasan_globals_init(void);
/** kasan_map() - makes the shadow of memory and image in @pt, the host's future tables. */
void kasan_map(struct pgtable *pt);
/** kasan_start() - the tables that kasan_map() prepared are in use: check memory and stacks. */
void kasan_start(void);
/** kasan_map_stack() - the shadow of the stack in the slot at @va; false without memory. */
__must_check bool kasan_map_stack(struct pgtable *pt, u64 va);
/** kasan_stacks_from() - there are stacks from @addr up; below are device registers. */
void kasan_stacks_from(u64 addr);

/** kasan_poison() - @size bytes at @p, both multiples of 8, may not be accessed any more. */
void kasan_poison(const void *p, u64 size, u8 why);
/** kasan_unpoison() - @size bytes at @p, a multiple of 8, may be accessed. */
void kasan_unpoison(const void *p, u64 size);
/** kasan_check_range() - for those who access memory in code that is compiled without. */
void kasan_check_range(const void *p, u64 size, bool write);
/** kasan_explain_fault() - from a trap: prints what a fault at @addr means if it is a shadow's. */
void kasan_explain_fault(u64 addr);

/* ---- for the report ---- */

/* As compilers lay it out. */
struct kasan_global {
	u64 start, size, room;
	const char *name, *file;
	u64 has_dynamic_init, location, odr_indicator;
};

/* Behind each object of the slab allocator. */
struct kasan_track {
	const void *allocated, *freed; /* by whom; NULL: it was not */
};

/** kasan_shadow() - the shadow of the 8 bytes that @addr is in. */
static inline u8 *kasan_shadow(u64 addr)
{
	return (u8 *)((addr >> 3) + CONFIG_KASAN_SHADOW_OFFSET);
}

/** kasan_report() - a bad access by the code at @caller: tells what it is and ends the machine. */
__noreturn void kasan_report(u64 addr, u64 size, bool write, const void *caller);
/** kasan_first_closed() - of the bytes of a bad access the first that may not be accessed. */
u64 kasan_first_closed(u64 addr, u64 size);
/** kasan_has_shadow() - whether accesses to @addr are checked. */
bool kasan_has_shadow(u64 addr);
/** kasan_global_at() - the global object that @addr is in, or in the redzone of; NULL. */
const struct kasan_global *kasan_global_at(u64 addr);
/** slab_object_at() - the object of a slab that @addr is in, its room in *@room; NULL. */
const void *slab_object_at(u64 addr, u64 *room);

/* ---- for the slab allocator ---- */

/* Bytes that an object needs more. */
#define KASAN_REDZONE sizeof(struct kasan_track)

/** kasan_object_given() - @size bytes of the @room at @p are somebody's, who asked at @caller. */
void kasan_object_given(void *p, u64 size, u64 room, const void *caller);
/** kasan_large_given() - @size bytes of the @room at @p, whole pages, are somebody's. */
void kasan_large_given(void *p, u64 size, u64 room);
/** kasan_object_freed() - nobody's any more; a double free is reported. */
void kasan_object_freed(void *p, u64 room, const void *caller);
/** kasan_object_track() - who has it from whom. */
static inline struct kasan_track *kasan_object_track(const void *p, u64 room)
{
	return (struct kasan_track *)((u64)p + room) - 1;
}
/**
 * kasan_quarantine() - keep @p of @acct, which has been freed, from being given out again for a
 * while. Return: true if the quarantine was full; *@acct and *@p are what has left it.
 */
bool kasan_quarantine(struct mem_account **acct, void **p);
/** kasan_quarantine_count() - how many of @acct are in it. */
unsigned int kasan_quarantine_count(const struct mem_account *acct);
/** kasan_quarantine_take() - the oldest in it of @acct; NULL if there is none. */
void *kasan_quarantine_take(struct mem_account *acct);
#else
#define __no_kasan
#define KASAN_REDZONE 0ul

static inline void kasan_map(struct pgtable *pt)
{
}

static inline bool kasan_map_stack(struct pgtable *pt, u64 va)
{
	return true;
}

static inline void kasan_globals_init(void)
{
}

static inline void kasan_poison(const void *p, u64 size, u8 why)
{
}

static inline void kasan_unpoison(const void *p, u64 size)
{
}

static inline void kasan_start(void)
{
}

static inline void kasan_check_range(const void *p, u64 size, bool write)
{
}

static inline void kasan_explain_fault(u64 addr)
{
}

static inline void kasan_object_given(void *p, u64 size, u64 room, const void *caller)
{
}

static inline void kasan_large_given(void *p, u64 size, u64 room)
{
}
#endif

#endif
