// SPDX-License-Identifier: Apache-2.0
/* What the address sanitizer has found: what kind of access, where, and to what. */
#include <lodge/arch.h>
#include <lodge/kasan.h>
#include <lodge/ksyms.h>
#include <lodge/panic.h>
#include <lodge/printk.h>
#include <lodge/smp.h>
#include <asm/layout.h>

#define ROW	   16 /* bytes of shadow */
#define ROWS_ASIDE 2

/* What begins each frame that the compiler has poisoned (gcc's asan.c, clang's AddressSanitizer). */
#define FRAME_MAGIC 0x41b58ab3ul

struct frame_header {
	u64 magic;
	const char *variables; /* their number, and of each offset, size, length of the name, name */
	u64 function;
};

static const char *kind_of(u8 shadow)
{
	switch (shadow) {
	case KASAN_STACK_LEFT:
	case KASAN_STACK_MID:
	case KASAN_STACK_RIGHT:
		return "out of bounds of a variable on the stack";
	case KASAN_STACK_SCOPE:
		return "use of a variable on the stack out of its scope";
	case KASAN_GLOBAL:
		return "out of bounds of a global variable";
	case KASAN_SLAB_UNUSED:
	case KASAN_SLAB_REDZONE:
		return "out of bounds of a slab object";
	case KASAN_SLAB_FREE:
		return "use after free of a slab object";
	case KASAN_STACK_FREE:
		return "use after free of a stack";
	case KASAN_PAGE_REDZONE:
		return "out of bounds of an object of whole pages";
	case KASAN_PAGE_FREE:
		return "use of a free page";
	default:
		return "out of bounds";
	}
}

/* The byte of shadow that tells why @addr may not be accessed. */
static u8 shadow_value(u64 addr)
{
	const u8 *s = kasan_shadow(addr);

	/* Where a part of 8 bytes is somebody's, what comes behind it says whose. */
	return *s > 7 || !kasan_has_shadow(addr + 8) ? *s : s[1];
}

static void print_by(const char *what, const void *place)
{
	if (!place)
		return;
	printk("    %s by ", what);
	ksym_print((u64)place - 1);
	printk("\n");
}

/* "8 bytes behind its end" and the like, of @addr to an object. */
static void print_where(u64 addr, u64 start, u64 size)
{
	if (addr < start)
		printk("  %lu bytes before", start - addr);
	else if (addr >= start + size)
		printk("  %lu bytes behind the end of", addr - (start + size));
	else
		printk("  %lu bytes into", addr - start);
}

/* The size that was asked for: up to the redzone. Of what is free, all. */
static u64 object_size(u64 start, u64 room)
{
	u64 at;
	u8 s;

	for (at = start; at < start + room; at += 8) {
		s = *kasan_shadow(at);
		if (s == KASAN_SLAB_REDZONE)
			return at - start;
		if (s > 0 && s < 8)
			return at - start + s;
	}
	return room - KASAN_REDZONE;
}

static void describe_slab(u64 addr)
{
	const struct kasan_track *t;
	u64 room, start, size;

	start = (u64)slab_object_at(addr, &room);
	if (!start)
		return;
	t = kasan_object_track((void *)start, room);
	size = object_size(start, room);
	print_where(addr, start, size);
	printk(" an object of %lu bytes at %016lx\n", size, start);
	print_by("allocated", t->allocated);
	print_by("freed", t->freed);
}

static void describe_global(u64 addr)
{
	const struct kasan_global *g = kasan_global_at(addr);

	if (!g)
		return;
	print_where(addr, g->start, g->size);
	printk(" %s, %lu bytes at %016lx, of %s\n", g->name, g->size, g->start, g->file);
}

/* Down to the left end of the frame, where the compiler has put a header. */
static void describe_frame(u64 addr)
{
	u64 at = ALIGN_DOWN(addr, 8), end = at - PAGE_SIZE;
	const struct frame_header *h;

	while (at > end && kasan_has_shadow(at) && *kasan_shadow(at) != KASAN_STACK_LEFT)
		at -= 8;
	while (at > end && kasan_has_shadow(at - 8) && *kasan_shadow(at - 8) == KASAN_STACK_LEFT)
		at -= 8;
	h = (const void *)at;
	if (at <= end || !kasan_has_shadow(at) || h->magic != FRAME_MAGIC)
		return;
	printk("  %lu bytes into the frame of ", addr - at);
	ksym_print(h->function);
	printk("\n    whose variables are (number; offset, size, name): %s\n", h->variables);
}

static void describe(u64 addr, u8 shadow)
{
	switch (shadow) {
	case KASAN_STACK_LEFT:
	case KASAN_STACK_MID:
	case KASAN_STACK_RIGHT:
	case KASAN_STACK_SCOPE:
		describe_frame(addr);
		break;
	case KASAN_GLOBAL:
		describe_global(addr);
		break;
	case KASAN_SLAB_UNUSED:
	case KASAN_SLAB_FREE:
	case KASAN_SLAB_REDZONE:
		describe_slab(addr);
	}
}

/* Rows of the shadow round @addr, as far as they are in one page of it. */
static void print_shadow(u64 addr)
{
	u64 bad = (u64)kasan_shadow(addr), row;
	u64 first = max(ALIGN_DOWN(bad, ROW) - ROWS_ASIDE * ROW, ALIGN_DOWN(bad, PAGE_SIZE));
	u64 end = min(ALIGN_DOWN(bad, ROW) + (ROWS_ASIDE + 1) * ROW,
		      ALIGN_DOWN(bad, PAGE_SIZE) + PAGE_SIZE);
	unsigned int i;

	printk("  shadow, a byte for 8:\n");
	for (row = first; row < end; row += ROW) {
		printk("  %c %016lx:", row == ALIGN_DOWN(bad, ROW) ? '>' : ' ',
		       (row - CONFIG_KASAN_SHADOW_OFFSET) << 3);
		for (i = 0; i < ROW; i++)
			printk(row + i == bad ? "[%02x]" : " %02x ", ((const u8 *)row)[i]);
		printk("\n");
	}
}

void kasan_report(u64 addr, u64 size, bool write, const void *caller)
{
	u64 bad = kasan_first_closed(addr, size);
	bool known = kasan_has_shadow(bad);
	u8 shadow = known ? shadow_value(bad) : 0;

	panic_begin();
	if (!size)
		printk("lodge: address sanitizer on CPU %u: a slab object is freed twice\n"
		       "  the second free of %016lx is at ",
		       cpu_id(), addr);
	else
		printk("lodge: address sanitizer on CPU %u: %s\n"
		       "  %s of %lu bytes at %016lx is at ",
		       cpu_id(), known ? kind_of(shadow) : "wild access",
		       write ? "a write" : "a read", size, addr);
	ksym_print((u64)caller - 1);
	printk("\n");
	if (known) {
		describe(bad, shadow);
		print_shadow(bad);
	}
	printk("  backtrace:\n");
	arch_backtrace();
	panic_end();
}

void kasan_explain_fault(u64 addr)
{
	u64 of = (addr - CONFIG_KASAN_SHADOW_OFFSET) << 3;

	if (addr && kasan_has_shadow(of) && (u64)kasan_shadow(of) == addr)
		printk("  a wild access: this is the shadow of %016lx, where no memory is\n", of);
}
