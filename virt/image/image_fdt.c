// SPDX-License-Identifier: Apache-2.0
/* The devicetree that a kernel is given, and the initrd, whose place it tells. */
#include <lodge/board.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/fs.h>
#include <lodge/guest_fdt.h>
#include <lodge/image_loader.h>
#include <lodge/slab.h>
#include <lodge/vm.h>

#define FDT_MAX	      KIB(64)  /* of a generated tree */
#define FDT_GIVEN_MAX MIB(1)   /* of one from the disk: as QEMU dumps them, mostly padding */
#define FDT_USED_MAX  KIB(512) /* of what is in it */

struct tree {
	void *given; /* NULL: generate it */
	size_t given_size;
	void *buf;
	size_t room;
	s64 size; /* of what is in @buf */
};

static int read_given(struct image_loader *l, struct tree *t)
{
	s64 n;
	int rc = image_open(l, "dtb", l->vm->cfg->dtb);

	if (rc)
		return rc;
	if (l->file_size > FDT_GIVEN_MAX) {
		image_close(l);
		return image_error(l, -EFBIG, "is 0x%lx bytes long, too long for a devicetree blob",
				   l->file_size);
	}
	t->given_size = l->file_size;
	t->room = min(t->given_size, FDT_USED_MAX) + FDT_MAX;
	t->given = kmalloc_for(l->vm->account, t->given_size);
	n = t->given ? file_read(l->file, 0, t->given, t->given_size) : -ENOMEM;
	image_close(l);
	if (n < 0)
		return image_fs_error(l, (int)n);
	return (size_t)n == t->given_size ? 0 : image_fs_error(l, -EIO);
}

static int given_error(struct image_loader *l, int rc)
{
	switch (rc) {
	case -EINVAL:
		return image_error(l, rc, "is no devicetree blob, or damaged: compile it with dtc");
	case -ERANGE:
		return image_error(
			l, rc, "does not have two address and two size cells in /: change that");
	case -EOPNOTSUPP:
		return image_error(l, rc,
				   "has /memreserve/ entries: use /reserved-memory for them");
	case -ENOMEM:
		return image_fs_error(l, rc);
	default:
		return image_error(l, rc, "has too much in it: make the tree smaller");
	}
}

/* Errors are about the file that the tree is from, or about the kernel that it is for. */
static int build_tree(struct image_loader *l, struct tree *t, const struct guest_boot *boot)
{
	l->prop = t->given ? "dtb" : "kernel";
	l->path = t->given ? l->vm->cfg->dtb : l->vm->cfg->kernel;
	if (t->given)
		t->size = guest_fdt_complete(l->vm, t->given, t->given_size, t->buf, t->room, boot);
	else
		t->size = guest_fdt_build(l->vm, t->buf, t->room, boot);
	if (t->size >= 0)
		return 0;
	if (t->given)
		return given_error(l, (int)t->size);
	if (t->size == -ENOMEM)
		return image_fs_error(l, -ENOMEM);
	return image_error(l, (int)t->size,
			   "can't have its devicetree, there is not enough room: remove devices");
}

/* A tree that crosses no boundary of its own size crosses none of a 2 MiB page. */
static u64 tree_align(u64 size)
{
	u64 align = PAGE_SIZE;

	while (align < size)
		align *= 2;
	return align;
}

/* The tree goes highest and the initrd below it, but the tree says where the initrd is. */
static int place_tree(struct image_loader *l, struct tree *t, const struct guest_boot *boot)
{
	int rc = build_tree(l, t, boot);

	if (rc)
		return rc;
	if (image_claim_high(l, (u64)t->size, tree_align((u64)t->size), ~(u64)0,
			     &l->vm->boot_arg.v))
		return image_error(l, -ENOSPC,
				   "leaves no room for the devicetree: give the VM more memory");
	return 0;
}

/*
 * Firmware for such boards looks at the base of RAM, where flash has no argument to tell it
 * of a tree; kernels use what they are told, and some need it to be behind them.
 */
static int copy_to_base(struct image_loader *l, const struct tree *t)
{
	u64 base = image_ram_base(l->vm);

	if (!arch_guest_board.fdt_at_base || !image_is_free(l, base, (u64)t->size))
		return 0;
	return image_put(l, base, t->buf, (size_t)t->size);
}

/* Again, now that the addresses in it are known; its size is the same. */
static int write_tree(struct image_loader *l, struct tree *t, const struct guest_boot *boot)
{
	int rc = build_tree(l, t, boot);

	if (!rc)
		rc = image_put(l, l->vm->boot_arg.v, t->buf, (size_t)t->size);
	return rc ? rc : copy_to_base(l, t);
}

/* The tree's size is found out with the initrd's size in it, before either has its place. */
static int load_both(struct image_loader *l, struct tree *t, struct guest_boot *boot)
{
	int rc = image_open(l, "initrd", l->vm->cfg->initrd);

	if (rc)
		return rc;
	boot->initrd_size = l->file_size;
	image_close(l);
	rc = place_tree(l, t, boot);
	if (!rc)
		rc = image_load_initrd(l, ~(u64)0, &boot->initrd.v, &boot->initrd_size);
	return rc;
}

static int load_fdt(struct image_loader *l, struct tree *t)
{
	struct guest_boot boot = { .initrd_size = 0 };
	int rc = 0;

	t->room = FDT_MAX;
	if (l->vm->cfg->dtb[0])
		rc = read_given(l, t);
	if (rc)
		return rc;
	t->buf = kmalloc_for(l->vm->account, t->room);
	if (!t->buf)
		return image_fs_error(l, -ENOMEM);
	if (l->vm->cfg->initrd[0])
		rc = load_both(l, t, &boot);
	else
		rc = place_tree(l, t, &boot);
	return rc ? rc : write_tree(l, t, &boot);
}

int image_load_fdt(struct image_loader *l)
{
	struct tree t = { .given = NULL };
	int rc = load_fdt(l, &t);

	kfree_for(l->vm->account, t.given);
	kfree_for(l->vm->account, t.buf);
	return rc;
}
