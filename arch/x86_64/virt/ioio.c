// SPDX-License-Identifier: Apache-2.0
/* I/O ports. */
#include <asm/virt.h>

int x86_port_in(struct vcpu *vcpu, u16 port, unsigned int width)
{
	u64 *rax = &vcpu->arch.guest.gpr[GPR_RAX], val;

	if (unlikely(!vm_port_read(vcpu, port, width, &val)))
		vm_port_unclaimed(vcpu, port, width, false);
	*rax = width == 4 ? val & 0xffffffff
			  : (*rax & ~width_mask(width)) | (val & width_mask(width));
	return EXIT_RESUME;
}

int x86_port_out(struct vcpu *vcpu, u16 port, unsigned int width)
{
	u64 val = vcpu->arch.guest.gpr[GPR_RAX] & width_mask(width);

	if (unlikely(!vm_port_write(vcpu, port, width, val)))
		vm_port_unclaimed(vcpu, port, width, true);
	return EXIT_RESUME;
}
