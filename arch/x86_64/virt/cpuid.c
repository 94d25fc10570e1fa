// SPDX-License-Identifier: Apache-2.0
#include <asm/cpuid_policy.h>
#include <asm/processor.h>
#include <asm/virt.h>
#include <asm/vlapic.h>

unsigned int x86_phys_bits(void)
{
	static unsigned int bits;

	/* A walk asks for each entry, and where Lodge is a guest itself each CPUID is an exit. */
	if (unlikely(!READ_ONCE(bits)))
		WRITE_ONCE(bits, cpuid(0x80000008, 0).eax & 0xff);
	return READ_ONCE(bits);
}

int x86_exit_cpuid(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;
	int length = x86_insn_length(vcpu, INSN_CPUID);
	const struct cpuid_guest g = {
		.host = cpuid,
		.id = vcpu->id,
		.nr = vcpu->vm->nr_vcpus,
		.osxsave = x86_reg(vcpu, X86_CR4) & CR4_OSXSAVE,
		.xcr0 = x86_guest_xcr0,
		.tsc_khz = x86_guest_tsc_khz,
		.apic_off = !a->lapic || !vlapic_is_on(a->lapic),
	};
	struct cpuid r;

	if (unlikely(length <= 0))
		return length ? EXIT_STOP : EXIT_RESUME;
	r = x86_cpuid_policy(&g, (u32)a->guest.gpr[GPR_RAX], (u32)a->guest.gpr[GPR_RCX]);
	a->guest.gpr[GPR_RAX] = r.eax;
	a->guest.gpr[GPR_RBX] = r.ebx;
	a->guest.gpr[GPR_RCX] = r.ecx;
	a->guest.gpr[GPR_RDX] = r.edx;
	x86_skip(vcpu, (unsigned int)length);
	return EXIT_RESUME;
}
