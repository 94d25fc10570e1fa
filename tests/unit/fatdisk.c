// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <asm/layout.h>
#include <lodge/mutex.h>
#include <lodge/slab.h>
#include <lodge/wallclock.h>

#include "fatdisk.h"

static unsigned int live, fail_countdown;

void alloc_fail_at(unsigned int n)
{
	fail_countdown = n;
}

unsigned int alloc_live(void)
{
	return live;
}

void *kmalloc(size_t size)
{
	void *p;

	if (fail_countdown && !--fail_countdown)
		return NULL;
	p = malloc(size);
	assert_non_null(p);
	memset(p, 0xa5, size);
	live++;
	return p;
}

void *kzalloc(size_t size)
{
	void *p = kmalloc(size);

	return p ? memset(p, 0, size) : NULL;
}

void kfree(void *p)
{
	live -= p != NULL;
	free(p);
}

void mutex_init(struct mutex *m)
{
	m->next = 0;
	m->serving = 0;
}

void mutex_lock(struct mutex *m)
{
	assert_int_equal(m->next, m->serving);
	m->next++;
}

void mutex_unlock(struct mutex *m)
{
	assert_int_equal(m->next - m->serving, 1);
	m->serving++;
}

u64 disk_clock;

u64 wallclock_ns(void)
{
	return disk_clock;
}

static void poison(const struct block_request *rq)
{
	for (unsigned int i = 0; i < rq->nr_segs; i++)
		memset(hpa_to_kva(rq->seg[i].addr), 0xee, rq->seg[i].len);
}

static int disk_submit(struct block_device *b, struct block_request *rq)
{
	struct disk *d = b->driver;
	u64 bytes = 0;

	assert_in_range(rq->nr_segs, 1, b->max_segs);
	assert_true(d->nr_pending < b->max_inflight);
	for (unsigned int i = 0; i < rq->nr_segs; i++) {
		assert_in_range(rq->seg[i].len, 1, b->max_seg_size);
		bytes += rq->seg[i].len;
	}
	assert_int_equal(bytes % b->block_size, 0);
	assert_int_equal(rq->sector * SECTOR_SIZE % b->block_size, 0);
	assert_true(rq->sector <= b->sectors && bytes / SECTOR_SIZE <= b->sectors - rq->sector);
	assert_false(rq->write && b->read_only);
	d->requests++;
	d->writes += rq->write;
	d->segs += rq->nr_segs;
	d->bytes += bytes;
	if (d->budget)
		assert_true(d->requests <= d->budget);
	rq->error = d->requests == d->fail_at ? -EIO : 0;
	/* Half of the errors are already seen here. */
	if (rq->error && d->requests & 1)
		return rq->error;
	if (!rq->write)
		poison(rq);
	d->pending[d->nr_pending++] = rq;
	return 0;
}

/* As late as possible, so that memory used too early shows. */
static int disk_wait(struct block_device *b, struct block_request *rq)
{
	struct disk *d = b->driver;
	u8 *at = d->data + rq->sector * SECTOR_SIZE;
	unsigned int n = 0;

	while (n < d->nr_pending && d->pending[n] != rq)
		n++;
	assert_true(n < d->nr_pending);
	d->pending[n] = d->pending[--d->nr_pending];
	rq->done = true;
	for (unsigned int i = 0; i < rq->nr_segs && !rq->error; i++) {
		u8 *mem = hpa_to_kva(rq->seg[i].addr);

		for (u32 k = 0; k < rq->seg[i].len; k++, at++) {
			if (!rq->write) {
				mem[k] = *at;
				continue;
			}
			if (d->stopping && (at - d->data) % SECTOR_SIZE == 0 &&
			    !d->sectors_left--) {
				d->sectors_left = 0;
				rq->error = -EIO;
				break;
			}
			*at = mem[k];
		}
	}
	return rq->error;
}

static const struct block_ops disk_ops = { .submit = disk_submit, .wait = disk_wait };

