/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_VCPU_H
#define ASM_VCPU_H

#include <lodge/time.h>
#include <lodge/types.h>
#include <asm/emulate.h>
#include <asm/msr_policy.h>
#include <asm/walk.h>

struct vlapic;
struct vmcb;

#define NR_EXIT_CAUSES 0xb5 /* NR_SVM_CAUSES */

/**
 * struct fetch_memo - where the instructions of a page of the guest are in the host
 * @start:	rip at the start of the page, or FETCH_NOWHERE
 * @cr0, @cr3, @cr4, @efer, @cs_base, @cs_attrib: with which it was found
 * @generation: of the VM's nested translation, as @entry and @code are host addresses
 * @entry, @value: the entries of the guest's page tables that led to it, and what they said;
 *		where there are fewer, a word that does not change
 * @code:	the page
 * @mode:	default width of addresses, as for insn_decode()
 *
 * What the tables say now is compared every time, so that nobody has to tell when they change.
 */
#define FETCH_NOWHERE BIT(63) /* no rip is within a page of it */

struct fetch_memo {
	u64 start;
	u64 cr0, cr3, cr4, efer, cs_base, cs_attrib;
	u64 generation;
	const u64 *entry[WALK_LEVELS];
	u64 value[WALK_LEVELS];
	const u8 *code;
	unsigned int mode;
};

enum decode_move { MOVE_NONE, MOVE_LOAD, MOVE_STORE, MOVE_IMM };

/**
 * struct decode_memo - what an instruction is
 * @bytes, @mask: those that it has: the first 8, and the 8 up to INSN_MAX
 * @mode:	 as for insn_decode(); 0 for none
 * @move:	 it moves a register from or to memory, or a constant to it, and needs no more than @insn tells
 */
struct decode_memo {
	u64 bytes[2], mask[2];
	unsigned int mode;
	enum decode_move move;
	struct insn insn;
};

/* Instructions that use devices, by their addresses; drivers repeat themselves. */
#define DECODE_MEMOS 8

/*
 * Only where entries have no reserved bits (two levels without PSE) does a walk read on behind one of
 * ones: then the directory and a table can both be there, and what is behind them is no memory.
 */
#define X86_ONES_MAX 2

/**
 * struct x86_ones - what a walk of the guest's own tables reads where there is no memory
 * @page: all ones; made when it is first needed
 * @at: where it is now, in the guest
 */
struct x86_ones {
	hpa_t page;
	unsigned int nr;
	u64 at[X86_ONES_MAX];
};

/**
 * struct x86_system_state - what the processor keeps of a guest in a control block
 * @seg, @gdtr, @ldtr, @idtr, @tr: by SEG_*, as the manual's appendix B has their attributes
 * @cr4, @efer:	as the guest has them, without what the host sets besides
 * @event:	an exception, interrupt or NMI that is to be delivered before the next instruction, as
 *		EVENTINJ has it (AMD APM vol. 2, 15.20); 0 for none
 * @spec_ctrl:	where the processor switches it with the guest
 * @shadow:	interrupts wait for the end of the next instruction
 */
struct x86_system_state {
	struct x86_seg seg[NR_SEGS], gdtr, ldtr, idtr, tr;
	u64 rip, rflags;
	u64 cr0, cr2, cr3, cr4, efer, pat, dr6, dr7;
	u64 star, lstar, cstar, sfmask, kernel_gs_base;
	u64 sysenter_cs, sysenter_esp, sysenter_eip;
	u64 spec_ctrl;
	u64 event;
	bool shadow;
	u8 cpl;
};

#define X86_GUEST_VERSION 2

