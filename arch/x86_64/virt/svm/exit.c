// SPDX-License-Identifier: Apache-2.0
/* From a guest's exit to its handler (AMD APM vol. 2, appendix C). */
#include <lodge/arch_virt.h>
#include <lodge/errno.h>
#include <lodge/time.h>
#include <asm/apic.h>
#include <asm/features.h>
#include "../halt.h"
#include "svm_vcpu.h"

/* PAUSEs no farther apart are a row, and a row this long is a guest that spins. */
#define PAUSE_APART_US 5
#define PAUSES_US      5

struct exit_handler {
	const char *name;
	int (*fn)(struct vcpu *vcpu);
};

/* ---- handlers that are short ---- */

static int exit_host(struct vcpu *vcpu)
{
	if (unlikely(cpu_features.tcg))
		svm_keep_shadow(vcpu);
	return SVM_EXIT_HOST;
}

/* Instructions of features that guests don't have. */
static int exit_undefined(struct vcpu *vcpu)
{
	x86_inject(vcpu, X86_UD);
	return EXIT_RESUME;
}

/* There are no performance counters. */
static int exit_rdpmc(struct vcpu *vcpu)
{
	x86_inject(vcpu, X86_GP);
	return EXIT_RESUME;
}

static int skip(struct vcpu *vcpu, enum insn_op op, int action)
{
	int length = x86_insn_length(vcpu, op);

	if (unlikely(length < 0))
		return EXIT_STOP;
	/* It is not there any more, so that it is not done either. */
	if (unlikely(!length))
		return EXIT_RESUME;
	x86_skip(vcpu, (unsigned int)length);
	return action;
}

static int exit_hlt(struct vcpu *vcpu)
{
	const struct vmcb *vmcb = vcpu->arch.vmcb;
	int action = skip(vcpu, INSN_HLT, EXIT_BLOCK);

	if (unlikely(action != EXIT_BLOCK))
		return action;
	/* Single-stepped, it has a trap to take. */
	if (unlikely(vmcb->control.eventinj & EVENT_VALID))
		return EXIT_RESUME;
	vcpu->arch.in_hlt = true;
	vcpu->arch.see_hlt = false;
	if (unlikely(!(vmcb->save.rflags & X86_FLAG_IF)))
		x86_halt(vcpu);
	return EXIT_BLOCK;
}

/* INT1. As #DB is intercepted, it would come as that, and from before the instruction. */
static int exit_icebp(struct vcpu *vcpu)
{
	int length = x86_insn_length(vcpu, INSN_ICEBP);

	if (length <= 0)
		return length ? EXIT_STOP : EXIT_RESUME;
	x86_skip(vcpu, (unsigned int)length);
	x86_inject(vcpu, X86_DB);
	return EXIT_RESUME;
}

/*
 * A guest that has been at it for a while waits for something, and another thread may run. Without a filter
 * each PAUSE exits, and most of them are in short delays, in which the guest is not to lose the CPU.
 */
static bool spins(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;
	u64 now = time_now();

	if (a->vmcb->control.pause_filter_count)
		return true;
	if (now - a->paused_at > time_from_us(PAUSE_APART_US))
		a->pauses_since = now;
	a->paused_at = now;
	if (now - a->pauses_since < time_from_us(PAUSES_US))
		return false;
	a->pauses_since = now;
	return true;
}

static int exit_pause(struct vcpu *vcpu)
{
	svm_intercept_waits(vcpu);
	return skip(vcpu, INSN_PAUSE, spins(vcpu) ? EXIT_YIELD : EXIT_RESUME);
}

/*
 * INVD and WBINVD: caches are coherent with all that a guest has, and the first would lose
 * what others wrote. QEMU's TCG has the exit of the second for both.
 */
static int exit_caches(struct vcpu *vcpu)
{
	int length = x86_insn_length(vcpu, INSN_WBINVD);

	if (!length)
		return skip(vcpu, INSN_INVD, EXIT_RESUME);
	if (length < 0)
		return EXIT_STOP;
	x86_skip(vcpu, (unsigned int)length);
	return EXIT_RESUME;
}

