// SPDX-License-Identifier: Apache-2.0
#include <arch/sbi.h>
#include <guest/tap.h>
#include <guest/trap.h>

/* As fp.c, for the vector registers, where the ISA string has them. */

#define MAX_VLENB 128

void vec_load(const u8 *state, u64 vlenb); /* 32 registers of vlenb bytes */
void vec_store(u8 *state, u64 vlenb);

static u8 want[32 * MAX_VLENB], got[32 * MAX_VLENB];

static bool has_vector(void)
{
	/* Single letters stand together in front of the first underscore. */
	for (const char *p = platform.isa + 4; *p && *p != '_'; p++)
		if (*p == 'v')
			return true;
	return false;
}

static void set_pattern(u64 seed)
{
	for (size_t i = 0; i < sizeof(want); i++)
		want[i] = (u8)((seed + i) * 167 >> 3);
}

static bool kept(u64 vlenb)
{
	vec_store(got, vlenb);
	return !memcmp(got, want, 32 * vlenb);
}

int guest_main(void)
{
	u64 vlenb, t0;
	bool good = true;

	if (!has_vector()) {
		csr_set(sstatus, SSTATUS_VS);
		trap_catch();
		(void)csr_read(0xc22);
		tap_ok(trap_caught().cause == CAUSE_ILLEGAL, "without V, vlenb is illegal");
		return tap_done();
	}
	csr_set(sstatus, SSTATUS_VS);
	vlenb = csr_read(0xc22);
	if (!tap_ok(vlenb >= 16 && vlenb <= MAX_VLENB, "vlenb is %lu", vlenb))
		return tap_done();
	set_pattern(arch_time());
	vec_load(want, vlenb);
	for (int i = 0; i < 100; i++)
		sbi_call3(SBI_BASE, 0, 0, 0, 0);
	tap_ok(kept(vlenb), "firmware calls keep the registers");
	for (int i = 0; i < 100; i++)
		mmio_write8(platform.uart + 7, mmio_read8(platform.uart + 7));
	tap_ok(kept(vlenb), "so do device accesses");
	t0 = arch_time();
	while (good && arch_time() - t0 < arch_ticks_from_us(500000)) {
		set_pattern(arch_time());
		vec_load(want, vlenb);
		for (u64 end = arch_time() + arch_ticks_from_us(5000); arch_time() < end;)
			;
		good = kept(vlenb);
	}
	tap_ok(good, "and half a second of computing, whoever else runs");
	return tap_done();
}
