// SPDX-License-Identifier: Apache-2.0
#include <lodge/console.h>
#include <lodge/printf.h>
#include <lodge/printk.h>
#include <lodge/types.h>

#define LINE_SIZE 512 /* longer lines are cut */

static void emit(const char *prefix, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* A message is a line: a name in it must not begin another, as if that were the host's. */
static void one_line(char *s, int n)
{
	while (n--) {
		if (*s == '\n')
			*s = '?';
		s++;
	}
}

/* One write per message, so that those of two CPUs don't mix within a line. */
static void emit(const char *prefix, const char *fmt, va_list ap)
{
	char buf[LINE_SIZE];
	int n = scnprintf(buf, sizeof(buf), "%s", prefix);
	int len = vsnprintf(buf + n, sizeof(buf) - n - 1, fmt, ap);

	len = min(len, (int)sizeof(buf) - n - 2);
	if (*prefix) {
		one_line(buf + n, len);
		buf[n + len++] = '\n';
	}
	n += len;
	console_write(buf, n);
}

#define DEFINE_LEVEL(name, prefix)      \
	void name(const char *fmt, ...) \
	{                               \
		va_list ap;             \
		va_start(ap, fmt);      \
		emit(prefix, fmt, ap);  \
		va_end(ap);             \
	}

DEFINE_LEVEL(printk, "")
DEFINE_LEVEL(pr_err, "lodge: error: ")
DEFINE_LEVEL(pr_warn, "lodge: warning: ")
DEFINE_LEVEL(pr_info, "lodge: ")

void pr_debug(const char *fmt, ...)
{
	va_list ap;

	if (!IS_ENABLED(CONFIG_LOG_DEBUG))
		return;
	va_start(ap, fmt);
	emit("lodge: debug: ", fmt, ap);
	va_end(ap);
}
