// SPDX-License-Identifier: Apache-2.0
/* XCR0, CR4 and CR8 of a guest; QEMU's TCG executes XSETBV without the exit that was asked for. */
/* links: arch/x86_64/virt/cpuid_policy.c */
/* flags: -I$(root)/arch/x86_64/include -DCONFIG_NR_CPUS=4 */
#include "../../arch/x86_64/include/asm/vcpu.h"
#include "../../arch/x86_64/include/asm/vm.h"
#include <asm/cpuid_policy.h>

static u64 cr4_offered;
/* Not what this processor has. */
#define x86_cr4_offered(host) cr4_offered
#include "../../arch/x86_64/virt/cr.c"
#include "../../arch/x86_64/virt/svm/regs.c"
#include <lodge/errno.h>
#include <shim.h>

#define RIP    0x1000ul
#define LENGTH 3

u64 x86_guest_xcr0;
struct cpu_features cpu_features;

static struct vcpu vcpu;
static struct vmcb vmcb;
static int length; /* what x86_insn_length() says */
static struct insn decoded;
static int decode_result;
static unsigned int flushed;
static u64 xcr0_register, tpr;

/* ---- what the handlers call ---- */

int x86_insn_length(struct vcpu *v, enum insn_op op)
{
	return length;
}

int x86_decode(struct vcpu *v, struct insn *i)
{
	*i = decoded;
	return decode_result;
}

void x86_skip(struct vcpu *v, unsigned int n)
{
	vmcb.save.rip += n;
}

void x86_inject(struct vcpu *v, unsigned int vector)
{
	vmcb.control.eventinj = vector | EVENT_TYPE_EXCEPT | EVENT_VALID;
}

void vlapic_set_cr8(struct vlapic *l, u64 val)
{
	tpr = val;
}

void arch_vcpu_sync(struct vcpu *v, u32 req)
{
	assert_int_equal(req, REQ_TLB_FLUSH);
	flushed++;
}

void x86_xsetbv(u64 xcr0)
{
	xcr0_register = xcr0;
}

static int fresh(void **state)
{
	memset(&vmcb, 0, sizeof(vmcb));
	memset(&vcpu, 0, sizeof(vcpu));
	vcpu.arch.vmcb = &vmcb;
	vcpu.arch.lapic = (struct vlapic *)&vmcb;
	vmcb.save.rip = RIP;
	length = LENGTH;
	decoded = (struct insn){ .length = LENGTH, .width = 8 };
	decode_result = 0;
	flushed = 0;
	xcr0_register = tpr = 0;
	cr4_offered = CR4_PAE | CR4_MCE | CR4_PCIDE | CR4_LA57;
	x86_guest_xcr0 = XCR0_X87 | XCR0_SSE | XCR0_AVX;
	cpu_features.mce = true;
	return 0;
}

static void assert_injected(u64 event)
{
	assert_true(vmcb.control.eventinj == event);
}

#define EVENT(v) ((u64)(v) | EVENT_TYPE_EXCEPT | EVENT_VALID)

static int xsetbv(u32 ecx, u64 val)
{
	vmcb.control.eventinj = 0;
	vmcb.save.rip = RIP;
	vcpu.arch.guest.gpr[GPR_RAX] = (u32)val | 0xffffffff00000000;
	vcpu.arch.guest.gpr[GPR_RDX] = val >> 32;
	vcpu.arch.guest.gpr[GPR_RCX] = ecx;
	return x86_exit_xsetbv(&vcpu);
}

static void xcr0_takes_what_is_offered(void **state)
{
	/* Without CR4.OSXSAVE there is no such instruction. */
	assert_int_equal(xsetbv(0, 1), EXIT_RESUME);
	assert_injected(EVENT(X86_UD));
	vmcb.save.cr4 = CR4_OSXSAVE;
	assert_int_equal(xsetbv(0, 7), EXIT_RESUME);
	assert_injected(0);
	assert_true(vcpu.arch.guest.xcr0 == 7 && xcr0_register == 7);
	assert_true(vmcb.save.rip == RIP + LENGTH);
	(void)xsetbv(0, 0); /* x87 is always there */
	assert_injected(EVENT(X86_GP));
	(void)xsetbv(0, 5); /* AVX without SSE */
	assert_injected(EVENT(X86_GP));
	(void)xsetbv(0, 0xe7); /* not offered */
	assert_injected(EVENT(X86_GP));
	(void)xsetbv(0, 1ull << 32 | 1);
	assert_injected(EVENT(X86_GP));
	(void)xsetbv(1, 1); /* there is no XCR1 */
	assert_injected(EVENT(X86_GP));
	vmcb.save.cpl = 3;
	(void)xsetbv(0, 1);
	assert_injected(EVENT(X86_GP));
	assert_true(vcpu.arch.guest.xcr0 == 7 && xcr0_register == 7);
	assert_true(vmcb.save.rip == RIP);
	/* Gone, or not to be read. */
	length = 0;
	assert_int_equal(xsetbv(0, 1), EXIT_RESUME);
	assert_injected(0);
	length = -EFAULT;
	assert_int_equal(xsetbv(0, 1), EXIT_STOP);
	assert_true(vcpu.arch.guest.xcr0 == 7);
}

static int move(int (*exit)(struct vcpu *v), enum insn_op op, unsigned int cr, unsigned int gpr)
{
	vmcb.control.eventinj = 0;
	vmcb.save.rip = RIP;
	decoded.op = op;
	decoded.reg = cr;
	decoded.rm = gpr;
	return exit(&vcpu);
}

