// SPDX-License-Identifier: Apache-2.0
#include <lodge/errno.h>
#include <lodge/kasan.h>
#include <lodge/string.h>

/*
 * Memory functions work in aligned words: the host may run where an unaligned access
 * traps, or is slow. Little-endian only, as are all architectures.
 *
 * Nothing outside of the given ranges is read, not even the rest of a word. With the address
 * sanitizer a range is checked once, and not each of its words.
 */
typedef u64 __attribute__((may_alias)) word_t;

#define WORD	   sizeof(word_t)
#define OFFSET(p)  ((uintptr_t)(p) & (WORD - 1))
#define COPY_BLOCK (16 * WORD)
#define SET_BLOCK  (32 * WORD)

/* Copies word by word; @d and @s are aligned, @n is bytes. Returns the bytes left. */
static __no_kasan inline size_t copy_words(u8 *to, const u8 *from, size_t n)
{
	word_t *d = (word_t *)to;
	const word_t *s = (const word_t *)from;

	for (; n >= COPY_BLOCK; n -= COPY_BLOCK, d += 16, s += 16) {
		/* Eight in flight hide the latency of a load. */
		for (unsigned int i = 0; i < 16; i += 8) {
			word_t a0 = s[i], a1 = s[i + 1], a2 = s[i + 2], a3 = s[i + 3];
			word_t a4 = s[i + 4], a5 = s[i + 5], a6 = s[i + 6], a7 = s[i + 7];

			d[i] = a0;
			d[i + 1] = a1;
			d[i + 2] = a2;
			d[i + 3] = a3;
			d[i + 4] = a4;
			d[i + 5] = a5;
			d[i + 6] = a6;
			d[i + 7] = a7;
		}
	}
	for (; n >= WORD; n -= WORD)
		*d++ = *s++;
	return n;
}

/* As copy_words() for an unaligned @s: each word stored is put together from two loaded. */
static __no_kasan size_t copy_words_shifted(u8 *to, const u8 *from, size_t n)
{
	unsigned int have = WORD - OFFSET(from); /* bytes of the first word: 1..7 */
	unsigned int low = 8 * have, high = 64 - low;
	word_t *d = (word_t *)to;
	const word_t *s = (const word_t *)(from + have);
	word_t carry = 0;

	if (n < WORD + have)
		return n;
	for (unsigned int i = 0; i < have; i++)
		carry |= (word_t)from[i] << (8 * i);
	for (; n >= WORD + have; n -= WORD) {
		word_t next = *s++;

		*d++ = carry | next << low;
		carry = next >> high;
	}
	return n;
}

/* From low to high addresses, each byte read before anything is stored above it:
 * safe when @dst is below @src. */
static __no_kasan inline void copy_forward(u8 *d, const u8 *s, size_t n)
{
	size_t left = n;

	if (n >= WORD) {
		for (; OFFSET(d); left--)
			*d++ = *s++;
		n = left;
		left = OFFSET(s) ? copy_words_shifted(d, s, n) : copy_words(d, s, n);
		d += n - left;
		s += n - left;
	}
	while (left--)
		*d++ = *s++;
}

/* From high to low addresses: safe when @dst is above @src. */
static __no_kasan inline void copy_backward(u8 *d, const u8 *s, size_t n)
{
	d += n;
	s += n;
	if (OFFSET(d) == OFFSET(s)) {
		for (; n && OFFSET(d); n--)
			*--d = *--s;
		for (; n >= WORD; n -= WORD) {
			d -= WORD;
			s -= WORD;
			*(word_t *)d = *(const word_t *)s;
		}
	}
	while (n--)
		*--d = *--s;
}

__no_kasan void *memcpy(void *dst, const void *src, size_t n)
{
	kasan_check_range(src, n, false);
	kasan_check_range(dst, n, true);
	copy_forward(dst, src, n);
	return dst;
}

__no_kasan void *memmove(void *dst, const void *src, size_t n)
{
	kasan_check_range(src, n, false);
	kasan_check_range(dst, n, true);
	if ((uintptr_t)dst - (uintptr_t)src >= n)
		copy_forward(dst, src, n);
	else
		copy_backward(dst, src, n);
	return dst;
}

__no_kasan void *memset(void *dst, int c, size_t n)
{
	u8 *d = dst;
	word_t v = (u8)c * 0x0101010101010101ul;

	kasan_check_range(dst, n, true);
	if (n >= WORD) {
		for (; OFFSET(d); n--)
			*d++ = (u8)c;
		for (; n >= SET_BLOCK; n -= SET_BLOCK, d += SET_BLOCK) {
			word_t *w = (word_t *)d;

#define SET8(i) \
	w[i] = w[i + 1] = w[i + 2] = w[i + 3] = w[i + 4] = w[i + 5] = w[i + 6] = w[i + 7] = v
			SET8(0);
			SET8(8);
			SET8(16);
			SET8(24);
#undef SET8
		}
		for (; n >= WORD; n -= WORD, d += WORD)
			*(word_t *)d = v;
	}
	while (n--)
		*d++ = (u8)c;
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	if (OFFSET(x) == OFFSET(y)) {
		for (; n && OFFSET(x); n--, x++, y++)
			if (*x != *y)
				return *x - *y;
		for (; n >= WORD; n -= WORD, x += WORD, y += WORD)
			if (*(const word_t *)x != *(const word_t *)y)
				break;
	}
	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

void *memchr(const void *p, int c, size_t n)
{
	const u8 *s = p;

	for (; n; n--, s++)
		if (*s == (u8)c)
			return (void *)s;
	return NULL;
}

size_t strlen(const char *s)
{
	const char *p = s;

	while (*p)
		p++;
	return (size_t)(p - s);
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++)
		if (!*a || *a != *b)
			return (u8)*a - (u8)*b;
	return 0;
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)s;
		if (!*s)
			return NULL;
	}
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	for (;; s++) {
		if (*s == (char)c)
			last = s;
		if (!*s)
			return (char *)last;
	}
}

int strcopy(char *dst, const char *src, size_t size)
{
	size_t len = strnlen(src, size);

	if (len < size) {
		memcpy(dst, src, len + 1);
		return (int)len;
	}
	if (size) {
		memcpy(dst, src, size - 1);
		dst[size - 1] = '\0';
	}
	return -E2BIG;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

int str_to_u64(const char *s, u64 *out)
{
	int base = 10;
	bool overflow = false;
	u64 v = 0;

	if (s[0] == '0' && (s[1] | 0x20) == 'x') {
		base = 16;
		s += 2;
	}
	if (!*s)
		return -EINVAL;
	for (; *s; s++) {
		int digit = digit_value(*s);

		if (digit < 0 || digit >= base)
			return -EINVAL;
		if (v > (~0ul - (u64)digit) / (u64)base)
			overflow = true;
		v = v * (u64)base + (u64)digit;
	}
	if (overflow)
		return -ERANGE;
	*out = v;
	return 0;
}
