// SPDX-License-Identifier: Apache-2.0
#include <guest/code.h>
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * SIMD loads and stores of device registers that nobody's driver does. They may work,
 * fault, or stop this VM; the host goes on.
 */
int guest_main(void)
{
	static const u32 insns[] = {
		0x3dc00000, /* ldr q0, [x0] */
		0xad400400, /* ldp q0, q1, [x0] */
		0x4c407000, /* ld1 { v0.16b }, [x0] */
		0x0d408000, /* ld1 { v0.s }[0], [x0] */
		0x4c402000, /* ld1 { v0.16b - v3.16b }, [x0] */
		0x4cdf0000, /* ld4 { v0.16b - v3.16b }, [x0], #64 */
		0x4d40c000, /* ld1r { v0.16b }, [x0] */
		0x3d800000, /* str q0, [x0] */
		0xad000400, /* stp q0, q1, [x0] */
		0x4c007000, /* st1 { v0.16b }, [x0] */
		0x4c9f0000, /* st4 { v0.16b - v3.16b }, [x0], #64 */
	};
	static u32 code[2] __aligned(8);

	sysreg_write(cpacr_el1, CPACR_FPEN);
	isb();
	for (size_t i = 0; i < ARRAY_SIZE(insns); i++) {
		struct trap_record r;

		code_write((u64)code, CODE_UNDEFINED, 0);
		code[0] = insns[i];
		code_sync();
		tap_note("executing 0x%08x on the interrupt controller", insns[i]);
		trap_catch();
		((void (*)(u64))(u64)code)(intc_register());
		r = trap_caught();
		tap_ok(true, "survived");
		tap_note("%lu traps, cause 0x%lx", r.count, r.cause);
	}
	return tap_done();
}
