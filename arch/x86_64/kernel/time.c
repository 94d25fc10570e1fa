// SPDX-License-Identifier: Apache-2.0
/*
 * Time is the TSC, which counts alike on all CPUs that Lodge runs on. How fast, CPUID tells on
 * some; on others it is measured against ACPI's PM timer or the HPET, and with it the timer
 * of the local APIC where that takes no deadlines.
 */
#include <lodge/arch.h>
#include <lodge/driver.h>
#include <lodge/fdt.h>
#include <lodge/time.h>
#include <asm/apic.h>
#include <asm/cpuid.h>
#include <asm/features.h>
#include <asm/io.h>
#include <asm/ioport.h>
#include <asm/msr.h>

#define PM_TIMER_HZ 3579545u /* ACPI 6.4, 4.8.3.3 */

#define HPET_CAPABILITIES 0x000 /* the upper half: femtoseconds per tick */
#define HPET_CONFIG	  0x010
#define HPET_COUNTER	  0x0f0
#define HPET_ENABLE	  1u
#define FS_PER_SECOND	  1000000000000000ull

#define MEASURE_US 10000
/* A reference that stands still is none. */
#define MAX_POLLS 100000000u

u64 time_now(void)
{
	return rdtsc();
}

/* A clock of known frequency, of at most 32 bits. */
struct reference {
	u64 hz;
	u32 mask;
	u16 port;
	volatile u8 *hpet;
};

static u32 reference_read(const struct reference *r)
{
	return (r->hpet ? readl(r->hpet + HPET_COUNTER) : port_read32(r->port)) & r->mask;
}

static bool find_pm_timer(const void *fdt, struct reference *r)
{
	int node = fdt_find_compatible(fdt, -1, "lodge,acpi-pm-timer");
	u32 port, bits;

	if (node < 0 || fdt_prop_u32(fdt, node, "port", &port) ||
	    fdt_prop_u32(fdt, node, "bits", &bits))
		return false;
	*r = (struct reference){ PM_TIMER_HZ, bits == 32 ? ~0u : 0xffffff, (u16)port, NULL };
	return true;
}

static bool find_hpet(const void *fdt, struct reference *r)
{
	int node = fdt_find_compatible(fdt, -1, "intel,ce4100-hpet");
	volatile u8 *regs;
	u64 addr, size;
	u32 period;

	if (node < 0 || fdt_reg(fdt, node, 0, &addr, &size))
		return false;
	regs = driver_own(addr, size, "the HPET");
	period = regs ? readl(regs + HPET_CAPABILITIES + 4) : 0;
	if (!period)
		return false;
	writel(readl(regs + HPET_CONFIG) | HPET_ENABLE, regs + HPET_CONFIG);
	*r = (struct reference){ FS_PER_SECOND / period, ~0u, 0, regs };
	return true;
}

/*
 * The moment at which the reference goes on, so that its coarseness costs no accuracy. An SMI, or
 * an emulator that has to wait for its CPU, may come between the two readings: the edge is the
 * closest of some.
 */
#define EDGES 16

static bool wait_edge(const struct reference *r, u32 *at, u64 *tsc)
{
	u64 best = ~0ul;

	for (unsigned int i = 0; i < EDGES; i++) {
		u32 from = reference_read(r), polls = MAX_POLLS, now;
		u64 before, after;

		do {
			before = rdtsc();
			now = reference_read(r);
			after = rdtsc();
		} while (now == from && --polls);
		if (!polls)
			return false;
		if (after - before < best) {
			best = after - before;
			*tsc = before;
			*at = now;
		}
	}
	return true;
}

/* The APIC's timer, and when it was read: the closest of some, as above. */
static u32 read_apic(u64 *tsc)
{
	u64 best = ~0ul;
	u32 ticks = 0;

	*tsc = 0;
	for (unsigned int i = 0; i < EDGES; i++) {
		u64 before = rdtsc();
		u32 elapsed = apic_timer_elapsed();
		u64 after = rdtsc();

		if (after - before < best) {
			best = after - before;
			*tsc = before;
			ticks = elapsed;
		}
	}
	return ticks;
}

/* TSC ticks in a second, or 0. The APIC's timer is measured on the way. */
static u64 measure(const struct reference *r)
{
	u64 wanted = r->hz * MEASURE_US / 1000000, tsc_begin, tsc_end, apic_from, apic_to;
	u32 begin, from, end, apic_begin, apic_end;

	if (!wait_edge(r, &begin, &tsc_begin))
		return 0;
	apic_begin = read_apic(&apic_from);
	/* The edge may be one of long ago; both are measured for as long as is wanted. */
	from = reference_read(r);
	do {
		if (!wait_edge(r, &end, &tsc_end))
			return 0;
	} while (((end - from) & r->mask) < wanted);
	apic_end = read_apic(&apic_to);
	if (!apic_has_deadline())
		apic_timer_set_rate(apic_end - apic_begin, apic_to - apic_from);
	return (tsc_end - tsc_begin) * r->hz / ((end - begin) & r->mask);
}

/* What CPUID says, or 0: a crystal and its ratio, or a hypervisor's word. */
static u64 told_hz(void)
{
	struct cpuid r;

	if (cpu_features.max_leaf >= CPUID_TSC_LEAF) {
		r = cpuid(CPUID_TSC_LEAF, 0);
		if (r.eax && r.ebx && r.ecx)
			return (u64)r.ecx * r.ebx / r.eax;
	}
	if (cpu_features.max_hv_leaf >= CPUID_HV_TIMING_LEAF)
		return (u64)cpuid(CPUID_HV_TIMING_LEAF, 0).eax * 1000;
	return 0;
}

u64 arch_time_hz(const void *fdt)
{
	struct reference r;
	u64 told = told_hz(), measured = 0;

	apic_init();
	if (told && apic_has_deadline())
		return told;
	apic_timer_begin();
	if (find_pm_timer(fdt, &r) || find_hpet(fdt, &r))
		measured = measure(&r);
	return told ? told : measured;
}
