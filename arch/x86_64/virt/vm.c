// SPDX-License-Identifier: Apache-2.0
/* What a VM has on x86_64, and what all of them share. */
#include <lodge/arch_virt.h>
#include <lodge/errno.h>
#include <lodge/init.h>
#include <lodge/panic.h>
#include <lodge/printk.h>
#include <lodge/string.h>
#include <lodge/time.h>
#include <asm/cpuid_policy.h>
#include <asm/layout.h>
#include <asm/msr.h>
#include <asm/pgtable.h>
#include <asm/speculation.h>
#include <asm/virt.h>

u64 x86_guest_xcr0 __ro_after_init;
u32 x86_guest_tsc_khz __ro_after_init;
bool x86_has_tsc_aux __ro_after_init;

#define CPUID_EXT_EDX_RDTSCP BIT(27)

static void features_init(void)
{
	x86_has_tsc_aux = cpuid(0x80000001, 0).edx & CPUID_EXT_EDX_RDTSCP;
	if (cpuid(1, 0).ecx & CPUID_1_ECX_XSAVE)
		x86_guest_xcr0 = cpuid(0xd, 0).eax & XCR0_OFFERED;
	if (!x86_xcr0_valid(x86_guest_xcr0, XCR0_OFFERED))
		x86_guest_xcr0 &= XCR0_X87 | XCR0_SSE | XCR0_AVX;
	x86_guest_tsc_khz = (u32)(time_hz() / 1000);
}

void arch_virt_init(void)
{
	features_init();
	x86_virt_init();
	vmid_init(cpu_features.svm_asids - 1);
	pr_info("guests: %s, %u ASIDs, %s, %s", arch_stage2_format()->name, cpu_features.svm_asids,
		cpu_features.svm & CPUID_SVM_EDX_NRIPS ? "next RIP saved" : "instructions decoded",
		cpu_features.svm & CPUID_SVM_EDX_DECODE_ASSISTS ? "decode assists"
								: "instructions fetched");
	x86_speculation_print();
}

const struct pgtable_format *arch_stage2_format(void)
{
	return cpu_features.page1g ? &npt_1g : &npt_2m;
}

int arch_vm_init(struct vm *vm)
{
	spin_lock_init(&vm->arch.halt_lock, "halt_lock");
	/* The guest's time begins at 0. */
	vm->arch.tsc_offset = -time_now();
	return x86_ports_grant(vm);
}

void arch_vm_set_back(struct vm *vm, u64 ticks)
{
	/* The timers of devices read it at any time. */
	WRITE_ONCE(vm->arch.tsc_offset, vm->arch.tsc_offset - ticks);
}

void arch_vm_destroy(struct vm *vm)
{
	/* Its ASIDs are not used again before their CPU has flushed all of them. */
	x86_ports_revoke(vm);
}

/* Nothing to do: all that guests access is coherent with what the host has in its caches. */
void arch_memory_clean(hpa_t page, u64 size)
{
	(void)page;
	(void)size;
}
