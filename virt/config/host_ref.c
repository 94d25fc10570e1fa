// SPDX-License-Identifier: Apache-2.0
/* Which nodes of the host's tree the properties of a node refer to. */
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/host_tree.h>
#include <lodge/string.h>

/*
 * Properties with phandles, by Linux's bindings and its of_property_read_*() and
 * of_parse_phandle_with_args(): a list of references, each with so many cells behind it as
 * property @cells of its target says; NULL: with @fixed. A name that begins with '-' or ends with
 * '-' is that of all properties that end or begin so. With @optional cells, a target that does not say
 * how many has none; where @first, all but the first cell are numbers.
 */
static const struct ref_rule {
	const char *name, *cells;
	u32 fixed;
	bool optional, first;
} rules[] = {
	{ .name = "clocks", .cells = "#clock-cells" },
	{ .name = "assigned-clocks", .cells = "#clock-cells" },
	{ .name = "assigned-clock-parents", .cells = "#clock-cells" },
	{ .name = "resets", .cells = "#reset-cells" },
	{ .name = "power-domains", .cells = "#power-domain-cells" },
	{ .name = "interrupts-extended", .cells = "#interrupt-cells" },
	{ .name = "interrupt-parent" },
	{ .name = "gpios", .cells = "#gpio-cells" },
	{ .name = "gpio", .cells = "#gpio-cells" },
	{ .name = "-gpios", .cells = "#gpio-cells" },
	{ .name = "-gpio", .cells = "#gpio-cells" },
	{ .name = "gpio-ranges", .fixed = 3 },
	{ .name = "-supply" },
	{ .name = "pinctrl-" },
	{ .name = "dmas", .cells = "#dma-cells" },
	{ .name = "phys", .cells = "#phy-cells" },
	{ .name = "pwms", .cells = "#pwm-cells" },
	{ .name = "mboxes", .cells = "#mbox-cells" },
	{ .name = "hwlocks", .cells = "#hwlock-cells" },
	{ .name = "io-channels", .cells = "#io-channel-cells" },
	{ .name = "interconnects", .cells = "#interconnect-cells" },
	{ .name = "thermal-sensors", .cells = "#thermal-sensor-cells" },
	{ .name = "sound-dai", .cells = "#sound-dai-cells" },
	{ .name = "nvmem-cells", .cells = "#nvmem-cell-cells", .optional = true },
	{ .name = "memory-region" },
	{ .name = "operating-points-v2" },
	{ .name = "phy-handle" },
	{ .name = "mmc-pwrseq" },
	{ .name = "syscon", .first = true },
	{ .name = "regmap", .first = true },
};

/*
 * Its phandle is another in the guest's tree. There is neither an IOMMU nor a controller of
 * messages, and the CPUs are others. Ends of a graph lie within devices that refer to each other.
 */
static const char *const dropped[] = {
	"phandle",	   "linux,phandle", "iommus",	    "iommu-map",	  "iommu-map-mask",
	"msi-parent",	   "msi-map",	    "msi-map-mask", "interrupt-affinity", "affinity",
	"remote-endpoint",
};

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && !strcmp(s + n - m, end);
}

/* Numbers with names as references have: how many GPIOs there are, and which ones a hog takes. */
static bool is_number(const void *fdt, int node, const char *prop)
{
	return !strcmp(prop, "nr-gpios") || ends_with(prop, ",nr-gpios") ||
	       (!strcmp(prop, "gpios") && fdt_prop(fdt, node, "gpio-hog", NULL));
}

static const struct ref_rule *find_rule(const char *prop)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		const char *name = rules[i].name;
		size_t n = strlen(name);

		if (!strcmp(name, prop) || (name[0] == '-' && ends_with(prop, name)) ||
		    (name[n - 1] == '-' && !strncmp(prop, name, n) && prop[n] >= '0' &&
		     prop[n] <= '9'))
			return &rules[i];
	}
	return NULL;
}

bool host_prop_dropped(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(dropped); i++)
		if (!strcmp(dropped[i], name))
			return true;
	return false;
}

/* Lists have such where there is nothing, to keep the places of the others. */
static bool is_hole(u32 phandle)
{
	return !phandle || phandle == ~0u;
}

/* How many cells follow a reference to @target. */
static int nr_args(const void *fdt, const struct ref_rule *r, int target, u32 *args)
{
	*args = r->fixed;
	if (!r->cells || (r->optional && !fdt_prop(fdt, target, r->cells, NULL)))
		return 0;
	return fdt_prop_u32(fdt, target, r->cells, args);
}

int host_ref_next(const void *fdt, int node, const char *prop, const void *val, u32 len, u32 *at,
		  struct host_ref *ref)
{
	const struct ref_rule *r = find_rule(prop);
	u32 n = len / 4, args;

	if (!r || is_number(fdt, node, prop))
		return 0;
	if (len % 4)
		return -EINVAL;
	if (r->first)
		n = min(n, 1u);
	while (*at < n && is_hole(fdt_cell(val, *at)))
		++*at;
	if (*at >= n)
		return 0;
	ref->cell = *at;
	ref->phandle = fdt_cell(val, *at);
	ref->node = fdt_find_phandle(fdt, ref->phandle);
	if (ref->node < 0)
		return -ENOENT;
	if (nr_args(fdt, r, ref->node, &args) || args > n - *at - 1)
		return -EINVAL;
	*at += 1 + args;
	return 1;
}

bool host_is_within(const void *fdt, int node, int top)
{
	for (; node >= 0; node = fdt_parent(fdt, node))
		if (node == top)
			return true;
	return false;
}

int host_behind_registers(const void *fdt, int node)
{
	u64 addr, size;
	int err;

	for (; fdt_parent(fdt, node) >= 0; node = fdt_parent(fdt, node)) {
		err = fdt_reg(fdt, node, 0, &addr, &size);
		if (err != -ENOENT && (err || size))
			return node;
	}
	return -ENOENT;
}

int host_behind_driver(const void *fdt, int node)
{
	u64 addr, size;
	int at;

	for (at = node; fdt_parent(fdt, at) >= 0; at = fdt_parent(fdt, at)) {
		if (!fdt_reg(fdt, at, 0, &addr, &size))
			return at;
		if (at != node && fdt_prop(fdt, at, "compatible", NULL) &&
		    !fdt_node_is(fdt, at, "simple-bus"))
			return at;
	}
	return -ENOENT;
}
