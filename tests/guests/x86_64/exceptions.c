// SPDX-License-Identifier: Apache-2.0
#include <arch/apic.h>
#include <guest/guest.h>
#include <guest/irq.h>
#include <guest/tap.h>
#include <guest/trap.h>

/* A guest's own exceptions, its NMIs, and what its debug registers ask for. */

#define NO_PAGE 0x8000000000UL

static bool is(struct trap_record r, unsigned int vector)
{
	if (r.count == 1 && (r.cause & 0xff) == vector)
		return true;
	tap_note("%lu traps, cause 0x%lx", r.count, r.cause);
	return false;
}

static void faults(void)
{
	u64 here, v = 0;
	struct trap_record r;

	trap_catch();
	__asm__ volatile("lea 1f(%%rip), %0; 1: int3" : "=r"(here)::"memory");
	r = trap_caught();
	tap_ok(is(r, VECTOR_BP) && r.epc == here + 1, "int3, and where");
	trap_catch();
	__asm__ volatile("lea 1f(%%rip), %0; 1: ud2" : "=r"(here)::"memory");
	r = trap_caught();
	tap_ok(is(r, VECTOR_UD) && r.epc == here, "ud2");
	trap_catch();
	__asm__ volatile("xor %%edx, %%edx; div %%ecx" ::"a"(1), "c"(0) : "rdx");
	tap_ok(is(trap_caught(), 0), "a division by zero");
	trap_catch();
	__asm__ volatile("mov (%1), %0" : "+r"(v) : "r"(1UL << 62) : "memory");
	tap_ok(is(trap_caught(), VECTOR_GP), "what is no address");
	trap_catch();
	__asm__ volatile("mov (%1), %0" : "+r"(v) : "r"(NO_PAGE + 8) : "memory");
	r = trap_caught();
	tap_ok(is(r, VECTOR_PF) && r.tval == NO_PAGE + 8 && r.cause >> 8 == 0, "a load of no page");
	trap_catch();
	__asm__ volatile("mov %0, (%1)" ::"r"(v), "r"(NO_PAGE) : "memory");
	r = trap_caught();
	tap_ok(is(r, VECTOR_PF) && r.tval == NO_PAGE && r.cause >> 8 == PF_WRITE, "a store");
	trap_catch();
	__asm__ volatile("mov %0, %%ss" ::"r"(0x70) : "memory");
	r = trap_caught();
	tap_ok(is(r, VECTOR_GP) && r.cause >> 8 == 0x70, "a selector beyond the table");
}

/* ---- debug registers ---- */

#define DR7_G0	     0x2
#define DR7_WRITE4_0 (0xdUL << 16)
#define DR6_B0	     0x1
#define DR6_BS	     0x4000

static volatile u32 watched;

static u64 dr6(void)
{
	u64 v;

	__asm__ volatile("mov %%dr6, %0" : "=r"(v));
	return v;
}

static void debug(void)
{
	struct trap_record r;
	u64 v;

	__asm__ volatile("mov %0, %%dr6" ::"r"(0xffff0ff0UL));
	__asm__ volatile("mov %0, %%dr0" ::"r"(&watched));
	__asm__ volatile("mov %0, %%dr7" ::"r"(0x400 | DR7_G0 | DR7_WRITE4_0));
	(void)lapic_read(LAPIC_ID); /* an exit, which keeps them */
	__asm__ volatile("mov %%dr0, %0" : "=r"(v));
	tap_eq(v, (u64)&watched, "DR0 is kept");
	trap_catch();
	__asm__ volatile("movl $1, %0; nop; nop" : "=m"(watched)::"memory");
	tap_ok(is(trap_caught(), VECTOR_DB), "a store to what is watched");
	tap_ok(dr6() & DR6_B0, "and which it was");
	__asm__ volatile("mov %0, %%dr7" ::"r"(0x400UL));
	__asm__ volatile("mov %0, %%dr6" ::"r"(0xffff0ff0UL));
	trap_catch();
	__asm__ volatile("lea 1f(%%rip), %0; .byte 0xf1; 1: nop; nop" : "=r"(v)::"memory");
	r = trap_caught();
	/* QEMU's TCG has no such instruction. */
	tap_ok(r.count == 1 && ((r.cause & 0xff) == VECTOR_UD ||
				((r.cause & 0xff) == VECTOR_DB && r.epc == v)),
	       "int1, from behind it");
}

/* ---- NMIs ---- */

static volatile unsigned int nmis, depth, deepest;

static void send_nmi(void)
{
	lapic_send(platform.boot_cpu, LAPIC_ICR_NMI | LAPIC_ICR_ASSERT);
}

static void on_nmi(void)
{
	depth++;
	deepest = max(deepest, depth);
	/* Another while the first is being handled: it waits for the end. */
	if (++nmis == 2) {
		send_nmi();
		for (unsigned int i = 0; i < 100; i++)
			(void)lapic_read(LAPIC_ID);
	}
	depth--;
}

static void wait_for(unsigned int n)
{
	for (unsigned int i = 0; i < 10000 && nmis < n; i++)
		(void)lapic_read(LAPIC_ID);
}

static void nmi(void)
{
	nmi_handler = on_nmi;
	irq_disable();
	send_nmi();
	wait_for(1);
	tap_eq(nmis, 1, "an NMI, with interrupts off");
	send_nmi();
	/* Without an exit: nobody but the host sees that it may come. */
	for (unsigned int i = 0; i < 100000000 && nmis < 3; i++)
		barrier();
	tap_eq(nmis, 3, "one that comes meanwhile is not lost");
	tap_eq(deepest, 1, "and waits for IRET");
	nmi_handler = NULL;
}

int guest_main(void)
{
	faults();
	debug();
	nmi();
	return tap_done();
}
