// SPDX-License-Identifier: Apache-2.0
/* The devicetree reader, against libfdt and dtc. */
/* links: tests/unit/fdt_util.c */
/* libs: -lfdt */
#include "fdt_util.h"

static int or_enoent(int offset)
{
	return offset < 0 ? -ENOENT : offset;
}

static void assert_props_agree(const void *fdt, int node)
{
	const char *name, *want_name;
	const void *val;
	unsigned int n = 0;
	u32 len, pos = 0;
	int p, want_len;

	fdt_for_each_property_offset(p, fdt, node)
	{
		const void *want = fdt_getprop_by_offset(fdt, p, &want_name, &want_len);

		val = fdt_prop_next(fdt, node, &pos, &name, &len);
		assert_ptr_equal(val, want);
		assert_int_equal(len, want_len);
		assert_string_equal(name, want_name);
		assert_ptr_equal(fdt_prop_at(fdt, node, n++, &name, &len), want);
		assert_ptr_equal(fdt_prop(fdt, node, want_name, &len),
				 fdt_getprop(fdt, node, want_name, &want_len));
		assert_int_equal(len, want_len);
		for (int i = 0; i < 4; i++) {
			const char *s = fdt_stringlist_get(fdt, node, name, i, NULL);

			assert_ptr_equal(fdt_prop_string_at(fdt, node, name, (unsigned int)i), s);
		}
	}
	assert_null(fdt_prop_next(fdt, node, &pos, &name, &len));
	assert_null(fdt_prop_at(fdt, node, n, &name, &len));
	assert_null(fdt_prop(fdt, node, "no-such", &len));
}

static void assert_node_agrees(const void *fdt, int node)
{
	char got[256], want[256];

	assert_string_equal(fdt_node_name(fdt, node), fdt_get_name(fdt, node, NULL));
	assert_int_equal(fdt_parent(fdt, node), or_enoent(fdt_parent_offset(fdt, node)));
	assert_int_equal(fdt_first_child(fdt, node), or_enoent(fdt_first_subnode(fdt, node)));
	assert_int_equal(fdt_next_sibling(fdt, node), or_enoent(fdt_next_subnode(fdt, node)));
	assert_int_equal(fdt_node_is(fdt, node, "cd"),
			 fdt_node_check_compatible(fdt, node, "cd") == 0);
	fdt_get_path(fdt, node, want, sizeof(want));
	fdt_node_path(fdt, node, got, sizeof(got));
	assert_string_equal(got, want);
	assert_int_equal(fdt_find_path(fdt, got), fdt_path_offset(fdt, want));
	assert_props_agree(fdt, node);
}

static void assert_tree_agrees(const struct blob *b)
{
	const void *fdt = b->data;
	int want = 0, node = -1, nodes = 0;
	u64 addr, size;

	assert_int_equal(fdt_check(fdt, b->size), 0);
	assert_int_equal(fdt_total_size(fdt), b->size);
	for (; want >= 0; want = libfdt_next_node(fdt, want, NULL), nodes++) {
		node = fdt_next_node(fdt, node);
		assert_int_equal(node, want);
		assert_node_agrees(fdt, node);
	}
	assert_int_equal(fdt_next_node(fdt, node), -ENOENT);
	assert_int_equal(fdt_root(fdt), 0);
	for (node = -1; node != -ENOENT;) {
		want = or_enoent(fdt_node_offset_by_compatible(fdt, node, "a"));
		node = fdt_find_compatible(fdt, node, "a");
		assert_int_equal(node, want);
	}
	for (u32 phandle = 0; phandle < 256; phandle++) {
		want = fdt_find_phandle(fdt, phandle);
		if (want >= 0)
			assert_int_equal(fdt_get_phandle(fdt, want), phandle);
		else if (phandle)
			assert_true(fdt_node_offset_by_phandle(fdt, phandle) < 0);
	}
	for (unsigned int i = 0; i < (unsigned int)fdt_num_mem_rsv(fdt); i++) {
		u64 want_addr, want_size;

		assert_int_equal(fdt_memreserve(fdt, i, &addr, &size), 0);
		fdt_get_mem_rsv(fdt, (int)i, &want_addr, &want_size);
		assert_int_equal(addr, want_addr);
		assert_int_equal(size, want_size);
	}
	assert_int_equal(fdt_memreserve(fdt, (unsigned int)fdt_num_mem_rsv(fdt), &addr, &size),
			 -ENOENT);
}

