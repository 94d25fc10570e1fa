// SPDX-License-Identifier: Apache-2.0
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * User code of the other instruction set, where the CPU has that: what it does to devices,
 * coprocessors and the firmware comes to the host with other syndromes, and its instructions
 * must not be taken for AArch64's. It may work, fault, or be undefined.
 */

#define SPSR_A32 0x10 /* user mode, ARM instructions, interrupts on */

static const struct {
	const char *what;
	u32 insn;
} tries[] = {
	{ "ldr r1, [r0]", 0xe5901000 },
	{ "ldr r1, [r0], #4", 0xe4901004 },
	{ "ldrd r2, r3, [r0]", 0xe1c020d0 },
	{ "ldm r0, {r1-r12}", 0xe8901ffe },
	{ "str r1, [r0]", 0xe5801000 },
	{ "stm r0!, {r1, r2}", 0xe8a00006 },
	{ "ldrex r1, [r0]", 0xe1901f9f },
	{ "vldr d0, [r0]", 0xed900b00 },
	{ "mrc p15, 0, r1, c0, c0, 0", 0xee101f10 },
	{ "mrc p15, 0, r1, c9, c12, 0", 0xee191f1c },
	{ "mcr p15, 0, r1, c7, c10, 5", 0xee071fba },
	{ "mrrc p15, 1, r1, r2, c14", 0xec521f1e },
	{ "mrc p14, 0, r1, c0, c1, 0", 0xee101e11 },
	{ "mrc p10, 7, r1, c0, c0", 0xeef01a10 },
	{ "wfi", 0xe320f003 },
	{ "wfe", 0xe320f002 },
	{ "smc #0", 0xe1600070 },
	{ "hvc #0", 0xe1400070 },
	{ "bkpt #0", 0xe1200070 },
	{ "udf #0", 0xe7f000f0 },
};

static u32 code[4] __aligned(16);
static bool inside;

/* First from AArch64, then back from the other. */
static void on_svc(struct trap_frame *f)
{
	if (inside)
		user_leave(0);
	inside = true;
	f->spsr = SPSR_A32;
	f->elr = (u64)code;
	f->x[0] = intc_register();
}

void a32_begin(void);
__asm__(".pushsection .text\na32_begin: svc #0\n.popsection");

static u8 user_stack[1024] __aligned(16);

int guest_main(void)
{
	if ((sysreg_read(id_aa64pfr0_el1) & 0xf) != 2) {
		tap_ok(true, "this CPU has no AArch32");
		return tap_done();
	}
	user_ecall = on_svc;
	for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
		struct trap_record r;

		code[0] = tries[i].insn;
		code[1] = 0xef000000; /* svc #0 */
		code[2] = 0xef000000;
		__asm__ volatile("dsb ish; ic iallu; dsb ish; isb" ::: "memory");
		tap_note("%s", tries[i].what);
		inside = false;
		trap_catch();
		user_enter((u64)a32_begin, (u64)user_stack + sizeof(user_stack));
		r = trap_caught();
		tap_ok(r.count <= 2, "survived");
		tap_note("%lu traps, cause 0x%lx", r.count, r.cause);
	}
	return tap_done();
}
