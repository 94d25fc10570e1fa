/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSN_FUZZ_H
#define INSN_FUZZ_H

/* A machine with no memory and one device at DEVICE, found by the bus or remembered. */
#include <lodge/errno.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>

static u64 low(u64 val, unsigned int width)
{
	return width == 8 ? val : val & (BIT(8 * width) - 1);
}

int vm_memory_fault(struct vcpu *vcpu, gpa_t addr, u32 access)
{
	return -ENODEV;
}

static u64 quick_read(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width)
{
	u64 val;

	vm_mmio_read(vcpu, gpa(DEVICE + off), width, &val);
	return val;
}

static void quick_write(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width, u64 val)
{
	vm_mmio_write(vcpu, gpa(DEVICE + off), width, val);
}

#endif
