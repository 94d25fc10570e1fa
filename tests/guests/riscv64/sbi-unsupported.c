// SPDX-License-Identifier: Apache-2.0
#include <arch/sbi.h>
#include <guest/tap.h>

/* What is not implemented says so, whatever the function and the arguments. */

static const struct {
	const char *name;
	u64 eid;
} exts[] = {
	{ "PMU", SBI_PMU },
	{ "SUSP", SBI_SUSP },
	{ "CPPC", SBI_CPPC },
	{ "NACL", SBI_NACL },
	{ "extension 9", 9 },
	{ "extension 15", 15 },
	{ "extension 17", 17 },
	{ "experimental 0", 0x08000000 },
	{ "vendor 0", 0x09000000 },
	{ "firmware 0", 0x0a000000 },
	{ "extension -1", ~0UL },
	{ "extension 1 << 63", BIT(63) },
	{ "TIME with a high bit", BIT(32) | SBI_TIME },
	{ "shutdown with a high bit", BIT(32) | 8 },
};

int guest_main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(exts); i++) {
		bool all = true;

		for (u64 fid = 0; fid < 32; fid++) {
			struct sbiret r = sbi_call(exts[i].eid, fid, 1, 2, 3, 4, 5, 6);

			if (r.error != SBI_ERR_NOT_SUPPORTED && all) {
				all = false;
				tap_note("function %lu gave %ld", fid, r.error);
			}
		}
		tap_ok(all, "%s is not supported", exts[i].name);
	}
	return tap_done();
}
