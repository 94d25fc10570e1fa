// SPDX-License-Identifier: Apache-2.0
/* The devicetree that a guest boots with: generated, or given and completed. */
#include <lodge/arch_virt.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/guest_fdt.h>
#include <lodge/random.h>
#include <lodge/printf.h>
#include <lodge/slab.h>
#include <lodge/string.h>
#include <lodge/vm.h>

/* ---- pieces of both ---- */

static void write_memory(struct vm *vm, struct fdt_writer *w)
{
	unsigned int i;

	for (i = 0; i < vm->map.count; i++) {
		const struct region *r = &vm->map.r[i];

		if (!region_is_ram(r))
			continue;
		fdtw_nodef(w, "memory@%lx", r->gpa.v);
		fdtw_string(w, "device_type", "memory");
		fdtw_reg(w, r->gpa.v, r->size);
		fdtw_end_node(w);
	}
}

static void write_bootargs(struct vm *vm, struct fdt_writer *w)
{
	if (vm->cfg->bootargs[0])
		fdtw_string(w, "bootargs", vm->cfg->bootargs);
}

static void write_initrd(const struct guest_boot *boot, struct fdt_writer *w)
{
	if (!boot->initrd_size)
		return;
	fdtw_u64(w, "linux,initrd-start", boot->initrd.v);
	fdtw_u64(w, "linux,initrd-end", boot->initrd.v + boot->initrd_size);
}

static void write_stdout(struct vm *vm, struct fdt_writer *w)
{
	char path[40];
	unsigned int i;

	for (i = 0; i < vm->nr_devs; i++) {
		const struct vdev *v = vm->dev[i];

		if (!v->ops->stdout_node)
			continue;
		snprintf(path, sizeof(path), "/soc/%s@%lx", v->ops->stdout_node, v->base.v);
		fdtw_string(w, "stdout-path", path);
		return;
	}
}

/* The writer is too large for a stack. */
static struct fdt_writer *writer_create(struct vm *vm, void *buf, size_t size)
{
	struct fdt_writer *w = kzalloc_for(vm->account, sizeof(*w));

	if (w)
		fdtw_begin(w, buf, size);
	return w;
}

static s64 writer_finish(struct vm *vm, struct fdt_writer *w, int error)
{
	s64 size = fdtw_finish(w);

	kfree_for(vm->account, w);
	return error ? error : size;
}

/* ---- generated ---- */

/*
 * Without a seed a guest waits for entropy that a quiet board does not have; without the
 * other, Linux is always at the same virtual address.
 */
static void write_seeds(struct fdt_writer *w)
{
	u8 seed[32];
	u64 kaslr;

	if (random_bytes(seed, sizeof(seed)))
		fdtw_prop(w, "rng-seed", seed, sizeof(seed));
	if (random_bytes(&kaslr, sizeof(kaslr)))
		fdtw_u64(w, "kaslr-seed", kaslr);
}

/* The clock of the peripheral bus, for devices that want to be told of one. */
static void write_apb_clock(const struct vm *vm, struct fdt_writer *w)
{
	unsigned int i;

	for (i = 0; i < vm->nr_devs && !vm->dev[i]->ops->apb; i++)
		;
	if (i == vm->nr_devs)
		return;
	fdtw_node(w, "apb-pclk");
	fdtw_string(w, "compatible", "fixed-clock");
	fdtw_u32(w, "#clock-cells", 0);
	fdtw_u32(w, "clock-frequency", 24000000);
	fdtw_string(w, "clock-output-names", "clk24mhz");
	fdtw_u32(w, "phandle", GUEST_PHANDLE_APB_CLOCK);
	fdtw_end_node(w);
}

s64 guest_fdt_build(struct vm *vm, void *buf, size_t size, const struct guest_boot *boot)
{
	struct fdt_writer *w = writer_create(vm, buf, size);
	int err;

	if (!w)
		return -ENOMEM;
	fdtw_node(w, "");
	fdtw_u32(w, "#address-cells", 2);
	fdtw_u32(w, "#size-cells", 2);
	err = arch_guest_fdt(vm, w);

	fdtw_node(w, "chosen");
	write_bootargs(vm, w);
	write_stdout(vm, w);
	write_initrd(boot, w);
	write_seeds(w);
	fdtw_end_node(w);

	write_memory(vm, w);
	write_apb_clock(vm, w);

	fdtw_node(w, "soc");
	fdtw_string(w, "compatible", "simple-bus");
	fdtw_u32(w, "#address-cells", 2);
	fdtw_u32(w, "#size-cells", 2);
	fdtw_empty(w, "ranges");
	if (!err)
		err = vm_devices_fdt(vm, w);
	fdtw_end_node(w);

	fdtw_end_node(w);
	return writer_finish(vm, w, err);
}

