// SPDX-License-Identifier: Apache-2.0
/* Calls of an x86 guest: end, console, and what is not supported. */
/* flags: -I$(root)/arch/x86_64/include -DCONFIG_NR_CPUS=4 */
#include "../../arch/x86_64/include/asm/vcpu.h"
#include "../../arch/x86_64/include/asm/vm.h"
#include "../../arch/x86_64/virt/vmmcall.c"
#include <lodge/errno.h>
#include <shim.h>

#define RIP 0x1000ul

static struct vm vm;
static struct vcpu vcpu, other;
static struct vmcb vmcb;
static int length;
static unsigned int shutdowns, said;
static const struct vcpu *kicked;

int x86_insn_length(struct vcpu *v, enum insn_op op)
{
	assert_int_equal(op, INSN_VMMCALL);
	return length;
}

void x86_skip(struct vcpu *v, unsigned int n)
{
	vmcb.save.rip += n;
}

void x86_inject(struct vcpu *v, unsigned int vector)
{
	vmcb.control.eventinj = vector | EVENT_VALID;
}

void vm_request_shutdown(struct vm *v, u64 reason)
{
	shutdowns++;
}

void x86_kick(struct vcpu *v)
{
	kicked = v;
}

void vcpu_putc(struct vcpu *v, u8 c)
{
	said = c;
}

static int fresh(void **state)
{
	memset(&vmcb, 0, sizeof(vmcb));
	memset(&vcpu, 0, sizeof(vcpu));
	vcpu.vm = &vm;
	vm.vcpu[0] = &vcpu;
	vm.vcpu[1] = &other;
	vm.nr_vcpus = 2;
	kicked = NULL;
	vcpu.arch.vmcb = &vmcb;
	vmcb.save.rip = RIP;
	length = 3;
	shutdowns = said = 0;
	return 0;
}

static int call(u64 rax, u64 rdi)
{
	vmcb.save.rip = RIP;
	vcpu.arch.guest.gpr[GPR_RAX] = rax;
	vcpu.arch.guest.gpr[GPR_RDI] = rdi;
	return x86_exit_vmmcall(&vcpu);
}

static void a_character_is_in_dil(void **state)
{
	/* AL alone is the call, as long as it is none of the others. */
	static const u64 calls[] = { 1, 0x101, 0x7fffff01, 0xffffffff00000001 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		said = 0;
		assert_int_equal(call(calls[i], 0x1234567841), EXIT_RESUME);
		assert_int_equal(said, 0x41);
		assert_true(vcpu.arch.guest.gpr[GPR_RAX] == 0);
		assert_true(vmcb.save.rip == RIP + 3);
	}
}

static void the_end_ends_the_vm(void **state)
{
	assert_int_equal(call(0x84000008, 0), EXIT_STOP);
	assert_int_equal(shutdowns, 1);
}

static void others_are_not_supported(void **state)
{
	assert_int_equal(call(0x84000009, 0), EXIT_RESUME);
	assert_true(vcpu.arch.guest.gpr[GPR_RAX] == ~(u64)0);
	assert_int_equal(call(0x80000001, 'x'), EXIT_RESUME);
	assert_true(vcpu.arch.guest.gpr[GPR_RAX] == ~(u64)0);
	/* As KVM says it, for those that KVM could have. */
	assert_int_equal(call(9, 0), EXIT_RESUME);
	assert_true(vcpu.arch.guest.gpr[GPR_RAX] == (u64)-1000);
	assert_int_equal(call(0, 0), EXIT_RESUME);
	assert_true(vcpu.arch.guest.gpr[GPR_RAX] == (u64)-1000);
	assert_int_equal(shutdowns + said, 0);
}

static void a_cpu_is_kicked_by_its_apic_id(void **state)
{
	static const u64 nobody[] = { 2, 255, 0xffffffff };
	unsigned int i;

	vcpu.arch.guest.gpr[GPR_RCX] = 0xdead00000001; /* 32 bits count */
	assert_int_equal(call(5, 0), EXIT_RESUME);
	assert_ptr_equal(kicked, &other);
	assert_true(vcpu.arch.guest.gpr[GPR_RAX] == 0);
	kicked = NULL;
	for (i = 0; i < ARRAY_SIZE(nobody); i++) {
		vcpu.arch.guest.gpr[GPR_RCX] = nobody[i];
		assert_int_equal(call(5, 0), EXIT_RESUME);
		assert_true(vcpu.arch.guest.gpr[GPR_RAX] == 0);
	}
	assert_null(kicked);
}

static void programs_do_not_speak_for_their_kernel(void **state)
{
	unsigned int cpl;

	for (cpl = 1; cpl < 4; cpl++) {
		vmcb.save.cpl = (u8)cpl;
		vmcb.control.eventinj = 0;
		assert_int_equal(call(0x84000008, 0), EXIT_RESUME);
		assert_true(vmcb.control.eventinj == (X86_UD | EVENT_VALID));
		assert_true(vmcb.save.rip == RIP);
	}
	assert_int_equal(shutdowns, 0);
}

static void one_that_is_gone_is_not_done(void **state)
{
	length = 0;
	assert_int_equal(call(0x84000008, 0), EXIT_RESUME);
	length = -EFAULT;
	assert_int_equal(call(0x84000008, 0), EXIT_STOP);
	assert_true(shutdowns == 0 && vmcb.save.rip == RIP);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, fresh)
	const struct CMUnitTest tests[] = {
		T(a_character_is_in_dil),	 T(the_end_ends_the_vm),
		T(others_are_not_supported),	 T(programs_do_not_speak_for_their_kernel),
		T(one_that_is_gone_is_not_done), T(a_cpu_is_kicked_by_its_apic_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
