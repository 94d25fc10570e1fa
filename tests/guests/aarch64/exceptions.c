// SPDX-License-Identifier: Apache-2.0
#include <arch/psci.h>
#include <guest/guest.h>
#include <guest/tap.h>
#include <guest/trap.h>

/* A guest's own exceptions reach its own handler, from the kernel's mode and from EL0. */

static bool is(struct trap_record r, u64 ec)
{
	if (r.count == 1 && ESR_EC(r.cause) == ec)
		return true;
	tap_note("%lu traps, esr 0x%lx, far 0x%lx", r.count, r.cause, r.tval);
	return false;
}

static void kernel(void)
{
	u64 buf[2] = { 0x1122334455667788, 0x99aabbccddeeff00 }, v = 0, here, daif;
	struct trap_record r;

	trap_catch();
	__asm__ volatile("adr %0, 1f; 1: brk #0x123" : "=r"(here)::"memory");
	r = trap_caught();
	tap_ok(is(r, EC_BRK64) && (r.cause & 0xffff) == 0x123, "brk, with its number");
	tap_eq(r.epc, here, "and its address");
	trap_catch();
	__asm__ volatile("adr %0, 1f; 1: .4byte 0" : "=r"(here)::"memory");
	r = trap_caught();
	tap_ok(is(r, EC_UNKNOWN) && r.epc == here, "an undefined instruction");
	daif = sysreg_read(daif);
	trap_catch();
	__asm__ volatile("svc #7" ::: "memory");
	r = trap_caught();
	tap_ok(r.count == 1 && ESR_EC(r.cause) == EC_SVC64 && (r.cause & 0xffff) == 7,
	       "svc from the kernel");
	tap_eq(sysreg_read(daif), daif, "the masks are as before");

	trap_catch();
	__asm__ volatile("ldr %0, [%1]" : "+r"(v) : "r"((u64)buf + 1) : "memory");
	r = trap_caught();
	tap_ok(r.count ? trap_is(r, TRAP_MISALIGNED) : v == 0x0011223344556677,
	       "a load across words works or is misaligned");
	sysreg_write(sctlr_el1, sysreg_read(sctlr_el1) | SCTLR_A);
	isb();
	trap_catch();
	__asm__ volatile("ldr %0, [%1]" : "+r"(v) : "r"((u64)buf + 1) : "memory");
	r = trap_caught();
	sysreg_write(sctlr_el1, sysreg_read(sctlr_el1) & ~SCTLR_A);
	isb();
	tap_ok(trap_is(r, TRAP_MISALIGNED) && r.tval == (u64)buf + 1,
	       "with alignment checks it is misaligned");
	trap_catch();
	((void (*)(void))((u64)buf + 2))();
	r = trap_caught();
	tap_ok(is(r, EC_PC_ALIGN), "a jump to an address that is not aligned");
	trap_catch();
	__asm__ volatile("msr s3_4_c1_c1_0, xzr" ::: "memory");
	tap_ok(is(trap_caught(), EC_UNKNOWN), "HCR_EL2 is undefined");
	trap_catch();
	__asm__ volatile("msr s3_6_c1_c1_0, xzr" ::: "memory");
	tap_ok(is(trap_caught(), EC_UNKNOWN), "SCR_EL3 is undefined");
}

/* What user code did when it trapped, seen by the handler. */
static struct trap_frame seen;

static void on_user_svc(struct trap_frame *f)
{
	seen = *f;
	user_leave(7);
}

