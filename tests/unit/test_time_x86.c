// SPDX-License-Identifier: Apache-2.0
/* arch: x86_64 */
/*
 * How fast the host's TSC and its APIC's timer count, measured against a clock of a machine that is
 * made up: each look at one of them takes time, and now and then the CPU is away for long, as with
 * an SMI or in an emulator that has to wait.
 */
#include <shim.h>

/* In place of the processor's: it has no word on how fast it counts. */
#define ASM_MSR_H
#define ASM_CPUID_H
static u64 rdtsc(void);
struct cpuid {
	u32 eax, ebx, ecx, edx;
};
#define CPUID_TSC_LEAF	     0x15
#define CPUID_HV_TIMING_LEAF 0x40000010
static struct cpuid cpuid(u32 leaf, u32 sub);
#include "../../arch/x86_64/kernel/time.c"

#define TSC_HZ	2400000000ull
#define APIC_HZ 62500000ull

/* In TSC ticks, of which there are few enough to be multiplied. */
static u64 now, seed, away;
static unsigned int stall_every;
static bool stopped, has_hpet, deadline;
static u64 rate_apic, rate_tsc;

struct cpu_features cpu_features;

/* What a look takes: some ticks, and seldom a stall in which it happens. */
static void pass(u64 ticks)
{
	now += ticks;
	if (stall_every && shim_random(&seed) % stall_every == 0) {
		u64 stall = TSC_HZ / 10000 + shim_random(&seed) % (TSC_HZ / 200);

		now += stall;
		away += stall;
	}
}

static u64 rdtsc(void)
{
	pass(20);
	return now;
}

void shim_port_write(u16 port, unsigned int width, u64 v)
{
	fail_msg("port %x is written", port);
}

u64 shim_port_read(u16 port, unsigned int width)
{
	u64 at;

	assert_int_equal(port, 0x608);
	assert_int_equal(width, 4);
	pass(1200);
	at = now;
	pass(1200);
	return stopped ? 7 : (u32)(at * PM_TIMER_HZ / TSC_HZ) | 0xff000000;
}

static u64 hpet_read(const volatile void *p, unsigned int width)
{
	u64 at;

	if ((uintptr_t)p % 0x1000 == HPET_CAPABILITIES + 4)
		return 69841279; /* femtoseconds: 14.318 MHz */
	if ((uintptr_t)p % 0x1000 == HPET_CONFIG)
		return 0;
	pass(400);
	at = now;
	pass(400);
	return (u32)(at * (FS_PER_SECOND / 69841279) / TSC_HZ);
}

static void hpet_write(volatile void *p, unsigned int width, u64 v)
{
	assert_int_equal(v, HPET_ENABLE);
}

static struct cpuid cpuid(u32 leaf, u32 sub)
{
	return (struct cpuid){ 0 };
}

void apic_init(void)
{
}

void apic_timer_begin(void)
{
}

bool apic_has_deadline(void)
{
	return deadline;
}

u32 apic_timer_elapsed(void)
{
	u64 at;

	pass(100);
	at = now;
	pass(100);
	return (u32)(at * APIC_HZ / TSC_HZ);
}

void apic_timer_set_rate(u64 apic_ticks, u64 tsc_ticks)
{
	rate_apic = apic_ticks;
	rate_tsc = tsc_ticks;
}

int fdt_find_compatible(const void *fdt, int node, const char *compatible)
{
	return !strcmp(compatible, has_hpet ? "intel,ce4100-hpet" : "lodge,acpi-pm-timer") ? 1 : -1;
}

int fdt_prop_u32(const void *fdt, int node, const char *name, u32 *val)
{
	*val = !strcmp(name, "port") ? 0x608 : 24;
	return 0;
}

int fdt_reg(const void *fdt, int node, unsigned int n, u64 *addr, u64 *size)
{
	*addr = 0xfed00000;
	*size = 0x400;
	return 0;
}

volatile void *driver_own(u64 addr, u64 size, const char *what)
{
	assert_string_equal(what, "the HPET");
	return (void *)(uintptr_t)addr;
}

static const struct shim_io io = { hpet_read, hpet_write };

static int setup(void **state)
{
	shim_io = &io;
	now = 123456789;
	away = 0;
	stall_every = 0;
	stopped = has_hpet = deadline = false;
	rate_apic = rate_tsc = 0;
	return 0;
}

/* @got is @want, but for @parts in a million. */
static void close_to(u64 got, u64 want, u64 parts)
{
	assert_in_range(got, want - want * parts / 1000000, want + want * parts / 1000000);
}

static void check(u64 parts)
{
	close_to(arch_time_hz(NULL), TSC_HZ, parts);
	if (!deadline)
		close_to(rate_apic * TSC_HZ / rate_tsc, APIC_HZ, parts);
	else
		assert_int_equal(rate_tsc, 0);
}

static void it_is_exact_when_nothing_comes_between(void **state)
{
	u64 begin = now;

	check(100);
	assert_true(now - begin < TSC_HZ / 20);
	has_hpet = true;
	check(100);
	deadline = true;
	rate_tsc = 0;
	check(100);
}

/* One look in fifty is one in which the CPU is away, up to half of what is measured. */
static void stalls_do_not_count(void **state)
{
	unsigned int i;

	seed = shim_seed(1);
	for (i = 0; i < shim_rounds(60); i++) {
		stall_every = 50 + i % 3 * 400;
		has_hpet = i % 2;
		now = shim_random(&seed) >> 29;
		away = 0;
		check(300);
		if (stall_every == 50)
			assert_true(away > TSC_HZ / 1000);
	}
}

static void a_clock_that_stands_is_none(void **state)
{
	stopped = true;
	assert_int_equal(arch_time_hz(NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(it_is_exact_when_nothing_comes_between, setup),
		cmocka_unit_test_setup(stalls_do_not_count, setup),
		cmocka_unit_test_setup(a_clock_that_stands_is_none, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
