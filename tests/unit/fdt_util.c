// SPDX-License-Identifier: Apache-2.0
#include "fdt_util.h"

struct blob blob_copy(const void *data, size_t size)
{
	struct blob b = { malloc(size ? size : 1), size };

	memcpy(b.data, data, size);
	return b;
}

void blob_free(struct blob *b)
{
	free(b->data);
	*b = (struct blob){ 0 };
}

static struct blob run_on(const char *command, const void *input, size_t len)
{
	static u8 out[1 << 20];
	size_t size = shim_filter(command, input, len, out, sizeof(out));

	return size ? blob_copy(out, size) : (struct blob){ 0 };
}

struct blob blob_from_command(const char *command, const char *input)
{
	return run_on(command, input, strlen(input));
}

static void skip_without(const char *program)
{
	char line[128];

	snprintf(line, sizeof(line), "command -v %s >/dev/null", program);
	if (system(line))
		skip();
}

struct blob blob_from_dts(const char *dts)
{
	struct blob b;

	skip_without("dtc");
	b = blob_from_command("dtc -@ -q -I dts -O dtb -o - -", dts);
	assert_non_null(b.data);
	return b;
}

void assert_dtc_is_content(const void *fdt, size_t size)
{
	struct blob b;

	skip_without("dtc");
	b = run_on("dtc -I dtb -O dts -o /dev/null - 2>&1 && echo done", fdt, size);
	assert_non_null(b.data);
	if (b.size != strlen("done\n"))
		fail_msg("%.*s", (int)b.size, (char *)b.data);
	blob_free(&b);
}

struct blob blob_from_qemu(const char *machine)
{
	char line[256];
	struct blob b;

	skip_without("qemu-system-riscv64");
	snprintf(line, sizeof(line),
		 "t=$(mktemp) && $SRCTREE/tests/watchdog.py qemu-system-riscv64 -M %s,dumpdtb=$t "
		 ">/dev/null 2>&1 && cat $t; rm -f $t",
		 machine);
	b = blob_from_command(line, "");
	assert_non_null(b.data);
	return b;
}

static void random_node(void *fdt, u64 *seed, unsigned int depth)
{
	static const char *const names[] = {
		"compatible", "reg", "status", "ranges", "phandle",
		"a",	      "ab",  "b",      "label",	 "#size-cells"
	};
	static const char values[][10] = { "okay", "disabled", "ok", "a\0b\0cd", "", "x,y" };
	unsigned int props = shim_random(seed) % 8, nodes = shim_random(seed) % 5;
	unsigned int first = (unsigned int)shim_random(seed) & 0xff;
	char name[32];

	for (unsigned int i = 0; i < props; i++) {
		const char *prop = names[(first + i) % ARRAY_SIZE(names)];
		int len = (int)(shim_random(seed) % 10);
		const char *val = values[shim_random(seed) % ARRAY_SIZE(values)];

		/* With all its zeroes: libfdt takes a zero of the padding for one. */
		if (shim_random(seed) & 1)
			fdt_property(fdt, prop, val, 10);
		else if (shim_random(seed) & 1)
			fdt_property_u32(fdt, prop, (u32)shim_random(seed) & 0x3f);
		else
			fdt_property(fdt, prop, "0123456789", len);
	}
	for (unsigned int i = 0; depth && i < nodes; i++) {
		u64 r = shim_random(seed);

		snprintf(name, sizeof(name), r & 1 ? "%.*s%u" : "%.*s%u@%x", (int)(r >> 8) % 12,
			 "serialdevices", i, (unsigned int)(r >> 32) & 0xfff);
		fdt_begin_node(fdt, name);
		random_node(fdt, seed, depth - 1);
		fdt_end_node(fdt);
	}
}

struct blob blob_random(u64 *seed)
{
	static u64 buf[1 << 15];
	unsigned int reserved = shim_random(seed) % 3;

	assert_int_equal(fdt_create(buf, sizeof(buf)), 0);
	for (unsigned int i = 0; i < reserved; i++)
		fdt_add_reservemap_entry(buf, shim_random(seed), shim_random(seed) | 1);
	fdt_finish_reservemap(buf);
	fdt_begin_node(buf, "");
	random_node(buf, seed, 5);
	fdt_end_node(buf);
	assert_int_equal(fdt_finish(buf), 0);
	return blob_copy(buf, fdt_totalsize(buf));
}

static volatile u64 sum; /* of all that is read, so that the reading is done */

static void read_node(const void *fdt, int node)
{
	u64 addr, size;
	u32 len, cell, pos = 0;
	const char *name, *s;
	const u8 *val;
	char path[64];

	sum += strlen(fdt_node_name(fdt, node));
	fdt_node_path(fdt, node, path, sizeof(path));
	sum += strlen(path) + (u64)fdt_parent(fdt, node) + (u64)fdt_next_sibling(fdt, node);
	sum += (u64)fdt_first_child(fdt, node) + fdt_node_enabled(fdt, node);
	sum += fdt_node_is(fdt, node, "x,y");
	while ((val = fdt_prop_next(fdt, node, &pos, &name, &len))) {
		for (u32 i = 0; i < len; i++)
			sum += val[i];
		sum += strlen(name);
		for (unsigned int i = 0; (s = fdt_prop_string_at(fdt, node, name, i)); i++)
			sum += strlen(s);
		sum += !fdt_prop_u32(fdt, node, name, &cell) +
		       !fdt_prop_u64(fdt, node, name, &addr);
	}
	for (unsigned int i = 0; !fdt_reg(fdt, node, i, &addr, &size); i++)
		sum += addr + size;
}

/*
 * Whether @at has the token that begins a node and is none: within a value or behind a name. Nobody
 * can tell, and nobody but the walk gives out where nodes are.
 */
static bool only_looks_like_a_node(const void *fdt, int at)
{
	int node;

	if (at < 0 || at % 4 || (u32)at + 4 > fdt_size_dt_struct(fdt) ||
	    fdt32_ld((const void *)((const u8 *)fdt + fdt_off_dt_struct(fdt) + at)) !=
		    FDT_BEGIN_NODE)
		return false;
	fdt_for_each_node(node, fdt)
		if (node == at)
			return false;
	return true;
}

void blob_read_all(const void *fdt)
{
	u64 addr, size;
	int node;

	fdt_for_each_node(node, fdt)
		read_node(fdt, node);
	for (node = -1; (node = fdt_find_compatible(fdt, node, "a")) >= 0;)
		sum += (u64)node;
	for (unsigned int i = 0; !fdt_memreserve(fdt, i, &addr, &size); i++)
		sum += addr + size;
	sum += (u64)fdt_find_phandle(fdt, 2) + (u64)fdt_find_path(fdt, "/soc/serial");
	sum += (u64)fdt_find_path(fdt, "serial0:115200");
	/* What is no node gives an error, not a walk. */
	for (node = -5; node < 200; node++) {
		if (only_looks_like_a_node(fdt, node))
			continue;
		sum += (u64)fdt_next_node(fdt, node) + (u64)fdt_parent(fdt, node);
		sum += (u64)fdt_first_child(fdt, node) + (u64)fdt_next_sibling(fdt, node);
		sum += strlen(fdt_node_name(fdt, node)) + !fdt_prop(fdt, node, "reg", NULL);
	}
}
