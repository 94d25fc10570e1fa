// SPDX-License-Identifier: Apache-2.0
#include <guest/cpus.h>
#include <guest/tap.h>
#include <guest/trap.h>

/*
 * Self-hosted debug (Arm ARM, D2): breakpoints and watchpoints hit where they should and
 * nowhere else, and those of one CPU are not another's.
 */

#define EC_BREAKPT 0x31 /* from the same level */
#define EC_WATCHPT 0x35

#define MDSCR_KDE BIT(13) /* debug exceptions at EL1 */
#define MDSCR_MDE BIT(15)

#define BCR_EL1_ON (1UL | 1UL << 1 | 0xfUL << 5)	     /* E, PMC, BAS */
#define WCR_EL1_ON (1UL | 1UL << 1 | 3UL << 3 | 0xffUL << 5) /* E, PAC, LSC, BAS */

static volatile u64 watched[4] __attribute__((aligned(64)));

static void __attribute__((noinline, aligned(64))) target(void)
{
	__asm__ volatile("nop" ::: "memory");
}

static struct trap_record call(void)
{
	trap_catch();
	target();
	return trap_caught();
}

static struct trap_record store(unsigned int n)
{
	trap_catch();
	watched[n] = 1;
	return trap_caught();
}

static bool is(struct trap_record r, u64 ec)
{
	if (r.count == 1 && ESR_EC(r.cause) == ec)
		return true;
	tap_note("%lu traps, esr 0x%lx, far 0x%lx", r.count, r.cause, r.tval);
	return false;
}

static void debug_on(bool on)
{
	sysreg_write(mdscr_el1, on ? MDSCR_KDE | MDSCR_MDE : 0);
	isb();
	if (on)
		__asm__ volatile("msr daifclr, #8" ::: "memory");
	else
		__asm__ volatile("msr daifset, #8" ::: "memory");
}

static void breakpoints(void)
{
	sysreg_write(dbgbvr0_el1, (u64)target);
	sysreg_write(dbgbcr0_el1, BCR_EL1_ON);
	isb();
	tap_eq(sysreg_read(dbgbvr0_el1), (u64)target, "a breakpoint's address reads back");
	tap_eq(sysreg_read(dbgbcr0_el1), BCR_EL1_ON, "and its control");
	tap_eq(call().count, 0, "it does nothing while debug is off");
	debug_on(true);
	tap_ok(sysreg_read(mdscr_el1) & MDSCR_MDE, "debug is on");
	tap_ok(is(call(), EC_BREAKPT), "it hits");
	tap_eq(call().epc, (u64)target, "where it is");
	sysreg_write(dbgbcr0_el1, 0);
	isb();
	tap_eq(call().count, 0, "and not when it is off");
}

static void watchpoints(void)
{
	struct trap_record r;

	sysreg_write(dbgwvr0_el1, (u64)&watched[1]);
	sysreg_write(dbgwcr0_el1, WCR_EL1_ON);
	isb();
	r = store(1);
	tap_ok(is(r, EC_WATCHPT) && r.tval == (u64)&watched[1], "a watchpoint hits");
	tap_eq(store(2).count, 0, "and not beside it");
	sysreg_write(dbgwcr0_el1, 0);
	isb();
	tap_eq(store(1).count, 0, "nor when it is off");
}

/* ---- another CPU ---- */

static volatile u64 foreign_bcr, foreign_calls;
static volatile bool stop_it;

static void on_other(struct cpu *c)
{
	(void)c;
	foreign_bcr = sysreg_read(dbgbcr0_el1);
	debug_on(true);
	/* A trap here would end the guest, or be one too many over there. */
	for (; !stop_it; foreign_calls++)
		target();
	debug_on(false);
}

/* Both run the same code, and share a CPU of the host. */
static void another_cpu(void)
{
	u64 until, hits = 0, calls = 0;

	if (platform.nr_cpus < 2) {
		tap_skip("one CPU");
		return;
	}
	sysreg_write(dbgbcr0_el1, BCR_EL1_ON);
	isb();
	for_each_other_cpu(c)
	{
		tap_eq((u64)cpu_start(c, on_other), 0, "another CPU starts");
		break;
	}
	for (until = arch_time() + arch_ticks_from_us(100000); arch_time() < until; calls++)
		hits += call().count;
	stop_it = true;
	sysreg_write(dbgbcr0_el1, 0);
	debug_on(false);
	tap_eq(hits, calls, "a breakpoint is there after another CPU has run");
	for_each_other_cpu(c)
	{
		tap_ok(cpu_wait_status(c, CPU_STOPPED), "which stops");
		break;
	}
	tap_eq(foreign_bcr & 1, 0, "it found none set");
	tap_ok(foreign_calls != 0, "and ran over its place");
}

int guest_main(void)
{
	sysreg_write(oslar_el1, 1);
	tap_ok(sysreg_read(oslsr_el1) & 2, "the OS lock can be taken");
	sysreg_write(oslar_el1, 0);
	isb();
	tap_eq(sysreg_read(oslsr_el1) & 0xb, 8, "and given back");
	breakpoints();
	watchpoints();
	debug_on(true);
	another_cpu();
	return tap_done();
}
