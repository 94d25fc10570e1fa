// SPDX-License-Identifier: Apache-2.0
/*
 * The host's devicetree, however odd, and a description that gives devices by their paths in it.
 * What is taken has pages and interrupts that nobody has twice, and makes a tree for the guest in
 * which all that was copied is found by its phandle.
 */
/* links: virt/config/vm_config.c virt/config/vm_config_prop.c virt/config/vm_config_cpus.c virt/config/vm_config_device.c virt/config/vm_config_lines.c virt/config/vm_config_host.c virt/config/vm_config_host_all.c virt/config/host_ref.c virt/config/host_copy.c lib/fdt_irq.c virt/config/vm_config_check.c */
/* links: virt/image/guest_fdt_host.c virt/mem/region.c */
/* runs: 4000 */
/* length: 400 */
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/guest_fdt.h>
#include <lodge/vm.h>

#include "fuzz_tree.h"
#include <vm_config_fixture.h>

#define FILE_NAME "vms/a.dtb"

/* The seeds name both by their places: new ones go to the end. */
static const char *const nodes[] = { "soc",    "a@1000", "b@2000", "c",
				     "clocks", "d@3000", "e",	   "f@1200" };

static const char *const props[] = {
	"phandle",	    "reg",	   "#address-cells",   "#size-cells",
	"ranges",	    "interrupts",  "interrupt-parent", "interrupts-extended",
	"#interrupt-cells", "clocks",	   "#clock-cells",     "x-supply",
	"x-gpios",	    "#gpio-cells", "pinctrl-0",	       "interrupt-map",
	"compatible",	    "device_type", "status",	       "gpio-ranges",
	"linux,phandle",    "iommus",	   "dma-coherent",
};

static void put_property(struct fdt_writer *w, struct fuzz *in, u8 op)
{
	const char *name = props[(op & 0x3f) % ARRAY_SIZE(props)];
	u8 n = fuzz_u8(in), i;
	u32 cells[8];

	if (n & 0x20) {
		fdtw_string(w, name, n & 0x40 ? "memory" : "disabled");
		return;
	}
	/* Numbers are small, whole pages, or anything. */
	for (i = 0; i < (n & 7); i++) {
		cells[i] = fuzz_u8(in);
		cells[i] <<= n & 0x10 ? 12 : n & 8 ? fuzz_u8(in) & 31 : 0;
	}
	fdtw_cells(w, name, cells, n & 7);
}

static const char *node_name(struct fuzz *in, u8 op)
{
	return nodes[op % ARRAY_SIZE(nodes)];
}

static size_t make_host(struct fuzz *in, void *buf, size_t room)
{
	static const struct fuzz_tree kind = { 6, put_property, node_name };

	return fuzz_tree(&kind, in, buf, room);
}

/* A description that gives the nodes whose numbers are the bits of @which. */
static void make_description(const void *host, u32 which, u64 at, void *buf, size_t room)
{
	static struct fdt_writer w;
	char path[VM_PATH_MAX];
	int node, n = 0;

	fdtw_begin(&w, buf, room);
	fdtw_node(&w, "");
	fdtw_string(&w, "compatible", "lodge,vm");
	fdtw_string(&w, "label", "a");
	fdtw_u32(&w, "memory-mib", 16);
	fdtw_node(&w, "chosen");
	fdtw_string(&w, "kernel", "/k");
	fdtw_end_node(&w);
	fdtw_node(&w, "devices");
	fdt_for_each_node(node, host) {
		if (n == 32 || !(which >> n++ & 1))
			continue;
		fdt_node_path(host, node, path, sizeof(path));
		fdtw_nodef(&w, "d%d", n);
		fdtw_string(&w, "compatible", "lodge,passthrough");
		fdtw_string(&w, "host-path", path);
		if (at)
			fdtw_reg(&w, at + (u64)n * 0x10000, 0x1000);
		fdtw_end_node(&w);
	}
	fdtw_end_node(&w);
	fdtw_end_node(&w);
	assert_true(fdtw_finish(&w) > 0);
}

/* Controller 1 is the machine's. */
static int fuzz_irq(u32 controller, const u32 *cells, unsigned int n, u32 *irq)
{
	assert_in_range(n, 1, FDT_IRQ_MAX_CELLS);
	*irq = cells[n > 2];
	return controller == 1 ? 0 : -ENODEV;
}

static const void *host_blob;

/* The third node is Lodge's. */
static const char *fuzz_user(unsigned int n, int *node, const char **use)
{
	*use = n ? "" : "as the boot disk";
	*node = -1;
	for (int i = 0; i < 3 && (i == 0 || *node >= 0); i++)
		*node = fdt_next_node(host_blob, *node);
	return n || *node < 0 ? NULL : "fuzz";
}

static unsigned int three_cells(struct vdev *v, u32 irq, u32 *cells)
{
	cells[0] = 0;
	cells[1] = irq;
	cells[2] = 4;
	return 3;
}

