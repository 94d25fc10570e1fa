// SPDX-License-Identifier: Apache-2.0
/* fdt_check() on blobs that mean harm, and the reader on those that it lets through. */
/* links: tests/unit/fdt_util.c */
/* libs: -lfdt */
#include "fdt_util.h"

#define BEGIN 1
#define END   2
#define PROP  3
#define NOP   4
#define LAST  9

#define EMPTY 0 /* the name of the root */

static const char strings[] = "reg\0compatible";

static void store(u8 *p, u32 v)
{
	for (unsigned int i = 0; i < 4; i++)
		p[i] = (u8)(v >> (24 - 8 * i));
}

/* A header, an empty reservation block, these words and the strings above. */
static struct blob raw(const u32 *words, size_t n)
{
	size_t size = 56 + 4 * n + sizeof(strings);
	const u32 header[] = { 0xd00dfeed,
			       (u32)size,
			       56,
			       (u32)(56 + 4 * n),
			       40,
			       17,
			       16,
			       0,
			       sizeof(strings),
			       (u32)(4 * n),
			       0,
			       0,
			       0,
			       0 };
	struct blob b = { calloc(1, size), size };

	for (size_t i = 0; i < ARRAY_SIZE(header); i++)
		store((u8 *)b.data + 4 * i, header[i]);
	for (size_t i = 0; i < n; i++)
		store((u8 *)b.data + 56 + 4 * i, words[i]);
	memcpy((u8 *)b.data + 56 + 4 * n, strings, sizeof(strings));
	return b;
}

static int check_words(const u32 *words, size_t n)
{
	struct blob b = raw(words, n);
	int err = fdt_check(b.data, b.size);

	if (!err)
		blob_read_all(b.data);
	blob_free(&b);
	return err;
}

#define CHECK(...) \
	check_words((const u32[]){ __VA_ARGS__ }, ARRAY_SIZE(((const u32[]){ __VA_ARGS__ })))

static void smallest_trees_pass(void **state)
{
	assert_int_equal(CHECK(BEGIN, EMPTY, END, LAST), 0);
	assert_int_equal(CHECK(NOP, BEGIN, EMPTY, NOP, END, NOP, LAST), 0);
	assert_int_equal(CHECK(BEGIN, EMPTY, PROP, 0, 0, PROP, 4, 4, 7, END, LAST), 0);
	assert_int_equal(CHECK(BEGIN, EMPTY, PROP, 5, 14, 1, 2, BEGIN, 'a' << 24, END, END, LAST),
			 0);
}

static void structure_must_be_whole(void **state)
{
	assert_int_equal(check_words(NULL, 0), -EINVAL);
	assert_int_equal(CHECK(LAST), -EINVAL);
	assert_int_equal(CHECK(NOP, NOP), -EINVAL);
	assert_int_equal(CHECK(BEGIN), -EINVAL);
	assert_int_equal(CHECK(BEGIN, EMPTY), -EINVAL);
	assert_int_equal(CHECK(BEGIN, EMPTY, END), -EINVAL);
	assert_int_equal(CHECK(BEGIN, EMPTY, LAST), -EINVAL);
	assert_int_equal(CHECK(END, LAST), -EINVAL);
	assert_int_equal(CHECK(BEGIN, EMPTY, END, END, LAST), -EINVAL);
	assert_int_equal(CHECK(BEGIN, 0x61616161, 0x61616161), -EINVAL);
	assert_int_equal(CHECK(BEGIN, EMPTY, 5, END, LAST), -EINVAL);
	assert_int_equal(CHECK(BEGIN, EMPTY, 0x01000000, END, LAST), -EINVAL);
}

static void there_is_one_root(void **state)
{
	assert_int_equal(CHECK(BEGIN, 'a' << 24, END, LAST), -EINVAL);
	assert_int_equal(CHECK(BEGIN, EMPTY, END, BEGIN, EMPTY, END, LAST), -EINVAL);
}

