/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_CRC32_H
#define LODGE_CRC32_H

#include <lodge/types.h>

/**
 * crc32_update() - the CRC-32 of ISO 3309, as GPT, gzip and Ethernet use it
 * @crc: what the bytes before gave; 0 at the start
 *
 * Return: the CRC of all bytes so far.
 */
u32 crc32_update(u32 crc, const void *data, size_t len);

#endif
