// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fatdisk.h"

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
	d->data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(d->data != MAP_FAILED);
	close(fd);
	if (args)
		disk_run(d, "mkfs.fat %s img", args);
	ramdisk_init(d, d->data, size);
}

void disk_free(struct disk *d)
{
	assert_int_equal(d->nr_pending, 0);
	assert_int_equal(alloc_live(), 0);
	munmap(d->data, d->size);
	disk_try(d, "rm -rf %s", d->dir);
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