static void properties_stay_within_and_come_first(void **state)
{
	assert_int_equal(CHECK(PROP, 0, 0, BEGIN, EMPTY, END, LAST), -EINVAL);
	assert_int_equal(CHECK(BEGIN, EMPTY, END, PROP, 0, 0, LAST), -EINVAL);
	assert_int_equal(CHECK(BEGIN, EMPTY, BEGIN, EMPTY, END, PROP, 0, 0, END, LAST), -EINVAL);
	assert_int_equal(CHECK(BEGIN, EMPTY, PROP), -EINVAL);
	assert_int_equal(CHECK(BEGIN, EMPTY, PROP, 0), -EINVAL);
	assert_int_equal(CHECK(BEGIN, EMPTY, PROP, 9, 0, END, LAST), -EINVAL);
	assert_int_equal(CHECK(BEGIN, EMPTY, PROP, 0xffffffff, 0, END, LAST), -EINVAL);
	assert_int_equal(CHECK(BEGIN, EMPTY, PROP, 0xfffffffd, 0, END, LAST), -EINVAL);
	assert_int_equal(CHECK(BEGIN, EMPTY, PROP, 0, sizeof(strings), END, LAST), -EINVAL);
	assert_int_equal(CHECK(BEGIN, EMPTY, PROP, 0, 0xffffffff, END, LAST), -EINVAL);
}

static void nesting_is_bounded(void **state)
{
	u32 words[3 * (FDT_MAX_DEPTH + 1) + 1];

	for (unsigned int depth = FDT_MAX_DEPTH; depth <= FDT_MAX_DEPTH + 1; depth++) {
		size_t n = 0;

		for (unsigned int i = 0; i < depth; i++) {
			words[n++] = BEGIN;
			words[n++] = i ? 'n' << 24 : EMPTY;
		}
		for (unsigned int i = 0; i < depth; i++)
			words[n++] = END;
		words[n++] = LAST;
		assert_int_equal(check_words(words, n), depth > FDT_MAX_DEPTH ? -EINVAL : 0);
	}
}

/* The verdict on a good tree, one header word of which is changed. */
static int check_header(unsigned int word, u32 value)
{
	static const u32 words[] = { BEGIN, EMPTY, PROP, 4, 4, 1, END, LAST };
	struct blob b = raw(words, ARRAY_SIZE(words));
	int err;

	store((u8 *)b.data + 4 * (size_t)word, value);
	err = fdt_check(b.data, b.size);
	blob_free(&b);
	return err;
}

static void header_is_checked(void **state)
{
	const u32 structs = 8 * 4, total = 56 + structs + sizeof(strings);

	assert_int_equal(check_header(7, 0), 0);
	assert_int_equal(check_header(0, 0xd00dfeee), -EINVAL);
	assert_int_equal(check_header(0, 0xedfe0dd0), -EINVAL);
	/* sizes */
	assert_int_equal(check_header(1, total + 1), -EINVAL);
	assert_int_equal(check_header(1, total - 1), -EINVAL);
	assert_int_equal(check_header(1, 0), -EINVAL);
	assert_int_equal(check_header(1, ~0u), -EINVAL);
	assert_int_equal(check_header(8, sizeof(strings) + 1), -EINVAL);
	assert_int_equal(check_header(8, ~0u), -EINVAL);
	assert_int_equal(check_header(8, 3), -EINVAL); /* "reg" without its zero */
	assert_int_equal(check_header(9, structs - 4), -EINVAL);
	assert_int_equal(check_header(9, ~0u), -EINVAL);
	/* offsets */
	assert_int_equal(check_header(2, 57), -EINVAL);
	assert_int_equal(check_header(2, ~3u), -EINVAL);
	assert_int_equal(check_header(3, total), -EINVAL);
	assert_int_equal(check_header(3, ~0u), -EINVAL);
	assert_int_equal(check_header(4, 44), -EINVAL);
	assert_int_equal(check_header(4, (total - 8) & ~7u), -EINVAL);
	assert_int_equal(check_header(4, ~7u), -EINVAL);
	/* versions */
	assert_int_equal(check_header(5, 16), -EINVAL);
	assert_int_equal(check_header(5, 18), 0);
	assert_int_equal(check_header(6, 18), -EINVAL);
}

static void short_and_unaligned_buffers_are_refused(void **state)
{
	static const u32 words[] = { BEGIN, EMPTY, PROP, 4, 4, 1, END, LAST };
	struct blob b = raw(words, ARRAY_SIZE(words));
	u8 *shifted = malloc(b.size + 4);

	for (size_t size = 0; size < b.size; size++) {
		struct blob cut = blob_copy(b.data, size);

		assert_int_equal(fdt_check(cut.data, size), -EINVAL);
		blob_free(&cut);
	}
	memcpy(shifted + 4, b.data, b.size);
	assert_int_equal(fdt_check(shifted + 4, b.size), -EINVAL);
	free(shifted);
	blob_free(&b);
}

