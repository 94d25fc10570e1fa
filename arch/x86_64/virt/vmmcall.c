// SPDX-License-Identifier: Apache-2.0
/*
 * The guest's calls: the function in EAX, as the calls of PSCI and of the consoles of other
 * hypervisors have it. What is not offered answers NOT_SUPPORTED, as PSCI does, or with a number
 * that KVM's calls could have, as KVM does: guests that find its leaf try them.
 */
#include <lodge/console.h>
#include <lodge/vm.h>
#include <asm/virt.h>
#include "halt.h"

#define VMMCALL_PUTCHAR	   1u	       /* AL alone counts; the character is in DIL */
#define VMMCALL_KVM_KICK   5u	       /* KVM_HC_KICK_CPU: RCX has the APIC ID */
#define VMMCALL_SYSTEM_OFF 0x84000008u /* PSCI's SYSTEM_OFF */
#define VMMCALL_WIDE	   BIT(31)     /* calls with this bit are told apart by all of EAX */

#define VMMCALL_NOT_SUPPORTED (-(u64)1)
#define VMMCALL_KVM_ENOSYS    (-(u64)1000)

/* An ID that nobody has is no error to KVM either. */
static void kick(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;
	struct vcpu *other = vm_vcpu(vcpu->vm, (u32)a->guest.gpr[GPR_RCX]);

	if (other)
		x86_kick(other);
	a->guest.gpr[GPR_RAX] = 0;
}

int x86_exit_vmmcall(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;
	int length = x86_insn_length(vcpu, INSN_VMMCALL);
	u32 call = (u32)a->guest.gpr[GPR_RAX];

	if (unlikely(length <= 0))
		return length ? EXIT_STOP : EXIT_RESUME;
	/* Programs of the guest don't speak for it. */
	if (unlikely(x86_cpl(vcpu))) {
		x86_inject(vcpu, X86_UD);
		return EXIT_RESUME;
	}
	x86_skip(vcpu, (unsigned int)length);
	if (call == VMMCALL_SYSTEM_OFF) {
		vm_request_shutdown(vcpu->vm, 0);
		return EXIT_STOP;
	}
	if ((u8)call == VMMCALL_PUTCHAR && !(call & VMMCALL_WIDE)) {
		vcpu_putc(vcpu, (u8)a->guest.gpr[GPR_RDI]);
		a->guest.gpr[GPR_RAX] = 0;
		return EXIT_RESUME;
	}
	if (call == VMMCALL_KVM_KICK) {
		kick(vcpu);
		return EXIT_RESUME;
	}
	a->guest.gpr[GPR_RAX] = call & VMMCALL_WIDE ? VMMCALL_NOT_SUPPORTED : VMMCALL_KVM_ENOSYS;
	return EXIT_RESUME;
}
