// SPDX-License-Identifier: Apache-2.0
#include <arch/sbi.h>
#include <guest/tap.h>
#include <guest/trap.h>

/* SBI 2.0, chapter 4: the base extension. */

enum { GET_SPEC, GET_IMPL, GET_IMPL_VERSION, PROBE, GET_MVENDORID, GET_MARCHID, GET_MIMPID };

/* An ecall with every other register set to a pattern; the OR of what differs after it. */
u64 sbi_base_clobbers(void);

static struct sbiret base(u64 fid, u64 arg)
{
	return sbi_call3(SBI_BASE, fid, arg, 0, 0);
}

static void probes(void)
{
	static const struct {
		const char *name;
		u64 eid;
		bool there;
	} ext[] = {
		{ "BASE", SBI_BASE, true },
		{ "TIME", SBI_TIME, true },
		{ "IPI", SBI_IPI, true },
		{ "RFENCE", SBI_RFENCE, true },
		{ "HSM", SBI_HSM, true },
		{ "SRST", SBI_SRST, true },
		{ "DBCN", SBI_DBCN, true },
		{ "PMU", SBI_PMU, false },
		{ "SUSP", SBI_SUSP, false },
		{ "CPPC", SBI_CPPC, false },
		{ "NACL", SBI_NACL, false },
		{ "STA", SBI_STA, true },
		{ "an unknown one", 0x12345678, false },
		{ "one above 32 bits", BIT(32) | SBI_TIME, false },
		{ "the highest number", ~0UL, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ext); i++) {
		struct sbiret r = base(PROBE, ext[i].eid);

		tap_ok(!r.error && !!r.value == ext[i].there, "%s is %s", ext[i].name,
		       ext[i].there ? "there" : "not there");
	}
}

int guest_main(void)
{
	struct sbiret r = base(GET_SPEC, 0);

	tap_eq((u64)r.error, SBI_SUCCESS, "get_spec_version succeeds");
	tap_eq((u64)r.value, 0x02000000, "the version is 2.0");
	r = base(GET_IMPL, 0);
	tap_eq((u64)r.error, SBI_SUCCESS, "get_impl_id succeeds");
	tap_note("implementation %ld", r.value);
	r = base(GET_IMPL_VERSION, 0);
	tap_eq((u64)r.error, SBI_SUCCESS, "get_impl_version succeeds");
	for (u64 fid = GET_MVENDORID; fid <= GET_MIMPID; fid++)
		tap_ok(!base(fid, 0).error, "machine ID call %lu succeeds", fid);
	probes();
	tap_eq((u64)base(7, 0).error, (u64)SBI_ERR_NOT_SUPPORTED, "function 7 is not supported");
	tap_eq((u64)base(~0UL, 0).error, (u64)SBI_ERR_NOT_SUPPORTED, "nor is the last one");
	tap_eq(sbi_base_clobbers(), 0, "a call keeps every register but a0 and a1");
	return tap_done();
}
