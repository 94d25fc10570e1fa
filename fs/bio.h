/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FS_BIO_H
#define FS_BIO_H

#include <lodge/block.h>

/**
 * struct bio - a stream of transfers in one direction, several under way at once
 * @rqs:   a ring of @nr requests
 * @first: the oldest that was submitted
 * @busy:  how many were submitted and not waited for
 * @cur:   the one after them, which is being filled
 * @end:   the sector after the last one added
 * @max_segs, @max_seg_size: what the device takes, made sane
 * @error: the first that any request met; nothing more is submitted after it
 */
struct bio {
	struct block_device *dev;
	struct block_request *rqs;
	unsigned int nr, first, busy, max_segs;
	u32 max_seg_size;
	struct block_request *cur;
	u64 end;
	bool write;
	int error;
};

/** bio_init() - @b transfers to and from @dev with the @nr requests at @rqs. */
void bio_init(struct bio *b, struct block_device *dev, struct block_request *rqs, unsigned int nr);

/** bio_start() - begin a stream; the former one is finished. */
void bio_start(struct bio *b, bool write);

/**
 * bio_add() - @len bytes, whole sectors, between @sector and @addr
 *
 * What continues the previous piece on the disk becomes part of the same
 * request. May sleep. An error shows in bio_finish(), or in @b->error.
 */
void bio_add(struct bio *b, u64 sector, hpa_t addr, u64 len);

/**
 * bio_finish() - wait until everything that was added is on its side
 *
 * Return: 0, or the first error.
 */
__must_check int bio_finish(struct bio *b);

/** bio_transfer() - @len bytes between @sector and @addr, and nothing else; 0 or -errno. */
__must_check int bio_transfer(struct bio *b, u64 sector, hpa_t addr, u64 len, bool write);

#endif
