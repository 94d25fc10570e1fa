// SPDX-License-Identifier: Apache-2.0
#include <arch/apic.h>
#include <arch/cmos.h>
#include <guest/cpus.h>
#include <guest/tap.h>
#include <guest/trap.h>

/*
 * KVM's clock on two CPUs: beside the TSC, the 8254 and the real-time clock, while one CPU reads
 * what is written for the other, and where it is told to write what it must not.
 */

#define MSR_TSC_ADJUST	0x3b
#define MSR_WALL_CLOCK	0x4b564d00
#define MSR_SYSTEM_TIME 0x4b564d01
#define MSR_STEAL_TIME	0x4b564d03
#define MSR_EOI		0x4b564d04
#define NS_PER_SEC	1000000000ul
#define STABLE		1

struct clock {
	u32 version, pad;
	u64 tsc, ns;
	u32 mul;
	s8 shift;
	u8 flags, reserved[2];
};

struct wall {
	u32 version, sec, nsec;
};

/* Of each CPU, in a cache line of its own, and what is behind it. */
static struct {
	volatile struct clock c;
	u8 behind[32];
} __aligned(64) clocks[2];

static u64 other; /* the CPU that is not the boot CPU; its clock is the second */

static u64 scale(const volatile struct clock *c, u64 at)
{
	u64 delta = at - c->tsc;

	delta = c->shift < 0 ? delta >> -c->shift : delta << c->shift;
	return c->ns + (u64)((unsigned __int128)delta * c->mul >> 32);
}

/* What @c makes of this CPU's TSC, which goes to @tsc as well. */
static u64 read_clock(const volatile struct clock *c, u64 *tsc)
{
	u32 version;
	u64 ns;

	do {
		version = c->version;
		barrier();
		*tsc = rdtsc();
		ns = scale(c, *tsc);
		barrier();
	} while (version & 1 || version != c->version);
	return ns;
}

static u64 now_ns(unsigned int i)
{
	u64 tsc;

	return read_clock(&clocks[i].c, &tsc);
}

static void enable(unsigned int i)
{
	wrmsr(MSR_SYSTEM_TIME, (u64)&clocks[i].c | 1);
}

/* ---- one CPU ---- */

static bool near(u64 a, u64 b, u64 parts)
{
	u64 d = a > b ? a - b : b - a;

	return d <= b / parts;
}

static void told(void)
{
	u32 r[4];

	cpuid(0x40000000, 0, r);
	tap_ok(!memcmp(&r[1], "LodgeLodgeHV", 12), "the first hypervisor is Lodge");
	cpuid(0x40000100, 0, r);
	tap_ok(!memcmp(&r[1], "KVMKVMKVM\0\0\0", 12), "KVM's leaf is behind it");
	tap_ok(r[0] >= 0x40000101, "with its features");
	cpuid(0x40000101, 0, r);
	tap_eq(r[0], 1 << 24 | 1 << 7 | 1 << 6 | 1 << 5 | 1 << 3 | 1 << 1 | 1,
	       "which are the clock's, steal time, EOI and the kick");
	cpuid(0x40000010, 0, r);
	tap_ok(near(r[0] * 1000ul, platform.timer_hz, 100), "the TSC's rate is what it measures");
	tap_eq(r[1], r[0], "and that of the local APIC's timer");
}

/* All that is not offered is not there. */
static void refused(void)
{
	unsigned int n = 0;

	for (u32 msr = 0x4b564d02; msr <= 0x4b564d08; msr++) {
		if (msr == MSR_STEAL_TIME || msr == MSR_EOI)
			continue;
		trap_catch();
		wrmsr(msr, 0);
		n += (trap_caught().cause & 0xff) == VECTOR_GP;
		trap_catch();
		(void)rdmsr(msr);
		n += (trap_caught().cause & 0xff) == VECTOR_GP;
	}
	tap_eq(n, 10, "MSRs of KVM's other features are refused");
}

static void runs(void)
{
	volatile struct clock *c = &clocks[0].c;
	u64 a, b, tsc_a, tsc_b, ns;
	bool behind = true;

	memset(clocks[0].behind, 0x55, sizeof(clocks[0].behind));
	enable(0);
	tap_eq(rdmsr(MSR_SYSTEM_TIME), (u64)c | 1, "the clock is on");
	tap_ok(c->version && !(c->version & 1), "its record has an even version");
	tap_eq(c->flags, STABLE, "and is stable");
	for (unsigned int i = 0; i < sizeof(clocks[0].behind); i++)
		behind &= clocks[0].behind[i] == 0x55;
	tap_ok(behind, "nothing behind it has changed");
	a = read_clock(c, &tsc_a);
	while (rdtsc() - tsc_a < platform.timer_hz / 20)
		;
	b = read_clock(c, &tsc_b);
	ns = (tsc_b - tsc_a) * NS_PER_SEC / platform.timer_hz;
	tap_ok(near(b - a, ns, 100), "it counts nanoseconds of the TSC");
	wrmsr(MSR_TSC_ADJUST, 1ul << 40);
	a = now_ns(0);
	tap_ok(a >= b && a - b < 60 * NS_PER_SEC, "a TSC that is set does not move it");
	wrmsr(MSR_TSC_ADJUST, 0);
	b = now_ns(0);
	tap_ok(b >= a && b - a < 60 * NS_PER_SEC, "nor when it is set back");
}