static int run(struct disk *d, const char *fmt, va_list ap)
{
	char cmd[2048];
	/* The image is mapped: the tools and this program see each other's writes. */
	int n = snprintf(cmd, sizeof(cmd),
			 "PATH=$PATH:/usr/sbin:/sbin; export LC_ALL=C.UTF-8; cd %s && { ", d->dir);
	int status;

	n += vsnprintf(cmd + n, sizeof(cmd) - n, fmt, ap);
	assert_true(n + 20 < (int)sizeof(cmd));
	strcat(cmd, "; } >log 2>&1");
	status = system(cmd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int disk_try(struct disk *d, const char *fmt, ...)
{
	va_list ap;
	int status;

	va_start(ap, fmt);
	status = run(d, fmt, ap);
	va_end(ap);
	return status;
}

void disk_run(struct disk *d, const char *fmt, ...)
{
	va_list ap;
	int status;

	va_start(ap, fmt);
	status = run(d, fmt, ap);
	va_end(ap);
	if (status) {
		char *log = disk_get_host_file(d, "log", NULL);

		fail_msg("%s: status %d: %s", fmt, status, log);
	}
}

char *disk_output(struct disk *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	run(d, fmt, ap);
	va_end(ap);
	return disk_get_host_file(d, "log", NULL);
}

void disk_put_host_file(struct disk *d, const char *name, const void *data, size_t len)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", d->dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	fclose(f);
}

void *disk_get_host_file(struct disk *d, const char *name, size_t *len)
{
	char path[256];
	struct stat st;
	char *data;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", d->dir, name);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	data = malloc(st.st_size + 1);
	assert_non_null(data);
	assert_int_equal(fread(data, 1, st.st_size, f), st.st_size);
	data[st.st_size] = '\0';
	fclose(f);
	if (len)
		*len = st.st_size;
	return data;
}

void disk_check_clean(struct disk *d)
{
	if (disk_try(d, "fsck.fat -n img")) {
		char *log = disk_get_host_file(d, "log", NULL);

		fail_msg("fsck.fat: %s", log);
	}
}

void disk_make(struct disk *d, u64 size, const char *args)
{
	int fd;

	memset(d, 0, sizeof(*d));
	strcpy(d->dir, "/tmp/fatdisk.XXXXXX");
	assert_non_null(mkdtemp(d->dir));
	snprintf(d->path, sizeof(d->path), "%s/img", d->dir);
	fd = open(d->path, O_RDWR | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	d->size = size;
	d->data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(d->data != MAP_FAILED);
	close(fd);
	if (args)
		disk_run(d, "mkfs.fat %s img", args);
	d->dev = (struct block_device){
		.ops = &disk_ops,
		.name = "disk",
		.sectors = size / SECTOR_SIZE,
		.block_size = SECTOR_SIZE,
		.max_segs = BLOCK_MAX_SEGS,
		.max_inflight = DISK_INFLIGHT,
		.max_seg_size = 1 << 20,
		.driver = d,
	};
	live = 0; /* a test before this one may have failed */
	fail_countdown = 0;
	disk_clock = 0;
}

void disk_free(struct disk *d)
{
	assert_int_equal(d->nr_pending, 0);
	assert_int_equal(alloc_live(), 0);
	munmap(d->data, d->size);
	disk_try(d, "rm -rf %s", d->dir);
}

void disk_reset_counts(struct disk *d)
{
	d->requests = 0;
	d->writes = 0;
	d->segs = 0;
	d->bytes = 0;
}

struct fs *disk_mount(struct disk *d)
{
	struct fs *fs;

	assert_int_equal(fs_mount(&d->dev, &fs), 0);
	return fs;
}

void *pattern(u64 seed, size_t len)
{
	u8 *p = malloc(len + 8);

	assert_non_null(p);
	for (size_t i = 0; i < len; i += 8) {
		u64 v = shim_random(&seed);

		memcpy(p + i, &v, 8);
	}
	return p;
}

void check_file(struct fs *fs, const char *path, const void *data, size_t len)
{
	u8 *buf = malloc(len + 1);
	struct file *f;

	assert_int_equal(fs_open(fs, path, FS_O_READ, &f), 0);
	assert_int_equal(file_size(f), len);
	assert_int_equal(file_read(f, 0, buf, len + 1), len);
	assert_memory_equal(buf, data, len);
	fs_close(f);
	free(buf);
}

void write_file(struct fs *fs, const char *path, const void *data, size_t len)
{
	struct file *f;

	assert_int_equal(fs_open(fs, path, FS_O_WRITE | FS_O_CREATE | FS_O_TRUNC, &f), 0);
	assert_int_equal(file_write(f, 0, data, len), len);
	fs_close(f);
}
