// SPDX-License-Identifier: Apache-2.0
/*
 * Kernels that are compressed with gzip (RFC 1952), alone or inside of an EFI program: to the
 * rest of the loader they are files with what is in them.
 */
#include <lodge/crc32.h>
#include <lodge/errno.h>
#include <lodge/fs.h>
#include <lodge/image_loader.h>
#include <lodge/inflate.h>
#include <lodge/le.h>
#include <lodge/slab.h>
#include <lodge/string.h>
#include <lodge/thread.h>
#include <lodge/vm.h>

#define INPUT_SIZE 4096u

/*
 * How often a file is unpacked anew, because something is wanted that lies far before what was
 * unpacked last. Loaders go forward, but for headers; a file made to go back would cost each time.
 */
#define MAX_REWINDS 16u

#define GZIP_MAGIC   "\x1f\x8b\x08" /* with the only method that there is */
#define GZIP_TRAILER 8u
#define GZIP_MIN     18u /* a header of 10 bytes, nothing, and the trailer */

/* Flags of the header (2.3.1). */
#define HAS_CRC	    0x02
#define HAS_EXTRA   0x04
#define HAS_NAME    0x08
#define HAS_COMMENT 0x10
#define RESERVED    0xe0

/* Linux's drivers/firmware/efi/libstub/zboot-header.S */
#define ZBOOT_MAGIC  "MZ\0\0zimg"
#define ZBOOT_OFFSET 8
#define ZBOOT_SIZE   12
#define ZBOOT_METHOD 24
#define ZBOOT_HEADER 64

/**
 * struct unpack - a compressed file that is open
 * @start, @end: the gzip file within it
 * @at:		 the next byte to be read
 * @size:	 of what is in it, as its last four bytes say
 * @rewinds:	 how often it was begun anew
 * @failed:	 what is wrong with it has been told
 */
struct unpack {
	struct image_loader *l;
	u64 start, end, at, size;
	u32 crc;
	unsigned int rewinds;
	bool ended, failed;
	struct inflate z;
	u8 in[INPUT_SIZE];
};

static int damaged(struct unpack *u)
{
	return image_error(u->l, -EINVAL,
			   "can't be unpacked, it is damaged or has something behind its end: "
			   "copy it again, or unpack it with gunzip first");
}

static int refill(struct inflate *z)
{
	struct unpack *u = container_of(z, struct unpack, z);
	s64 n;

	if (vm_is_dying(u->l->vm))
		return -ECANCELED;
	n = file_read(u->l->file, u->at, u->in, min(u->end - u->at, (u64)INPUT_SIZE));
	if (n < 0)
		return image_fs_error(u->l, (int)n);
	u->at += (u64)n;
	z->in = u->in;
	z->in_end = u->in + n;
	return 0;
}

/* ---- header and trailer ---- */

static int get_number(struct unpack *u, unsigned int bytes, u32 *v)
{
	unsigned int i;

	for (i = 0, *v = 0; i < bytes; i++) {
		int byte = inflate_byte(&u->z);

		if (byte < 0)
			return byte;
		*v |= (u32)byte << 8 * i;
	}
	return 0;
}

/* How much there is of each the file says, and no more than there is of the file. */
static int skip_bytes(struct unpack *u, u32 n)
{
	int byte = 0;

	for (; n && byte >= 0; n--) {
		thread_make_room();
		byte = inflate_byte(&u->z);
	}
	return min(byte, 0);
}

static int skip_string(struct unpack *u)
{
	int byte;

	do {
		thread_make_room();
		byte = inflate_byte(&u->z);
	} while (byte > 0);
	return byte;
}

static int skip_header(struct unpack *u)
{
	u32 flags = 0, extra = 0;
	int rc = skip_bytes(u, sizeof(GZIP_MAGIC) - 1);

	if (!rc)
		rc = get_number(u, 1, &flags);
	if (!rc && (flags & RESERVED))
		rc = -EINVAL;
	/* The time, a hint and the system. */
	if (!rc)
		rc = skip_bytes(u, 6);
	if (!rc && (flags & HAS_EXTRA))
		rc = get_number(u, 2, &extra);
	if (!rc)
		rc = skip_bytes(u, extra);
	if (!rc && (flags & HAS_NAME))
		rc = skip_string(u);
	if (!rc && (flags & HAS_COMMENT))
		rc = skip_string(u);
	if (!rc && (flags & HAS_CRC))
		rc = skip_bytes(u, 2);
	return rc;
}

static int check_trailer(struct unpack *u)
{
	u32 crc, size;
	int rc = get_number(u, 4, &crc);

	if (!rc)
		rc = get_number(u, 4, &size);
	if (rc)
		return rc;
	u->ended = true;
	if (u->at != u->end || u->z.in != u->z.in_end)
		return -EINVAL;
	return crc == u->crc && size == u->z.total && size == u->size ? 0 : -EINVAL;
}

/* ---- contents ---- */

/* As if nothing had been read. */
static int rewind(struct unpack *u)
{
	u8 *window = u->z.window;

	memset(&u->z, 0, sizeof(u->z));
	u->z.window = window;
	u->z.refill = refill;
	u->at = u->start;
	u->crc = 0;
	u->ended = false;
	return skip_header(u);
}