/* ---- other clocks ---- */

#define PIT_HZ	1193182u
#define PIT_CH2 0x42
#define CONTROL 0x43
#define PORT_B	0x61

/* The clock just before and just after the count was latched. */
struct look {
	u64 before, after;
	u32 count;
};

static struct look look(void)
{
	struct look l;

	l.before = now_ns(0);
	outb(CONTROL, 0x80);
	l.after = now_ns(0);
	l.count = inb(PIT_CH2);
	l.count |= (u32)inb(PIT_CH2) << 8;
	return l;
}

/*
 * However long the CPU is away between two readings, what the 8254 counts lies between what the
 * clock had before and after. It is tried again where it has counted to its end.
 */
static void beside_the_8254(void)
{
	struct look first, last;
	u64 ns;

	outb(PORT_B, (u8)((inb(PORT_B) & ~3u) | 1));
	do {
		outb(CONTROL, 0xb0);
		outb(PIT_CH2, 0xff);
		outb(PIT_CH2, 0xff);
		first = look();
		do
			last = look();
		while (first.count - last.count < PIT_HZ / 50 && !(inb(PORT_B) & 0x20));
	} while (inb(PORT_B) & 0x20);
	ns = (first.count - last.count) * NS_PER_SEC / PIT_HZ;
	tap_ok(last.after - first.before + 3000 >= ns && last.before - first.after <= ns + 3000,
	       "between two looks the 8254 counts as long as it does");
	tap_note("%lu to %lu ns, 8254 %lu", last.before - first.after, last.after - first.before,
		 ns);
}

/* Seconds since midnight, which is only told at once while no second ends. */
static u32 rtc_seconds(void)
{
	u32 sec, t;

	do {
		sec = cmos_read(0);
		t = cmos_bcd(cmos_read(4)) * 3600 + cmos_bcd(cmos_read(2)) * 60 + cmos_bcd((u8)sec);
	} while (sec != cmos_read(0));
	return t;
}

/* The time of day, in seconds since midnight, by the clock. */
static u32 wall_seconds(void)
{
	static struct wall w;
	u64 ns;

	wrmsr(MSR_WALL_CLOCK, (u64)&w);
	barrier();
	if (!w.version || w.version & 1)
		return ~0u;
	ns = w.sec * NS_PER_SEC + w.nsec + now_ns(0);
	return (u32)(ns / NS_PER_SEC % 86400);
}

/* The RTC was read first, then the clock, then the RTC: they agree if it is not outside. */
static bool agree(void)
{
	u32 before = rtc_seconds(), w = wall_seconds(), after = rtc_seconds();

	if (w != ~0u && (w + 86401 - before) % 86400 <= (after + 86402 - before) % 86400)
		return true;
	tap_note("RTC %u, clock %u, RTC %u", before, w, after);
	return false;
}

static void beside_the_rtc(void)
{
	u8 hour = cmos_read(4);

	tap_ok(agree(), "its time of day is the real-time clock's");
	cmos_write(4, hour == 0x09 ? 0x08 : 0x09);
	tap_ok(agree(), "also when that is set");
	cmos_write(4, hour);
}

/* ---- two CPUs ---- */

static volatile u64 go, passed[2], rounds;
static volatile bool backwards, apart;

/* The CPUs hand each other the time: none is before what the other had. */
static void hand_over(unsigned int me)
{
	static volatile u64 turn, last;

	for (u64 i = 0; i < 2000;) {
		u64 ns;

		if (turn % 2 != me) {
			__asm__ volatile("pause");
			continue;
		}
		ns = now_ns(me);
		backwards |= ns < last;
		/* As long as records are stable, one's is as good as another's. */
		apart |= now_ns(!me) < ns;
		last = ns;
		turn++;
		i++;
	}
	passed[me] = 1;
}

static void start_other(struct cpu *c)
{
	(void)c;
	enable(1);
	go = 1;
	hand_over(1);
}

static void together(void)
{
	go = 0;
	tap_ok(!cpu_start(other, start_other), "another CPU starts");
	while (!go)
		;
	tap_ok(clocks[0].c.mul == clocks[1].c.mul && clocks[0].c.shift == clocks[1].c.shift,
	       "its clock has the same rate");
	hand_over(0);
	while (!passed[1])
		;
	tap_ok(!backwards, "time never goes back from one CPU to the other");
	tap_ok(!apart, "by either's record");
	tap_ok(cpu_wait_status(other, CPU_STOPPED), "and it stops");
}

