/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_STRING_H
#define LODGE_STRING_H

#include <lodge/types.h>

/* As in ISO C. */
void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *p, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);

/**
 * strcopy() - copies as much as fits, always terminates; the length of @src, or -E2BIG if cut.
 */
__must_check int strcopy(char *dst, const char *src, size_t size);
/** str_to_u64() - whole string is one number (0x, or decimal); -EINVAL, -ERANGE. */
__must_check int str_to_u64(const char *s, u64 *out);

#endif
