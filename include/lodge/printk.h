/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_PRINTK_H
#define LODGE_PRINTK_H

#include <lodge/compiler.h>

/* printk() prints as it is; the pr_ functions put "lodge: " and the level in front. */
__printf(1, 2) void printk(const char *fmt, ...);
__printf(1, 2) void pr_err(const char *fmt, ...);
__printf(1, 2) void pr_warn(const char *fmt, ...);
__printf(1, 2) void pr_info(const char *fmt, ...);
__printf(1, 2) void pr_debug(const char *fmt, ...); /* nothing unless CONFIG_LOG_DEBUG */

/**
 * panic() - the host itself is wrong: prints, with a backtrace, and stops the machine with a
 * failing exit status.
 */
__printf(1, 2) __noreturn void panic(const char *fmt, ...);

#define BUG() panic("bug at %s:%d", __FILE__, __LINE__)
#define BUG_ON(c)                                                          \
	do {                                                               \
		if (unlikely(c))                                           \
			panic("bug at %s:%d: %s", __FILE__, __LINE__, #c); \
	} while (0)

#endif
