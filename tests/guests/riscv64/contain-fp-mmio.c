// SPDX-License-Identifier: Apache-2.0
#include <arch/plic.h>
#include <guest/tap.h>
#include <guest/trap.h>

/*
 * Floating-point loads and stores of device registers: nobody's driver does that. It may
 * work, fault, or stop this VM; the host goes on.
 */
int guest_main(void)
{
	/* flw, fld, fsw, fsd of f0, address in a0; the assembler is one without F */
	static const u32 insns[] = { 0x00052007, 0x00053007, 0x00052027, 0x00053027 };
	static u32 code[2] __aligned(8);

	csr_set(sstatus, SSTATUS_FS);
	for (size_t i = 0; i < ARRAY_SIZE(insns); i++) {
		struct trap_record r;

		code[0] = insns[i];
		code[1] = 0x00008067; /* ret */
		__asm__ volatile("fence.i" ::: "memory");
		tap_note("executing 0x%08x on the interrupt controller", insns[i]);
		trap_catch();
		((void (*)(u64))(u64)code)(plic_priority(8));
		r = trap_caught();
		tap_ok(true, "survived");
		tap_note("%lu traps, cause %lu", r.count, r.cause);
	}
	return tap_done();
}
