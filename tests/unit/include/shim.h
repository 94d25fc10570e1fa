/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHIM_H
#define SHIM_H

/*
 * What every unit test includes: cmocka with what it needs, and what takes the
 * place of the host's services.
 *
 * Names that the C library has as well mean the C library's, in tests and in the
 * sources that they link; <lodge/string.h> and <string.h> may both be included. Lodge's
 * own are lodge_memcpy() and so on (declared below) in lib/string.c and lib/printf.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cmocka.h needs some of those before it. */
#include <cmocka.h>

#include <lodge/types.h>

/*
 * printk() and its kin go to stderr. They, kmalloc(), kzalloc() and kfree() are weak, so a
 * test may define its own.
 */

/* What is printed is put together, but not shown. */
extern bool shim_quiet;

/* Objects of kmalloc() and kzalloc() that are not freed. They never run out. */
extern int shim_objects;

/* Set while assert_panics() runs; panic() aborts otherwise. */
extern jmp_buf *shim_panic_env;
/* What panic() said last, for those who want to look. */
extern char shim_panic_message[256];

/* Fails the test unless @stmt ends in panic(). What it allocated stays allocated. */
#define assert_panics(stmt)                              \
	do {                                             \
		jmp_buf shim_env;                        \
		shim_panic_env = &shim_env;              \
		if (!setjmp(shim_env)) {                 \
			stmt;                            \
			shim_panic_env = NULL;           \
			fail_msg("no panic: %s", #stmt); \
		}                                        \
		shim_panic_env = NULL;                   \
	} while (0)

/*
 * Random tests. "make tests" runs a sample, chosen by the seed that it prints (SEED= repeats
 * it), and "make tests-long" twenty times as much.
 */
static inline u64 shim_seed(u64 own)
{
	const char *seed = getenv("LODGE_SEED");

	return own + (seed ? strtoull(seed, NULL, 0) * 0x10000 : 0);
}

static inline unsigned int shim_rounds(unsigned int sample)
{
	return getenv("LODGE_LONG") ? 20 * sample : sample;
}

/* The same numbers for the same seed, everywhere. */
static inline u64 shim_random(u64 *state)
{
	u64 z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/*
 * What @command prints of the @len bytes at @in, up to @room bytes at @out: they are its input, and
 * in a file $F. Return: how many, or 0 if it fails.
 */
size_t shim_filter(const char *command, const void *in, size_t len, void *out, size_t room);

void *lodge_memcpy(void *dst, const void *src, size_t n);
void *lodge_memmove(void *dst, const void *src, size_t n);
void *lodge_memset(void *dst, int c, size_t n);
int lodge_memcmp(const void *a, const void *b, size_t n);
void *lodge_memchr(const void *p, int c, size_t n);
size_t lodge_strlen(const char *s);
size_t lodge_strnlen(const char *s, size_t max);
int lodge_strcmp(const char *a, const char *b);
int lodge_strncmp(const char *a, const char *b, size_t n);
char *lodge_strchr(const char *s, int c);
char *lodge_strrchr(const char *s, int c);
int lodge_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int lodge_snprintf(char *buf, size_t size, const char *fmt, ...);

#endif
