// SPDX-License-Identifier: Apache-2.0
#include <arch/psci.h>
#include <guest/guest.h>
#include <guest/tap.h>
#include <guest/trap.h>

/* SMCCC 1.2 (DEN 0028E): by HVC and by SMC, what registers keep, what there is. */

static struct smccc_regs pattern(u64 fn)
{
	struct smccc_regs r;

	for (u64 i = 0; i < ARRAY_SIZE(r.x); i++)
		r.x[i] = 0x1234567 * i + 0x55aa0000aa55;
	r.x[0] = fn;
	return r;
}

/* Return: how many of x4 to x17 differ after a call (2.6.2: they are kept). */
static unsigned int clobbers(void (*call)(struct smccc_regs *r), u64 fn)
{
	struct smccc_regs want = pattern(fn), r = want;
	unsigned int n = 0;

	call(&r);
	for (u64 i = 4; i < ARRAY_SIZE(r.x); i++)
		n += r.x[i] != want.x[i];
	return n;
}

static u64 call1(void (*call)(struct smccc_regs *r), u64 fn, u64 arg)
{
	struct smccc_regs r = pattern(fn);

	r.x[1] = arg;
	call(&r);
	return r.x[0];
}

/* The pc is behind an HVC by itself, and behind an SMC because the host sees to it. */
static void conduits(void)
{
	u64 v = PSCI_VERSION, n = 0;

	tap_eq(call1(smccc_hvc, PSCI_VERSION, 0), 0x10001, "PSCI by HVC");
	tap_eq(call1(smccc_smc, PSCI_VERSION, 0), 0x10001, "PSCI by SMC");
	__asm__ volatile("mov x0, %0; hvc #0; add %1, %1, #1; add %1, %1, #2"
			 : "+r"(v), "+r"(n)::"x0", "x1", "x2", "x3", "memory");
	tap_eq(n, 3, "after an HVC the next instruction runs");
	n = 0;
	__asm__ volatile("mov x0, %0; smc #0; add %1, %1, #1; add %1, %1, #2"
			 : "+r"(v), "+r"(n)::"x0", "x1", "x2", "x3", "memory");
	tap_eq(n, 3, "and after an SMC, once");
	tap_eq(clobbers(smccc_hvc, PSCI_VERSION), 0, "an HVC keeps x4 to x17");
	tap_eq(clobbers(smccc_smc, PSCI_VERSION), 0, "so does an SMC");
	tap_eq(clobbers(smccc_hvc, 0x8600ff00), 0, "and one that is not supported");
	tap_eq(call1(smccc_hvc, BIT(32) | PSCI_VERSION, 0), 0x10001,
	       "a function's number is that of w0");
	trap_catch();
	__asm__ volatile("mov w0, #0x84000000; hvc #1" ::: "x0", "x1", "x2", "x3", "memory");
	n = trap_caught().count;
	__asm__ volatile("mov w0, #0x84000000; hvc #1; mov %0, x0"
			 : "=r"(v)::"x0", "x1", "x2", "x3", "memory");
	tap_ok(!n && (s32)v == PSCI_NOT_SUPPORTED, "an HVC with a number is not supported");
}

static void architecture(void)
{
	static const u64 workarounds[] = { SMCCC_WORKAROUND_1, SMCCC_WORKAROUND_2,
					   SMCCC_WORKAROUND_3 };
	u64 version = call1(smccc_hvc, SMCCC_VERSION, 0);

	tap_ok(version >= 0x10002 && version < 0x20000, "the convention's version is 1.2 or later");
	tap_note("version 0x%lx", version);
	tap_eq(call1(smccc_hvc, SMCCC_ARCH_FEATURES, SMCCC_VERSION) & 0xffffffff, 0,
	       "SMCCC_ARCH_FEATURES knows the version");
	tap_eq(call1(smccc_hvc, SMCCC_ARCH_FEATURES, SMCCC_ARCH_FEATURES) & 0xffffffff, 0,
	       "and itself");
	for (size_t i = 0; i < ARRAY_SIZE(workarounds); i++) {
		s32 there = (s32)call1(smccc_hvc, SMCCC_ARCH_FEATURES, workarounds[i]);

		tap_ok(there >= -2 && there <= 1, "workaround %lu is there, unneeded, or unknown",
		       (u64)i + 1);
		tap_note("%d", there);
		if (there >= 0)
			tap_eq(clobbers(smccc_hvc, workarounds[i]), 0, "and can be called");
	}
	tap_eq((u64)(s32)call1(smccc_hvc, SMCCC_ARCH_FEATURES, 0x80001234), (u64)PSCI_NOT_SUPPORTED,
	       "what nobody has is not there");
}