static int exit_alignment(struct vcpu *vcpu)
{
	x86_inject_error(vcpu, X86_AC, (u32)vcpu->arch.vmcb->control.exitinfo1);
	return EXIT_RESUME;
}

/* I/O ports (15.10): where the next instruction is, is in exitinfo2. */
static int exit_ioio(struct vcpu *vcpu)
{
	const struct vmcb *vmcb = vcpu->arch.vmcb;
	u64 info = vmcb->control.exitinfo1;
	unsigned int width = IOIO_SIZE(info);

	if (unlikely(info & IOIO_STRING))
		return x86_emulate(vcpu, ~0ul, false);
	x86_skip(vcpu, (unsigned int)(vmcb->control.exitinfo2 - vmcb->save.rip));
	return info & IOIO_IN ? x86_port_in(vcpu, IOIO_PORT(info), width)
			      : x86_port_out(vcpu, IOIO_PORT(info), width);
}

static int exit_msr(struct vcpu *vcpu)
{
	return x86_exit_msr(vcpu, vcpu->arch.vmcb->control.exitinfo1 & 1);
}

static_assert(MEMORY_TABLE_WALK == NPF_TABLE_WALK, "as the processor tells it");

static int exit_npf(struct vcpu *vcpu)
{
	const struct vmcb_control *c = &vcpu->arch.vmcb->control;

	return x86_exit_memory(vcpu, c->exitinfo2, c->exitinfo1);
}

static int exit_page_fault(struct vcpu *vcpu)
{
	const struct vmcb_control *c = &vcpu->arch.vmcb->control;

	return x86_exit_page_fault(vcpu, (u32)c->exitinfo1, c->exitinfo2);
}

/* The control block is not defined after this one (15.14.3): the vCPU is never entered again. */
static int exit_shutdown(struct vcpu *vcpu)
{
	vm_crash(vcpu, "a triple fault: it can't deliver its exceptions, and has shut down");
	return EXIT_STOP;
}

static int exit_invalid(struct vcpu *vcpu)
{
	vm_crash(vcpu, "the processor refuses its state (VMEXIT_INVALID)");
	return EXIT_STOP;
}

/* ---- the table ---- */

#define EXIT(code, n, handler)	      [VMEXIT_##code] = { n, handler }
#define CAUSE(code, n, handler)	      [VMEXIT_##code - VMEXIT_NPF + EXIT_CAUSE_NPF] = { n, handler }
#define EXCEPTION(vector, n, handler) [VMEXIT_EXCP0 + (vector)] = { n, handler }

static_assert(NR_EXIT_CAUSES == NR_SVM_CAUSES, "the table has a place for each");

