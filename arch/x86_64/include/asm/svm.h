/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_SVM_H
#define ASM_SVM_H

/* The virtual machine control block by the manual's names (AMD APM vol. 2, appendix B). */

#define VMCB_CLEAN_OFFSET 0x0c0 /* for assembly */
#define VMCB_RAX_OFFSET	  0x5f8

#ifndef __ASSEMBLY__
#include <lodge/types.h>
#include <asm/emulate.h> /* struct x86_seg */

/* Intercepts, by the word that they are in. */
#define INTERCEPT_INTR	       BIT(0)
#define INTERCEPT_NMI	       BIT(1)
#define INTERCEPT_VINTR	       BIT(4)
#define INTERCEPT_RDPMC	       BIT(15)
#define INTERCEPT_CPUID	       BIT(18)
#define INTERCEPT_RSM	       BIT(19)
#define INTERCEPT_IRET	       BIT(20)
#define INTERCEPT_INVD	       BIT(22)
#define INTERCEPT_PAUSE	       BIT(23)
#define INTERCEPT_HLT	       BIT(24)
#define INTERCEPT_INVLPGA      BIT(26)
#define INTERCEPT_IOIO_PROT    BIT(27)
#define INTERCEPT_MSR_PROT     BIT(28)
#define INTERCEPT_FERR_FREEZE  BIT(30)
#define INTERCEPT_SHUTDOWN     BIT(31)
#define INTERCEPT2_VMRUN       BIT(0)
#define INTERCEPT2_VMMCALL     BIT(1)
#define INTERCEPT2_VMLOAD      BIT(2)
#define INTERCEPT2_VMSAVE      BIT(3)
#define INTERCEPT2_STGI	       BIT(4)
#define INTERCEPT2_CLGI	       BIT(5)
#define INTERCEPT2_SKINIT      BIT(6)
#define INTERCEPT2_ICEBP       BIT(8)
#define INTERCEPT2_WBINVD      BIT(9)
#define INTERCEPT2_MONITOR     BIT(10)
#define INTERCEPT2_MWAIT       BIT(11)
#define INTERCEPT2_MWAIT_ARMED BIT(12)
#define INTERCEPT2_XSETBV      BIT(13)
#define INTERCEPT2_RDPRU       BIT(14)
#define INTERCEPT3_INVLPGB     BIT(0)
#define INTERCEPT3_INVLPGB_BAD BIT(1)
#define INTERCEPT3_MCOMMIT     BIT(3)
#define INTERCEPT3_TLBSYNC     BIT(4)

/* tlb_control */
#define TLB_CONTROL_NOTHING	0
#define TLB_CONTROL_FLUSH_ALL	1
#define TLB_CONTROL_FLUSH_GUEST 3

/* vintr */
#define V_TPR	       GENMASK(3, 0)
#define V_IRQ	       BIT(8)
#define V_INTR_PRIO    GENMASK(19, 16)
#define V_IGN_TPR      BIT(20)
#define V_INTR_MASKING BIT(24)
#define V_INTR_VECTOR  GENMASK(39, 32)

#define V_INTR_VECTOR_SHIFT 32

/* interrupt_shadow */
#define INTERRUPT_SHADOW BIT(0)

/* eventinj and exitintinfo (15.20 and 15.7.2) */
#define EVENT_VECTOR	  0xfful
#define EVENT_TYPE	  GENMASK(10, 8)
#define EVENT_TYPE_INTR	  (0ul << 8)
#define EVENT_TYPE_NMI	  (2ul << 8)
#define EVENT_TYPE_EXCEPT (3ul << 8)
#define EVENT_TYPE_SOFT	  (4ul << 8)
#define EVENT_EV	  BIT(11)
#define EVENT_VALID	  BIT(31)

/* np_control */
#define NP_ENABLE BIT(0)

/* Clean bits (15.15.3): what has not changed since the last VMRUN. */
#define VMCB_CLEAN_I	BIT(0)
#define VMCB_CLEAN_IOPM BIT(1)
#define VMCB_CLEAN_ASID BIT(2)
#define VMCB_CLEAN_TPR	BIT(3)
#define VMCB_CLEAN_NP	BIT(4)
#define VMCB_CLEAN_CRX	BIT(5)
#define VMCB_CLEAN_DRX	BIT(6)
#define VMCB_CLEAN_DT	BIT(7)
#define VMCB_CLEAN_SEG	BIT(8)
#define VMCB_CLEAN_CR2	BIT(9)

