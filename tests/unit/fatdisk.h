/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FATDISK_H
#define FATDISK_H

/* A disk image in a file of its own directory, which the tools of the building machine see too. */
#include "ramdisk.h"

/* An image of @size bytes, formatted by "mkfs.fat @args" unless that is NULL. */
void disk_make(struct disk *d, u64 size, const char *args);
/* Also checks that nothing is left of what a test allocated. */
void disk_free(struct disk *d);

/* A shell command in the disk's directory, where the image is "img"; its exit status. */
__printf(2, 3) int disk_try(struct disk *d, const char *fmt, ...);
/* The same, and the test fails unless it ends well. */
__printf(2, 3) void disk_run(struct disk *d, const char *fmt, ...);
/* What a command prints; the caller frees it. */
__printf(2, 3) char *disk_output(struct disk *d, const char *fmt, ...);
void disk_put_host_file(struct disk *d, const char *name, const void *data, size_t len);
/* The caller frees it. */
void *disk_get_host_file(struct disk *d, const char *name, size_t *len);
void disk_check_clean(struct disk *d);

struct fs *disk_mount(struct disk *d);

/* Bytes that are all different from those of other seeds. */
void *pattern(u64 seed, size_t len);
/* The test fails unless the file has exactly this content. */
void check_file(struct fs *fs, const char *path, const void *data, size_t len);
void write_file(struct fs *fs, const char *path, const void *data, size_t len);

#endif