/* ---- given ---- */

struct fdt_copy {
	struct vm *vm;
	const struct guest_boot *boot;
	const void *tree;
	struct fdt_writer *w;
	bool has_chosen, has_memory;
};

/* Whether @node tells of any memory: a placeholder with nothing in it does not. */
static bool is_memory_node(const void *tree, int node)
{
	const char *type = fdt_prop_string(tree, node, "device_type");

	return type && !strcmp(type, "memory");
}

static bool tells_memory(const void *tree, int node)
{
	u64 addr, size;

	return !fdt_reg(tree, node, 0, &addr, &size) && size;
}

static void copy_props(struct fdt_copy *c, int node, bool chosen)
{
	const char *name;
	const void *data;
	u32 pos = 0, len;

	while ((data = fdt_prop_next(c->tree, node, &pos, &name, &len))) {
		if (chosen && c->boot->initrd_size &&
		    (!strcmp(name, "linux,initrd-start") || !strcmp(name, "linux,initrd-end")))
			continue;
		fdtw_prop(c->w, name, data, len);
	}
	if (!chosen)
		return;
	if (!fdt_prop(c->tree, node, "bootargs", NULL))
		write_bootargs(c->vm, c->w);
	write_initrd(c->boot, c->w);
}

/* Begins the copy of @node, a child of the root if @depth is 1; false to leave it out. */
static bool copy_node(struct fdt_copy *c, int node, unsigned int depth)
{
	const char *name = fdt_node_name(c->tree, node);
	bool chosen = depth == 1 && !strcmp(name, "chosen");

	if (depth == 1 && is_memory_node(c->tree, node)) {
		if (!tells_memory(c->tree, node))
			return false;
		c->has_memory = true;
	}
	c->has_chosen |= chosen;
	fdtw_node(c->w, name);
	copy_props(c, node, chosen);
	return true;
}

/* What the root has too few of, before it ends. */
static void complete_root(struct fdt_copy *c)
{
	if (!c->has_chosen) {
		fdtw_node(c->w, "chosen");
		write_bootargs(c->vm, c->w);
		write_initrd(c->boot, c->w);
		fdtw_end_node(c->w);
	}
	if (!c->has_memory)
		write_memory(c->vm, c->w);
}

static void copy_tree(struct fdt_copy *c)
{
	int path[FDT_MAX_DEPTH + 1]; /* nodes that are open */
	unsigned int depth = 0;
	int next;

	path[0] = fdt_root(c->tree);
	copy_node(c, path[0], 0);
	next = fdt_first_child(c->tree, path[0]);
	for (;;) {
		while (next >= 0 && depth < FDT_MAX_DEPTH) {
			if (copy_node(c, next, depth + 1)) {
				path[++depth] = next;
				next = fdt_first_child(c->tree, next);
			} else {
				next = fdt_next_sibling(c->tree, next);
			}
		}
		if (!depth)
			break;
		fdtw_end_node(c->w);
		next = fdt_next_sibling(c->tree, path[depth--]);
	}
	complete_root(c);
	fdtw_end_node(c->w);
}

s64 guest_fdt_complete(struct vm *vm, const void *tree, size_t tree_size, void *buf, size_t size,
		       const struct guest_boot *boot)
{
	struct fdt_copy c = { .vm = vm, .boot = boot, .tree = tree };
	u64 addr, len;
	u32 cells;

	if (fdt_check(tree, tree_size))
		return -EINVAL;
	if (!fdt_memreserve(tree, 0, &addr, &len))
		return -EOPNOTSUPP;
	/* write_memory() writes two cells each. */
	if (fdt_prop_u32(tree, fdt_root(tree), "#address-cells", &cells) || cells != 2 ||
	    fdt_prop_u32(tree, fdt_root(tree), "#size-cells", &cells) || cells != 2)
		return -ERANGE;
	c.w = writer_create(vm, buf, size);
	if (!c.w)
		return -ENOMEM;
	copy_tree(&c);
	return writer_finish(vm, c.w, 0);
}