/* exitinfo1 of VMEXIT_NPF (15.25.6), above the bits of a page fault's error code */
#define NPF_FINAL      BIT(32) /* the guest's access itself */
#define NPF_TABLE_WALK BIT(33) /* a walk of the guest's page tables */

/* exitinfo1 of VMEXIT_IOIO (15.10.2) */
#define IOIO_IN		BIT(0)
#define IOIO_STRING	BIT(2)
#define IOIO_SIZE(info) ((unsigned int)((info) >> 4 & 7)) /* in bytes */
#define IOIO_PORT(info) ((u16)((info) >> 16))

struct vmcb_control {
	u16 intercept_cr_read, intercept_cr_write;
	u16 intercept_dr_read, intercept_dr_write;
	u32 intercept_exceptions;
	u32 intercept, intercept2, intercept3;
	u8 reserved_018[0x03c - 0x018];
	u16 pause_filter_threshold, pause_filter_count;
	u64 iopm_base_pa, msrpm_base_pa;
	u64 tsc_offset;
	u32 guest_asid;
	u8 tlb_control;
	u8 reserved_05d[3];
	u64 vintr;
	u64 interrupt_shadow;
	u64 exitcode, exitinfo1, exitinfo2, exitintinfo;
	u64 np_control;
	u8 reserved_098[0x0a8 - 0x098];
	u64 eventinj;
	u64 n_cr3;
	u64 lbr_virtualization;
	u32 clean;
	u32 reserved_0c4;
	u64 nrip;
	u8 fetched_bytes;
	u8 fetched[15];
	u8 reserved_0e0[0x400 - 0x0e0];
};

struct vmcb_save {
	struct x86_seg es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
	u8 reserved_0a0[0x0cb - 0x0a0];
	u8 cpl;
	u32 reserved_0cc;
	u64 efer;
	u8 reserved_0d8[0x148 - 0x0d8];
	u64 cr4, cr3, cr0, dr7, dr6, rflags, rip;
	u8 reserved_180[0x1d8 - 0x180];
	u64 rsp;
	u8 reserved_1e0[0x1f8 - 0x1e0];
	u64 rax, star, lstar, cstar, sfmask, kernel_gs_base;
	u64 sysenter_cs, sysenter_esp, sysenter_eip;
	u64 cr2;
	u8 reserved_248[0x268 - 0x248];
	u64 g_pat, dbgctl, br_from, br_to, lastexcpfrom, lastexcpto;
	u8 reserved_298[0x2e0 - 0x298];
	u64 spec_ctrl; /* where the CPU virtualizes it (15.38) */
	u8 reserved_2e8[0xc00 - 0x2e8];
};

/** struct vmcb - of a vCPU; one page */
struct vmcb {
	struct vmcb_control control;
	struct vmcb_save save;
};