/* A few thousand bytes more, or the end. */
static int step(struct unpack *u)
{
	u64 from = u->z.total % INFLATE_WINDOW, before = u->z.total, n;
	int rc;

	thread_make_room();
	if (vm_is_dying(u->l->vm))
		return -ECANCELED;
	rc = inflate_step(&u->z);
	n = u->z.total - before;
	u->crc = crc32_update(u->crc, u->z.window + from, min(n, INFLATE_WINDOW - from));
	if (n > INFLATE_WINDOW - from)
		u->crc = crc32_update(u->crc, u->z.window, n - (INFLATE_WINDOW - from));
	if (rc > 0)
		return check_trailer(u);
	return !rc && u->z.total > u->size ? -EINVAL : rc;
}

/* What the window still has is not unpacked again. */
static int read_unpacked(struct unpack *u, u64 off, u8 *buf, u64 len)
{
	const struct inflate *z = &u->z;
	u64 n, from;
	int rc = 0;

	if (z->total > off + INFLATE_WINDOW) {
		if (++u->rewinds > MAX_REWINDS)
			return image_error(u->l, -E2BIG,
					   "has its segments in an order that can't be unpacked "
					   "quickly: unpack it with gunzip first");
		rc = rewind(u);
	}
	for (; len; off += n, buf += n, len -= n) {
		while (!rc && z->total <= off)
			rc = u->ended ? -EINVAL : step(u);
		if (rc)
			return rc;
		from = off % INFLATE_WINDOW;
		n = min(len, z->total - off);
		n = min(n, INFLATE_WINDOW - from);
		memcpy(buf, z->window + from, n);
	}
	return 0;
}

/* @rc: what has no words yet is damage. */
static int worded(struct unpack *u, int rc)
{
	u->failed = rc;
	return rc == -EINVAL ? damaged(u) : rc;
}

int unpack_read(struct unpack *u, u64 off, void *buf, u64 len)
{
	return worded(u, read_unpacked(u, off, buf, len));
}

static u64 memory_of(const struct vm *vm)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < vm->map.count; i++)
		if (region_is_memory(&vm->map.r[i]))
			sum += vm->map.r[i].size;
	return sum;
}

int unpack_finish(struct unpack *u, int rc)
{
	u64 enough = rc ? memory_of(u->l->vm) : ~(u64)0;
	int err = 0;

	while (!err && !u->failed && !u->ended && u->z.total <= enough)
		err = step(u);
	return err ? worded(u, err) : rc;
}

/* ---- opening ---- */

/* No size may also be padding behind the end. */
static int refuse_empty(struct unpack *u)
{
	int rc = unpack_finish(u, 0);

	return rc ? rc : image_error(u->l, -EINVAL, "is empty when unpacked: copy it again");
}

static int open_gzip(struct image_loader *l, u64 start, u64 size)
{
	struct unpack *u = kzalloc_for(l->vm->account, sizeof(*u));
	u32 trailer;
	s64 n;
	int rc;

	l->unpack = u;
	if (u)
		u->z.window = kmalloc_for(l->vm->account, INFLATE_WINDOW);
	if (!u || !u->z.window)
		return image_fs_error(l, -ENOMEM);
	u->l = l;
	u->start = start;
	u->end = start + size;
	if (size < GZIP_MIN)
		return damaged(u);
	n = file_read(l->file, u->end - sizeof(trailer), &trailer, sizeof(trailer));
	if (n != sizeof(trailer))
		return n < 0 ? image_fs_error(l, (int)n) : damaged(u);
	u->size = trailer;
	l->file_size = trailer;
	l->head_len = min((size_t)trailer, sizeof(l->head));
	memset(l->head, 0, sizeof(l->head));
	rc = worded(u, rewind(u));
	if (!rc && !trailer)
		return refuse_empty(u);
	return rc ? rc : unpack_read(u, 0, l->head, l->head_len);
}

static int refuse_method(struct image_loader *l, const char *method, u64 start, u64 size)
{
	static const struct {
		const char *name, *tool;
	} known[] = { { "zstd", "unzstd" },
		      { "xz", "unxz" },
		      { "lz4", "unlz4" },
		      { "lzma", "unlzma" },
		      { "lzo", "lzop -d" } };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (!strncmp(method, known[i].name, strlen(known[i].name)))
			return image_error(l, -EINVAL,
					   "is compressed with %s (EFI zboot): unpack it first, as "
					   "\"tail -c +%lu FILE | head -c %lu | %s\" does",
					   known[i].name, start + 1, size, known[i].tool);
	return image_error(l, -EINVAL,
			   "has an unknown compression (EFI zboot): use a plain kernel");
}

static int open_zboot(struct image_loader *l)
{
	const char *method = (const char *)l->head + ZBOOT_METHOD;
	u64 start = get_le32(l->head + ZBOOT_OFFSET), size = get_le32(l->head + ZBOOT_SIZE);

	if (start > l->file_size || size > l->file_size - start)
		return image_error(l, -EINVAL,
				   "is an EFI zboot kernel that is cut short: copy it again");
	if (!memcmp(method, "gzip", 5))
		return open_gzip(l, start, size);
	return refuse_method(l, method, start, size);
}

int unpack_open(struct image_loader *l)
{
	if (l->head_len >= 3 && !memcmp(l->head, GZIP_MAGIC, 3))
		return open_gzip(l, 0, l->file_size);
	if (l->head_len >= ZBOOT_HEADER && !memcmp(l->head, ZBOOT_MAGIC, 8))
		return open_zboot(l);
	return 0;
}

void unpack_close(struct image_loader *l)
{
	struct mem_account *account = l->vm->account;

	if (l->unpack)
		kfree_for(account, l->unpack->z.window);
	kfree_for(account, l->unpack);
	l->unpack = NULL;
}
