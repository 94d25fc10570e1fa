// SPDX-License-Identifier: Apache-2.0
/* Secure virtual machine mode on each CPU (AMD APM vol. 2, 15.4). */
#include <lodge/arch.h>
#include <lodge/panic.h>
#include <lodge/printk.h>
#include <lodge/smp.h>
#include <asm/cpuid.h>
#include <asm/features.h>
#include <asm/msr.h>
#include <asm/trap.h>

/* Whether the firmware has turned it off; what is not locked is turned on again. */
static bool disabled_by_firmware(void)
{
	u64 vm_cr;

	/* Emulators may know SVM without this register. */
	if (!rdmsr_safe(MSR_VM_CR, &vm_cr) || !(vm_cr & VM_CR_SVMDIS))
		return false;
	if (vm_cr & VM_CR_LOCK)
		return true;
	return !wrmsr_safe(MSR_VM_CR, vm_cr & ~VM_CR_SVMDIS);
}

void svm_cpu_init(void)
{
	struct arch_cpu *a = &this_cpu()->arch;

	if (!cpu_features.has_svm)
		panic_plain(
			"this CPU (%s) has no SVM, AMD's virtualization: Lodge can't run guests "
			"on it. On QEMU use -cpu EPYC",
			cpu_features.vendor);
	if (disabled_by_firmware())
		panic_plain("SVM is turned off and locked by the firmware: look for \"SVM Mode\" "
			    "or \"Virtualization\" in its setup");
	if (!(cpu_features.svm & CPUID_SVM_EDX_NP))
		panic_plain("this CPU's SVM has no nested paging, which Lodge needs");
	if (!a->hsave)
		a->hsave = page_alloc(0, PAGE_ZERO, NULL).v;
	if (!a->hsave)
		panic("no memory for the host state of CPU %u", cpu_id());
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SVME);
	wrmsr(MSR_VM_HSAVE_PA, a->hsave);
}
