// SPDX-License-Identifier: Apache-2.0
/*
 * The address sanitizer's run time: what compilers call at each access (the "kernel" flavour
 * of ASan, outline), and what sets the shadow. Frames are poisoned by the compiler itself.
 *
 * The shadow of the image is there from the first instruction of C, as the architecture's boot
 * code maps it; that of memory and of stacks since kasan_start(), and before that neither is
 * checked. All in here is compiled without the sanitizer and calls nobody but the report.
 */
#include <asm/layout.h>
#include <asm/stack.h>
#include <lodge/kasan.h>
#include <lodge/page_alloc.h>

#define VMAP_END (VMAP_BASE + VMAP_SIZE)

static bool started;
static u32 reported;
static u64 stacks = VMAP_END; /* in the upper part of the addresses for mappings */

/* ---- which addresses are checked ---- */

static __always_inline bool has_shadow(u64 addr)
{
	if (likely(addr - DIRECT_MAP_BASE < DIRECT_MAP_SIZE) || addr - stacks < VMAP_END - stacks)
		return started;
	return addr - IMAGE_BASE < KASAN_IMAGE_SPAN;
}

/* Device registers, and what is mapped before the final tables are. */
static bool is_exempt(u64 addr)
{
	return !started || addr - VMAP_BASE < VMAP_SIZE;
}

/* ---- checks ---- */

/* Whether one of the granules from the one of @addr to the one before that of @last is closed. */
static bool any_closed(u64 addr, u64 last)
{
	const u8 *s = kasan_shadow(addr), *end = kasan_shadow(last);

	for (; s < end && !IS_ALIGNED((u64)s, 8); s++)
		if (*s)
			return true;
	for (; end - s >= 8; s += 8)
		if (*(const u64 *)s)
			return true;
	for (; s < end; s++)
		if (*s)
			return true;
	return false;
}

static __always_inline bool is_closed(u64 addr, u64 size)
{
	u64 last = addr + size - 1;
	s8 s = *(const s8 *)kasan_shadow(last);

	if (unlikely(s) && (s8)(last & 7) >= s)
		return true;
	return size > 1 && (addr ^ last) >> 3 && any_closed(addr, last);
}

static __noinline void report(u64 addr, u64 size, bool write, const void *caller)
{
	if (!has_shadow(addr) && is_exempt(addr))
		return;
	/* One report, whose own accesses are not checked. */
	if (!__atomic_exchange_n(&reported, 1, __ATOMIC_RELAXED))
		kasan_report(addr, size, write, caller);
}

static __always_inline void check(u64 addr, u64 size, bool write, const void *caller)
{
	if (unlikely(!has_shadow(addr)) || unlikely(is_closed(addr, size)))
		report(addr, size, write, caller);
}

void kasan_check_range(const void *p, u64 size, bool write)
{
	if (size)
		check((u64)p, size, write, __builtin_return_address(0));
}

u64 kasan_first_closed(u64 addr, u64 size)
{
	u64 at;

	for (at = addr; has_shadow(at) && at < addr + size; at++)
		if (is_closed(at, 1))
			return at;
	return addr;
}

bool kasan_has_shadow(u64 addr)
{
	return has_shadow(addr);
}

/* What compilers call. */
#define ACCESS(n)                                                   \
	void __asan_load##n##_noabort(u64 addr);                    \
	void __asan_store##n##_noabort(u64 addr);                   \
	void __asan_load##n##_noabort(u64 addr)                     \
	{                                                           \
		check(addr, n, false, __builtin_return_address(0)); \
	}                                                           \
	void __asan_store##n##_noabort(u64 addr)                    \
	{                                                           \
		check(addr, n, true, __builtin_return_address(0));  \
	}

ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)

extern void __asan_loadN_noabort(u64 addr, u64 size);
extern void __asan_storeN_noabort(u64 addr, u64 size);

void __asan_loadN_noabort(u64 addr, u64 size)
{
	if (size)
		check(addr, size, false, __builtin_return_address(0));
}

void __asan_storeN_noabort(u64 addr, u64 size)
{
	if (size)
		check(addr, size, true, __builtin_return_address(0));
}