static void reservations_end(void **state)
{
	struct blob b;
	u64 addr, size;
	static const u32 words[] = { BEGIN, EMPTY, END, LAST };

	b = raw(words, ARRAY_SIZE(words));
	/* An entry where the last one was, and nothing but the tree behind it. */
	memset((u8 *)b.data + 40, 0xff, 16);
	assert_int_equal(fdt_check(b.data, b.size), -EINVAL);
	assert_int_equal(fdt_memreserve(b.data, 0, &addr, &size), 0);
	assert_int_equal(fdt_memreserve(b.data, 9, &addr, &size), -ENOENT);
	blob_free(&b);
}

/* Would take hours if each property cost the length of its name, or each node a walk. */
static void time_is_linear_in_the_size(void **state)
{
	const size_t nr_props = 100000, nr_nodes = 200000, string = 2 << 20;
	const size_t words = 3 * nr_props + 3 * nr_nodes + 4;
	u32 *w = malloc(4 * words);
	size_t n = 0;
	u8 *big;
	struct blob b;
	u32 pos = 0;
	int node, count = 0;

	w[n++] = BEGIN;
	w[n++] = EMPTY;
	for (size_t i = 0; i < nr_props; i++) {
		w[n++] = PROP;
		w[n++] = 0;
		w[n++] = sizeof(strings) + (u32)i;
	}
	for (size_t i = 0; i < nr_nodes; i++) {
		w[n++] = BEGIN;
		w[n++] = 'n' << 24;
		w[n++] = END;
	}
	w[n++] = END;
	w[n++] = LAST;
	b = raw(w, n);
	free(w);
	big = malloc(b.size + string);
	memcpy(big, b.data, b.size);
	memset(big + b.size, 'x', string);
	big[b.size + string - 1] = '\0';
	store(big + 4, (u32)(b.size + string));
	store(big + 32, (u32)(sizeof(strings) + string));
	assert_int_equal(fdt_check(big, b.size + string), 0);
	while (fdt_prop_next(big, 0, &pos, NULL, NULL))
		count++;
	assert_int_equal(count, nr_props);
	count = 0;
	fdt_for_each_subnode(node, big, 0)
		count++;
	assert_int_equal(count, nr_nodes);
	assert_int_equal(fdt_find_path(big, "/none"), -ENOENT);
	assert_int_equal(fdt_find_compatible(big, -1, "none"), -ENOENT);
	free(big);
	blob_free(&b);
}

/* Changes a few bytes or words, mostly where it hurts, and perhaps cuts the end off. */
static struct blob mutate(const struct blob *from, u64 *seed)
{
	static const u32 nasty[] = { 0, 1, 2, 3, 4, 9, 0x7fffffff, 0xffffffff, 0xfffffffc, 0x100 };
	unsigned int changes = 1 + shim_random(seed) % 4;
	bool cut = !(shim_random(seed) % 8);
	struct blob b = blob_copy(from->data, cut ? shim_random(seed) % from->size : from->size);

	for (unsigned int i = 0; b.size >= 4 && i < changes; i++) {
		u64 r = shim_random(seed);
		size_t range = r % 4 ? b.size : min(b.size, (size_t)56),
		       at = (r >> 8) % (range - 3);
		u8 *p = (u8 *)b.data + at;

		if (r & 16)
			*p = (u8)(r >> 56);
		else
			store((u8 *)b.data + (at & ~3ul), nasty[(r >> 56) % ARRAY_SIZE(nasty)]);
	}
	return b;
}

/* Words that are to be skipped may follow the root, too; libfdt wants its end at once. */
static bool has_nop_behind_root(const void *fdt)
{
	int off = 0, next = 0, depth = 0;
	u32 tag;

	do {
		tag = fdt_next_tag(fdt, off, &next);
		depth += (tag == FDT_BEGIN_NODE) - (tag == FDT_END_NODE);
		off = next;
	} while (tag != FDT_END && !(tag == FDT_END_NODE && depth == 0));
	return tag != FDT_END && fdt_next_tag(fdt, off, &next) == FDT_NOP;
}

