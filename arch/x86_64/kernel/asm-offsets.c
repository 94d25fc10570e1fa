// SPDX-License-Identifier: Apache-2.0
/* Offsets that assembly needs, as lines that the build turns into a header. */
#include <lodge/smp.h>
#include <lodge/vcpu.h>
#include <asm/trap.h>

#define DEF(sym, val) __asm__ volatile("\n#@DEF " #sym " %0" : : "i"(val))

void asm_offsets(void);
void asm_offsets(void)
{
	DEF(CPU_SELF, offsetof(struct cpu, arch.self));
	DEF(CPU_HWID, offsetof(struct cpu, self_hwid));

	DEF(VCPU_GPR, offsetof(struct vcpu, arch.guest.gpr));
	DEF(VCPU_VMCB, offsetof(struct vcpu, arch.vmcb));
	DEF(VCPU_VMCB_PA, offsetof(struct vcpu, arch.vmcb_pa));
	DEF(VCPU_GS_BASE, offsetof(struct vcpu, arch.gs_base));
	DEF(VCPU_HOST_GS, offsetof(struct vcpu, arch.host_gs));
	DEF(VCPU_HOST_STATE, offsetof(struct vcpu, arch.host_state));
	DEF(VCPU_IN_REGISTERS, offsetof(struct vcpu, arch.in_registers));
	DEF(VCPU_REQUESTS, offsetof(struct vcpu, requests));

	DEF(FRAME_RBP, offsetof(struct trap_frame, rbp));
	DEF(FRAME_RIP, offsetof(struct trap_frame, rip));

	DEF(CONTEXT_RSP, offsetof(struct arch_context, rsp));
	DEF(CONTEXT_RBX, offsetof(struct arch_context, rbx));
	DEF(CONTEXT_RBP, offsetof(struct arch_context, rbp));
	DEF(CONTEXT_R12, offsetof(struct arch_context, r12));
}
