/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LIB_FDT_INTERNAL_H
#define LIB_FDT_INTERNAL_H

#include <lodge/fdt.h>

/*
 * The format, and the steps that every walk is made of. fdt_check() has judged a blob
 * before anything else reads it; still, each step checks that it stays within the
 * structure block and goes forward, so that no walk can fail to end.
 */

/* Header (5.2), big-endian words. */
#define HDR_MAGIC	 0
#define HDR_TOTALSIZE	 1
#define HDR_OFF_STRUCT	 2
#define HDR_OFF_STRINGS	 3
#define HDR_OFF_RSVMAP	 4
#define HDR_VERSION	 5
#define HDR_LAST_COMP	 6
#define HDR_SIZE_STRINGS 8
#define HDR_SIZE_STRUCT	 9
#define HDR_BYTES	 40

#define FDT_MAGIC     0xd00dfeedu
#define FDT_VERSION   17u
#define FDT_LAST_COMP 16u /* the oldest version that reads alike */

/* Tokens (5.4.1). */
#define FDT_BEGIN_NODE 1u
#define FDT_END_NODE   2u
#define FDT_PROP       3u
#define FDT_NOP	       4u
#define FDT_END	       9u

/* As a little-endian load of a word finds them. */
#define FDT_TOKEN_BEGIN_NODE (FDT_BEGIN_NODE << 24)
#define FDT_TOKEN_END_NODE   (FDT_END_NODE << 24)
#define FDT_TOKEN_PROP	     (FDT_PROP << 24)
#define FDT_TOKEN_NOP	     (FDT_NOP << 24)
#define FDT_TOKEN_END	     (FDT_END << 24)
#define FDT_TOKEN_BAD	     0u /* ours */

struct fdt_tree {
	const u8 *structs;
	u32 size; /* of @structs, in whole words */
	const char *strings;
};

/* A property: its value is at @structs + @value. */
struct fdt_prop {
	u32 value;
	u32 len;
	const char *name;
};

/* A big-endian word, aligned or not. */
static inline u32 fdt_load(const void *word)
{
	const u8 *p = word;

	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static inline u32 fdt_header(const void *blob, unsigned int n)
{
	return fdt_load((const u8 *)blob + 4 * (size_t)n);
}

/* @count cells, one or two, as a number. */
static inline u64 fdt_number(const void *prop, unsigned int count)
{
	u64 v = fdt_load(prop);

	return count == 2 ? v << 32 | fdt_load((const u8 *)prop + 4) : v;
}

static inline struct fdt_tree fdt_tree_of(const void *blob)
{
	const u8 *base = blob;

	return (struct fdt_tree){
		.structs = base + fdt_header(blob, HDR_OFF_STRUCT),
		.size = fdt_header(blob, HDR_SIZE_STRUCT) & ~3u,
		.strings = (const char *)base + fdt_header(blob, HDR_OFF_STRINGS),
	};
}

static inline u32 fdt_word(const struct fdt_tree *t, u32 off)
{
	return *(const u32 *)(t->structs + off);
}

/* The offset behind the padded string at @off, or 0 if it does not end within, or is too long. */
static inline u32 fdt_skip_name(const struct fdt_tree *t, u32 off)
{
	u32 end = min(t->size, off + FDT_MAX_NAME);

	for (; off < end; off += 4) {
		u32 w = fdt_word(t, off);

		if ((w - 0x01010101u) & ~w & 0x80808080u) /* has a zero byte */
			return off + 4;
	}
	return 0;
}

/* The token at @off, and where the next one is. FDT_TOKEN_BAD if it is none or not whole. */
static inline u32 fdt_token(const struct fdt_tree *t, u32 off, u32 *next)
{
	u32 tag, len;

	if (off >= t->size)
		return FDT_TOKEN_BAD;
	tag = fdt_word(t, off);
	off += 4;
	if (tag == FDT_TOKEN_PROP) {
		if (t->size - off < 8)
			return FDT_TOKEN_BAD;
		len = fdt_load(t->structs + off);
		off += 8;
		if (len > t->size - off)
			return FDT_TOKEN_BAD;
		off += ALIGN_UP(len, 4);
	} else if (tag == FDT_TOKEN_BEGIN_NODE) {
		off = fdt_skip_name(t, off);
		if (!off)
			return FDT_TOKEN_BAD;
	} else if (tag != FDT_TOKEN_END_NODE && tag != FDT_TOKEN_NOP && tag != FDT_TOKEN_END) {
		return FDT_TOKEN_BAD;
	}
	*next = off;
	return tag;
}

static inline struct fdt_prop fdt_prop_of(const struct fdt_tree *t, u32 off)
{
	return (struct fdt_prop){
		.value = off + 12,
		.len = fdt_load(t->structs + off + 4),
		.name = t->strings + fdt_load(t->structs + off + 8),
	};
}

static inline bool fdt_within(u32 off, u32 len, u32 total)
{
	return off <= total && len <= total - off;
}

/* Where the first token within @node is, or 0 if @node is none. */
static inline u32 fdt_node_inside(const struct fdt_tree *t, int node)
{
	u32 next;

	if (node < 0 || (node & 3) || fdt_token(t, (u32)node, &next) != FDT_TOKEN_BEGIN_NODE)
		return 0;
	return next;
}

/* Fills @chain with the nodes from the root to @node; returns how many, 0 if @node is none. */
unsigned int fdt_node_chain(const struct fdt_tree *t, int node, int chain[FDT_MAX_DEPTH]);

#endif