static void random_trees_read_as_in_libfdt(void **state)
{
	u64 seed = shim_seed(11);

	for (int i = 0; i < 150; i++) {
		struct blob b = blob_random(&seed);

		assert_tree_agrees(&b);
		blob_free(&b);
	}
}

static void qemus_tree_reads_as_in_libfdt(void **state)
{
	static const char *const machine[] = { "virt", "virt,aclint=on,aia=aplic-imsic" };

	for (size_t i = 0; i < ARRAY_SIZE(machine); i++) {
		struct blob b = blob_from_qemu(machine[i]);
		u64 addr, size;
		int uart;

		/* QEMU leaves room behind the tree, within its total size. */
		b.size = fdt_total_size(b.data);
		assert_tree_agrees(&b);
		uart = fdt_find_compatible(b.data, -1, "ns16550a");
		assert_int_equal(fdt_find_path(b.data, "/soc/serial"), uart);
		assert_int_equal(fdt_reg(b.data, uart, 0, &addr, &size), 0);
		assert_int_equal(addr, 0x10000000);
		assert_int_equal(size, 0x100);
		blob_free(&b);
	}
}

static const char paths_dts[] =
	"/dts-v1/;"
	"/ { aliases { serial0 = &uart1; rel = \"soc\"; gone = \"/nowhere\"; bad = [2f 61]; };"
	"  soc { x = <1>; serial@1000 { }; uart1: serial@2000 { port { }; port@1 { }; };"
	"    ser { }; serial { }; };"
	"  soc2 { a { }; };"
	"};";

static void assert_path(const struct blob *b, const char *path, const char *want)
{
	char got[64] = "none";
	int node = fdt_find_path(b->data, path);

	if (node >= 0)
		fdt_node_path(b->data, node, got, sizeof(got));
	else
		assert_int_equal(node, -ENOENT);
	assert_string_equal(got, want);
}

static void paths_find_nodes(void **state)
{
	struct blob b = blob_from_dts(paths_dts);

	assert_path(&b, "/", "/");
	assert_path(&b, "/soc", "/soc");
	assert_path(&b, "/soc/", "/soc");
	assert_path(&b, "//soc//ser", "/soc/ser");
	assert_path(&b, "/soc/serial", "/soc/serial@1000");
	assert_path(&b, "/soc/serial@2000", "/soc/serial@2000");
	assert_path(&b, "/soc/serial@2000/port", "/soc/serial@2000/port");
	assert_path(&b, "/soc/serial@3000", "none");
	assert_path(&b, "/soc/seria", "none");
	assert_path(&b, "/soc/x", "none");
	assert_path(&b, "/so", "none");
	assert_path(&b, "serial0", "/soc/serial@2000");
	assert_path(&b, "serial0:115200n8", "/soc/serial@2000");
	assert_path(&b, "/soc/serial@1000:115200", "/soc/serial@1000");
	assert_path(&b, "serial0/port@1", "/soc/serial@2000/port@1");
	assert_path(&b, "serial", "none");
	assert_path(&b, "serial01", "none");
	assert_path(&b, "rel", "none");
	assert_path(&b, "gone", "none");
	assert_path(&b, "bad", "none");
	assert_path(&b, "", "none");
	assert_path(&b, ":", "none");
	blob_free(&b);
}

static void path_is_cut_to_its_buffer(void **state)
{
	struct blob b = blob_from_dts(paths_dts);
	int node = fdt_find_path(b.data, "/soc/serial@2000");

	for (size_t size = 0; size < 20; size++) {
		char *buf = malloc(size + 1);

		buf[size] = 'x';
		fdt_node_path(b.data, node, buf, size);
		assert_int_equal(buf[size], 'x');
		if (size) {
			assert_int_equal(strlen(buf), min(size - 1, (size_t)16));
			assert_int_equal(strncmp(buf, "/soc/serial@2000", size - 1), 0);
		}
		free(buf);
	}
	blob_free(&b);
}

