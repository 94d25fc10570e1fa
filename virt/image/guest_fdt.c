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
	fdtw_u32(w, "clock-frequency", GUEST_APB_HZ);
	fdtw_string(w, "clock-output-names", GUEST_APB_CLOCK_NAME);
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
	if (!err)
		err = guest_fdt_host(vm, w);

	fdtw_end_node(w);
	return writer_finish(vm, w, err);
}

/* ---- given ---- */

/* How much there is of a tree, its file says: each token read is a chance for others. */
struct fdt_copy {
	struct vm *vm;
	const struct guest_boot *boot;
	const void *tree;
	struct fdt_writer *w;
	unsigned int depth;    /* nodes that are open */
	unsigned int left_out; /* this one of them and all below is not copied; 0: none */
	bool has_chosen, has_memory, in_chosen;
};

static void next_item(const struct fdt_copy *c, u32 *off, struct fdt_item *item)
{
	thread_make_room();
	fdt_next_item(c->tree, off, item);
}

/* A property of the node whose first token is at @off; false if it has none of that name. */
static bool find_prop(const struct fdt_copy *c, u32 off, const char *name, struct fdt_item *prop)
{
	do {
		next_item(c, &off, prop);
		if (prop->kind == FDT_ITEM_PROP && !strcmp(prop->name, name))
			return true;
	} while (prop->kind == FDT_ITEM_PROP || prop->kind == FDT_ITEM_NONE);
	return false;
}

static bool is_memory_node(const struct fdt_copy *c, u32 off)
{
	static const char memory[] = "memory";
	struct fdt_item type;

	return find_prop(c, off, "device_type", &type) && type.len >= sizeof(memory) &&
	       !memcmp(type.data, memory, sizeof(memory));
}

static u64 two_cells(const void *cells)
{
	return (u64)fdt_cell(cells, 0) << 32 | fdt_cell(cells, 1);
}

/* Whether a memory node tells of any: a placeholder with nothing in it does not. */
static bool tells_memory(const struct fdt_copy *c, u32 off)
{
	struct fdt_item reg;
	u64 start, size;

	if (!find_prop(c, off, "reg", &reg) || reg.len < 16)
		return false;
	start = two_cells(reg.data);
	size = two_cells((const u8 *)reg.data + 8);
	return size && start + size - 1 >= start;
}

static bool root_has_two_cells(const struct fdt_copy *c, u32 off, const char *name)
{
	struct fdt_item cells;

	return find_prop(c, off, name, &cells) && cells.len == 4 && fdt_cell(cells.data, 0) == 2;
}

/* What is said of the boot goes first. */
static void begin_chosen(struct fdt_copy *c, u32 off)
{
	struct fdt_item old;

	c->has_chosen = true;
	c->in_chosen = true;
	if (!find_prop(c, off, "bootargs", &old))
		write_bootargs(c->vm, c->w);
	write_initrd(c->boot, c->w);
}

/* A node, whose first token is at @off. */
static void copy_node(struct fdt_copy *c, const struct fdt_item *item, u32 off)
{
	bool top = c->depth++ == 1; /* a child of the root */

	if (c->left_out)
		return;
	if (top && is_memory_node(c, off)) {
		if (!tells_memory(c, off)) {
			c->left_out = c->depth;
			return;
		}
		c->has_memory = true;
	}
	c->in_chosen = false;
	fdtw_node(c->w, item->name);
	if (top && !strcmp(item->name, "chosen"))
		begin_chosen(c, off);
}

static void copy_prop(const struct fdt_copy *c, const struct fdt_item *item)
{
	bool initrd = c->in_chosen && c->boot->initrd_size &&
		      (!strcmp(item->name, "linux,initrd-start") ||
		       !strcmp(item->name, "linux,initrd-end"));

	if (!c->left_out && !initrd)
		fdtw_prop(c->w, item->name, item->data, item->len);
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

static void copy_node_end(struct fdt_copy *c)
{
	if (c->depth == 1)
		complete_root(c);
	if (!c->left_out)
		fdtw_end_node(c->w);
	else if (c->left_out == c->depth)
		c->left_out = 0;
	c->depth--;
}

static void copy_tree(struct fdt_copy *c)
{
	struct fdt_item item;
	u32 off = 0;

	do {
		next_item(c, &off, &item);
		if (item.kind == FDT_ITEM_NODE)
			copy_node(c, &item, off);
		else if (item.kind == FDT_ITEM_PROP)
			copy_prop(c, &item);
		else if (item.kind == FDT_ITEM_NODE_END)
			copy_node_end(c);
	} while (item.kind != FDT_ITEM_END && !c->w->error);
}

s64 guest_fdt_complete(struct vm *vm, const void *tree, size_t tree_size, void *buf, size_t size,
		       const struct guest_boot *boot)
{
	struct fdt_copy c = { .vm = vm, .boot = boot, .tree = tree };
	struct fdt_item root;
	u32 off = 0;
	u64 addr, len;

	if (fdt_check_pausing(tree, tree_size, thread_make_room))
		return -EINVAL;
	if (!fdt_memreserve(tree, 0, &addr, &len))
		return -EOPNOTSUPP;
	/* write_memory() writes two cells each. */
	do
		next_item(&c, &off, &root);
	while (root.kind == FDT_ITEM_NONE);
	if (!root_has_two_cells(&c, off, "#address-cells") ||
	    !root_has_two_cells(&c, off, "#size-cells"))
		return -ERANGE;
	c.w = writer_create(vm, buf, size);
	if (!c.w)
		return -ENOMEM;
	copy_tree(&c);
	return writer_finish(vm, c.w, 0);
}
