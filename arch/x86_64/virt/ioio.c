// SPDX-License-Identifier: Apache-2.0
/* I/O ports (AMD APM vol. 2, 15.10): where the next instruction is, is in exitinfo2. */
#include <asm/virt.h>

static __noinline int port_in(struct vcpu *vcpu, u16 port, unsigned int width)
{
	u64 *rax = &vcpu->arch.guest.gpr[GPR_RAX], val;

	if (unlikely(!vm_port_read(vcpu, port, width, &val)))
		vm_port_unclaimed(vcpu, port, width, false);
	*rax = width == 4 ? val & 0xffffffff
			  : (*rax & ~width_mask(width)) | (val & width_mask(width));
	return EXIT_RESUME;
}

static int port_out(struct vcpu *vcpu, u16 port, unsigned int width)
{
	u64 val = vcpu->arch.guest.gpr[GPR_RAX] & width_mask(width);

	if (unlikely(!vm_port_write(vcpu, port, width, val)))
		vm_port_unclaimed(vcpu, port, width, true);
	return EXIT_RESUME;
}

int x86_exit_port(struct vcpu *vcpu)
{
	struct vmcb *vmcb = vcpu->arch.vmcb;
	u64 info = vmcb->control.exitinfo1;
	unsigned int width = IOIO_SIZE(info);

	if (unlikely(info & IOIO_STRING))
		return x86_emulate(vcpu, ~0ul);
	x86_skip(vcpu, (unsigned int)(vmcb->control.exitinfo2 - vmcb->save.rip));
	return info & IOIO_IN ? port_in(vcpu, IOIO_PORT(info), width)
			      : port_out(vcpu, IOIO_PORT(info), width);
}
