/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_PRINTF_H
#define LODGE_PRINTF_H

#include <stdarg.h>
#include <lodge/types.h>

/* %d %i %u %x %X %o %c %s %p %% with flags '-', '0', '#', '+', ' ', width and precision
 * (also '*'), and hh h l ll z t. Always terminated when @size > 0. Returns the
 * length that the whole would have had. */
__printf(3, 0) int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
__printf(3, 4) int snprintf(char *buf, size_t size, const char *fmt, ...);
/** scnprintf() - as snprintf(), but returns what was really written, without the zero. */
__printf(3, 4) int scnprintf(char *buf, size_t size, const char *fmt, ...);

#endif
