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

u8 *svm_iopm __ro_after_init, *svm_msrpm __ro_after_init;
u64 x86_guest_xcr0 __ro_after_init;
u32 x86_guest_tsc_khz __ro_after_init;
bool svm_has_fsgsbase __ro_after_init, x86_has_tsc_aux __ro_after_init;

#define CPUID_7_EBX_FSGSBASE BIT(0)
#define CPUID_EXT_EDX_RDTSCP BIT(27)

/* 12 KiB and 8 KiB (15.10.1, 15.11). */
#define IOPM_ORDER  2
#define MSRPM_ORDER 1

/* Pages that are all ones: everything exits unless somebody says otherwise. */
static u8 *permission_map(unsigned int order)
{
	hpa_t page = page_alloc(order, 0, NULL);

	if (!page.v)
		panic("no memory for the permission maps of guests");
	return memset(hpa_to_kva(page), 0xff, PAGE_SIZE << order);
}

static void features_init(void)
{
	svm_has_fsgsbase = cpuid(7, 0).ebx & CPUID_7_EBX_FSGSBASE;
	x86_has_tsc_aux = cpuid(0x80000001, 0).edx & CPUID_EXT_EDX_RDTSCP;
	if (cpuid(1, 0).ecx & CPUID_1_ECX_XSAVE)
		x86_guest_xcr0 = cpuid(0xd, 0).eax & XCR0_OFFERED;
	if (!x86_xcr0_valid(x86_guest_xcr0, XCR0_OFFERED))
		x86_guest_xcr0 &= XCR0_X87 | XCR0_SSE | XCR0_AVX;
	x86_guest_tsc_khz = (u32)(time_hz() / 1000);
}

/* A page for what VMLOAD gives each CPU of the host back: see svm_save_host_state(). */
static hpa_t host_state[CONFIG_NR_CPUS];

static void host_states_init(void)
{
	unsigned int i;

	for (i = 0; i < cpu_count(); i++) {
		host_state[i] = page_alloc(0, PAGE_ZERO, NULL);
		if (!host_state[i].v)
			panic("no memory for the host's state");
	}
}

void svm_save_host_state(struct cpu *c)
{
	c->arch.svm_host_state = host_state[c->id].v;
	__asm__ volatile("vmsave %0" ::"a"(c->arch.svm_host_state) : "memory");
}

void arch_virt_init(void)
{
	features_init();
	svm_iopm = permission_map(IOPM_ORDER);
	svm_msrpm = permission_map(MSRPM_ORDER);
	svm_msrpm_init(svm_msrpm);
	host_states_init();
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
	/* The guest's time begins at 0. */
	vm->arch.tsc_offset = -time_now();
	return 0;
}

void arch_vm_destroy(struct vm *vm)
{
	/* Its ASID is not used again before all CPUs have flushed all of them. */
	(void)vm;
}

void arch_stage2_flush(struct vm *vm, u64 addr, u64 size)
{
	/* The host can't flush a guest's translations but by VMRUN: each vCPU does before it
	 * enters again, and until then none can use them. */
	(void)addr;
	(void)size;
	vm->arch.memory_generation++;
}

/* Nothing to do: all that guests access is coherent with what the host has in its caches. */
void arch_memory_clean(hpa_t page, u64 size)
{
	(void)page;
	(void)size;
}