/* Writes its own record again and again, each time with another TSC, until it is told to stop. */
static void rewrite(struct cpu *c)
{
	(void)c;
	for (u64 i = 0; go; i++) {
		wrmsr(MSR_TSC_ADJUST, i << 20);
		enable(1);
		rounds = i;
	}
	wrmsr(MSR_TSC_ADJUST, 0);
	enable(1);
}

/*
 * The record of the other belongs to its TSC; what can be seen from here is that time 0 is always
 * where its TSC was then, a multiple of 2^20, and that nothing else ever changes.
 */
static void read_beside_writes(void)
{
	volatile struct clock *c = &clocks[1].c;
	u64 odd = 0, n = 0, changes = 0, seen = 0, start = rdtsc();
	u32 mul = c->mul;
	bool whole = true;

	go = 1;
	rounds = 0;
	(void)cpu_start(other, rewrite);
	/* Until enough has been seen, by what is counted and not by the time that takes. */
	while ((rounds < 2000 || changes < 3) && rdtsc() - start < 600 * platform.timer_hz) {
		u32 version = c->version;
		u64 tsc, ns, m;

		barrier();
		tsc = c->tsc;
		ns = c->ns;
		m = c->mul;
		barrier();
		if (version & 1 || version != c->version) {
			odd++;
			continue;
		}
		whole &= tsc % (1 << 20) == 0 && ns == 0 && m == mul;
		changes += tsc != seen;
		seen = tsc;
		n++;
	}
	tap_ok(changes >= 3 && whole, "a record is never read in halves while it is written");
	tap_note("%lu read, %lu times changed, %lu times in the making", n, changes, odd);
	/* TSCs differ now, so that the boot CPU's record is no longer everybody's. */
	while (clocks[0].c.flags && rdtsc() - start < 600 * platform.timer_hz)
		inb(0x80);
	tap_eq(clocks[0].c.flags, 0, "nor is one for all CPUs while a TSC differs");
	go = 0;
	tap_ok(cpu_wait_status(other, CPU_STOPPED), "it stops again");
	while (!clocks[0].c.flags && rdtsc() - start < 600 * platform.timer_hz)
		inb(0x80);
	tap_eq(clocks[0].c.flags, STABLE, "it is when they are the same again");
}

static volatile u64 other_msr;

static void tell_msr(struct cpu *c)
{
	(void)c;
	other_msr = rdmsr(MSR_SYSTEM_TIME);
}

static void after_init(void)
{
	u32 version = clocks[1].c.version;

	other_msr = ~0ul;
	(void)cpu_start(other, tell_msr);
	tap_ok(cpu_wait_status(other, CPU_STOPPED), "the other CPU starts by INIT");
	tap_eq(other_msr, 0, "which has switched its clock off");
	tap_eq(clocks[1].c.version, version, "so that nothing is written");
}

/* ---- where it must not write ---- */

static void hostile(void)
{
	u64 end = platform.ram_base + platform.ram_size, page = (u64)ram_alloc(2);
	const u64 bad[] = { page + 2,	     page + 6, end - 4,	  end,	LAPIC_BASE + 0x80,
			    0xfec00000,	     end - 28, 1ul << 51, ~3ul, ~31ul & ~1ul,
			    1ul << 63 | page };
	u32 version = clocks[0].c.version, tpr = lapic_read(LAPIC_TPR);
	bool kept = true;

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		wrmsr(MSR_WALL_CLOCK, bad[i]);
		wrmsr(MSR_SYSTEM_TIME, bad[i] | 1);
		kept &= rdmsr(MSR_SYSTEM_TIME) == (bad[i] | 1) && rdmsr(MSR_WALL_CLOCK) == bad[i];
	}
	tap_ok(kept, "any address can be told");
	tap_ok(lapic_read(LAPIC_TPR) == tpr && clocks[0].c.version == version,
	       "but devices are not written, nor the place of before");
	tap_eq(*(volatile u64 *)page | *(volatile u32 *)(end - 4), 0, "nor what is not aligned");
	wrmsr(MSR_SYSTEM_TIME, (page + PAGE_SIZE - 8) | 1);
	tap_eq(((volatile struct clock *)(page + PAGE_SIZE - 8))->mul, clocks[0].c.mul,
	       "a record across two pages is whole");
	wrmsr(MSR_SYSTEM_TIME, 0);
	wrmsr(MSR_TSC_ADJUST, 5);
	tap_eq(((volatile struct clock *)(page + PAGE_SIZE - 8))->tsc, 0,
	       "and stays when it is off");
	wrmsr(MSR_TSC_ADJUST, 0);
}

int guest_main(void)
{
	other = !platform.boot_cpu;
	told();
	refused();
	runs();
	beside_the_8254();
	beside_the_rtc();
	together();
	read_beside_writes();
	after_init();
	hostile();
	return tap_done();
}