/**
 * struct x86_guest_state - what a guest can observe of its CPU, and nothing else
 * @version, @size: X86_GUEST_VERSION and sizeof(this); the version changes with the layout
 * @sys:	a copy, which x86_state_get() makes and x86_state_set() uses: the state itself is in
 *		the processor's control block
 * @gpr:	in the order in which instructions number them. RAX is right in exits, RSP is
 *		as @sys
 * @dr:		DR0 to DR3 while it is not loaded
 * @xcr0:	the guest's
 * @msr:	what MSRs hold that are in no register
 * @kvm_clock:	MSR_KVM_SYSTEM_TIME: where its clock's record is, and whether it is to be there
 * @kvm_steal:	MSR_KVM_STEAL_TIME, likewise of its steal time
 * @kvm_eoi:	MSR_KVM_EOI, likewise of the word by which it ends interrupts
 * @nmi_iret_rip: of the IRET that ends the handling of an NMI, once it came; ~0 before
 * @nmi_pending, @nmi_masked: an NMI waits; another is being handled
 * @halted:	it executed HLT with interrupts off, and has not run since
 * @kicked:	another has ended its halt (KVM_HC_KICK_CPU), or its next one
 *
 * It has no pointers: after x86_state_get() a copy of it, with the area of XSAVE behind, is the
 * CPU's part of a snapshot: the page at arch_vcpu.fpu, in the layout that CPUID
 * leaf 0xd tells. What is the VM's is not in it: the offset of its time-stamp counter, memory,
 * devices, and with them the local APIC.
 */
struct x86_guest_state {
	u32 version, size;
	struct x86_system_state sys;
	u64 gpr[NR_GPRS];
	u64 dr[4];
	u64 xcr0;
	struct x86_msrs msr;
	u64 kvm_clock;
	u64 kvm_steal, kvm_eoi;
	u64 nmi_iret_rip;
	bool nmi_pending, nmi_masked, halted, kicked;
};

/**
 * struct arch_vcpu - a guest's CPU
 * @guest:	its state, but for what is in @vmcb and @fpu; @guest.sys is a copy
 * @vmcb, @vmcb_pa: its control block
 * @gs_base:	the guest's, while the host's is in the register
 * @host_gs:	the host's, while the guest runs
 * @host_state:	page of the host's state that VMLOAD loads
 * @in_registers: the state that VMLOAD loads is the guest's, and not in the VMCB
 * @in_hlt:	it executed HLT, and has not run since
 * @see_hlt:	its next HLT exits, wherever it runs
 * @pauses_since, @paused_at: when a row of PAUSEs that exited began, and its last
 * @eoi_offered: the guest may end the interrupt in service by clearing a bit; from injection to exit
 * @nmi_stepping, @guest_tf: RFLAGS.TF is set for the host, to see the end of an NMI's IRET; what
 *		the guest had there
 * @shadow_rip:	where the guest was in an interrupt shadow in the last exit by the host, on TCG
 * @nmi_retry:	an NMI waits for the end of an interrupt shadow
 * @hidden_mce:	CR4_MCE where the guest has cleared it, and the processor's CR4 has it
 * @fpu:	x87, SSE and AVX state as XSAVE has it, while it is not in the registers; a page
 * @lapic:	its local APIC; NULL where the VM has none
 * @apic_page:	where it finds its local APIC besides the device's window, or APIC_NO_PAGE
 * @memory_generation: of the VM's nested translation when this CPU's TLB was last sure of it
 * @stuck_record, @stuck_rip: where the next exit was to be recorded when arch_vcpu_stuck() looked
 *		last, and RIP
 * @kvm_clock_seen: the VM's count of changes that the clock's record is of
 * @fetch, @decode: where its instructions are, and what they are
 * @ones: of page tables in no memory
 */
struct arch_vcpu {
	struct x86_guest_state guest;
	u64 gs_base, host_gs, host_state;
	bool in_registers, in_hlt, see_hlt, eoi_offered;

	u64 pauses_since, paused_at;
	bool nmi_stepping, guest_tf;
	u64 shadow_rip;
	struct timer nmi_retry;
	u64 hidden_mce;
	u64 apic_page;
	u64 memory_generation;
	const void *stuck_record;
	u64 stuck_rip;
	u32 kvm_clock_seen;
	struct fetch_memo fetch;
	struct decode_memo decode[DECODE_MEMOS];
	/* From here on a reset leaves it as it is; others look at @lapic meanwhile. */
	struct vmcb *vmcb;
	u64 vmcb_pa;
	void *fpu;
	struct vlapic *lapic;
	struct x86_ones ones;
};

#endif
