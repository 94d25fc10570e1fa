/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_VCPU_H
#define ASM_VCPU_H

#include <lodge/types.h>
#include <asm/emulate.h>
#include <asm/msr_policy.h>
#include <asm/svm.h>
#include <asm/walk.h>

struct vlapic;

#define NR_EXIT_CAUSES NR_SVM_CAUSES

/**
 * struct fetch_memo - where the instructions of a page of the guest are in the host
 * @page:	linear address of the page; not aligned for none
 * @cr3, @mode: with which tables it was found, and in which mode
 * @generation: of the VM's nested translation, as @walk and @code are host addresses
 * @walk:	entries of the guest's page tables that led to it
 * @code:	the page
 *
 * What the tables say now is compared every time, so that nobody has to tell when they change.
 */
struct fetch_memo {
	u64 page;
	u64 cr3, mode;
	u64 generation;
	struct x86_walk walk;
	const u8 *code;
};

/**
 * struct arch_vcpu - a guest's CPU
 * @gpr:	in the order in which instructions number them. RAX is right in exits, RSP is
 *		in the VMCB
 * @vmcb, @vmcb_pa: its control block
 * @gs_base:	the guest's, while the host's is in the register
 * @host_gs:	the host's, while the guest runs
 * @host_state:	page of the host's state that VMLOAD loads
 * @in_registers: the state that VMLOAD loads is the guest's, and not in the VMCB
 * @nmi_pending, @nmi_masked: an NMI waits; another is being handled
 * @nmi_iret_rip: of the IRET that ends the handling, once it came; ~0 before
 * @event:	what eventinj is to be at the next entry, or 0
 * @xcr0:	the guest's
 * @fpu:	x87, SSE and AVX state as XSAVE has it, while it is not in the registers; a page
 * @dr:		DR0 to DR3 while it is not loaded
 * @lapic:	its local APIC; NULL where the VM has none
 * @memory_generation: of the VM's nested translation when this CPU's TLB was last sure of it
 * @msr:	what MSRs hold that are in no register
 * @memo:	where its instructions are
 */
struct arch_vcpu {
	u64 gpr[NR_GPRS];
	struct vmcb *vmcb;
	u64 vmcb_pa;
	u64 gs_base, host_gs, host_state;
	bool in_registers;

	bool nmi_pending, nmi_masked;
	u64 nmi_iret_rip;
	u64 event;
	u64 xcr0;
	void *fpu;
	u64 dr[4];
	struct vlapic *lapic;
	u64 memory_generation;
	struct x86_msrs msr;
	struct fetch_memo memo;
};

#endif