static void values_are_judged_by_their_length(void **state)
{
	struct blob b =
		blob_from_dts("/dts-v1/;/ { one = <0x12345678>; two = <1 0xfffffffe>;"
			      " three = <1 2 3>; odd = [01 02]; none;"
			      " s = \"ab\", \"\", \"c\"; open = [61 62]; half = [61 00 62]; };");
	u32 v;
	u64 w;

	assert_int_equal(fdt_prop_u32(b.data, 0, "one", &v), 0);
	assert_int_equal(v, 0x12345678);
	assert_int_equal(fdt_prop_u64(b.data, 0, "one", &w), 0);
	assert_int_equal(w, 0x12345678);
	assert_int_equal(fdt_prop_u64(b.data, 0, "two", &w), 0);
	assert_int_equal(w, 0x1fffffffe);
	assert_int_equal(fdt_prop_u32(b.data, 0, "two", &v), -EINVAL);
	assert_int_equal(fdt_prop_u64(b.data, 0, "three", &w), -EINVAL);
	assert_int_equal(fdt_prop_u32(b.data, 0, "odd", &v), -EINVAL);
	assert_int_equal(fdt_prop_u64(b.data, 0, "none", &w), -EINVAL);
	assert_int_equal(fdt_prop_u32(b.data, 0, "absent", &v), -ENOENT);
	assert_int_equal(fdt_prop_u64(b.data, 0, "absent", &w), -ENOENT);
	assert_int_equal(fdt_cell(fdt_prop(b.data, 0, "three", NULL), 2), 3);
	assert_string_equal(fdt_prop_string(b.data, 0, "s"), "ab");
	assert_string_equal(fdt_prop_string_at(b.data, 0, "s", 1), "");
	assert_string_equal(fdt_prop_string_at(b.data, 0, "s", 2), "c");
	assert_null(fdt_prop_string_at(b.data, 0, "s", 3));
	assert_null(fdt_prop_string(b.data, 0, "open"));
	assert_null(fdt_prop_string(b.data, 0, "none"));
	assert_null(fdt_prop_string_at(b.data, 0, "half", 1));
	assert_null(fdt_prop_string(b.data, 0, "absent"));
	blob_free(&b);
}

static void status_tells_what_is_enabled(void **state)
{
	struct blob b = blob_from_dts("/dts-v1/;/ { a { }; b { status = \"okay\"; };"
				      " c { status = \"ok\"; }; d { status = \"disabled\"; };"
				      " e { status = \"reserved\"; }; f { status; };"
				      " g { status = \"okay2\"; }; };");
	static const bool want[] = { true, true, true, false, false, false, false };
	unsigned int i = 0;
	int node;

	fdt_for_each_subnode(node, b.data, 0)
		assert_int_equal(fdt_node_enabled(b.data, node), want[i++]);
	assert_int_equal(i, ARRAY_SIZE(want));
	blob_free(&b);
}

static const char reg_dts[] =
	"/dts-v1/;/ { #address-cells = <2>; #size-cells = <2>;"
	" memory@80000000 { reg = <0 0x80000000 0 0x10000000>, <1 0 2 0>; };"
	" top { reg = <0xffffffff 0xfffff000 0 0x1000>; };"
	" wraps { reg = <0xffffffff 0xfffff000 0 0x1001>; };"
	" short { reg = <0 1 0>; };"
	" noreg { };"
	" cpus { #address-cells = <1>; #size-cells = <0>; cpu@1 { reg = <1>; };"
	"   cpu@2 { reg = <2>, <3>; }; };"
	" same { #address-cells = <1>; #size-cells = <1>; ranges; dev { reg = <0x1000 0x100>; }; };"
	" bus { #address-cells = <1>; #size-cells = <1>;"
	"   ranges = <0x0 0x0 0x40000000 0x1000>, <0x8000 0x2 0x0 0x4000>;"
	"   dev { reg = <0x10 0x20>, <0x9000 0x3000>, <0x9000 0x3001>, <0xf80 0x100>,"
	"     <0x1000 0x10>, <0x7fff 1>, <0xfff 1>; };"
	"   inner { #address-cells = <2>; #size-cells = <1>; ranges = <1 0 0x8000 0x100>;"
	"     dev { reg = <1 0x80 0x80>, <0 0x80 0x80>, <1 0x80 0x81>; }; };"
	"   opaque { #address-cells = <1>; #size-cells = <1>; dev { reg = <0 1>; }; };"
	" };"
	" far { #address-cells = <2>; #size-cells = <2>;"
	"   ranges = <0 0 0xffffffff 0xffffffff 1 0>; dev { reg = <0 1 0 1>; }; };"
	" pci { #address-cells = <3>; #size-cells = <2>; ranges; dev { reg = <0 0 0 0 0>; }; };"
	" zero { #address-cells = <0>; #size-cells = <1>; ranges; dev { reg = <1>; }; };"
	" badcells { #address-cells = [00]; ranges; dev { reg = <1 2 3>; }; };"
	" default { ranges; dev { reg = <1 2 3>; }; };"
	"};";

