// SPDX-License-Identifier: Apache-2.0
#include <guest/cpus.h>
#include <guest/tap.h>
#include <guest/trap.h>
#include <arch/regs.h>

/*
 * KVM_HC_KICK_CPU, with which one CPU ends another's HLT, whether that has interrupts off or on. Two
 * CPUs that wait for each other so must never both sleep.
 */

#define KVM_LEAF      0x40000101
#define KVM_PV_UNHALT BIT(7)
#define KICK_CPU      5
#define ROUNDS	      1000
#define WHILE_MS      20

static u64 other;
static volatile u64 woken, busy, stop;
static volatile bool open;

static u64 kick(u64 id)
{
	u64 ret;

	__asm__ volatile("vmmcall" : "=a"(ret) : "a"(KICK_CPU), "b"(0), "c"(id) : "memory");
	return ret;
}

static void halt(void)
{
	if (open)
		__asm__ volatile("sti\n\thlt\n\tcli" ::: "memory");
	else
		__asm__ volatile("cli\n\thlt" ::: "memory");
}

/* Counts how often it is woken. */
static void sleeper(struct cpu *c)
{
	(void)c;
	while (!stop) {
		while (busy)
			;
		halt();
		woken++;
	}
}

static bool wait_woken(u64 n)
{
	u64 end = guest_give_up();

	while (woken < n && arch_time() < end)
		;
	return woken == n;
}

static bool stays_at(u64 n)
{
	u64 end = arch_time() + arch_ticks_from_us(WHILE_MS * 1000);

	while (arch_time() < end)
		;
	return woken == n;
}

static void one_sleeper(bool interrupts)
{
	const char *with = interrupts ? "on" : "off";
	u64 n, zeroes;

	open = interrupts;
	woken = stop = busy = 0;
	tap_ok(!cpu_start(other, sleeper) && stays_at(0), "a CPU halts, with interrupts %s", with);
	tap_eq(kick(other), 0, "it is kicked");
	tap_ok(wait_woken(1), "and wakes");
	tap_ok(stays_at(1), "once");
	kick(platform.boot_cpu);
	zeroes = kick(7) | kick(~0ul) | kick(255);
	tap_ok(!zeroes && stays_at(1), "nobody wakes for a kick of another");
	/* It is not in HLT, or will not be for long. */
	busy = 1;
	kick(other);
	n = wait_woken(2) ? 2 : 0;
	stays_at(n);
	for (unsigned int i = 0; i < 3; i++)
		kick(other);
	tap_ok(stays_at(n), "one that runs is not woken");
	busy = 0;
	tap_ok(wait_woken(n + 1) && stays_at(n + 1),
	       "but its next halt ends at once, and not the one after");
	stop = 1;
	kick(other);
	tap_ok(cpu_wait_status(other, CPU_STOPPED), "it ends");
}

static volatile u64 turn;

/* As kernels wait for a lock: it is looked at once more before the halt, and kicked after the change. */
static void take_turns(u64 me)
{
	for (u64 i = 0; i < ROUNDS; i++) {
		while (turn % 2 != me)
			__asm__ volatile("cli\n\thlt" ::: "memory");
		turn++;
		kick(me == platform.boot_cpu ? other : platform.boot_cpu);
	}
}

static void partner(struct cpu *c)
{
	take_turns(c->id);
}

static void two_sleepers(void)
{
	turn = platform.boot_cpu;
	tap_ok(!cpu_start(other, partner), "two CPUs wait for each other in turn");
	take_turns(platform.boot_cpu);
	tap_ok(cpu_wait_status(other, CPU_STOPPED), "and end, both");
	tap_eq(turn - platform.boot_cpu, 2 * ROUNDS, "having done all");
}

int guest_main(void)
{
	u32 r[4];

	other = !platform.boot_cpu;
	cpuid(KVM_LEAF, 0, r);
	tap_ok(r[0] & KVM_PV_UNHALT, "CPUID tells of it");
	one_sleeper(false);
	one_sleeper(true);
	two_sleepers();
	return tap_done();
}
