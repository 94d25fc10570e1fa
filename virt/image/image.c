// SPDX-License-Identifier: Apache-2.0
/* Loading a VM: files go from the disk straight into the pages that the guest will see. */
#include <asm/layout.h>
#include <lodge/arch_virt.h>
#include <lodge/board.h>
#include <lodge/errno.h>
#include <lodge/fs.h>
#include <lodge/image.h>
#include <lodge/image_loader.h>
#include <lodge/printf.h>
#include <lodge/slab.h>
#include <lodge/string.h>
#include <lodge/thread.h>
#include <lodge/vm.h>

/*
 * What is read at a time, and keeps others from the disk as long; memory in small pieces makes it
 * less.
 */
#define CHUNK_MAX MIB(4)

/*
 * Of the host, while a VM is loaded: the loader, and 64 KiB for a tree or less for tables and for
 * what unpacks the kernel.
 */
#define LOAD_PAGES 48
/* What is zeroed between two looks at the time slice. */
#define ZERO_PIECE KIB(64)

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

int image_fs_error(struct image_loader *l, int rc)
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
		what = "is not a valid path on the boot disk: correct it";
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

int image_open(struct image_loader *l, const char *prop, const char *path)
{
	s64 n;
	int rc;

	l->prop = prop;
	l->path = path;
	rc = fs_open(l->vm->fs, path, FS_O_READ, &l->file);
	if (rc)
		return image_fs_error(l, rc);
	l->file_size = file_size(l->file);
	memset(l->head, 0, sizeof(l->head));
	n = file_read(l->file, 0, l->head, sizeof(l->head));
	if (n <= 0) {
		fs_close(l->file);
		return n < 0 ? image_fs_error(l, (int)n)
			     : image_error(l, -EINVAL, "is empty: copy it again");
	}
	l->head_len = (size_t)n;
	return 0;
}

int image_open_kernel(struct image_loader *l)
{
	int rc = image_open(l, "kernel", l->vm->cfg->kernel);

	if (rc)
		return rc;
	rc = unpack_open(l);
	if (rc)
		image_close(l);
	return rc;
}

void image_close(struct image_loader *l)
{
	unpack_close(l);
	fs_close(l->file);
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
		n = vm_memory_segs(l->vm, gpa(addr), *done, ACCESS_LOAD | MEM_NOZERO, l->seg,
				   IMAGE_MAX_SEGS);
		/* Two pages always fit, and get us on. */
		if (n != -E2BIG || *chunk <= 2 * PAGE_SIZE)
			return n;
		*chunk /= 2;
	}
}

s64 image_peek(struct image_loader *l, u64 off, void *buf, u64 len)
{
	s64 n;

	if (vm_is_dying(l->vm))
		return -ECANCELED;
	len = off < l->file_size ? min(len, l->file_size - off) : 0;
	if (l->unpack) {
		n = unpack_read(l->unpack, off, buf, len);
		return n ? n : (s64)len;
	}
	n = file_read(l->file, off, buf, len);
	return n < 0 ? image_fs_error(l, (int)n) : n;
}

/* The first @nr of l->seg, from @off on. */
static int fill_segs(struct image_loader *l, u64 off, unsigned int nr)
{
	unsigned int i;
	int rc = 0;

	if (!l->unpack) {
		rc = file_read_segs(l->file, off, l->seg, nr);
		return rc ? image_fs_error(l, rc) : 0;
	}
	for (i = 0; !rc && i < nr; off += l->seg[i++].len)
		rc = unpack_read(l->unpack, off, hpa_to_kva(l->seg[i].addr), l->seg[i].len);
	return rc;
}

int image_read(struct image_loader *l, u64 off, u64 addr, u64 len)
{
	u64 chunk = CHUNK_MAX, n;
	int rc;

	for (; len; off += n, addr += n, len -= n) {
		thread_make_room();
		if (vm_is_dying(l->vm))
			return -ECANCELED;
		rc = next_segs(l, addr, len, &chunk, &n);
		if (rc < 0)
			return image_fs_error(l, rc);
		rc = fill_segs(l, off, (unsigned int)rc);
		if (rc)
			return rc;
	}
	return 0;
}

