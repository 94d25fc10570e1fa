// SPDX-License-Identifier: Apache-2.0
/* Offsets that assembly needs, as lines that the build turns into a header. */
#include <lodge/smp.h>
#include <lodge/vcpu.h>
#include <asm/trap.h>

#define DEF(sym, val) __asm__ volatile("\n#@DEF " #sym " %0" : : "i"(val))

void asm_offsets(void);
void asm_offsets(void)
{
	DEF(CPU_LOADED, offsetof(struct cpu, loaded));
	DEF(CPU_OVERFLOW_STACK, offsetof(struct cpu, arch.overflow_stack));

	DEF(FRAME_GPR, offsetof(struct trap_frame, gpr));
	DEF(FRAME_SP, offsetof(struct trap_frame, sp));
	DEF(FRAME_PC, offsetof(struct trap_frame, pc));
	DEF(FRAME_ESR, offsetof(struct trap_frame, esr));
	DEF(FRAME_RECORD, offsetof(struct trap_frame, record));
	DEF(FRAME_SIZE, sizeof(struct trap_frame));

	DEF(VCPU_GPR, offsetof(struct vcpu, arch.guest.gpr));
	DEF(VCPU_PC, offsetof(struct vcpu, arch.guest.pc));
	DEF(VCPU_REQUESTS, offsetof(struct vcpu, requests));
}
