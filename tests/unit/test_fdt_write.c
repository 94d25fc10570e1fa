// SPDX-License-Identifier: Apache-2.0
/* The devicetree writer: what it makes is judged by libfdt and dtc. */
/* links: tests/unit/fdt_util.c */
/* libs: -lfdt */
#include "fdt_util.h"

static u64 buf[4096];

/* A small machine with one of each kind of property. */
static void write_machine(struct fdt_writer *w)
{
	u32 phandle;

	fdtw_node(w, "");
	fdtw_u32(w, "#address-cells", 2);
	fdtw_u32(w, "#size-cells", 2);
	fdtw_prop(w, "compatible", "lodge,virt\0simple-bus", 22);
	fdtw_string(w, "model", "abc");
	fdtw_node(w, "chosen");
	fdtw_string(w, "bootargs", "");
	fdtw_u64(w, "linux,initrd-start", 0x123456789abcdef0);
	fdtw_end_node(w);
	fdtw_nodef(w, "memory@%lx", 0x80000000ul);
	fdtw_string(w, "device_type", "memory");
	fdtw_reg(w, 0x80000000, 0x180000000);
	fdtw_end_node(w);
	fdtw_node(w, "soc");
	fdtw_u32(w, "#address-cells", 2);
	fdtw_u32(w, "#size-cells", 2);
	fdtw_string(w, "compatible", "simple-bus");
	fdtw_empty(w, "ranges");
	fdtw_nodef(w, "interrupt-controller@%x", 0xc000000);
	phandle = fdtw_phandle(w);
	fdtw_u32(w, "#interrupt-cells", 1);
	fdtw_u32(w, "#address-cells", 0);
	fdtw_empty(w, "interrupt-controller");
	fdtw_reg(w, 0xc000000, 0x600000);
	fdtw_end_node(w);
	fdtw_node(w, "serial@10000000");
	fdtw_reg(w, 0x10000000, 0x100);
	fdtw_u32(w, "interrupt-parent", phandle);
	fdtw_cells(w, "interrupts", (const u32[]){ 10 }, 1);
	fdtw_prop(w, "bytes", "\1\2\3\4\5", 5);
	fdtw_end_node(w);
	fdtw_end_node(w);
	fdtw_end_node(w);
}

static int write_all(size_t size)
{
	struct fdt_writer w;
	int len;

	fdtw_begin(&w, buf, size);
	write_machine(&w);
	len = fdtw_finish(&w);
	return len;
}

static void result_is_whole(void **state)
{
	int len = write_all(sizeof(buf));

	assert_true(len > 0);
	assert_int_equal(fdt_totalsize(buf), len);
	assert_int_equal(fdt_check_full(buf, (size_t)len), 0);
	assert_int_equal(fdt_check(buf, (size_t)len), 0);
}

static void values_are_as_written(void **state)
{
	u64 addr, size, v;
	u32 cell, len;
	int node;

	assert_true(write_all(sizeof(buf)) > 0);
	node = fdt_find_path(buf, "/memory");
	assert_string_equal(fdt_node_name(buf, node), "memory@80000000");
	assert_int_equal(fdt_reg(buf, node, 0, &addr, &size), 0);
	assert_int_equal(addr, 0x80000000);
	assert_int_equal(size, 0x180000000);
	assert_true(fdt_node_is(buf, 0, "lodge,virt") && fdt_node_is(buf, 0, "simple-bus"));
	node = fdt_find_path(buf, "/chosen");
	assert_string_equal(fdt_prop_string(buf, node, "bootargs"), "");
	assert_int_equal(fdt_prop_u64(buf, node, "linux,initrd-start", &v), 0);
	assert_int_equal(v, 0x123456789abcdef0);
	node = fdt_find_path(buf, "/soc/serial");
	assert_int_equal(fdt_prop_u32(buf, node, "interrupt-parent", &cell), 0);
	assert_string_equal(fdt_node_name(buf, fdt_find_phandle(buf, cell)),
			    "interrupt-controller@c000000");
	assert_memory_equal(fdt_prop(buf, node, "bytes", &len), "\1\2\3\4\5", 5);
	assert_int_equal(len, 5);
	assert_non_null(fdt_prop(buf, fdt_find_path(buf, "/soc"), "ranges", &len));
	assert_int_equal(len, 0);
}

static void dtc_has_no_complaint(void **state)
{
	assert_dtc_is_content(buf, (size_t)write_all(sizeof(buf)));
}

static void every_size_that_is_too_small_fails(void **state)
{
	int whole = write_all(sizeof(buf));

	for (int size = 0; size < whole; size++) {
		u8 *p = malloc((size_t)size);
		struct fdt_writer w;

		fdtw_begin(&w, p, (size_t)size);
		write_machine(&w);
		assert_int_equal(fdtw_finish(&w), -ENOSPC);
		free(p);
	}
	assert_int_equal(write_all((size_t)whole), whole);
}

/* What finishes after these steps, which use w. */
#define FINISH(steps)                             \
	({                                        \
		struct fdt_writer w;              \
		fdtw_begin(&w, buf, sizeof(buf)); \
		steps;                            \
		fdtw_finish(&w);                  \
	})