static void not_supported(void)
{
	static const struct {
		const char *name;
		u64 fn;
	} fns[] = {
		{ "an architecture call", 0x80001234 },
		{ "a CPU's call", 0x81000000 },
		{ "a chip's call", 0x82000000 },
		{ "an OEM's call", 0x83000000 },
		{ "a standard secure call", 0x84000100 },
		{ "SDEI", 0xc4000020 },
		{ "FF-A", 0x84000063 },
		{ "a standard hypervisor's call", 0xc5000022 },
		{ "a trusted application's call", 0xb0000000 },
		{ "a trusted OS's call", 0xb2000000 },
		{ "a yielding call", 0x02000000 },
		{ "a call of 64 bits that has 32", 0xc0000000 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(fns); i++) {
		u64 hvc = call1(smccc_hvc, fns[i].fn, 0), smc = call1(smccc_smc, fns[i].fn, 0);

		if (!tap_ok((s32)hvc == PSCI_NOT_SUPPORTED && (s32)smc == PSCI_NOT_SUPPORTED,
			    "%s is not supported", fns[i].name))
			tap_note("0x%lx by HVC, 0x%lx by SMC", hvc, smc);
		if (fns[i].fn & BIT(30))
			tap_eq(hvc, ~0UL, "which in 64 bits is all ones");
	}
}

/* TRNG 1.0 (DEN 0098): there as a whole, or not at all. */
static void trng(void)
{
	struct smccc_regs a = pattern(SMCCC_64(TRNG_RND)), b = a;
	u64 version = call1(smccc_hvc, TRNG_VERSION, 0);

	if ((s32)version < 0) {
		tap_eq((u64)(s32)version, (u64)PSCI_NOT_SUPPORTED, "no TRNG");
		tap_eq((u64)(s32)call1(smccc_hvc, TRNG_RND, 32), (u64)PSCI_NOT_SUPPORTED,
		       "none of its calls");
		return;
	}
	tap_ok(version >= 0x10000, "TRNG has version 1.0 or later");
	tap_eq((u64)(s32)call1(smccc_hvc, TRNG_FEATURES, TRNG_RND), 0, "TRNG_RND is there");
	a.x[1] = b.x[1] = 192;
	smccc_hvc(&a);
	smccc_hvc(&b);
	tap_ok(!a.x[0] && !b.x[0] && (a.x[1] != b.x[1] || a.x[2] != b.x[2] || a.x[3] != b.x[3]),
	       "192 bits, and 192 others");
	a = pattern(SMCCC_64(TRNG_RND));
	a.x[1] = 8;
	smccc_hvc(&a);
	tap_ok(!a.x[0] && !a.x[1] && !a.x[2] && !(a.x[3] >> 8), "8 bits, and no more");
	tap_eq((u64)(s32)call1(smccc_hvc, SMCCC_64(TRNG_RND), 0), (u64)PSCI_INVALID_PARAMS,
	       "not none");
	tap_eq((u64)(s32)call1(smccc_hvc, SMCCC_64(TRNG_RND), 193), (u64)PSCI_INVALID_PARAMS,
	       "nor 193");
	tap_eq((u64)(s32)call1(smccc_hvc, TRNG_RND, 97), (u64)PSCI_INVALID_PARAMS,
	       "nor 97 in three words of 32");
}

int guest_main(void)
{
	conduits();
	architecture();
	not_supported();
	trng();
	return tap_done();
}