int image_put(struct image_loader *l, u64 addr, const void *buf, size_t len)
{
	int rc = guest_load(l->vm, gpa(addr), buf, len);

	if (!rc || rc == -ENOMEM)
		return rc ? image_fs_error(l, rc) : 0;
	return image_error(l, rc, "needs 0x%zx bytes at 0x%lx, where the VM has no memory", len,
			   addr);
}

/* How much there is, the image says: others have their turn in between. */
static void zero_seg(const struct block_seg *seg)
{
	u8 *p = hpa_to_kva(seg->addr);
	u64 at;

	for (at = 0; at < seg->len; at += ZERO_PIECE) {
		memset(p + at, 0, min((u64)seg->len - at, (u64)ZERO_PIECE));
		thread_make_room();
	}
}

int image_zero(struct image_loader *l, u64 addr, u64 len)
{
	u64 chunk = CHUNK_MAX, n;
	int i, rc;

	for (; len; addr += n, len -= n) {
		if (vm_is_dying(l->vm))
			return -ECANCELED;
		rc = next_segs(l, addr, len, &chunk, &n);
		if (rc < 0)
			return image_fs_error(l, rc);
		for (i = 0; i < rc; i++)
			zero_seg(&l->seg[i]);
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

void image_take(struct image_loader *l, u64 start, u64 size)
{
	l->extent[l->nr_extents++] = (struct image_extent){ start, size };
}

int image_claim(struct image_loader *l, u64 start, u64 size)
{
	if (!region_is_memory(region_find(&l->vm->map, gpa(start))))
		return image_error(
			l, -EFAULT,
			"needs 0x%lx bytes at 0x%lx, where the VM has no memory: link it for "
			"0x%lx, where that begins, or give the VM some there",
			size, start, image_ram_base(l->vm));
	if (vm_memory_check(l->vm, gpa(start), size, 0))
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
	image_take(l, start, size);
	return 0;
}

bool image_is_free(const struct image_loader *l, u64 start, u64 size)
{
	return !vm_memory_check(l->vm, gpa(start), size, ACCESS_W) && !taken(l, start, size);
}

int image_claim_high(struct image_loader *l, u64 size, u64 align, u64 limit, u64 *addr)
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
	top = max(min(top, limit), start);
	while (size <= top - start) {
		u64 at = ALIGN_DOWN(top - size, align);

		if (at < start)
			break;
		e = taken(l, at, size);
		if (!e) {
			image_take(l, at, size);
			*addr = at;
			return 0;
		}
		if (e->start <= start)
			break;
		top = e->start;
	}
	return -ENOSPC;
}

/* ---- the whole ---- */

static int load_kernel(struct image_loader *l)
{
	int rc = image_open_kernel(l);

	if (rc)
		return rc;
	rc = image_load_kernel(l);
	if (l->unpack)
		rc = unpack_finish(l->unpack, rc);
	image_close(l);
	return rc;
}

int image_load_initrd(struct image_loader *l, u64 limit, u64 *addr, u64 *size)
{
	int rc = image_open(l, "initrd", l->vm->cfg->initrd);

	if (rc)
		return rc;
	*size = l->file_size;
	if (image_claim_high(l, *size, PAGE_SIZE, limit, addr))
		rc = image_error(
			l, -ENOSPC,
			"needs 0x%lx bytes, more than the kernel leaves: give the VM more memory",
			*size);
	else
		rc = image_read(l, 0, *addr, *size);
	image_close(l);
	return rc;
}

u64 image_load_pages(const struct vm_config *cfg)
{
	/* A tree that is given is read, and copied to where there is room for more. */
	return LOAD_PAGES + (cfg->dtb[0] ? 2 * (KMALLOC_MAX >> PAGE_SHIFT) : 0);
}

int image_load(struct vm *vm, char *err)
{
	struct image_loader *l = kzalloc_for(vm->account, sizeof(*l));
	int rc;

	if (!l) {
		snprintf(err, VM_ERROR_MAX, "%s: not enough memory to load it: stop another VM",
			 vm->cfg->file);
		return -ENOMEM;
	}
	l->vm = vm;
	l->err = err;
	rc = load_kernel(l);
	if (!rc)
		rc = arch_boot_data(l);
	kfree_for(vm->account, l);
	return rc;
}
