// SPDX-License-Identifier: Apache-2.0
#include "../steal.h"
#include "../rom.h"
#include <arch/sbi.h>
#include <guest/cpus.h>
#include <guest/tap.h>

/* SBI 2.0, chapter 16: steal-time accounting. */

#define NOWHERE ~0ul

struct sta {
	u32 sequence, flags;
	u64 steal;
	u8 preempted, pad[47];
};

/* Of each hart, with something behind it. */
static struct {
	volatile struct sta s;
	u8 behind[64];
} __aligned(64) records[2];

static long set_shmem(u64 lo, u64 hi, u64 flags)
{
	struct sbiret r = sbi_call3(SBI_STA, 0, lo, hi, flags);

	return r.value ? r.value : r.error;
}

bool steal_enable(u64 cpu)
{
	return !set_shmem((u64)&records[cpu].s, 0, 0);
}

u64 steal_ns(u64 cpu)
{
	volatile struct sta *s = &records[cpu].s;
	u32 sequence;
	u64 ns;

	do {
		sequence = s->sequence;
		barrier();
		ns = s->steal;
		barrier();
	} while (sequence & 1 || sequence != s->sequence);
	return ns;
}

int steal_preempted(u64 cpu)
{
	return records[cpu].s.preempted != 0;
}

static bool is(const volatile u8 *p, u8 byte, size_t n)
{
	while (n && *p == byte) {
		p++;
		n--;
	}
	return !n;
}

static void refused(void)
{
	u64 here = (u64)&records[0].s, end = platform.ram_base + platform.ram_size;
	static const u64 odd[] = { 1, 4, 8, 32, 63 };
	const u64 outside[] = { 0,     platform.uart, platform.intc,	  end,
				~63ul, ROM,	      ROM + ROM_SIZE - 64 };
	unsigned int i, n = 0;

	for (i = 0; i < ARRAY_SIZE(odd); i++)
		n += set_shmem(here + odd[i], 0, 0) == SBI_ERR_INVALID_PARAM;
	tap_eq(n, ARRAY_SIZE(odd), "a record that is not aligned is refused");
	for (i = n = 0; i < 64; i += 9)
		n += set_shmem(here, 0, BIT(i)) == SBI_ERR_INVALID_PARAM;
	tap_eq(n, 8, "so are flags");
	tap_eq((u64)set_shmem(NOWHERE, NOWHERE, 1), (u64)SBI_ERR_INVALID_PARAM,
	       "with nowhere as well");
	for (i = n = 0; i < ARRAY_SIZE(outside); i++)
		n += set_shmem(outside[i], 0, 0) == SBI_ERR_INVALID_ADDRESS;
	tap_eq(n, ARRAY_SIZE(outside), "and what can't be written as memory");
	tap_eq((u64)set_shmem(here, 1, 0), (u64)SBI_ERR_INVALID_ADDRESS, "or is beyond 64 bits");
	tap_eq((u64)set_shmem(here, NOWHERE, 0), (u64)SBI_ERR_INVALID_ADDRESS, "far beyond");
	tap_eq((u64)set_shmem(NOWHERE, 0, 0), (u64)SBI_ERR_INVALID_PARAM,
	       "half of nowhere is somewhere");
	tap_eq((u64)sbi_call3(SBI_STA, 1, here, 0, 0).error, (u64)SBI_ERR_NOT_SUPPORTED,
	       "there is one function");
}

static void begins(volatile struct sta *s)
{
	memset((void *)s, 0x55, 2 * sizeof(*s));
	tap_eq((u64)set_shmem((u64)s, 0, 0), 0, "another place is taken");
	tap_ok(s->sequence && !(s->sequence & 1), "its sequence is even");
	tap_ok(!s->flags && !s->preempted && is(s->pad, 0, sizeof(s->pad)), "the rest is zero");
	tap_ok(is((const volatile u8 *)(s + 1), 0x55, sizeof(*s)),
	       "what is behind it is left alone");
}

void steal_arch(void)
{
	volatile struct sta *s = ram_alloc(1), *last;
	u64 old = steal_ns(0), before;

	last = (volatile struct sta *)(platform.ram_base + platform.ram_size) - 1;
	tap_ok(sbi_has(SBI_STA), "the base extension knows of it");
	refused();
	steal_compete(true);
	before = steal_ns(0);
	tap_ok(before > old, "whatever is refused, the old place holds");
	begins(s);
	tap_ok(s->steal >= before, "it goes on with the count of before");
	before = steal_ns(0);
	steal_compete(true);
	tap_eq(steal_ns(0), before, "the old place is left alone");
	tap_ok(s->steal > before, "the new one has the count");
	tap_eq((u64)set_shmem((u64)last, 0, 0), 0, "the last of RAM is a place");
	tap_ok(last->steal >= s->steal && last->steal, "and has the count");
	tap_eq((u64)set_shmem(NOWHERE, NOWHERE, 0), 0, "nowhere is taken");
	before = last->steal;
	steal_compete(true);
	tap_eq(last->steal, before, "and nothing is told any more");
	tap_ok(steal_enable(0) && steal_ns(0) > before, "until it is again");
}
