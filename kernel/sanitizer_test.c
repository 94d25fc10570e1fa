// SPDX-License-Identifier: Apache-2.0
/*
 * Faults on demand, for tests of the sanitizers: each is one that a program could have. What
 * makes them wrong is hidden from the compiler.
 */
#include <lodge/hostmap.h>
#include <lodge/init.h>
#include <lodge/kasan.h>
#include <lodge/page_alloc.h>
#include <lodge/panic.h>
#include <lodge/printk.h>
#include <lodge/slab.h>
#include <lodge/string.h>
#include <asm/layout.h>
#include <asm/stack.h>
#include "fault_test.h"

BOOTARG(fault, "lodge.fault");

#define OBJECT 40

static u8 global_bytes[OBJECT];
static u64 global_words[4];

/* The value of an integer or a pointer, of which the compiler knows nothing. */
static u64 hide(u64 v)
{
	__asm__ volatile("" : "+r"(v));
	return v;
}

#define HIDE(x) ((__typeof__(x))hide((u64)(x)))

/* Makes use of a value. */
static void use(u64 v)
{
	hide(v);
}

/* ---- for the address sanitizer ---- */

static void slab_write(void)
{
	u8 *p = kmalloc(OBJECT);

	p[HIDE(OBJECT)] = 1;
}

static void slab_read_before(void)
{
	const u8 *p = kmalloc(OBJECT);

	use(p[HIDE(-1)]);
}

static void slab_wide(void)
{
	u8 *p = kmalloc(OBJECT + 5);

	use(*(u32 *)(p + HIDE(OBJECT + 4)));
}

static void slab_freed(void)
{
	u8 *p = kmalloc(OBJECT);

	kfree(p);
	use(HIDE(p)[8]);
}

static void slab_freed_twice(void)
{
	u8 *p = kmalloc(OBJECT);

	kfree(p);
	kfree(HIDE(p));
}

static void large(void)
{
	u8 *p = kmalloc(2 * PAGE_SIZE);

	p[HIDE(2 * PAGE_SIZE)] = 1;
}

static void page_freed(void)
{
	hpa_t page = page_alloc(0, 0, NULL);

	page_free(page, 0, NULL);
	*(u64 *)hpa_to_kva(page) = 1;
}

static void global(void)
{
	u8 *p = HIDE(&global_bytes[0]);

	p[OBJECT] = 1;
}

static void stack(void)
{
	u8 buf[OBJECT];
	u8 *p = HIDE(&buf[0]);

	p[HIDE(OBJECT)] = 1;
	use(p[0]);
}

static void scope(void)
{
	u8 *p;

	{
		u8 buf[OBJECT];

		p = HIDE(&buf[0]);
		*p = 1;
	}
	*p = 2;
}

static void stack_freed(void)
{
	u8 *top = host_stack_alloc(STACK_PAGES);

	host_stack_free(top, STACK_PAGES);
	top[HIDE(-64)] = 1;
}

static void copy(void)
{
	u8 *p = kmalloc(OBJECT);

	memcpy(p, global_words, sizeof(global_words));
	memcpy(p + sizeof(global_words), global_words, HIDE(sizeof(global_words)));
}

static void string(void)
{
	char *p = kmalloc(OBJECT);

	memset(p, 'x', OBJECT);
	use(strlen(p));
}

static void null(void)
{
	*HIDE((u64 *)8) = 1;
}

/* In the direct map, but no memory is there. */
static void wild(void)
{
	*HIDE((u64 *)(DIRECT_MAP_BASE + DIRECT_MAP_SIZE - 64)) = 1;
}

/* ---- for that of undefined behaviour ---- */

static void shift(void)
{
	use((u64)(1 << HIDE(40)));
}

static void overflow(void)
{
	use((u64)(HIDE(0x7fffffff) + 1));
}

static void divide(void)
{
	use((u64)(1 / HIDE(0)));
}

static void index(void)
{
	use(global_words[HIDE(4)]);
}

static void misaligned(void)
{
	use(*(u64 *)HIDE(global_bytes + 1));
}

static void boolean(void)
{
	global_bytes[0] = 2;
	use(*(bool *)HIDE(&global_bytes[0]));
}

static const struct fault faults[] = {
	{ "slab-write", slab_write },
	{ "slab-read-before", slab_read_before },
	{ "slab-wide", slab_wide },
	{ "slab-freed", slab_freed },
	{ "slab-freed-twice", slab_freed_twice },
	{ "large", large },
	{ "page-freed", page_freed },
	{ "global", global },
	{ "stack", stack },
	{ "scope", scope },
	{ "stack-freed", stack_freed },
	{ "copy", copy },
	{ "string", string },
	{ "null", null },
	{ "wild", wild },
	{ "shift", shift },
	{ "overflow", overflow },
	{ "divide", divide },
	{ "index", index },
	{ "misaligned", misaligned },
	{ "boolean", boolean },
};

void sanitizer_test(void)
{
	commit_fault("lodge.fault", faults, ARRAY_SIZE(faults));
}
