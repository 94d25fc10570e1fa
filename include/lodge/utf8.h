/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_UTF8_H
#define LODGE_UTF8_H

#include <lodge/types.h>

/**
 * utf8_length() - bytes of the character that @s begins with
 * Return: 1 to 4; 0 if the first of the @n bytes begin no whole, valid character (RFC 3629).
 */
unsigned int utf8_length(const char *s, size_t n);
/** utf8_count() - characters in @n bytes; a byte that is no part of a valid one counts as one. */
size_t utf8_count(const char *s, size_t n);

#endif
