/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_RANDOM_H
#define LODGE_RANDOM_H

#include <lodge/types.h>

/** random_init() - take the seed that the firmware left in /chosen, if it did. */
void random_init(const void *fdt);

/** random_bytes() - fill @buf; false, with @buf untouched, when the machine gave no seed. */
bool random_bytes(void *buf, size_t size);

/** chacha20_block() - one block of the stream (RFC 8439, 2.3), words in host order. */
void chacha20_block(const u32 k[8], u32 counter, const u32 nonce[3], u32 out[16]);

#endif
