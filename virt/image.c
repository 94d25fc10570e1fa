// SPDX-License-Identifier: Apache-2.0
/* Loading a VM: files go from the disk straight into the pages that the guest will see. */
#include "image_internal.h"
#include <asm/layout.h>
#include <lodge/board.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/fs.h>
#include <lodge/guest_fdt.h>
#include <lodge/image.h>
#include <lodge/printf.h>
#include <lodge/slab.h>
#include <lodge/string.h>
#include <lodge/vm.h>

/* At first; memory in small pieces makes it less. */
#define CHUNK_MAX MIB(64)

#define FDT_MAX	      KIB(64)  /* of a generated tree */
#define FDT_GIVEN_MAX MIB(1)   /* of one from the disk: as QEMU dumps them, mostly padding */
#define FDT_USED_MAX  KIB(512) /* of what is in it */

/* ---- errors ---- */

int image_error(struct image_loader *l, int rc, const char *fmt, ...)
{
	va_list ap;
	int n = scnprintf(l->err, VM_ERROR_MAX, "%s: /chosen: \"%s\": %s ", l->vm->cfg->file,
			  l->prop, l->path);

	va_start(ap, fmt);
	vsnprintf(l->err + n, VM_ERROR_MAX - (size_t)n, fmt, ap);
	va_end(ap);
	return rc;
}

static int fs_error(struct image_loader *l, int rc)
{
	const char *what;

	switch (rc) {
	case -ENOENT:
	case -ENOTDIR:
		what = "is not on the boot disk: copy it there or correct the path";
		break;
	case -EISDIR:
		what = "is a directory: name a file";
		break;
	case -EINVAL:
	case -ENAMETOOLONG:
		what = "is no path that the boot disk can have: correct it";
		break;
	case -ENOMEM:
		what = "does not fit: there is not enough memory; make the VM smaller";
		break;
	case -EUCLEAN:
		what = "can't be read, the file system is damaged: repair it with fsck.fat";
		break;
	default:
		what = "can't be read: check the boot disk";
		break;
	}
	return image_error(l, rc, "%s", what);
}

/* ---- files ---- */

static int open_file(struct image_loader *l, const char *prop, const char *path)
{
	s64 n;
	int rc;

	l->prop = prop;
	l->path = path;
	rc = fs_open(l->vm->fs, path, FS_O_READ, &l->file);
	if (rc)
		return fs_error(l, rc);
	l->file_size = file_size(l->file);
	memset(l->head, 0, sizeof(l->head));
	n = file_read(l->file, 0, l->head, sizeof(l->head));
	if (n <= 0) {
		fs_close(l->file);
		return n < 0 ? fs_error(l, (int)n)
			     : image_error(l, -EINVAL, "is empty: copy it again");
	}
	l->head_len = (size_t)n;
	return 0;
}

/*
 * One step through [addr, addr + len): as much as fits into l->seg. Whole pages where
 * it can, because those need not be zeroed before they are read into.
 */
static int next_segs(struct image_loader *l, u64 addr, u64 len, u64 *chunk, u64 *done)
{
	int n;

	for (;;) {
		*done = len;
		if (len > *chunk)
			*done = ALIGN_DOWN(addr + *chunk, PAGE_SIZE) - addr;
		n = vm_memory_segs(l->vm, gpa(addr), *done, VM_MEM_NOZERO, l->seg, IMAGE_MAX_SEGS);
		/* Two pages always fit, and get us on. */
		if (n != -E2BIG || *chunk <= 2 * PAGE_SIZE)
			return n;
		*chunk /= 2;
	}
}

int image_read(struct image_loader *l, u64 off, u64 addr, u64 len)
{
	u64 chunk = CHUNK_MAX, n;
	int rc;

	for (; len; off += n, addr += n, len -= n) {
		rc = next_segs(l, addr, len, &chunk, &n);
		if (rc >= 0)
			rc = file_read_segs(l->file, off, l->seg, (unsigned int)rc);
		if (rc)
			return fs_error(l, rc);
	}
	return 0;
}