static void misuse_is_told(void **state)
{
	const char *longest = "n23456789012345678901234567890123456789012345678901234567890123";

	assert_int_equal(FINISH(), -EINVAL);
	assert_int_equal(FINISH(fdtw_node(&w, "")), -EINVAL);
	assert_int_equal(FINISH(fdtw_end_node(&w)), -EINVAL);
	assert_int_equal(FINISH(fdtw_node(&w, "root"); fdtw_end_node(&w)), -EINVAL);
	assert_int_equal(FINISH(fdtw_empty(&w, "p"); fdtw_node(&w, ""); fdtw_end_node(&w)),
			 -EINVAL);
	assert_int_equal(FINISH(fdtw_node(&w, ""); fdtw_end_node(&w); fdtw_node(&w, "");
				fdtw_end_node(&w)),
			 -EINVAL);
	assert_int_equal(FINISH(fdtw_node(&w, ""); fdtw_node(&w, ""); fdtw_end_node(&w);
				fdtw_end_node(&w)),
			 -EINVAL);
	assert_int_equal(FINISH(fdtw_node(&w, ""); fdtw_node(&w, "a/b"); fdtw_end_node(&w);
				fdtw_end_node(&w)),
			 -EINVAL);
	assert_int_equal(FINISH(fdtw_node(&w, ""); fdtw_node(&w, "a"); fdtw_end_node(&w);
				fdtw_empty(&w, "late"); fdtw_end_node(&w)),
			 -EINVAL);
	assert_int_equal(FINISH(fdtw_node(&w, ""); fdtw_empty(&w, ""); fdtw_end_node(&w)), -EINVAL);
	assert_true(FINISH(fdtw_node(&w, ""); fdtw_nodef(&w, "%s", longest); fdtw_end_node(&w);
			   fdtw_end_node(&w)) > 0);
	assert_int_equal(FINISH(fdtw_node(&w, ""); fdtw_nodef(&w, "%sx", longest);
				fdtw_end_node(&w); fdtw_end_node(&w)),
			 -EINVAL);
}

static int write_depth(unsigned int depth)
{
	return FINISH({
		for (unsigned int i = 0; i < depth; i++)
			fdtw_node(&w, i ? "n" : "");
		for (unsigned int i = 0; i < depth; i++)
			fdtw_end_node(&w);
	});
}

static void depth_is_what_the_reader_takes(void **state)
{
	int len = write_depth(FDT_MAX_DEPTH);

	assert_true(len > 0);
	assert_int_equal(fdt_check(buf, (size_t)len), 0);
	assert_int_equal(write_depth(FDT_MAX_DEPTH + 1), -EINVAL);
}

static int write_names(unsigned int n, const char *fmt)
{
	return FINISH({
		fdtw_node(&w, "");
		for (unsigned int i = 0; i < 2 * n; i++) {
			char name[64];

			if (i == n)
				fdtw_node(&w, "again");
			snprintf(name, sizeof(name), fmt, i % n);
			fdtw_u32(&w, name, i);
		}
		fdtw_end_node(&w);
		fdtw_end_node(&w);
	});
}

static void names_are_kept_once(void **state)
{
	int len = write_names(FDTW_MAX_STRINGS, "p%u");
	u32 v;

	assert_true(len > 0);
	assert_int_equal(fdt_check_full(buf, (size_t)len), 0);
	assert_true(fdt_size_dt_strings(buf) <= FDTW_MAX_STRINGS * 5);
	for (unsigned int i = 0; i < FDTW_MAX_STRINGS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "p%u", i);
		assert_int_equal(fdt_prop_u32(buf, 0, name, &v), 0);
		assert_int_equal(v, i);
		assert_int_equal(fdt_prop_u32(buf, fdt_find_path(buf, "/again"), name, &v), 0);
		assert_int_equal(v, i + FDTW_MAX_STRINGS);
	}
	assert_int_equal(write_names(FDTW_MAX_STRINGS + 1, "p%u"), -ENOSPC);
	assert_int_equal(write_names(60, "a-name-of-forty-characters-or-so-%08u"), -ENOSPC);
}

static void phandles_differ(void **state)
{
	u32 first, second;

	assert_true(FINISH({
			    fdtw_node(&w, "");
			    fdtw_node(&w, "a");
			    first = fdtw_phandle(&w);
			    fdtw_end_node(&w);
			    fdtw_node(&w, "b");
			    second = fdtw_phandle(&w);
			    fdtw_end_node(&w);
			    fdtw_end_node(&w);
		    }) > 0);
	assert_true(first && second && first != second);
	assert_int_equal(fdt_find_phandle(buf, second), fdt_find_path(buf, "/b"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(result_is_whole),
		cmocka_unit_test(values_are_as_written),
		cmocka_unit_test(dtc_has_no_complaint),
		cmocka_unit_test(every_size_that_is_too_small_fails),
		cmocka_unit_test(misuse_is_told),
		cmocka_unit_test(depth_is_what_the_reader_takes),
		cmocka_unit_test(names_are_kept_once),
		cmocka_unit_test(phandles_differ),
	};

	return cmocka_run_group_tests_name("fdt_write", tests, NULL, NULL);
}
