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
 * '-' is that of all properties that end or begin so.
 */
static const struct ref_rule {
	const char *name, *cells;
	u32 fixed;
} rules[] = {
	{ "clocks", "#clock-cells", 0 },
	{ "assigned-clocks", "#clock-cells", 0 },
	{ "assigned-clock-parents", "#clock-cells", 0 },
	{ "resets", "#reset-cells", 0 },
	{ "power-domains", "#power-domain-cells", 0 },
	{ "interrupts-extended", "#interrupt-cells", 0 },
	{ "interrupt-parent", NULL, 0 },
	{ "gpios", "#gpio-cells", 0 },
	{ "gpio", "#gpio-cells", 0 },
	{ "-gpios", "#gpio-cells", 0 },
	{ "-gpio", "#gpio-cells", 0 },
	{ "gpio-ranges", NULL, 3 },
	{ "-supply", NULL, 0 },
	{ "pinctrl-", NULL, 0 },
	{ "dmas", "#dma-cells", 0 },
	{ "phys", "#phy-cells", 0 },
	{ "pwms", "#pwm-cells", 0 },
	{ "mboxes", "#mbox-cells", 0 },
	{ "hwlocks", "#hwlock-cells", 0 },
	{ "io-channels", "#io-channel-cells", 0 },
	{ "interconnects", "#interconnect-cells", 0 },
	{ "thermal-sensors", "#thermal-sensor-cells", 0 },
	{ "sound-dai", "#sound-dai-cells", 0 },
	{ "nvmem-cells", NULL, 0 },
	{ "memory-region", NULL, 0 },
	{ "operating-points-v2", NULL, 0 },
	{ "phy-handle", NULL, 0 },
	{ "mmc-pwrseq", NULL, 0 },
	{ "syscon", NULL, 0 },
	{ "regmap", NULL, 0 },
};

/*
 * Its phandle is another in the guest's tree. There is neither an IOMMU nor a controller of
 * messages, and the CPUs are others.
 */
static const char *const dropped[] = {
	"phandle",    "linux,phandle", "iommus",       "iommu-map",	     "iommu-map-mask",
	"msi-parent", "msi-map",       "msi-map-mask", "interrupt-affinity", "affinity",
};

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && !strcmp(s + n - m, end);
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

int host_ref_next(const void *fdt, const char *prop, const void *val, u32 len, u32 *at,
		  struct host_ref *ref)
{
	const struct ref_rule *r = find_rule(prop);
	u32 n = len / 4, args;

	if (!r)
		return 0;
	if (len % 4)
		return -EINVAL;
	while (*at < n && is_hole(fdt_cell(val, *at)))
		++*at;
	if (*at >= n)
		return 0;
	ref->cell = *at;
	ref->phandle = fdt_cell(val, *at);
	ref->node = fdt_find_phandle(fdt, ref->phandle);
	if (ref->node < 0)
		return -ENOENT;
	args = r->fixed;
	if (r->cells && fdt_prop_u32(fdt, ref->node, r->cells, &args))
		return -EINVAL;
	if (args > n - *at - 1)
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
