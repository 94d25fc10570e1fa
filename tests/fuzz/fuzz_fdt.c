// SPDX-License-Identifier: Apache-2.0
/*
 * Devicetrees: bytes, or words of a structure block behind a right header. What fdt_check()
 * lets through can all be read, libfdt sees the same nodes and properties in it, and the
 * writer makes a tree of them that is the same again.
 */
/* links: tests/unit/fdt_util.c */
/* libs: -lfdt */
/* runs: 20000 */
/* length: 600 */
#include <fdt_util.h>

#include "fuzz.h"

#define HEADER	 56
#define MAX_TREE 2048

static void store(u8 *p, u32 v)
{
	v = __builtin_bswap32(v);
	memcpy(p, &v, sizeof(v));
}

/* A structure block of the rest of @in, with these strings. */
static struct blob framed(struct fuzz *in)
{
	static const char strings[] = "reg\0compatible\0#address-cells\0#size-cells\0ranges\0"
				      "phandle\0status";
	u32 words = (u32)in->left / 4 * 4;
	u32 size = HEADER + words + 4 + sizeof(strings);
	struct blob b = { calloc(1, size), size };
	u8 *p = b.data;
	const u32 header[] = {
		0xd00dfeed, size, HEADER, HEADER + words + 4, 40,
		17,	    16,	  0,	  sizeof(strings),    words + 4,
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(header); i++)
		store(p + 4 * i, header[i]);
	fuzz_bytes(in, p + HEADER, words);
	store(p + HEADER + words, FDT_END);
	memcpy(p + HEADER + words + 4, strings, sizeof(strings));
	return b;
}

/* ---- the other opinion ---- */

/*
 * Whether there is padding behind the root. A parser is to ignore FDT_NOP wherever it is (Devicetree 0.4,
 * 5.4.1); libfdt refuses it there.
 */
static bool pads_behind_root(const void *fdt)
{
	int off = 0, depth = 0, next;
	u32 tag;

	for (;; off = next) {
		tag = fdt_next_tag(fdt, off, &next);
		if (next < 0 || tag == FDT_END)
			return false;
		depth += (tag == FDT_BEGIN_NODE) - (tag == FDT_END_NODE);
		if (tag == FDT_END_NODE && !depth)
			return fdt_next_tag(fdt, next, &off) == FDT_NOP;
	}
}

static void same_properties(const void *fdt, int node)
{
	const char *name, *want_name;
	const void *val, *want;
	u32 pos = 0, len;
	int prop, want_len;

	fdt_for_each_property_offset(prop, fdt, node)
	{
		want = fdt_getprop_by_offset(fdt, prop, &want_name, &want_len);
		val = fdt_prop_next(fdt, node, &pos, &name, &len);
		assert_ptr_equal(val, want);
		assert_int_equal(len, want_len);
		assert_ptr_equal(name, want_name);
		/* Of two with the same name either means the first. */
		assert_ptr_equal(fdt_prop(fdt, node, name, NULL),
				 fdt_getprop(fdt, node, want_name, NULL));
	}
	assert_null(fdt_prop_next(fdt, node, &pos, &name, &len));
}

static void same_as_libfdt(const void *fdt)
{
	int node = -1, want = -1, depth = -1, parent;

	for (;;) {
		want = libfdt_next_node(fdt, want, &depth);
		node = fdt_next_node(fdt, node);
		if (depth < 0 || want < 0)
			break;
		assert_int_equal(node, want);
		assert_string_equal(fdt_node_name(fdt, node), fdt_get_name(fdt, want, NULL));
		parent = fdt_parent_offset(fdt, want);
		assert_int_equal(fdt_parent(fdt, node), parent < 0 ? -ENOENT : parent);
		same_properties(fdt, node);
	}
	assert_true(node < 0);
}

/* ---- the writer ---- */

static void write_all(struct fdt_writer *w, const void *fdt)
{
	struct fdt_item item;
	u32 off = 0;

	do {
		fdt_next_item(fdt, &off, &item);
		if (item.kind == FDT_ITEM_NODE)
			fdtw_node(w, item.name);
		else if (item.kind == FDT_ITEM_PROP)
			fdtw_prop(w, item.name, item.data, item.len);
		else if (item.kind == FDT_ITEM_NODE_END)
			fdtw_end_node(w);
	} while (item.kind != FDT_ITEM_END);
}

static struct fdt_item next(const void *fdt, u32 *off)
{
	struct fdt_item item;

	do
		fdt_next_item(fdt, off, &item);
	while (item.kind == FDT_ITEM_NONE);
	return item;
}

static void survives_writing(const void *fdt)
{
	static u8 buf[2 * MAX_TREE] __aligned(8);
	static struct fdt_writer w;
	struct fdt_item a, b;
	u32 off_a = 0, off_b = 0;
	int size;

	fdtw_begin(&w, buf, sizeof(buf));
	write_all(&w, fdt);
	size = fdtw_finish(&w);
	/* More names than there is room for, or a root that is not "". */
	if (size < 0) {
		assert_true(size == -ENOSPC || size == -EINVAL);
		return;
	}
	assert_int_equal(fdt_check(buf, (size_t)size), 0);
	do {
		a = next(fdt, &off_a);
		b = next(buf, &off_b);
		assert_int_equal(a.kind, b.kind);
		if (a.kind == FDT_ITEM_NODE || a.kind == FDT_ITEM_PROP)
			assert_string_equal(a.name, b.name);
		if (a.kind == FDT_ITEM_PROP) {
			assert_int_equal(a.len, b.len);
			assert_memory_equal(a.data, b.data, a.len);
		}
	} while (a.kind != FDT_ITEM_END);
}

void fuzz_one(struct fuzz *in)
{
	struct blob b;

	if (fuzz_u8(in) & 1) {
		b = framed(in);
	} else {
		b = (struct blob){ malloc(in->left + 1), in->left };
		fuzz_bytes(in, b.data, b.size);
	}
	if (!fdt_check(b.data, b.size)) {
		blob_read_all(b.data);
		if (!pads_behind_root(b.data))
			assert_int_equal(fdt_check_full(b.data, b.size), 0);
		same_as_libfdt(b.data);
		survives_writing(b.data);
	}
	blob_free(&b);
}

/* Small trees, whole, and their structure blocks alone. */
size_t fuzz_seed(unsigned int n, u8 *buf, size_t room)
{
	u64 seed = n / 2 + 1;
	struct blob b = { 0 };
	size_t size = 0;

	if (n >= 16)
		return 0;
	do {
		blob_free(&b);
		b = blob_random(&seed);
	} while (b.size > 500);
	buf[size++] = n & 1;
	if (n & 1) {
		memcpy(buf + size, (u8 *)b.data + fdt_off_dt_struct(b.data),
		       fdt_size_dt_struct(b.data) - 4);
		size += fdt_size_dt_struct(b.data) - 4;
	} else {
		memcpy(buf + size, b.data, b.size);
		size += b.size;
	}
	blob_free(&b);
	return size;
}