int image_zero(struct image_loader *l, u64 addr, u64 len)
{
	u64 chunk = CHUNK_MAX, n;
	int i, rc;

	for (; len; addr += n, len -= n) {
		rc = next_segs(l, addr, len, &chunk, &n);
		if (rc < 0)
			return fs_error(l, rc);
		for (i = 0; i < rc; i++)
			memset(hpa_to_kva(l->seg[i].addr), 0, l->seg[i].len);
	}
	return 0;
}

/* ---- places ---- */

u64 image_ram_base(struct vm *vm)
{
	unsigned int i;

	if (region_is_ram(region_find(&vm->map, gpa(arch_guest_board.ram_base))))
		return arch_guest_board.ram_base;
	for (i = 0; i < vm->map.count; i++)
		if (region_is_ram(&vm->map.r[i]))
			return vm->map.r[i].gpa.v;
	return arch_guest_board.ram_base;
}

static const struct image_extent *taken(const struct image_loader *l, u64 start, u64 size)
{
	unsigned int i;

	for (i = 0; i < l->nr_extents; i++) {
		const struct image_extent *e = &l->extent[i];

		if (start < e->start + e->size && e->start < start + size)
			return e;
	}
	return NULL;
}

static void take(struct image_loader *l, u64 start, u64 size)
{
	l->extent[l->nr_extents++] = (struct image_extent){ start, size };
}

int image_claim(struct image_loader *l, u64 start, u64 size)
{
	if (start + size < start || !vm_is_ram(l->vm, gpa(start), size))
		return image_error(
			l, -EFAULT,
			"needs 0x%lx bytes at 0x%lx, where the VM has less memory: give it more",
			size, start);
	if (taken(l, start, size))
		return image_error(l, -EINVAL, "has parts that overlap at 0x%lx: link it again",
				   start);
	if (l->nr_extents == IMAGE_MAX_EXTENTS)
		return image_error(l, -EINVAL, "has more than %d parts to load: link it again",
				   IMAGE_MAX_EXTENTS);
	take(l, start, size);
	return 0;
}

/*
 * The highest free place in the kernel's own region, or in RAM if that is read-only, but
 * below 4 GiB where that can be: early code of guests may not reach further.
 */
static int claim_high(struct image_loader *l, u64 size, u64 align, u64 *addr)
{
	const struct region *r = region_find(&l->vm->map, gpa(l->extent[0].start));
	const struct image_extent *e;
	u64 start, top;

	if (!region_is_ram(r))
		r = region_find(&l->vm->map, gpa(image_ram_base(l->vm)));
	start = r->gpa.v;
	top = start + r->size;
	if (start < GIB(4))
		top = min(top, GIB(4));
	while (size <= top - start) {
		u64 at = ALIGN_DOWN(top - size, align);

		if (at < start)
			break;
		e = taken(l, at, size);
		if (!e) {
			take(l, at, size);
			*addr = at;
			return 0;
		}
		if (e->start <= start)
			break;
		top = e->start;
	}
	return -ENOSPC;
}

/* ---- devicetree ---- */

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
	int rc = open_file(l, "dtb", l->vm->cfg->dtb);

	if (rc)
		return rc;
	if (l->file_size > FDT_GIVEN_MAX) {
		fs_close(l->file);
		return image_error(l, -EFBIG, "is 0x%lx bytes long, too long for a devicetree blob",
				   l->file_size);
	}
	t->given_size = l->file_size;
	t->room = min(t->given_size, FDT_USED_MAX) + FDT_MAX;
	t->given = kmalloc(t->given_size);
	n = t->given ? file_read(l->file, 0, t->given, t->given_size) : -ENOMEM;
	fs_close(l->file);
	if (n < 0)
		return fs_error(l, (int)n);
	return (size_t)n == t->given_size ? 0 : fs_error(l, -EIO);
}