static void check_taken(const struct vm_config *cfg)
{
	unsigned int i, j;

	assert_true(cfg->nr_host_devs <= VM_MAX_HOST_DEVS && cfg->nr_lines <= VM_MAX_LINES);
	for (i = 0; i < cfg->nr_claims; i++) {
		const struct vm_config_claim *a = &cfg->claim[i];

		assert_true(a->size && !((a->hpa.v | a->size) & (PAGE_SIZE - 1)));
		for (j = 0; j < i; j++)
			assert_true(a->hpa.v + a->size <= cfg->claim[j].hpa.v ||
				    cfg->claim[j].hpa.v + cfg->claim[j].size <= a->hpa.v);
	}
	for (i = 0; i < cfg->nr_lines; i++) {
		assert_true(cfg->line[i].irq && cfg->line[i].host_irq);
		for (j = 0; j < i; j++)
			assert_true(cfg->line[i].irq != cfg->line[j].irq &&
				    cfg->line[i].host_irq != cfg->line[j].host_irq);
	}
	for (i = 0; i < cfg->nr_host_devs; i++) {
		const struct host_device_config *d = &cfg->host_dev[i];
		u64 addr, size;

		assert_true(d->first_line + d->nr_lines <= cfg->nr_lines);
		for (j = 0; !fdt_reg(host_blob, d->node, j, &addr, &size); j++) {
			struct region *r = region_find((struct region_map *)&cfg->memory,
						       gpa(addr + d->offset));

			assert_true(r && r->backing == BACKING_DEVICE);
			assert_int_equal(r->gpa.v - r->hpa.v, d->offset);
		}
		assert_true(j);
	}
}

static void check_tree(const void *tree, const struct vm_config *cfg)
{
	u32 phandle;
	int node, found = 0;

	fdt_for_each_node(node, tree) {
		if (!fdt_prop_u32(tree, node, "phandle", &phandle))
			assert_int_equal(fdt_find_phandle(tree, phandle), node);
		found += fdt_parent(tree, node) == fdt_find_path(tree, "/host");
	}
	assert_int_equal(found, cfg->nr_host_devs);
}

static void guest_tree(const struct vm_config *cfg)
{
	static const struct vdev_ops ops = { .compatible = "lodge,chip", .irq_cells = three_cells };
	static u64 buf[4096];
	static struct fdt_writer w;
	static struct vm vm;
	struct vdev chip = { .ops = &ops };
	int size;

	vm.cfg = cfg;
	vm.irqchip = &chip;
	fdtw_begin(&w, buf, sizeof(buf));
	fdtw_node(&w, "");
	assert_int_equal(guest_fdt_host(&vm, &w), 0);
	fdtw_end_node(&w);
	size = fdtw_finish(&w);
	if (size == -ENOSPC)
		return;
	assert_true(size > 0);
	assert_int_equal(fdt_check(buf, (size_t)size), 0);
	if (cfg->nr_host_devs)
		check_tree(buf, cfg);
}

void fuzz_one(struct fuzz *in)
{
	static u64 tree[512], description[512];
	static struct vm_config cfg;
	struct host_tree host = { .fdt = tree, .irq = fuzz_irq, .user = fuzz_user };
	char err[VM_ERROR_MAX] = "";
	u32 which = (u32)fuzz_take(in, 4);
	u64 at = (u64)fuzz_u8(in) << 32;
	size_t i;
	int rc;

	if (!make_host(in, tree, sizeof(tree)) || fdt_check(tree, sizeof(tree)))
		return;
	host_blob = tree;
	make_description(tree, which, at, description, sizeof(description));
	rc = vm_config_parse(description, sizeof(description), FILE_NAME, &host, &cfg, err);
	if (!rc) {
		check_taken(&cfg);
		guest_tree(&cfg);
		return;
	}
	assert_int_equal(rc, -EINVAL);
	assert_in_range(strnlen(err, sizeof(err)), strlen(FILE_NAME) + 2, sizeof(err) - 1);
	for (i = 0; err[i]; i++)
		assert_in_range((u8)err[i], ' ', '~');
}

/* A controller, what Lodge uses, and a device with an interrupt and a clock, which refers to itself. */
static const u8 machine[] = { 8,    0,	  0,	0,    0, /* the device, at its place */
			      0x42, 1,	  1,	0x43, 1,    1,	  0x46, 1,    1, /* the root */
			      3,    0x40, 1,	1,    0x48, 1,	  1,	0x20, 6,    0x41,
			      0x12, 9,	  1,	0x20, 1,    0x41, 0x12, 1,    1,    0x45,
			      1,    5,	  0x49, 2,    2,    7,	  0x20, 4,    0x40, 1,
			      2,    0x4a, 1,	1,    0x4b, 1,	  2,	0x20 };

/* Which is taken. */
size_t fuzz_seed(unsigned int n, u8 *buf, size_t room)
{
	static u64 tree[512], description[512];
	static struct vm_config cfg;
	struct host_tree host = { .fdt = tree, .irq = fuzz_irq, .user = fuzz_user };
	struct fuzz in = { machine + 5, sizeof(machine) - 5 };
	char err[VM_ERROR_MAX] = "";

	if (n)
		return 0;
	make_host(&in, tree, sizeof(tree));
	host_blob = tree;
	make_description(tree, machine[0], 0, description, sizeof(description));
	if (vm_config_parse(description, sizeof(description), FILE_NAME, &host, &cfg, err))
		fail_msg("the seed is refused: %s", err);
	assert_int_equal(cfg.nr_host_devs, 1);
	assert_int_equal(cfg.nr_lines, 1);
	memcpy(buf, machine, sizeof(machine));
	return sizeof(machine);
}