static const struct exit_handler exit_table[NR_EXIT_CAUSES] = {
	[VMEXIT_CR0_READ... VMEXIT_CR0_READ + 3] = { "cr-read", NULL },
	EXIT(CR4_READ, "cr4-read", x86_exit_cr_read),
	[VMEXIT_CR4_READ + 1 ... VMEXIT_CR4_READ + 11] = { "cr-read", NULL },
	[VMEXIT_CR0_WRITE... VMEXIT_CR0_WRITE + 3] = { "cr-write", NULL },
	EXIT(CR4_WRITE, "cr4-write", x86_exit_cr_write),
	[VMEXIT_CR4_WRITE + 1 ... VMEXIT_CR4_WRITE + 3] = { "cr-write", NULL },
	EXIT(CR8_WRITE, "cr8-write", x86_exit_cr_write),
	[VMEXIT_CR8_WRITE + 1 ... VMEXIT_CR8_WRITE + 7] = { "cr-write", NULL },
	[VMEXIT_DR0_READ... VMEXIT_DR0_READ + 15] = { "dr-read", NULL },
	[VMEXIT_DR0_WRITE... VMEXIT_DR0_WRITE + 15] = { "dr-write", NULL },
	EXCEPTION(X86_DE, "divide-error", NULL),
	EXCEPTION(X86_DB, "debug", svm_exit_debug),
	EXCEPTION(X86_NMI, "nmi-exception", NULL),
	EXCEPTION(X86_BP, "breakpoint", NULL),
	EXCEPTION(X86_OF, "overflow", NULL),
	EXCEPTION(5, "bound-range", NULL),
	EXCEPTION(X86_UD, "invalid-opcode", NULL),
	EXCEPTION(X86_NM, "no-fpu", NULL),
	EXCEPTION(X86_DF, "double-fault", NULL),
	[VMEXIT_EXCP0 + 9] = { "exception", NULL },
	EXCEPTION(X86_TS, "invalid-tss", NULL),
	EXCEPTION(X86_NP, "not-present", NULL),
	EXCEPTION(X86_SS, "stack", NULL),
	EXCEPTION(X86_GP, "protection", NULL),
	EXCEPTION(X86_PF, "page-fault", exit_page_fault),
	[VMEXIT_EXCP0 + 15] = { "exception", NULL },
	EXCEPTION(X86_MF, "x87", NULL),
	EXCEPTION(X86_AC, "alignment", exit_alignment),
	EXCEPTION(X86_MC, "machine-check", exit_host),
	EXCEPTION(X86_XF, "simd", NULL),
	[VMEXIT_EXCP0 + 20 ... VMEXIT_EXCP0 + 31] = { "exception", NULL },
	EXIT(INTR, "interrupt", exit_host),
	EXIT(NMI, "nmi", exit_host),
	EXIT(SMI, "smi", exit_host),
	EXIT(INIT, "init", exit_host),
	EXIT(VINTR, "interrupt-window", svm_exit_vintr),
	EXIT(CR0_SEL_WRITE, "cr0-write", NULL),
	EXIT(IDTR_READ, "sidt", NULL),
	EXIT(GDTR_READ, "sgdt", NULL),
	EXIT(LDTR_READ, "sldt", NULL),
	EXIT(TR_READ, "str", NULL),
	EXIT(IDTR_WRITE, "lidt", NULL),
	EXIT(GDTR_WRITE, "lgdt", NULL),
	EXIT(LDTR_WRITE, "lldt", NULL),
	EXIT(TR_WRITE, "ltr", NULL),
	EXIT(RDTSC, "rdtsc", NULL),
	EXIT(RDPMC, "rdpmc", exit_rdpmc),
	EXIT(PUSHF, "pushf", NULL),
	EXIT(POPF, "popf", NULL),
	EXIT(CPUID, "cpuid", x86_exit_cpuid),
	EXIT(RSM, "rsm", exit_undefined),
	EXIT(IRET, "iret", svm_exit_iret),
	EXIT(SWINT, "int", NULL),
	EXIT(INVD, "invd", exit_caches),
	EXIT(PAUSE, "pause", exit_pause),
	EXIT(HLT, "hlt", exit_hlt),
	EXIT(INVLPG, "invlpg", NULL),
	EXIT(INVLPGA, "invlpga", exit_undefined),
	EXIT(IOIO, "io", exit_ioio),
	EXIT(MSR, "msr", exit_msr),
	EXIT(TASK_SWITCH, "task-switch", NULL),
	EXIT(FERR_FREEZE, "ferr-freeze", NULL),
	EXIT(SHUTDOWN, "shutdown", exit_shutdown),
	EXIT(VMRUN, "vmrun", exit_undefined),
	EXIT(VMMCALL, "vmmcall", x86_exit_vmmcall),
	EXIT(VMLOAD, "vmload", exit_undefined),
	EXIT(VMSAVE, "vmsave", exit_undefined),
	EXIT(STGI, "stgi", exit_undefined),
	EXIT(CLGI, "clgi", exit_undefined),
	EXIT(SKINIT, "skinit", exit_undefined),
	EXIT(RDTSCP, "rdtscp", NULL),
	EXIT(ICEBP, "icebp", exit_icebp),
	EXIT(WBINVD, "wbinvd", exit_caches),
	EXIT(MONITOR, "monitor", exit_undefined),
	EXIT(MWAIT, "mwait", exit_undefined),
	EXIT(MWAIT_CONDITIONAL, "mwait-armed", exit_undefined),
	EXIT(XSETBV, "xsetbv", x86_exit_xsetbv),
	EXIT(RDPRU, "rdpru", exit_undefined),
	EXIT(EFER_WRITE_TRAP, "efer-trap", NULL),
	[VMEXIT_CR0_WRITE_TRAP... VMEXIT_CR0_WRITE_TRAP + 15] = { "cr-trap", NULL },
	EXIT(INVLPGB, "invlpgb", exit_undefined),
	EXIT(INVLPGB_ILLEGAL, "invlpgb-illegal", exit_undefined),
	EXIT(INVPCID, "invpcid", NULL),
	EXIT(MCOMMIT, "mcommit", exit_undefined),
	EXIT(TLBSYNC, "tlbsync", exit_undefined),
	CAUSE(NPF, "memory-fault", exit_npf),
	CAUSE(AVIC_INCOMPLETE_IPI, "avic-ipi", NULL),
	CAUSE(AVIC_NOACCEL, "avic-noaccel", NULL),
	CAUSE(VMGEXIT, "vmgexit", NULL),
	[EXIT_CAUSE_INVALID] = { "invalid", exit_invalid },
};

