// SPDX-License-Identifier: Apache-2.0
/* Exits of a guest that waits: by PAUSE, and by HLT. */
/* flags: -I$(root)/arch/x86_64/include -DCONFIG_NR_CPUS=4 */
#include "../../arch/x86_64/include/asm/vcpu.h"
#include "../../arch/x86_64/include/asm/vm.h"
#include "../../arch/x86_64/virt/halt.c"
#include "../../arch/x86_64/virt/svm/exit.c"
#include "svm_exit_fixture.h"

/* By what PAUSE exited others may run, or have slept meanwhile. */
static void pause_looks_whether_it_has_to_exit(void **state)
{
	looked = 0;
	assert_int_equal(leave(VMEXIT_HLT), EXIT_BLOCK);
	assert_int_equal(looked, 0);
	assert_int_equal(leave(VMEXIT_PAUSE), EXIT_RESUME);
	assert_int_equal(looked, 1);
}

/* Short delays are made of it, too. */
static void a_row_of_pauses_gives_the_cpu_away(void **state)
{
	now = 1000;
	assert_int_equal(leave(VMEXIT_PAUSE), EXIT_RESUME);
	now += 4;
	assert_int_equal(again(VMEXIT_PAUSE), EXIT_RESUME);
	now++;
	assert_int_equal(again(VMEXIT_PAUSE), EXIT_YIELD);
	now += 4;
	assert_int_equal(again(VMEXIT_PAUSE), EXIT_RESUME);
	/* Another row. */
	now += 6;
	assert_int_equal(again(VMEXIT_PAUSE), EXIT_RESUME);
	now += 4;
	assert_int_equal(again(VMEXIT_PAUSE), EXIT_RESUME);
	/* A filter has seen the row itself. */
	vmcb.control.pause_filter_count = 1;
	assert_int_equal(again(VMEXIT_PAUSE), EXIT_YIELD);
	vmcb.control.pause_filter_count = 0;
}

static void a_step_over_hlt_does_not_sleep(void **state)
{
	fresh(state);
	vmcb.control.exitcode = VMEXIT_HLT;
	vmcb.control.exitintinfo = EVENT(X86_DB);
	vmcb.save.rflags &= ~X86_FLAG_IF;
	assert_int_equal(svm_exit(&vcpu), EXIT_RESUME);
	assert_false(vcpu.arch.guest.halted);
}

static void the_last_that_halts_for_good_ends_the_vm(void **state)
{
	fresh(state);
	vm.nr_vcpus = 2;
	vmcb.control.exitcode = VMEXIT_HLT;
	assert_int_equal(svm_exit(&vcpu), EXIT_BLOCK);
	assert_false(vcpu.arch.guest.halted);
	vmcb.save.rflags &= ~X86_FLAG_IF;
	assert_int_equal(svm_exit(&vcpu), EXIT_BLOCK);
	assert_true(vcpu.arch.guest.halted);
	assert_int_equal(off, 0); /* the other runs, and may send an NMI */
	other.arch.guest.halted = true;
	other.arch.guest.nmi_pending = true;
	(void)svm_exit(&vcpu);
	assert_int_equal(off, 0);
	other.arch.guest.nmi_pending = false;
	(void)svm_exit(&vcpu);
	assert_int_equal(off, 2);
	other = (struct vcpu){ .state = VCPU_OFF };
	(void)svm_exit(&vcpu);
	assert_int_equal(off, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(pause_looks_whether_it_has_to_exit),
		T(a_row_of_pauses_gives_the_cpu_away),
		T(a_step_over_hlt_does_not_sleep),
		T(the_last_that_halts_for_good_ends_the_vm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