static unsigned int try_mutants(const struct blob *from, unsigned int n, u64 *seed)
{
	unsigned int passed = 0;

	while (n--) {
		struct blob b = mutate(from, seed);
		int err = fdt_check(b.data, b.size);

		if (!err) {
			passed++;
			blob_read_all(b.data);
			/* libfdt asks for less, but for one thing. */
			if (!has_nop_behind_root(b.data))
				assert_int_equal(fdt_check_full(b.data, b.size), 0);
		} else {
			assert_int_equal(err, -EINVAL);
		}
		blob_free(&b);
	}
	return passed;
}

static void mutants_do_no_harm(void **state)
{
	u64 seed = shim_seed(5);
	unsigned int passed = 0;

	for (int i = 0; i < 60; i++) {
		struct blob b = blob_random(&seed);

		if (b.size < 4000)
			passed += try_mutants(&b, 400, &seed);
		blob_free(&b);
	}
	/* Else this tried nothing but the check. */
	assert_true(passed > 100);
}

static void mutants_of_a_description_do_no_harm(void **state)
{
	struct blob b = blob_from_dts(
		"/dts-v1/; / { compatible = \"lodge,vm\", \"a\"; #address-cells = <2>; "
		"#size-cells = <2>; aliases { serial0 = &s; }; memory@80000000 { reg = <0 1 2 3>; };"
		"soc { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0x10000000 0x1000>;"
		" s: serial@0 { reg = <0 0x100>; status = \"okay\"; }; }; };");
	u64 seed = shim_seed(6);

	assert_true(try_mutants(&b, 20000, &seed) > 100);
	blob_free(&b);
}

static unsigned int pauses;

static void count_pause(void)
{
	pauses++;
}

static void checking_pauses(void **state)
{
	const u32 n = 100000;
	u32 *words = calloc(n + 8, sizeof(*words));
	struct blob b;

	words[0] = BEGIN;
	words[1] = EMPTY;
	for (u32 i = 0; i < n; i++)
		words[2 + i] = NOP;
	words[n + 2] = END;
	words[n + 3] = LAST;
	b = raw(words, n + 4);
	pauses = 0;
	assert_int_equal(fdt_check_pausing(b.data, b.size, count_pause), 0);
	assert_true(pauses > n / 512);
	/* Strings without an end. */
	memset((u8 *)b.data + 56 + 4 * (n + 4), 'x', sizeof(strings));
	pauses = 0;
	assert_int_equal(fdt_check_pausing(b.data, b.size, count_pause), 0);
	assert_int_equal(fdt_check(b.data, b.size), 0);
	assert_true(pauses > n / 512);
	blob_free(&b);
	free(words);
}

/* A root with one node, whose name has @words words and no end but in the next, which is 0. */
static int check_name(u32 words)
{
	u32 w[100] = { BEGIN, EMPTY, BEGIN };
	struct blob b;
	int err;

	for (u32 i = 0; i < words; i++)
		w[3 + i] = 0x6e6e6e6e;
	w[words + 4] = END;
	w[words + 5] = END;
	w[words + 6] = LAST;
	b = raw(w, words + 7);
	err = fdt_check(b.data, b.size);
	blob_free(&b);
	return err;
}

static void a_name_that_is_too_long_is_refused(void **state)
{
	assert_int_equal(check_name(FDT_MAX_NAME / 4 - 1), 0);
	assert_int_equal(check_name(FDT_MAX_NAME / 4), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(smallest_trees_pass),
		cmocka_unit_test(structure_must_be_whole),
		cmocka_unit_test(there_is_one_root),
		cmocka_unit_test(properties_stay_within_and_come_first),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(header_is_checked),
		cmocka_unit_test(short_and_unaligned_buffers_are_refused),
		cmocka_unit_test(reservations_end),
		cmocka_unit_test(time_is_linear_in_the_size),
		cmocka_unit_test(mutants_do_no_harm),
		cmocka_unit_test(mutants_of_a_description_do_no_harm),
		cmocka_unit_test(checking_pauses),
		cmocka_unit_test(a_name_that_is_too_long_is_refused),
	};

	return cmocka_run_group_tests_name("fdt_check", tests, NULL, NULL);
}
