// SPDX-License-Identifier: Apache-2.0
/* The host alone: no VM can be made. */
#include <lodge/arch_virt.h>
#include <lodge/elf.h>
#include <lodge/errno.h>
#include <lodge/printk.h>
#include <asm/features.h>
#include <asm/pgtable.h>

const struct guest_board arch_guest_board = { .ram_base = 0 };

void arch_virt_init(void)
{
	pr_warn("this build runs no guests");
}

const struct pgtable_format *arch_stage2_format(void)
{
	return cpu_features.page1g ? &npt_1g : &npt_2m;
}

int arch_vm_init(struct vm *vm)
{
	return -EOPNOTSUPP;
}

int arch_vcpu_init(struct vcpu *vcpu)
{
	return -EOPNOTSUPP;
}

int arch_vcpu_run(struct vcpu *vcpu)
{
	return -EOPNOTSUPP;
}

int arch_image_load(struct image_loader *l)
{
	return -ENOEXEC;
}

int arch_boot_data(struct image_loader *l)
{
	return -EOPNOTSUPP;
}

const char *arch_exit_name(unsigned int cause)
{
	return NULL;
}

bool arch_vcpu_prepare_block(struct vcpu *vcpu)
{
	return true;
}

bool arch_vcpu_irq_pending(struct vcpu *vcpu)
{
	return false;
}

bool arch_vcpu_stuck(struct vcpu *vcpu)
{
	return false;
}

void arch_vm_destroy(struct vm *vm)
{
}

void arch_stage2_flush(struct vm *vm, u64 addr, u64 size)
{
}

void arch_vcpu_destroy(struct vcpu *vcpu)
{
}

void arch_vcpu_reset(struct vcpu *vcpu, u64 pc, u64 arg)
{
}

void arch_vcpu_load(struct vcpu *vcpu)
{
}

void arch_vcpu_put(struct vcpu *vcpu)
{
}

void arch_vcpu_sync(struct vcpu *vcpu, u32 req)
{
}

void arch_vcpu_dump(struct vcpu *vcpu)
{
}
