// SPDX-License-Identifier: Apache-2.0
#include <lodge/crc32.h>

#define POLYNOMIAL 0xedb88320u /* of ISO 3309, bits reversed */

u32 crc32_update(u32 crc, const void *data, size_t len)
{
	const u8 *p = data;

	crc = ~crc;
	while (len--) {
		crc ^= *p++;
		for (unsigned int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
	}
	return ~crc;
}
