// SPDX-License-Identifier: Apache-2.0
/*
 * Random bytes for guests' seeds: the ChaCha20 stream (RFC 8439) whose key is what the
 * firmware left in the tree. After each use the key is replaced by output that nobody is
 * given, so that one guest's seed tells nothing of those before.
 */
#include <lodge/fdt.h>
#include <lodge/init.h>
#include <lodge/random.h>
#include <lodge/spinlock.h>
#include <lodge/string.h>

#define KEY_WORDS 8
#define ROUNDS	  20

static struct spinlock lock = SPINLOCK_INIT;
static u32 key[KEY_WORDS];
static bool seeded;

static u32 rotl(u32 v, unsigned int n)
{
	return v << n | v >> (32 - n);
}

static void quarter_round(u32 *s, unsigned int a, unsigned int b, unsigned int c, unsigned int d)
{
	s[a] += s[b];
	s[d] = rotl(s[d] ^ s[a], 16);
	s[c] += s[d];
	s[b] = rotl(s[b] ^ s[c], 12);
	s[a] += s[b];
	s[d] = rotl(s[d] ^ s[a], 8);
	s[c] += s[d];
	s[b] = rotl(s[b] ^ s[c], 7);
}

void chacha20_block(const u32 k[8], u32 counter, const u32 nonce[3], u32 out[16])
{
	const u32 init[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, k[0], k[1],
			       k[2],	   k[3],       k[4],	   k[5],       k[6], k[7],
			       counter,	   nonce[0],   nonce[1],   nonce[2] };
	unsigned int i;

	memcpy(out, init, sizeof(init));
	for (i = 0; i < ROUNDS; i += 2) {
		quarter_round(out, 0, 4, 8, 12);
		quarter_round(out, 1, 5, 9, 13);
		quarter_round(out, 2, 6, 10, 14);
		quarter_round(out, 3, 7, 11, 15);
		quarter_round(out, 0, 5, 10, 15);
		quarter_round(out, 1, 6, 11, 12);
		quarter_round(out, 2, 7, 8, 13);
		quarter_round(out, 3, 4, 9, 14);
	}
	for (i = 0; i < 16; i++)
		out[i] += init[i];
}

void random_init(const void *fdt)
{
	int chosen = fdt_find_path(fdt, "/chosen");
	u32 len = 0;
	const void *seed = chosen < 0 ? NULL : fdt_prop(fdt, chosen, "rng-seed", &len);

	if (!seed || len < sizeof(key))
		return;
	memcpy(key, seed, sizeof(key));
	seeded = true;
}

bool random_bytes(void *buf, size_t size)
{
	static const u32 nonce[3];
	unsigned long flags = spin_lock_irqsave(&lock);
	u32 block[16];
	u32 counter = 0;
	u8 *p = buf;

	while (seeded && size) {
		size_t n = min(size, sizeof(block));

		chacha20_block(key, ++counter, nonce, block);
		memcpy(p, block, n);
		p += n;
		size -= n;
	}
	chacha20_block(key, 0, nonce, block);
	memcpy(key, block, sizeof(key));
	memset(block, 0, sizeof(block));
	spin_unlock_irqrestore(&lock, flags);
	return seeded;
}
