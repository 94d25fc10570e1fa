// SPDX-License-Identifier: Apache-2.0
#include <arch/sbi.h>
#include <guest/tap.h>

/* As many lines as bootargs say, by the calls of the firmware and as fast as it can. */

enum { CONSOLE_PUTCHAR = 1, DBCN_WRITE = 0 };

static char line[] = "call 0000, whole to its end\n";
#define DIGITS (line + 5)

static void count(void)
{
	char *p = DIGITS + 3;

	while (++*p > '9')
		*p-- = '0';
}

static void by_characters(void)
{
	for (const char *s = line; *s; s++)
		(void)sbi_legacy(CONSOLE_PUTCHAR, (u8)*s, 0, 0, 0);
}

static void by_buffer(void)
{
	size_t done = 0;

	while (done < sizeof(line) - 1) {
		struct sbiret r = sbi_call3(SBI_DBCN, DBCN_WRITE, sizeof(line) - 1 - done,
					    (u64)line + done, 0);

		if (r.error)
			return;
		done += (size_t)r.value;
	}
}

int guest_main(void)
{
	const char *args = platform.bootargs;
	u64 n = take_number(&args), i;

	for (i = 0; i < n; i++) {
		if (i % 2)
			by_characters();
		else
			by_buffer();
		count();
	}
	return 0;
}
