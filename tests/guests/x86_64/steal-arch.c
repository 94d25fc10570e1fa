// SPDX-License-Identifier: Apache-2.0
#include "../steal.h"
#include "../rom.h"
#include <arch/apic.h>
#include <guest/cpus.h>
#include <guest/tap.h>
#include <guest/trap.h>

/* KVM's steal time: MSR 0x4b564d03, and the record whose address it has. */

#define KVM_LEAF       0x40000101
#define KVM_STEAL_TIME BIT(5)
#define MSR_STEAL_TIME 0x4b564d03

struct kvm_steal {
	u64 steal;
	u32 version, flags;
	u8 preempted, pad[47];
};

/* Of each CPU, with something behind it. */
static struct {
	volatile struct kvm_steal s;
	u8 behind[64];
} __aligned(64) records[2];

bool steal_enable(u64 cpu)
{
	wrmsr(MSR_STEAL_TIME, (u64)&records[cpu].s | 1);
	return rdmsr(MSR_STEAL_TIME) == ((u64)&records[cpu].s | 1);
}

u64 steal_ns(u64 cpu)
{
	volatile struct kvm_steal *s = &records[cpu].s;
	u32 version;
	u64 ns;

	do {
		version = s->version;
		barrier();
		ns = s->steal;
		barrier();
	} while (version & 1 || version != s->version);
	return ns;
}

int steal_preempted(u64 cpu)
{
	return records[cpu].s.preempted != 0;
}

static bool refused(u64 val)
{
	trap_catch();
	wrmsr(MSR_STEAL_TIME, val);
	return (trap_caught().cause & 0xff) == VECTOR_GP;
}

static void reserved(void)
{
	u64 here = (u64)&records[0].s;
	unsigned int bit, n = 0;

	for (bit = 1; bit < 6; bit++)
		n += refused(here | BIT(bit)) + refused(here | BIT(bit) | 1);
	tap_eq(n, 10, "reserved bits are refused");
	tap_eq(rdmsr(MSR_STEAL_TIME), here | 1, "and change nothing");
}

/* Whatever address it is told, nothing but RAM is written. */
static void elsewhere(void)
{
	u64 end = platform.ram_base + platform.ram_size;
	const u64 bad[] = { end, LAPIC_BASE + 0x80,  0xfec00000, 1ul << 51, ~63ul,
			    ROM, ROM + ROM_SIZE - 64 };
	u32 version = records[0].s.version, tpr = lapic_read(LAPIC_TPR);
	u64 zeroes = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		wrmsr(MSR_STEAL_TIME, bad[i] | 1);
		steal_compete(true);
	}
	for (i = 0; i < 8; i++)
		zeroes |= *(volatile u64 *)(ROM + 8 * i) |
			  *(volatile u64 *)(ROM + ROM_SIZE - 64 + 8 * i);
	tap_ok(lapic_read(LAPIC_TPR) == tpr && !zeroes,
	       "neither devices nor ROM are written where the record would be");
	tap_eq(records[0].s.version, version, "nor the place of before");
}

static bool is(const volatile u8 *p, u8 byte, size_t n)
{
	while (n && *p == byte) {
		p++;
		n--;
	}
	return !n;
}

static void elsewhere_in_ram(volatile struct kvm_steal *s)
{
	u64 old = steal_ns(0);

	memset((void *)s, 0x55, 2 * sizeof(*s));
	wrmsr(MSR_STEAL_TIME, (u64)s | 1);
	tap_ok(!(s->version & 1) && s->steal >= old && !s->preempted,
	       "another place has the count of before at once");
	tap_ok(s->flags == 0x55555555 && is(s->pad, 0x55, 47 + sizeof(*s)), "and nothing else");
	steal_compete(true);
	tap_ok(s->steal > old && steal_ns(0) == old,
	       "and goes on with it, rather than the old one");
	wrmsr(MSR_STEAL_TIME, (u64)s);
	tap_eq(rdmsr(MSR_STEAL_TIME), (u64)s, "it can be switched off");
	old = s->steal;
	steal_compete(true);
	tap_eq(s->steal, old, "and nothing is told any more");
}

static volatile u64 other_msr;

static void tell_msr(struct cpu *c)
{
	(void)c;
	other_msr = rdmsr(MSR_STEAL_TIME);
}

void steal_arch(void)
{
	u32 r[4];

	cpuid(KVM_LEAF, 0, r);
	tap_ok(r[0] & KVM_STEAL_TIME, "CPUID tells of it");
	reserved();
	elsewhere();
	(void)steal_enable(0);
	elsewhere_in_ram(ram_alloc(1));
	other_msr = ~0ul;
	(void)cpu_start(!platform.boot_cpu, tell_msr);
	tap_ok(cpu_wait_status(!platform.boot_cpu, CPU_STOPPED) && !other_msr,
	       "INIT has switched it off on the other CPU");
	tap_ok(steal_enable(0) && steal_ns(0), "it can be switched on again");
}