#define VMCB_AT(member, offset) \
	static_assert(offsetof(struct vmcb, member) == (offset), "APM vol. 2, appendix B: " #member)

VMCB_AT(control.intercept_exceptions, 0x008);
VMCB_AT(control.intercept, 0x00c);
VMCB_AT(control.intercept3, 0x014);
VMCB_AT(control.pause_filter_threshold, 0x03c);
VMCB_AT(control.iopm_base_pa, 0x040);
VMCB_AT(control.tsc_offset, 0x050);
VMCB_AT(control.guest_asid, 0x058);
VMCB_AT(control.tlb_control, 0x05c);
VMCB_AT(control.vintr, 0x060);
VMCB_AT(control.interrupt_shadow, 0x068);
VMCB_AT(control.exitcode, 0x070);
VMCB_AT(control.exitintinfo, 0x088);
VMCB_AT(control.np_control, 0x090);
VMCB_AT(control.eventinj, 0x0a8);
VMCB_AT(control.n_cr3, 0x0b0);
VMCB_AT(control.clean, VMCB_CLEAN_OFFSET);
VMCB_AT(control.nrip, 0x0c8);
VMCB_AT(control.fetched, 0x0d1);
VMCB_AT(save, 0x400);
VMCB_AT(save.gdtr, 0x460);
VMCB_AT(save.tr, 0x490);
VMCB_AT(save.cpl, 0x4cb);
VMCB_AT(save.efer, 0x4d0);
VMCB_AT(save.cr4, 0x548);
VMCB_AT(save.rip, 0x578);
VMCB_AT(save.rsp, 0x5d8);
VMCB_AT(save.rax, VMCB_RAX_OFFSET);
VMCB_AT(save.sysenter_eip, 0x638);
VMCB_AT(save.cr2, 0x640);
VMCB_AT(save.g_pat, 0x668);
VMCB_AT(save.spec_ctrl, 0x6e0);
static_assert(sizeof(struct vmcb) == 4096, "one page");

/* Exit codes (appendix C). */
enum vmexit {
	VMEXIT_CR0_READ = 0x00,
	VMEXIT_CR4_READ = 0x04,
	VMEXIT_CR0_WRITE = 0x10,
	VMEXIT_CR4_WRITE = 0x14,
	VMEXIT_CR8_WRITE = 0x18,
	VMEXIT_DR0_READ = 0x20,
	VMEXIT_DR0_WRITE = 0x30,
	VMEXIT_EXCP0 = 0x40,
	VMEXIT_INTR = 0x60,
	VMEXIT_NMI,
	VMEXIT_SMI,
	VMEXIT_INIT,
	VMEXIT_VINTR,
	VMEXIT_CR0_SEL_WRITE,
	VMEXIT_IDTR_READ,
	VMEXIT_GDTR_READ,
	VMEXIT_LDTR_READ,
	VMEXIT_TR_READ,
	VMEXIT_IDTR_WRITE,
	VMEXIT_GDTR_WRITE,
	VMEXIT_LDTR_WRITE,
	VMEXIT_TR_WRITE,
	VMEXIT_RDTSC,
	VMEXIT_RDPMC,
	VMEXIT_PUSHF,
	VMEXIT_POPF,
	VMEXIT_CPUID,
	VMEXIT_RSM,
	VMEXIT_IRET,
	VMEXIT_SWINT,
	VMEXIT_INVD,
	VMEXIT_PAUSE,
	VMEXIT_HLT,
	VMEXIT_INVLPG,
	VMEXIT_INVLPGA,
	VMEXIT_IOIO,
	VMEXIT_MSR,
	VMEXIT_TASK_SWITCH,
	VMEXIT_FERR_FREEZE,
	VMEXIT_SHUTDOWN,
	VMEXIT_VMRUN = 0x80,
	VMEXIT_VMMCALL,
	VMEXIT_VMLOAD,
	VMEXIT_VMSAVE,
	VMEXIT_STGI,
	VMEXIT_CLGI,
	VMEXIT_SKINIT,
	VMEXIT_RDTSCP,
	VMEXIT_ICEBP,
	VMEXIT_WBINVD,
	VMEXIT_MONITOR,
	VMEXIT_MWAIT,
	VMEXIT_MWAIT_CONDITIONAL,
	VMEXIT_XSETBV,
	VMEXIT_RDPRU,
	VMEXIT_EFER_WRITE_TRAP,
	VMEXIT_CR0_WRITE_TRAP = 0x90,
	VMEXIT_INVLPGB = 0xa0,
	VMEXIT_INVLPGB_ILLEGAL,
	VMEXIT_INVPCID,
	VMEXIT_MCOMMIT,
	VMEXIT_TLBSYNC,
	VMEXIT_NPF = 0x400,
	VMEXIT_AVIC_INCOMPLETE_IPI,
	VMEXIT_AVIC_NOACCEL,
	VMEXIT_VMGEXIT,
};

/* The same in a row, for tables: the codes from NPF on follow, then VMEXIT_INVALID (-1). */
#define EXIT_CAUSE_NPF	   0xb0
#define EXIT_CAUSE_INVALID 0xb4
#define NR_SVM_CAUSES	   0xb5

static inline unsigned int svm_cause(u64 exitcode)
{
	if (exitcode < EXIT_CAUSE_NPF)
		return (unsigned int)exitcode;
	if (exitcode - VMEXIT_NPF < EXIT_CAUSE_INVALID - EXIT_CAUSE_NPF)
		return (unsigned int)(exitcode - VMEXIT_NPF) + EXIT_CAUSE_NPF;
	return EXIT_CAUSE_INVALID;
}
#endif

#endif
