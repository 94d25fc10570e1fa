// SPDX-License-Identifier: Apache-2.0
/* The host alone: VMs are refused. */
#include <lodge/arch_virt.h>
#include <lodge/errno.h>
#include <lodge/printk.h>
#include <lodge/vm.h>
#include <asm/pgtable.h>
#include <asm/sysreg.h>
#include <asm/sysreg_id.h>
#include <asm/virt.h>

const struct guest_board arch_guest_board = { .ram_base = 0x40000000,
					      .kernel_offset = MIB(2),
					      .elf_machine = 183 };

#define NONE(name)                  \
	void name(void);            \
	void name(void)             \
	{                           \
		panic("%s", #name); \
	}
NONE(arm64_guest_sync)
NONE(arm64_guest_irq)
NONE(arm64_guest_fiq)
NONE(arm64_guest_serror)

void arm64_guest_cpu_init(void)
{
}
void arch_virt_init(void)
{
}
const struct pgtable_format *arch_stage2_format(void)
{
	return stage2_format(sysreg_field(read_sysreg(ID_AA64MMFR0_EL1), ID_AA64MMFR0_PARANGE));
}
int arch_vm_init(struct vm *vm)
{
	return -EOPNOTSUPP;
}
void arch_vm_destroy(struct vm *vm)
{
}
void arch_stage2_flush(struct vm *vm, u64 addr, u64 size)
{
}
int arch_vcpu_init(struct vcpu *vcpu)
{
	return -EOPNOTSUPP;
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
int arch_vcpu_run(struct vcpu *vcpu)
{
	return EXIT_STOP;
}
bool arch_vcpu_prepare_block(struct vcpu *vcpu)
{
	return false;
}
bool arch_vcpu_irq_pending(struct vcpu *vcpu)
{
	return false;
}
void arch_vcpu_set_external(struct vcpu *vcpu, bool level)
{
}
void arch_vcpu_sync(struct vcpu *vcpu, u32 req)
{
}
void arch_vcpu_dump(struct vcpu *vcpu)
{
}
bool arch_vcpu_stuck(struct vcpu *vcpu)
{
	return false;
}
const char *arch_exit_name(unsigned int cause)
{
	return NULL;
}
int arch_guest_fdt(struct vm *vm, struct fdt_writer *w)
{
	return 0;
}
int arch_image_probe(const void *head, size_t len, struct image_info *out)
{
	return -ENOEXEC;
}
