// SPDX-License-Identifier: Apache-2.0
#include <lodge/crc32.h>

#define POLYNOMIAL 0xedb88320u /* of ISO 3309, bits reversed */

/* What four bits make of it. */
#define SHIFT(c)  ((c) >> 1 ^ ((c) & 1 ? POLYNOMIAL : 0))
#define NIBBLE(n) SHIFT(SHIFT(SHIFT(SHIFT(n##u))))

static const u32 nibble[16] = {
	NIBBLE(0),  NIBBLE(1),	NIBBLE(2),  NIBBLE(3),	NIBBLE(4),  NIBBLE(5),
	NIBBLE(6),  NIBBLE(7),	NIBBLE(8),  NIBBLE(9),	NIBBLE(10), NIBBLE(11),
	NIBBLE(12), NIBBLE(13), NIBBLE(14), NIBBLE(15),
};

u32 crc32_update(u32 crc, const void *data, size_t len)
{
	const u8 *p = data;

	crc = ~crc;
	while (len--) {
		crc ^= *p++;
		crc = crc >> 4 ^ nibble[crc & 15];
		crc = crc >> 4 ^ nibble[crc & 15];
	}
	return ~crc;
}
