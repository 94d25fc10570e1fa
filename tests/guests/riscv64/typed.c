// SPDX-License-Identifier: Apache-2.0
#include <arch/sbi.h>
#include <guest/tap.h>

/*
 * A line of input, read by the SBI although there is a UART, which has a FIFO: bootargs tell
 * how. The first two characters are read from the UART itself.
 */

enum { UART_FCR = 2, UART_LSR = 5, LSR_DR = 1, DBCN_READ = 1, CONSOLE_GETCHAR = 2 };

static int from_uart(void)
{
	if (!(mmio_read8(platform.uart + UART_LSR) & LSR_DR))
		return -1;
	return mmio_read8(platform.uart);
}

static int from_dbcn(void)
{
	char c;
	struct sbiret r = sbi_call3(SBI_DBCN, DBCN_READ, 1, (u64)&c, 0);

	return r.error || r.value != 1 ? -1 : c;
}

static int from_legacy(void)
{
	return (int)sbi_call3(CONSOLE_GETCHAR, 0, 0, 0, 0).error;
}

int guest_main(void)
{
	int (*get)(void) = strcmp(platform.bootargs, "dbcn") ? from_legacy : from_dbcn;
	char line[64];
	size_t n = 0;

	mmio_write8(platform.uart + UART_FCR, 1);
	printf("typed: ready\n");
	while (n < sizeof(line) - 1 && (!n || line[n - 1] != '\r')) {
		int c = n < 2 ? from_uart() : get();

		if (c >= 0)
			line[n++] = (char)c;
	}
	line[n - 1] = 0;
	printf("typed: %s\n", line);
	tap_ok(get() == -1, "that is all");
	return tap_done();
}