/* ---- shadow ---- */

static void fill(u8 *s, u64 n, u8 value)
{
	u8 *end = s + n;

	for (; s < end && !IS_ALIGNED((u64)s, 8); s++)
		*s = value;
	for (; end - s >= 8; s += 8)
		*(u64 *)s = value * 0x0101010101010101ul;
	for (; s < end; s++)
		*s = value;
}

void kasan_poison(const void *p, u64 size, u8 why)
{
	if (has_shadow((u64)p))
		fill(kasan_shadow((u64)p), size >> 3, why);
}

void kasan_unpoison(const void *p, u64 size)
{
	u8 *s = kasan_shadow((u64)p);

	if (!has_shadow((u64)p))
		return;
	fill(s, size >> 3, 0);
	if (size & 7)
		s[size >> 3] = size & 7;
}

void kasan_stacks_from(u64 addr)
{
	stacks = min(stacks, addr);
}

void kasan_start(void)
{
	started = true;
	page_poison_free();
}

/* ---- stacks ---- */

extern void __asan_handle_no_return(void);
extern void __asan_poison_stack_memory(const void *p, u64 size);
extern void __asan_unpoison_stack_memory(const void *p, u64 size);

/* Before a function that does not return is called: the frames up to here end without a word. */
void __asan_handle_no_return(void)
{
	u64 sp = (u64)__builtin_frame_address(0), top = ALIGN_UP(sp, STACK_SLOT);

	/* Those of exceptions have another shape, and nobody goes on using them. */
	if (sp & STACK_SIZE &&
	    (sp - IMAGE_BASE < KASAN_IMAGE_SPAN || sp - stacks < VMAP_END - stacks))
		kasan_unpoison((void *)ALIGN_DOWN(sp, 8), top - ALIGN_DOWN(sp, 8));
}

void __asan_poison_stack_memory(const void *p, u64 size)
{
	kasan_poison(p, ALIGN_UP(size, 8), KASAN_STACK_SCOPE);
}

void __asan_unpoison_stack_memory(const void *p, u64 size)
{
	kasan_unpoison(p, size);
}

/* clang's way to poison larger frames. */
#define SET_SHADOW(value)                                    \
	extern void __asan_set_shadow_##value(u8 *s, u64 n); \
	void __asan_set_shadow_##value(u8 *s, u64 n)         \
	{                                                    \
		fill(s, n, 0x##value);                       \
	}

SET_SHADOW(00)
SET_SHADOW(f1)
SET_SHADOW(f2)
SET_SHADOW(f3)
SET_SHADOW(f5)
SET_SHADOW(f8)

/* ---- globals ---- */

#define MAX_FILES 512

static struct {
	const struct kasan_global *g;
	u64 n;
} files[MAX_FILES];
static unsigned int nr_files;

extern void __asan_register_globals(const struct kasan_global *g, u64 n);
extern void __asan_unregister_globals(const struct kasan_global *g, u64 n);

void __asan_register_globals(const struct kasan_global *g, u64 n)
{
	u64 i;

	for (i = 0; i < n; i++) {
		u64 used = ALIGN_UP(g[i].size, 8);

		kasan_unpoison((void *)g[i].start, g[i].size);
		kasan_poison((void *)(g[i].start + used), g[i].room - used, KASAN_GLOBAL);
	}
	if (nr_files < MAX_FILES) {
		files[nr_files].g = g;
		files[nr_files++].n = n;
	}
}

/* Nobody calls it: there is no end. */
void __asan_unregister_globals(const struct kasan_global *g, u64 n)
{
}

const struct kasan_global *kasan_global_at(u64 addr)
{
	unsigned int f;
	u64 i;

	for (f = 0; f < nr_files; f++)
		for (i = 0; i < files[f].n; i++)
			if (addr - files[f].g[i].start < files[f].g[i].room)
				return &files[f].g[i];
	return NULL;
}

void kasan_globals_init(void)
{
	extern void (*const __init_array_start[])(void), (*const __init_array_end[])(void);
	void (*const *fn)(void);

	for (fn = __init_array_start; fn < __init_array_end; fn++)
		(*fn)();
}
