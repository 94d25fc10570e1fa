// SPDX-License-Identifier: Apache-2.0
/*
 * The guest's part of a vCPU as a copy: out of the control block, into another one, and out again. A
 * field of the block that no copy has must be the host's.
 */
/* flags: -I$(root)/arch/x86_64/include -DCONFIG_NR_CPUS=4 */
#include "../../arch/x86_64/include/asm/vcpu.h"
#include "../../arch/x86_64/include/asm/vm.h"
#include "../../arch/x86_64/virt/svm/regs.c"
#include "../../arch/x86_64/virt/svm/vmcb.c"
#include <shim.h>

struct cpu_features cpu_features;
u8 *svm_iopm, *svm_msrpm;
static struct vm vm;
static struct vcpu vcpu;
static struct vmcb vmcb, first;
static struct cpu cpu;
static unsigned int saved, fpu_saved;

void svm_registers_save(struct vcpu *v)
{
	saved++;
}

void x86_fpu_get(struct vcpu *v)
{
	fpu_saved++;
}

u64 svm_event(const struct vmcb *v)
{
	return v->control.eventinj & EVENT_VALID ? v->control.eventinj : 0;
}

void svm_window_close(struct vmcb *v)
{
	v->control.intercept &= ~INTERCEPT_VINTR;
	v->control.vintr &= ~V_IRQ;
}

static void fresh(void)
{
	memset(&vmcb, 0, sizeof(vmcb));
	memset(&vcpu, 0, sizeof(vcpu));
	vcpu.vm = &vm;
	vcpu.arch.vmcb = &vmcb;
	vcpu.arch.guest.nmi_iret_rip = ~(u64)0;
	vmcb.save.efer = EFER_SVME;
	cpu_features.mce = true;
	x86_set_cr4(&vcpu, 0);
	shim_this_cpu = &cpu;
	cpu.loaded = NULL;
	saved = fpu_saved = 0;
}

/* A block as a guest may leave it. */
static void random_block(u64 seed)
{
	struct vmcb_save *s = &vmcb.save;
	struct x86_seg *seg = &s->es;
	u64 *const reg[] = { &s->rip,	       &s->rsp,
			     &s->rflags,       &s->cr0,
			     &s->cr2,	       &s->cr3,
			     &s->g_pat,	       &s->dr6,
			     &s->dr7,	       &s->star,
			     &s->lstar,	       &s->cstar,
			     &s->sfmask,       &s->kernel_gs_base,
			     &s->sysenter_cs,  &s->sysenter_esp,
			     &s->sysenter_eip, &s->spec_ctrl };
	unsigned int i;

	fresh();
	for (i = 0; i < ARRAY_SIZE(reg); i++)
		*reg[i] = shim_random(&seed);
	for (i = 0; i <= SEG_TR; i++)
		seg[i] = (struct x86_seg){ .selector = (u16)shim_random(&seed),
					   .attrib = shim_random(&seed) & 0xfff,
					   .limit = (u32)shim_random(&seed),
					   .base = shim_random(&seed) };
	s->cpl = shim_random(&seed) & 3;
	s->efer = EFER_SVME | (shim_random(&seed) & 0xd01);
	x86_set_cr4(&vcpu, shim_random(&seed) & 0x3fffff);
	vmcb.control.interrupt_shadow = shim_random(&seed) & 1;
	vmcb.control.eventinj = X86_GP | EVENT_TYPE_EXCEPT | EVENT_EV | EVENT_VALID | 5ull << 32;
}

static void a_copy_goes_into_another_block_and_comes_out_again(void **state)
{
	struct x86_guest_state copy;
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		random_block(shim_seed(i));
		x86_state_get(&vcpu);
		copy = vcpu.arch.guest;
		first = vmcb;

		/* The block of another vCPU, on another host, where another guest has been. */
		fresh();
		memset(&vmcb.save, 0xa5, sizeof(vmcb.save));
		vmcb.control.clean = ~0u;
		vcpu.arch.guest = copy;
		x86_state_set(&vcpu);
		assert_int_equal(vmcb.control.clean, 0);
		assert_memory_equal(&vmcb.save.es, &first.save.es, 10 * sizeof(struct x86_seg));
		assert_true(vmcb.save.rsp == first.save.rsp && vmcb.save.cr4 == first.save.cr4 &&
			    vmcb.save.efer == first.save.efer && vmcb.save.cpl == first.save.cpl);
		assert_int_equal(vmcb.control.intercept_cr_read, first.control.intercept_cr_read);
		assert_int_equal(vmcb.control.interrupt_shadow, first.control.interrupt_shadow);
		assert_true(vmcb.control.eventinj == first.control.eventinj);

		memset(&vcpu.arch.guest.sys, 0, sizeof(vcpu.arch.guest.sys));
		x86_state_get(&vcpu);
		assert_memory_equal(&vcpu.arch.guest, &copy, sizeof(copy));
	}
}

/* Bytes of the state save area that software neither loads nor the processor changes for the guest. */
static bool is_the_hosts(size_t at)
{
	static const struct {
		size_t from, size;
	} none[] = {
#define FIELD(name) { offsetof(struct vmcb_save, name), sizeof(((struct vmcb_save *)0)->name) }
		FIELD(reserved_0a0),
		FIELD(reserved_0cc),
		FIELD(reserved_0d8),
		FIELD(reserved_180),
		FIELD(reserved_1e0),
		FIELD(reserved_248),
		FIELD(reserved_298),
		FIELD(reserved_2e8),
		/* RAX is in gpr[]; last branches are not recorded. */
		FIELD(rax),
		FIELD(dbgctl),
		FIELD(br_from),
		FIELD(br_to),
		FIELD(lastexcpfrom),
		FIELD(lastexcpto),
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(none); i++)
		if (at - none[i].from < none[i].size)
			return true;
	return false;
}

