// SPDX-License-Identifier: Apache-2.0
#include <arch/sbi.h>
#include <guest/tap.h>
#include <guest/trap.h>

/* SBI 2.0, chapter 12: debug console. */

enum { WRITE, READ, WRITE_BYTE };

static struct sbiret dbcn(u64 fid, u64 n, u64 lo, u64 hi)
{
	return sbi_call3(SBI_DBCN, fid, n, lo, hi);
}

/* Writes all of it, however many calls that takes. */
static bool write_all(const char *s, size_t n)
{
	while (n) {
		struct sbiret r = dbcn(WRITE, n, (u64)s, 0);

		if (r.error || r.value < 0 || (u64)r.value > n)
			return false;
		s += r.value;
		n -= (u64)r.value;
	}
	return true;
}

static void good(void)
{
	static const char text[] = "# written by the debug console\n";
	static char big[8192];
	struct sbiret r;

	tap_ok(write_all(text, sizeof(text) - 1), "write");
	r = dbcn(WRITE, 0, (u64)text, 0);
	tap_ok(!r.error && !r.value, "writing nothing writes nothing");
	memset(big, '.', sizeof(big));
	for (size_t i = 79; i < sizeof(big); i += 80)
		big[i] = '\n';
	for (size_t i = 0; i < sizeof(big); i += 80)
		big[i] = '#';
	big[sizeof(big) - 1] = '\n';
	tap_ok(write_all(big, sizeof(big)), "write of 8 KiB, over several pages");
	tap_ok(!dbcn(WRITE_BYTE, '#', 0, 0).error && !dbcn(WRITE_BYTE, '\n', 0, 0).error,
	       "write_byte");
	r = dbcn(READ, 16, (u64)big, 0);
	tap_ok(!r.error && r.value >= 0 && r.value <= 16, "read returns without waiting");
	tap_note("read %ld bytes", r.value);
	r = dbcn(READ, 0, (u64)big, 0);
	tap_ok(!r.error && !r.value, "reading nothing reads nothing");
	tap_eq((u64)dbcn(3, 0, 0, 0).error, (u64)SBI_ERR_NOT_SUPPORTED,
	       "function 3 is not supported");
}

static void bad(void)
{
	u64 end = ram_free_end();
	const struct {
		const char *what;
		u64 n, lo, hi;
	} bufs[] = {
		{ "at 0", 16, 0, 0 },
		{ "below RAM", 16, platform.ram_base - 16, 0 },
		{ "that starts below RAM", 32, platform.ram_base - 16, 0 },
		{ "behind RAM", 16, end, 0 },
		{ "that ends behind RAM", 32, end - 16, 0 },
		{ "that wraps", 64, ~0UL - 15, 0 },
		{ "with a length that wraps", ~0UL, 0x80200000, 0 },
		{ "with half of all addresses", BIT(63), 0x80200000, 0 },
		{ "in the UART", 1, 0x10000000, 0 },
		{ "in the interrupt controller", 4, 0xc000000, 0 },
		{ "in the high half", 16, 0x80200000, 1 },
		{ "at the top of the high half", 16, ~0UL - 15, ~0UL },
	};

	for (u64 fid = WRITE; fid <= READ; fid++)
		for (size_t i = 0; i < ARRAY_SIZE(bufs); i++) {
			struct sbiret r = dbcn(fid, bufs[i].n, bufs[i].lo, bufs[i].hi);

			if (!tap_ok(r.error == SBI_ERR_INVALID_PARAM, "%s: a buffer %s is refused",
				    fid == WRITE ? "write" : "read", bufs[i].what))
				tap_note("error %ld value %ld", r.error, r.value);
		}
}

int guest_main(void)
{
	if (!tap_ok(sbi_has(SBI_DBCN), "DBCN is there"))
		return tap_done();
	good();
	bad();
	return tap_done();
}
