// SPDX-License-Identifier: Apache-2.0
#include <guest/tap.h>

static unsigned int tap_count, tap_failed;

bool tap_ok(bool ok, const char *name, ...)
{
	va_list ap;

	tap_count++;
	if (!ok)
		tap_failed++;
	printf("%s %u - ", ok ? "ok" : "not ok", tap_count);
	va_start(ap, name);
	vprintf(name, ap);
	va_end(ap);
	printf("\n");
	return ok;
}

void tap_skip(const char *why, ...)
{
	va_list ap;

	printf("ok %u # SKIP ", ++tap_count);
	va_start(ap, why);
	vprintf(why, ap);
	va_end(ap);
	printf("\n");
}

bool tap_eq(u64 got, u64 want, const char *name)
{
	if (!tap_ok(got == want, "%s", name))
		tap_note("got 0x%lx, want 0x%lx", got, want);
	return got == want;
}

void tap_note(const char *fmt, ...)
{
	va_list ap;

	printf("# ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

int tap_done(void)
{
	printf("1..%u\n", tap_count);
	return tap_failed ? 1 : 0;
}
