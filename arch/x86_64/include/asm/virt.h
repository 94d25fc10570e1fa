/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_VIRT_H
#define ASM_VIRT_H

/* What the files of arch/x86_64/virt share. Exit handlers run with interrupts off and GIF 0. */
#include <lodge/smp.h>
#include <lodge/vcpu.h>
#include <lodge/vm.h>
#include <asm/features.h>
#include <asm/guest_regs.h>
#include <asm/vlapic.h>

/* vm.c */
extern u64 x86_guest_xcr0; /* what guests may have of it; 0 without XSAVE */
extern u32 x86_guest_tsc_khz;
extern bool x86_has_tsc_aux;

/* start.c */
/** x86_start_state() - where @vcpu starts: @pc is that of a start-up IPI. */
void x86_start_state(struct vcpu *vcpu, u64 pc);

/* svm/host.c */
/** x86_virt_init() - what this kind of processor needs for guests, once. */
void x86_virt_init(void);
/**
 * x86_ports_grant() - the I/O ports that @vm's description names do not exit, before its vCPUs are reset
 * Return: 0 or -ENOMEM.
 */
__must_check int x86_ports_grant(struct vm *vm);
/** x86_ports_revoke() - the opposite, if it was; no vCPU of @vm runs any more. */
void x86_ports_revoke(struct vm *vm);

/* svm/vmcb.c */
/**
 * x86_state_get() - make vcpu->arch.guest and the area of XSAVE all of the guest's state
 *
 * Where @vcpu is resident, with interrupts off, or on any CPU if it is resident on none; in both
 * cases while its thread is outside of arch_vcpu_run(). The state goes on being in use.
 */
void x86_state_get(struct vcpu *vcpu);
/**
 * x86_state_set() - have vcpu->arch.guest.sys and RSP take effect
 * @vcpu: resident nowhere: the rest is where arch_vcpu_load() finds it
 */
void x86_state_set(struct vcpu *vcpu);

/* svm/exit.c */
/** struct x86_exit_note - what the processor tells of an exit, for a report */
struct x86_exit_note {
	u64 code, info[2], event;
	const char *name, *stage; /* which translation failed */
};

void x86_exit_note(const struct vcpu *vcpu, struct x86_exit_note *n);

/* svm/regs.c */
/** x86_sync_segments() - make all of x86_segments() what they are. */
void x86_sync_segments(struct vcpu *vcpu);
/** x86_set_cr4() - CR4 as the guest has it; the processor's has what the host needs besides. */
void x86_set_cr4(struct vcpu *vcpu, u64 val);
u64 x86_cr4(const struct vcpu *vcpu);
/** x86_set_tsc_offset() - to what the VM and the vCPU's TSC_ADJUST make of it. */
void x86_set_tsc_offset(struct vcpu *vcpu);
/** x86_set_address_msr() - FS_BASE, GS_BASE, KERNEL_GS, LSTAR or CSTAR; @val is canonical. */
void x86_set_address_msr(struct vcpu *vcpu, u32 msr, u64 val);
/** x86_intercept_page_faults() - whether the guest's page faults exit. */
void x86_intercept_page_faults(struct vcpu *vcpu, bool on);

/* fpu.c */
void x86_fpu_reset(struct vcpu *vcpu);
void x86_fpu_load(struct vcpu *vcpu);
void x86_fpu_put(struct vcpu *vcpu);
/** x86_fpu_get() - the area of @vcpu is up to date, while its registers stay where they are. */
void x86_fpu_get(struct vcpu *vcpu);
void x86_xsetbv(u64 xcr0);
/** x86_vector_read() - the 32 bytes of a YMM register of @vcpu, which is loaded. */
void x86_vector_read(struct vcpu *vcpu, unsigned int reg, u64 *val);
/** x86_vector_write() - the lower 16 of them; with @whole all, and what is above is cleared. */
void x86_vector_write(struct vcpu *vcpu, unsigned int reg, const u64 *val, bool whole);

/* inject.c */
/** x86_inject() - make the guest take exception @vector at its current rip. */
void x86_inject(struct vcpu *vcpu, unsigned int vector);
void x86_inject_error(struct vcpu *vcpu, unsigned int vector, u32 error);
/** x86_inject_fault() - the same, as the emulator tells it. */
void x86_inject_fault(struct vcpu *vcpu, const struct x86_fault *f);
/**
 * x86_inject_unreachable() - the stack, table or segment that an event's delivery needs lies in no
 * memory: a double fault, or the end of the VM by a triple one.
 */
void x86_inject_unreachable(struct vcpu *vcpu);

/* ones.c */
/**
 * x86_ones_show() - a walk of the guest's tables reads @addr, where nothing is: it finds ones, and
 * the page fault that comes of them exits. Errors as pgtable_map().
 */
__must_check int x86_ones_show(struct vcpu *vcpu, u64 addr);
/** x86_ones_hide() - nothing is there again. */
void x86_ones_hide(struct vcpu *vcpu);
void x86_ones_destroy(struct vcpu *vcpu);
/** x86_exit_page_fault() - the page fault of @error at @addr, which a walk that found ones has made. */
int x86_exit_page_fault(struct vcpu *vcpu, u32 error, u64 addr);

/** x86_single_step() - RFLAGS.TF was set when an instruction was done for the guest. */
void x86_single_step(struct vcpu *vcpu);

/* fetch.c; what is inline of it is in fetch.h */
/**
 * x86_insn_length() - of the instruction that exited, which is @op
 * Return: 0 if it is not there any more: run the guest again. -EFAULT, and it is reported, if it
 * can't be read.
 */
__must_check int x86_insn_length(struct vcpu *vcpu, enum insn_op op);
/**
 * x86_decode() - the same, with what it is; 0, or 1 to run the guest again, or -EFAULT. What is
 * no instruction has then been made #UD.
 */
__must_check int x86_decode(struct vcpu *vcpu, struct insn *i);
/** x86_hlt_is_next() - whether a HLT is at rip. What can't be read is none. */
bool x86_hlt_is_next(struct vcpu *vcpu);
/** x86_skip() - go on behind an instruction of @length bytes. */
void x86_skip(struct vcpu *vcpu, unsigned int length);
struct x86_paging x86_guest_paging(const struct vcpu *vcpu);

/* emulate.c */
/**
 * x86_emulate() - the instruction at rip, whose access to @addr faulted (~0: it did not)
 * @store: the access was one
 */
int x86_emulate(struct vcpu *vcpu, u64 addr, bool store);

/* npf.c */
/* Besides PF_W and PF_I: the access was of a walk of the guest's own page tables. */
#define MEMORY_TABLE_WALK BIT(33)
/** x86_exit_memory() - an access to @addr that nested paging refused; @info tells how. */
int x86_exit_memory(struct vcpu *vcpu, u64 addr, u64 info);

/* ioio.c, cpuid.c, msr.c, cr.c, vmmcall.c */
int x86_port_in(struct vcpu *vcpu, u16 port, unsigned int width);
int x86_port_out(struct vcpu *vcpu, u16 port, unsigned int width);
int x86_exit_cpuid(struct vcpu *vcpu);
int x86_exit_msr(struct vcpu *vcpu, bool is_write);
int x86_exit_cr_read(struct vcpu *vcpu);
int x86_exit_cr_write(struct vcpu *vcpu);
int x86_exit_xsetbv(struct vcpu *vcpu);
int x86_exit_vmmcall(struct vcpu *vcpu);

/* Its state is in the registers of the CPU that asks. */
static inline bool vcpu_is_loaded(const struct vcpu *vcpu)
{
	return this_cpu()->loaded == vcpu;
}

#endif
