// SPDX-License-Identifier: Apache-2.0
#include <guest/guest.h>

void *memset(void *dst, int c, size_t n)
{
	u8 *d = dst;

	while (n--)
		*d++ = (u8)c;
	return dst;
}

void *memcpy(void *dst, const void *src, size_t n)
{
	const u8 *s = src;
	u8 *d = dst;

	while (n--)
		*d++ = *s++;
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *p = a, *q = b;

	for (; n--; p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return (u8)*a - (u8)*b;
}

static bool is_one_of(char c, const char *set)
{
	for (; *set; set++)
		if (*set == c)
			return true;
	return false;
}

bool str_has_word(const char *list, const char *word, const char *seps)
{
	size_t n = strlen(word);

	while (*list) {
		size_t len = 0;

		while (list[len] && !is_one_of(list[len], seps))
			len++;
		if (len == n && !memcmp(list, word, n))
			return true;
		list += len + !!list[len];
	}
	return false;
}