static void every_byte_of_the_save_area_is_in_the_copy(void **state)
{
	struct x86_guest_state copy;
	u8 *byte = (u8 *)&vmcb.save;
	size_t at;

	for (at = 0; at < sizeof(vmcb.save); at++) {
		random_block(shim_seed(1));
		x86_state_get(&vcpu);
		copy = vcpu.arch.guest;
		byte[at] ^= 0x20; /* SVME is another bit of EFER, MCE another one of CR4 */
		x86_state_get(&vcpu);
		if (is_the_hosts(at))
			assert_memory_equal(&vcpu.arch.guest, &copy, sizeof(copy));
		else
			assert_memory_not_equal(&vcpu.arch.guest, &copy, sizeof(copy));
	}
}

static void what_the_host_sets_for_itself_stays_behind(void **state)
{
	fresh();
	vmcb.save.rflags = X86_FLAG_ONE | X86_FLAG_TF;
	vcpu.arch.nmi_stepping = true;
	vmcb.control.exitintinfo = vmcb.control.eventinj = X86_NMI | EVENT_TYPE_NMI;
	x86_state_get(&vcpu);
	assert_true(vcpu.arch.guest.sys.rflags == X86_FLAG_ONE);
	assert_true(vcpu.arch.guest.sys.cr4 == 0 && vcpu.arch.guest.sys.efer == 0);
	assert_true(vcpu.arch.guest.sys.event == 0);
	/* It was the guest's own. */
	vcpu.arch.guest_tf = true;
	x86_state_get(&vcpu);
	assert_true(vcpu.arch.guest.sys.rflags == (X86_FLAG_ONE | X86_FLAG_TF));
	assert_int_equal(fpu_saved, 2);
	assert_int_equal(saved, 0);
	cpu.loaded = &vcpu;
	x86_state_get(&vcpu);
	assert_int_equal(saved, 1);
}

static void the_end_of_an_nmi_is_waited_for_again(void **state)
{
	fresh();
	vcpu.arch.guest.nmi_masked = true;
	vcpu.arch.nmi_stepping = vcpu.arch.guest_tf = vcpu.arch.in_registers = true;
	vmcb.control.intercept = INTERCEPT_VINTR;
	vmcb.control.vintr = V_IRQ;
	x86_state_set(&vcpu);
	assert_true(vmcb.control.intercept == INTERCEPT_IRET && !vmcb.control.vintr);
	assert_false(vcpu.arch.nmi_stepping || vcpu.arch.guest_tf || vcpu.arch.in_registers);
	/* Its IRET has been seen, and is not over. */
	vcpu.arch.guest.nmi_iret_rip = 0x1000;
	x86_state_set(&vcpu);
	assert_int_equal(vmcb.control.intercept, 0);
}

/* ---- waiting ---- */

static void share_with(struct sched_entity *owner, u32 intercept)
{
	vmcb.control.clean = ~0u;
	cpu.runq.owner = owner;
	svm_intercept_waits(&vcpu);
	assert_int_equal(vmcb.control.intercept & (INTERCEPT_HLT | INTERCEPT_PAUSE), intercept);
	assert_true(vmcb.control.intercept & INTERCEPT_CPUID);
}

static void an_owner_waits_without_exits(void **state)
{
	const u32 both = INTERCEPT_HLT | INTERCEPT_PAUSE;
	struct sched_entity owner = { 0 };

	fresh();
	cpu_features.svm |= CPUID_SVM_EDX_PAUSE_FILTER;
	svm_vmcb_init(&vcpu);
	share_with(NULL, both);
	assert_true(vmcb.control.clean == ~0u);
	share_with(&owner, 0);
	assert_true(vmcb.control.clean == (u32)~VMCB_CLEAN_I);
	share_with(&owner, 0);
	assert_true(vmcb.control.clean == ~0u);
	/* A kick that comes while it runs ends its next HLT. */
	vcpu.arch.guest.kicked = true;
	share_with(&owner, both);
	vcpu.arch.guest.kicked = false;
	share_with(&owner, 0);
	vcpu.arch.see_hlt = true;
	share_with(&owner, both);
	share_with(NULL, both);
	assert_true(vmcb.control.clean == ~0u);
	vcpu.arch.see_hlt = false;
	share_with(&owner, 0);
	share_with(NULL, both);
	assert_true(vmcb.control.clean == (u32)~VMCB_CLEAN_I);
	cpu.runq.owner = NULL;
}

static void each_pause_exits_while_others_wait(void **state)
{
	const u32 both = INTERCEPT_HLT | INTERCEPT_PAUSE;
	struct sched_entity owner = { 0 };

	fresh();
	cpu_features.svm &= ~CPUID_SVM_EDX_PAUSE_FILTER;
	svm_vmcb_init(&vcpu);
	cpu.runq.count = 1;
	share_with(NULL, INTERCEPT_HLT);
	assert_true(vmcb.control.clean == ~0u);
	cpu.runq.count = 2;
	share_with(NULL, both);
	assert_true(vmcb.control.clean == (u32)~VMCB_CLEAN_I);
	share_with(&owner, 0);
	cpu.runq.count = 1;
	share_with(NULL, INTERCEPT_HLT);
	cpu.runq.owner = NULL;
	cpu.runq.count = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_goes_into_another_block_and_comes_out_again),
		cmocka_unit_test(every_byte_of_the_save_area_is_in_the_copy),
		cmocka_unit_test(what_the_host_sets_for_itself_stays_behind),
		cmocka_unit_test(the_end_of_an_nmi_is_waited_for_again),
		cmocka_unit_test(an_owner_waits_without_exits),
		cmocka_unit_test(each_pause_exits_while_others_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
