/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RAMDISK_H
#define RAMDISK_H

/*
 * A disk image in memory as a block device that can fail. Also kmalloc() and mutexes, which
 * are checked.
 */
#include <lodge/errno.h>
#include <lodge/fs.h>
#include <shim.h>

#define DISK_INFLIGHT 16

struct disk {
	struct block_device dev;
	char dir[64], path[96];
	u8 *data;
	u64 size;

	u64 requests, writes, segs, bytes;
	u64 fail_at;   /* the request with this number fails (from 1 on; 0: none does) */
	u64 budget;    /* more requests than this fail the test (0: any number) */
	bool stopping; /* the power goes after so many sectors written */
	u64 sectors_left;

	struct block_request *pending[DISK_INFLIGHT];
	unsigned int nr_pending;
};

/* The device of the @size bytes at @data; forgets what was allocated before. */
void ramdisk_init(struct disk *d, u8 *data, u64 size);
void disk_reset_counts(struct disk *d);

/* What wallclock_ns() says. */
extern u64 disk_clock;

/* kmalloc() number @n from now on fails (0: none does). */
void alloc_fail_at(unsigned int n);
unsigned int alloc_live(void);

#endif
