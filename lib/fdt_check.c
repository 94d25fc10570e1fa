// SPDX-License-Identifier: Apache-2.0
/* Whether a blob that nobody vouches for is a devicetree. */
#include "fdt_internal.h"
#include <lodge/errno.h>

/* Whether a block at @off, of @len bytes, is behind the header and within the tree. */
static bool block_ok(u32 off, u32 len, u32 align, u32 total)
{
	return off >= HDR_BYTES && IS_ALIGNED(off, align) && fdt_within(off, len, total);
}

static bool header_ok(const void *blob, size_t size)
{
	u32 total;

	if (((uintptr_t)blob & 7) || size < HDR_BYTES)
		return false;
	total = fdt_total_size(blob);
	return fdt_header(blob, HDR_MAGIC) == FDT_MAGIC && total >= HDR_BYTES && total <= size &&
	       total <= INT32_MAX && fdt_header(blob, HDR_VERSION) >= FDT_VERSION &&
	       fdt_header(blob, HDR_LAST_COMP) <= FDT_VERSION &&
	       block_ok(fdt_header(blob, HDR_OFF_STRUCT), fdt_header(blob, HDR_SIZE_STRUCT), 4,
			total) &&
	       block_ok(fdt_header(blob, HDR_OFF_STRINGS), fdt_header(blob, HDR_SIZE_STRINGS), 1,
			total) &&
	       block_ok(fdt_header(blob, HDR_OFF_RSVMAP), 16, 8, total);
}

#define PAUSE_STEPS 256

struct pauses {
	void (*fn)(void);
	u32 steps;
};

static void step(struct pauses *p)
{
	if (++p->steps % PAUSE_STEPS == 0 && p->fn)
		p->fn();
}

static bool memreserve_ends(const void *blob, struct pauses *p)
{
	u32 off = fdt_header(blob, HDR_OFF_RSVMAP), total = fdt_total_size(blob);

	for (; fdt_within(off, 16, total); off += 16) {
		const u8 *entry = (const u8 *)blob + off;

		step(p);
		if (!fdt_number(entry, 2) && !fdt_number(entry + 8, 2))
			return true;
	}
	return false;
}

/* How much of the strings block may be pointed at: all up to its last zero. */
static u32 strings_limit(const void *blob, struct pauses *p)
{
	const char *strings = (const char *)blob + fdt_header(blob, HDR_OFF_STRINGS);
	u32 n = fdt_header(blob, HDR_SIZE_STRINGS);

	while (n && strings[n - 1]) {
		n--;
		step(p);
	}
	return n;
}

static bool structs_ok(const struct fdt_tree *t, u32 strings, struct pauses *p)
{
	unsigned int depth = 0;
	bool has_root = false, props_allowed = false;
	u32 off = 0, next = 0;

	for (;; off = next) {
		step(p);
		switch (fdt_token(t, off, &next)) {
		case FDT_TOKEN_BEGIN_NODE:
			/* There is one root, and its name is empty (5.4.1). */
			if (depth == FDT_MAX_DEPTH || (!depth && (has_root || t->structs[off + 4])))
				return false;
			depth++;
			has_root = true;
			props_allowed = true;
			break;
		case FDT_TOKEN_END_NODE:
			if (!depth--)
				return false;
			props_allowed = false;
			break;
		case FDT_TOKEN_PROP:
			if (!props_allowed || fdt_load(t->structs + off + 8) >= strings)
				return false;
			break;
		case FDT_TOKEN_NOP:
			break;
		case FDT_TOKEN_END:
			return has_root && !depth;
		default:
			return false;
		}
	}
}

int fdt_check_pausing(const void *blob, size_t size, void (*pause)(void))
{
	struct pauses p = { .fn = pause };
	struct fdt_tree t;

	if (!header_ok(blob, size) || !memreserve_ends(blob, &p))
		return -EINVAL;
	t = fdt_tree_of(blob);
	return structs_ok(&t, strings_limit(blob, &p), &p) ? 0 : -EINVAL;
}

int fdt_check(const void *blob, size_t size)
{
	return fdt_check_pausing(blob, size, NULL);
}