/* Each in EL0, up to its system call. */
#define USER(name, insn)               \
	void exc_user_##name(void);    \
	__asm__(".pushsection .text\n" \
		"exc_user_" #name ": " insn "; svc #0\n.popsection")

USER(svc, "mov x8, #1234");
USER(brk, "brk #1");
USER(eret, "eret");
USER(ttbr, "mrs x0, ttbr0_el1");
USER(sctlr, "msr sctlr_el1, xzr");
USER(tlbi, "tlbi vmalle1");
USER(daif, "msr daifset, #2");
USER(hvc, "movz w0, #0x8400, lsl #16; hvc #0");
USER(smc, "movz w0, #0x8400, lsl #16; smc #0");
USER(wfi, "wfi");
USER(wfe, "sevl; wfe");
USER(undef, ".4byte 0");
USER(hcr, "mrs x0, s3_4_c1_c1_0");
USER(impdef, "mrs x0, s3_0_c15_c0_0");
USER(cntvct, "mrs x0, cntvct_el0");
USER(fp, "mrs x0, fpcr");
USER(sp, "mov x8, sp; add sp, sp, #8; ldr x0, [sp]");
USER(id, "mrs x0, id_aa64pfr0_el1");

static u8 user_stack[1024] __aligned(16);

static struct trap_record in_user(void (*fn)(void))
{
	trap_catch();
	user_enter((u64)fn, (u64)user_stack + sizeof(user_stack) - 64);
	return trap_caught();
}

/* ID registers are undefined in EL0, or trapped as an access of a register. */
static bool is_refused(struct trap_record r)
{
	if (r.count == 1 && (ESR_EC(r.cause) == EC_UNKNOWN || ESR_EC(r.cause) == EC_SYS64))
		return true;
	tap_note("%lu traps, esr 0x%lx", r.count, r.cause);
	return false;
}

static void user(void)
{
	struct trap_record r;

	user_ecall = on_user_svc;
	r = in_user(exc_user_svc);
	tap_ok(!r.count && seen.x[8] == 1234, "a system call from user mode");
	tap_eq(ESR_EC(seen.esr), EC_SVC64, "is one");
	tap_ok(!(seen.spsr & PSTATE_M) && seen.vector == 8, "from EL0, by the vector for it");
	tap_ok(is(in_user(exc_user_brk), EC_BRK64), "brk in user mode");
	tap_ok(is(in_user(exc_user_undef), EC_UNKNOWN), "an undefined instruction in user mode");
	tap_ok(is(in_user(exc_user_eret), EC_UNKNOWN), "eret in user mode");
	tap_ok(is_refused(in_user(exc_user_ttbr)), "TTBR0_EL1 in user mode");
	tap_ok(is_refused(in_user(exc_user_sctlr)), "SCTLR_EL1 in user mode");
	tap_ok(is_refused(in_user(exc_user_tlbi)), "tlbi in user mode");
	tap_ok(is_refused(in_user(exc_user_daif)), "interrupt masks in user mode");
	tap_ok(is(in_user(exc_user_hvc), EC_UNKNOWN), "hvc in user mode is undefined");
	tap_ok(is(in_user(exc_user_smc), EC_UNKNOWN), "smc in user mode is undefined");
	tap_ok(is(in_user(exc_user_hcr), EC_UNKNOWN), "HCR_EL2 in user mode");
	tap_ok(is_refused(in_user(exc_user_impdef)), "what is nobody's in user mode");
	tap_ok(is_refused(in_user(exc_user_id)), "ID registers in user mode");
	tap_ok(is(in_user(exc_user_fp), EC_FP), "FP in user mode, with CPACR_EL1 forbidding it");
	sysreg_write(cntkctl_el1, 0);
	isb();
	tap_ok(is_refused(in_user(exc_user_cntvct)), "the counter, with CNTKCTL_EL1 forbidding it");
	sysreg_write(cntkctl_el1, 2);
	isb();
	tap_ok(!in_user(exc_user_cntvct).count, "and allowing it");
	/* SCTLR_EL1.nTWI and nTWE are 0. */
	tap_ok(is(in_user(exc_user_wfi), EC_WFX), "wfi in user mode, with SCTLR_EL1 forbidding it");
	sysreg_write(sctlr_el1, sysreg_read(sctlr_el1) | BIT(18) | BIT(16));
	isb();
	tap_ok(!in_user(exc_user_wfe).count, "wfe in user mode, with SCTLR_EL1 allowing it");
	sysreg_write(sctlr_el1, sysreg_read(sctlr_el1) & ~(BIT(18) | BIT(16)));
	isb();
	r = in_user(exc_user_sp);
	tap_ok(!r.count || is(r, EC_SP_ALIGN), "a stack that is not aligned in user mode");
}

int guest_main(void)
{
	kernel();
	user();
	return tap_done();
}
