// SPDX-License-Identifier: Apache-2.0
/* What all guests share under SVM: permission maps, and the host's state for each CPU. */
#include <lodge/errno.h>
#include <lodge/init.h>
#include <lodge/panic.h>
#include <lodge/printk.h>
#include <lodge/string.h>
#include <asm/cpuid_policy.h>
#include <asm/layout.h>
#include <asm/msr.h>
#include <asm/speculation.h>
#include <asm/trap.h>
#include "svm_vcpu.h"

u8 *svm_iopm __ro_after_init, *svm_msrpm __ro_after_init;
bool svm_has_fsgsbase __ro_after_init;

#define CPUID_7_EBX_FSGSBASE BIT(0)

/* ---- permission maps ---- */

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

int x86_ports_grant(struct vm *vm)
{
	const struct vm_config *cfg = vm->cfg;
	unsigned int i;
	u32 port;
	u8 *map;

	if (!cfg->nr_ports)
		return 0;
	vm->arch.iopm = page_alloc(IOPM_ORDER, 0, vm->account);
	if (!vm->arch.iopm.v)
		return -ENOMEM;
	map = memset(hpa_to_kva(vm->arch.iopm), 0xff, PAGE_SIZE << IOPM_ORDER);
	for (i = 0; i < cfg->nr_ports; i++)
		for (port = cfg->port[i].first; port - cfg->port[i].first < cfg->port[i].nr; port++)
			map[port / 8] &= (u8) ~(1u << port % 8);
	return 0;
}

void x86_ports_revoke(struct vm *vm)
{
	if (vm->arch.iopm.v)
		page_free(vm->arch.iopm, IOPM_ORDER, vm->account);
	vm->arch.iopm = hpa(0);
}

/* Two bits for each MSR, read and write, in three ranges of 2 KiB (figure 15-3). */
static void permit(u8 *map, u32 msr)
{
	u32 base = msr >= 0xc0000000 ? 0x800 : 0, bit = 2 * (msr & 0x1fff);

	map[base + bit / 8] &= (u8) ~(3u << bit % 8);
}

static void permit_read(u8 *map, u32 msr)
{
	u32 base = msr >= 0xc0000000 ? 0x800 : 0, bit = 2 * (msr & 0x1fff);

	map[base + bit / 8] &= (u8) ~(1u << bit % 8);
}

static void permit_write(u8 *map, u32 msr)
{
	u32 base = msr >= 0xc0000000 ? 0x800 : 0, bit = 2 * (msr & 0x1fff) + 1;

	map[base + bit / 8] &= (u8) ~(1u << bit % 8);
}

/*
 * Whether WRMSR refuses what is no canonical address, as it has to (APM vol. 3, "WRMSR"). QEMU's TCG
 * does not: there each write exits.
 */
static bool checks_addresses(void)
{
	u64 was = rdmsr(MSR_KERNEL_GS);
	bool checked = !wrmsr_safe(MSR_KERNEL_GS, BIT(62));

	wrmsr(MSR_KERNEL_GS, was);
	return checked;
}

/* What is saved and loaded with the guest: by VMSAVE and VMLOAD, or with the vCPU. */
static void msrpm_init(u8 *map)
{
	static const u32 direct[] = {
		MSR_SYSENTER_CS, MSR_SYSENTER_ESP, MSR_SYSENTER_EIP, MSR_STAR, MSR_SFMASK,
	};
	static const u32 addresses[] = {
		MSR_LSTAR, MSR_CSTAR, MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS,
	};
	bool checked = checks_addresses();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(direct); i++)
		permit(map, direct[i]);
	for (i = 0; i < ARRAY_SIZE(addresses); i++)
		checked ? permit(map, addresses[i]) : permit_read(map, addresses[i]);
	if (x86_has_tsc_aux)
		permit(map, MSR_TSC_AUX);
	if (x86_spec_ctrl_offered(cpuid))
		permit(map, MSR_SPEC_CTRL);
	/* It has no state, and can't be read. */
	if (cpuid(0x80000008, 0).ebx & CPUID_CAP_EBX_IBPB)
		permit_write(map, MSR_PRED_CMD);
}

/* ---- the host's state ---- */

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

void x86_virt_init(void)
{
	svm_has_fsgsbase = cpuid(7, 0).ebx & CPUID_7_EBX_FSGSBASE;
	svm_iopm = permission_map(IOPM_ORDER);
	svm_msrpm = permission_map(MSRPM_ORDER);
	msrpm_init(svm_msrpm);
	host_states_init();
}
