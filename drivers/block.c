// SPDX-License-Identifier: Apache-2.0
/* The disks of the host, in the order in which they were found. */
#include <lodge/block.h>
#include <lodge/errno.h>

#define MAX_BLOCK_DEVICES 8

static struct block_device *devices[MAX_BLOCK_DEVICES];
static unsigned int nr_devices;

int block_register(struct block_device *b)
{
	if (nr_devices == MAX_BLOCK_DEVICES)
		return -ENOSPC;
	devices[nr_devices++] = b;
	return 0;
}

void block_unregister(struct block_device *b)
{
	unsigned int i, kept = 0;

	for (i = 0; i < nr_devices; i++)
		if (devices[i] != b)
			devices[kept++] = devices[i];
	nr_devices = kept;
}

struct block_device *block_get(unsigned int n)
{
	return n < nr_devices ? devices[n] : NULL;
}
