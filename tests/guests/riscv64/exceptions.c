// SPDX-License-Identifier: Apache-2.0
#include <guest/tap.h>
#include <guest/trap.h>

/* A guest's own exceptions reach its own handler, from supervisor and from user mode. */

static bool is(struct trap_record r, u64 cause)
{
	if (r.count == 1 && r.cause == cause)
		return true;
	tap_note("%lu traps, cause %lu, tval 0x%lx", r.count, r.cause, r.tval);
	return false;
}

static void supervisor(void)
{
	struct trap_record r;
	u64 buf[2] = { 0x1122334455667788, 0x99aabbccddeeff00 }, v = 0, here;

	trap_catch();
	__asm__ volatile("la %0, 1f; 1: ebreak" : "=r"(here)::"memory");
	r = trap_caught();
	tap_ok(is(r, CAUSE_BREAKPOINT), "ebreak");
	tap_eq(r.epc, here, "with its address");
	trap_catch();
	__asm__ volatile("la %0, 1f; 1: .4byte 0xffffffff" : "=r"(here)::"memory");
	r = trap_caught();
	tap_ok(is(r, CAUSE_ILLEGAL) && r.epc == here, "an illegal instruction");
	trap_catch();
	__asm__ volatile(".2byte 0" ::: "memory");
	tap_ok(is(trap_caught(), CAUSE_ILLEGAL), "a compressed one");

	trap_catch();
	__asm__ volatile("ld %0, 1(%1)" : "+r"(v) : "r"(buf) : "memory");
	r = trap_caught();
	tap_ok(r.count ? r.cause == CAUSE_LOAD_MISALIGN : v == 0x0011223344556677,
	       "a load across words works or is misaligned");
	trap_catch();
	__asm__ volatile("amoadd.d %0, zero, (%1)" : "=r"(v) : "r"((u64)buf + 1) : "memory");
	r = trap_caught();
	tap_note("%lu traps, cause %lu", r.count, r.cause);
	tap_ok(!r.count || (r.cause >= CAUSE_LOAD_MISALIGN && r.cause <= CAUSE_STORE_ACCESS),
	       "so does an atomic one, or it faults");
}

/* What user code did when it trapped, seen by the handler. */
static struct trap_frame seen;

static void on_user_ecall(struct trap_frame *f)
{
	seen = *f;
	user_leave(7);
}

void exc_user_ecall(void);
void exc_user_sret(void);
void exc_user_satp(void);
void exc_user_wfi(void);
void exc_user_sfence(void);
void exc_user_ebreak(void);
void exc_user_hstatus(void);
void exc_user_hlv(void);

__asm__(".pushsection .text\n"
	"exc_user_sret: sret; ecall\n"
	"exc_user_satp: csrr t0, satp; ecall\n"
	"exc_user_wfi: wfi; ecall\n"
	"exc_user_sfence: sfence.vma; ecall\n"
	"exc_user_ebreak: ebreak; ecall\n"
	"exc_user_hstatus: csrr t0, 0x600; ecall\n"
	"exc_user_hlv: .4byte 0x6c0542f3; ecall\n"
	"exc_user_ecall: li a7, 1234; ecall\n"
	".popsection\n");

static u8 user_stack[1024] __aligned(16);

/* Runs @fn in user mode without translation, up to its ecall. */
static struct trap_record in_user(void (*fn)(void))
{
	trap_catch();
	user_enter((u64)fn, (u64)user_stack + sizeof(user_stack));
	return trap_caught();
}

static void user(void)
{
	struct trap_record r;

	user_ecall = on_user_ecall;
	r = in_user(exc_user_ecall);
	tap_ok(!r.count && seen.x[17] == 1234, "a system call from user mode");
	tap_eq(seen.scause, CAUSE_ECALL_U, "is one from user mode");
	tap_ok(!(seen.sstatus & SSTATUS_SPP), "and SPP says so");
	tap_ok(is(in_user(exc_user_ebreak), CAUSE_BREAKPOINT), "ebreak in user mode");
	tap_ok(is(in_user(exc_user_sret), CAUSE_ILLEGAL), "sret in user mode");
	tap_ok(is(in_user(exc_user_satp), CAUSE_ILLEGAL), "satp in user mode");
	tap_ok(is(in_user(exc_user_sfence), CAUSE_ILLEGAL), "sfence.vma in user mode");
	tap_ok(is(in_user(exc_user_hstatus), CAUSE_ILLEGAL), "hstatus in user mode");
	tap_ok(is(in_user(exc_user_hlv), CAUSE_ILLEGAL), "hlv in user mode");
	r = in_user(exc_user_wfi);
	tap_ok(!r.count || is(r, CAUSE_ILLEGAL), "wfi in user mode does nothing or is illegal");
}

int guest_main(void)
{
	supervisor();
	user();
	return tap_done();
}