const char *arch_exit_name(unsigned int cause)
{
	return cause < NR_EXIT_CAUSES ? exit_table[cause].name : NULL;
}

/* Which of the two translations the last fault was in. */
static const char *fault_stage(const struct vmcb_control *c)
{
	if (c->exitcode != VMEXIT_NPF)
		return "no translation fault";
	return c->exitinfo1 & NPF_TABLE_WALK ? "nested, of the guest's own page tables" : "nested";
}

void x86_exit_note(const struct vcpu *vcpu, struct x86_exit_note *n)
{
	const struct vmcb_control *c = &vcpu->arch.vmcb->control;

	*n = (struct x86_exit_note){
		.code = c->exitcode,
		.info = { c->exitinfo1, c->exitinfo2 },
		.event = c->exitintinfo,
		.name = arch_exit_name(svm_cause(c->exitcode)),
		.stage = fault_stage(c),
	};
}

static int exit_unknown(struct vcpu *vcpu, const char *name)
{
	vm_crash(vcpu, "an exit without a handler: %s (exit code %#lx)", name ? name : "unknown",
		 vcpu->arch.vmcb->control.exitcode);
	return EXIT_STOP;
}

/*
 * Called by switch.S with interrupts off and GIF 0, the guest's registers saved. What was
 * being delivered is set up to be delivered again first, as handlers may add to it.
 */
int svm_exit(struct vcpu *vcpu)
{
	struct vmcb_control *c = &vcpu->arch.vmcb->control;
	unsigned int cause = svm_cause(c->exitcode);
	const struct exit_handler *h = &exit_table[cause];
	int action;

	c->eventinj = 0;
	if (unlikely(cpu_features.tcg))
		apic_look_again();
	if (unlikely(c->tlb_control))
		svm_flushed(vcpu);
	if (unlikely(c->exitintinfo & EVENT_VALID))
		svm_reinject(vcpu);
	if (unlikely(vcpu->arch.eoi_offered))
		kvmeoi_take(vcpu);
	vcpu->exits[cause]++;
	if (likely(cause != VMEXIT_INTR))
		vcpu_record_exit(vcpu, cause, vcpu->arch.vmcb->save.rip, c->exitinfo2);
	if (unlikely(!h->fn))
		return exit_unknown(vcpu, h->name);
	action = h->fn(vcpu);
	if (likely(action == EXIT_RESUME))
		svm_prepare_entry(vcpu);
	return action;
}