static int given_error(struct image_loader *l, int rc)
{
	switch (rc) {
	case -EINVAL:
		return image_error(l, rc, "is no devicetree blob, or damaged: compile it with dtc");
	case -ERANGE:
		return image_error(
			l, rc, "has other than two address and two size cells in /: change that");
	case -EOPNOTSUPP:
		return image_error(l, rc,
				   "has /memreserve/ entries: use /reserved-memory for them");
	case -ENOMEM:
		return fs_error(l, rc);
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

static int claim_tree(struct image_loader *l, u64 size, u64 *addr)
{
	u64 base = image_ram_base(l->vm);

	if (arch_guest_board.fdt_at_base && vm_is_ram(l->vm, gpa(base), size) &&
	    !taken(l, base, size)) {
		take(l, base, size);
		*addr = base;
		return 0;
	}
	return claim_high(l, size, tree_align(size), addr);
}

/* The tree goes highest and the initrd below it, but the tree says where the initrd is. */
static int place_tree(struct image_loader *l, struct tree *t, const struct guest_boot *boot)
{
	int rc = build_tree(l, t, boot);

	if (rc)
		return rc;
	if (claim_tree(l, (u64)t->size, &l->vm->fdt.v))
		return image_error(l, -ENOSPC,
				   "leaves no room for the devicetree: give the VM more memory");
	return 0;
}

/* Again, now that the addresses in it are known; its size is the same. */
static int write_tree(struct image_loader *l, struct tree *t, const struct guest_boot *boot)
{
	int rc = build_tree(l, t, boot);

	if (!rc)
		rc = guest_write(l->vm, l->vm->fdt, t->buf, (size_t)t->size);
	return rc;
}

/* ---- the whole ---- */

static int load_kernel(struct image_loader *l)
{
	int rc = open_file(l, "kernel", l->vm->cfg->kernel);

	if (rc)
		return rc;
	rc = image_load_kernel(l);
	fs_close(l->file);
	return rc;
}

static int load_initrd(struct image_loader *l, struct tree *t, struct guest_boot *boot)
{
	const char *path = l->vm->cfg->initrd;
	int rc = open_file(l, "initrd", path);

	if (rc)
		return rc;
	boot->initrd_size = l->file_size;
	rc = place_tree(l, t, boot);
	if (rc)
		goto out;
	l->prop = "initrd";
	l->path = path;
	if (claim_high(l, boot->initrd_size, PAGE_SIZE, &boot->initrd.v))
		rc = image_error(
			l, -ENOSPC,
			"needs 0x%lx bytes, more than the kernel leaves: give the VM more memory",
			boot->initrd_size);
	else
		rc = image_read(l, 0, boot->initrd.v, boot->initrd_size);
out:
	fs_close(l->file);
	return rc;
}

static int load_rest(struct image_loader *l, struct tree *t)
{
	struct guest_boot boot = { .initrd_size = 0 };
	int rc;

	if (l->vm->cfg->initrd[0])
		rc = load_initrd(l, t, &boot);
	else
		rc = place_tree(l, t, &boot);
	return rc ? rc : write_tree(l, t, &boot);
}

static int load_all(struct image_loader *l, struct tree *t)
{
	int rc = load_kernel(l);

	if (rc)
		return rc;
	t->room = FDT_MAX;
	if (l->vm->cfg->dtb[0]) {
		rc = read_given(l, t);
		if (rc)
			return rc;
	}
	t->buf = kmalloc(t->room);
	return t->buf ? load_rest(l, t) : fs_error(l, -ENOMEM);
}

int image_load(struct vm *vm, char *err)
{
	struct image_loader *l = kzalloc(sizeof(*l));
	struct tree t = { .given = NULL };
	int rc;

	if (!l) {
		snprintf(err, VM_ERROR_MAX, "%s: not enough memory to load it: stop another VM",
			 vm->cfg->file);
		return -ENOMEM;
	}
	l->vm = vm;
	l->err = err;
	rc = load_all(l, &t);
	kfree(t.given);
	kfree(t.buf);
	kfree(l);
	return rc;
}