static void assert_reg(const struct blob *b, const char *path, unsigned int n, int want_err,
		       u64 want_addr, u64 want_size)
{
	u64 addr = 0, size = 0;
	int node = fdt_find_path(b->data, path);
	int err;

	assert_true(node >= 0);
	err = fdt_reg(b->data, node, n, &addr, &size);
	if (err != want_err || (!err && (addr != want_addr || size != want_size)))
		fail_msg("%s reg %u: %d %#lx %#lx", path, n, err, addr, size);
}

static void reg_is_counted_in_the_parents_cells(void **state)
{
	struct blob b = blob_from_dts(reg_dts);

	assert_reg(&b, "/memory", 0, 0, 0x80000000, 0x10000000);
	assert_reg(&b, "/memory", 1, 0, 0x100000000, 0x200000000);
	assert_reg(&b, "/memory", 2, -ENOENT, 0, 0);
	assert_reg(&b, "/memory", ~0u, -ENOENT, 0, 0);
	assert_reg(&b, "/top", 0, 0, 0xfffffffffffff000, 0x1000);
	assert_reg(&b, "/wraps", 0, -EINVAL, 0, 0);
	assert_reg(&b, "/short", 0, -ENOENT, 0, 0);
	assert_reg(&b, "/noreg", 0, -ENOENT, 0, 0);
	assert_reg(&b, "/", 0, -ENOENT, 0, 0);
	assert_reg(&b, "/cpus/cpu@1", 0, 0, 1, 0);
	assert_reg(&b, "/cpus/cpu@2", 1, 0, 3, 0);
	assert_reg(&b, "/default/dev", 0, 0, 0x100000002, 3);
	assert_reg(&b, "/pci/dev", 0, -EINVAL, 0, 0);
	assert_reg(&b, "/zero/dev", 0, -EINVAL, 0, 0);
	assert_reg(&b, "/badcells/dev", 0, -EINVAL, 0, 0);
	blob_free(&b);
}

static void reg_is_translated_up_to_the_root(void **state)
{
	struct blob b = blob_from_dts(reg_dts);

	assert_reg(&b, "/same/dev", 0, 0, 0x1000, 0x100);
	assert_reg(&b, "/bus/dev", 0, 0, 0x40000010, 0x20);
	assert_reg(&b, "/bus/dev", 1, 0, 0x200001000, 0x3000);
	assert_reg(&b, "/bus/dev", 2, -EINVAL, 0, 0); /* sticks out */
	assert_reg(&b, "/bus/dev", 3, -EINVAL, 0, 0);
	assert_reg(&b, "/bus/dev", 4, -EINVAL, 0, 0); /* between two ranges */
	assert_reg(&b, "/bus/dev", 5, -EINVAL, 0, 0);
	assert_reg(&b, "/bus/dev", 6, 0, 0x40000fff, 1);
	assert_reg(&b, "/bus/inner/dev", 0, 0, 0x200000080, 0x80);
	assert_reg(&b, "/bus/inner/dev", 1, -EINVAL, 0, 0);
	assert_reg(&b, "/bus/inner/dev", 2, -EINVAL, 0, 0);
	assert_reg(&b, "/bus/opaque/dev", 0, -EINVAL, 0, 0); /* no ranges at all */
	assert_reg(&b, "/far/dev", 0, -EINVAL, 0, 0);	     /* wraps on the way */
	blob_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_trees_read_as_in_libfdt),
		cmocka_unit_test(qemus_tree_reads_as_in_libfdt),
		cmocka_unit_test(paths_find_nodes),
		cmocka_unit_test(path_is_cut_to_its_buffer),
		cmocka_unit_test(values_are_judged_by_their_length),
		cmocka_unit_test(status_tells_what_is_enabled),
		cmocka_unit_test(reg_is_counted_in_the_parents_cells),
		cmocka_unit_test(reg_is_translated_up_to_the_root),
	};

	return cmocka_run_group_tests_name("fdt", tests, NULL, NULL);
}