static int set_guest_cr4(u64 val)
{
	vcpu.arch.guest.gpr[GPR_RBX] = val;
	return move(x86_exit_cr_write, INSN_MOV_TO_CR, 4, GPR_RBX);
}

static void cr4_shows_what_was_written(void **state)
{
	assert_int_equal(set_guest_cr4(CR4_PAE), EXIT_RESUME);
	assert_injected(0);
	/* The processor's has MCE, and the guest reads by an exit that it does not. */
	assert_true(vmcb.save.cr4 == (CR4_PAE | CR4_MCE));
	assert_true(x86_cr4(&vcpu) == CR4_PAE);
	assert_int_equal(vmcb.control.intercept_cr_read, BIT(4));
	assert_true(vmcb.save.rip == RIP + LENGTH);
	assert_int_equal(flushed, 1);
	assert_int_equal(move(x86_exit_cr_read, INSN_MOV_FROM_CR, 4, GPR_RSP), EXIT_RESUME);
	assert_true(vmcb.save.rsp == CR4_PAE);
	assert_true(vmcb.save.rip == RIP + LENGTH);
	assert_int_equal(set_guest_cr4(CR4_PAE | CR4_MCE), EXIT_RESUME);
	assert_int_equal(vmcb.control.intercept_cr_read, 0);
	assert_int_equal(flushed, 1);
}

static void cr4_is_refused_what_is_not_consistent(void **state)
{
	(void)set_guest_cr4(CR4_OSXSAVE);
	assert_injected(EVENT(X86_GP));
	cr4_offered |= CR4_OSXSAVE;
	(void)set_guest_cr4(CR4_OSXSAVE);
	assert_injected(0);
	(void)set_guest_cr4(CR4_PCIDE); /* not in long mode */
	assert_injected(EVENT(X86_GP));
	vmcb.save.efer = EFER_LMA;
	(void)set_guest_cr4(0); /* PAE */
	assert_injected(EVENT(X86_GP));
	vmcb.save.cr3 = 1;
	(void)set_guest_cr4(CR4_PAE | CR4_PCIDE); /* a PCID in CR3 */
	assert_injected(EVENT(X86_GP));
	vmcb.save.cr3 = 0x1000;
	(void)set_guest_cr4(CR4_PAE | CR4_PCIDE);
	assert_injected(0);
	(void)set_guest_cr4(CR4_PAE | CR4_PCIDE | CR4_LA57); /* does not change in long mode */
	assert_injected(EVENT(X86_GP));
	assert_true(vmcb.save.rip == RIP);
	assert_true(x86_cr4(&vcpu) == (CR4_PAE | CR4_PCIDE));
}

static void cr8_is_the_priority_of_the_local_apic(void **state)
{
	vcpu.arch.guest.gpr[GPR_RBX] = 9;
	assert_int_equal(move(x86_exit_cr_write, INSN_MOV_TO_CR, 8, GPR_RBX), EXIT_RESUME);
	assert_int_equal(tpr, 9);
	assert_true(vmcb.save.rip == RIP + LENGTH);
	vcpu.arch.guest.gpr[GPR_RBX] = 0x10;
	assert_int_equal(move(x86_exit_cr_write, INSN_MOV_TO_CR, 8, GPR_RBX), EXIT_RESUME);
	assert_injected(EVENT(X86_GP));
	assert_int_equal(tpr, 9);
	/* Half of the register outside long mode. */
	decoded.width = 4;
	vcpu.arch.guest.gpr[GPR_RBX] = 0x1000000003;
	(void)move(x86_exit_cr_write, INSN_MOV_TO_CR, 8, GPR_RBX);
	assert_injected(0);
	assert_int_equal(tpr, 3);
}

static void a_move_that_is_gone_is_not_done(void **state)
{
	vcpu.arch.guest.gpr[GPR_RBX] = CR4_PAE;
	assert_int_equal(move(x86_exit_cr_write, INSN_HLT, 4, GPR_RBX), EXIT_RESUME);
	assert_int_equal(move(x86_exit_cr_read, INSN_HLT, 4, GPR_RBX), EXIT_RESUME);
	decode_result = 1;
	assert_int_equal(move(x86_exit_cr_write, INSN_MOV_TO_CR, 4, GPR_RBX), EXIT_RESUME);
	assert_int_equal(move(x86_exit_cr_read, INSN_MOV_FROM_CR, 4, GPR_RBX), EXIT_RESUME);
	decode_result = -EFAULT;
	assert_int_equal(move(x86_exit_cr_write, INSN_MOV_TO_CR, 4, GPR_RBX), EXIT_STOP);
	assert_int_equal(move(x86_exit_cr_read, INSN_MOV_FROM_CR, 4, GPR_RBX), EXIT_STOP);
	assert_true(vmcb.save.rip == RIP && vmcb.save.cr4 == 0);
	assert_true(vcpu.arch.guest.gpr[GPR_RBX] == CR4_PAE);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, fresh)
	const struct CMUnitTest tests[] = {
		T(xcr0_takes_what_is_offered),
		T(cr4_shows_what_was_written),
		T(cr4_is_refused_what_is_not_consistent),
		T(cr8_is_the_priority_of_the_local_apic),
		T(a_move_that_is_gone_is_not_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
