// SPDX-License-Identifier: Apache-2.0
/*
 * The physical timer of aarch64's guests, which is a timer of the host: its function may run on the
 * CPU where the vCPU was, while that sets it anew on another.
 */
/* flags: -I$(root)/arch/aarch64/include */
#include "../../arch/aarch64/include/asm/vcpu.h"
#include "../../arch/aarch64/include/asm/vm.h"
#include "../../arch/aarch64/virt/timer.c"
#include "machine.h"
#include <lodge/thread.h>
#include <shim.h>

#define CPUS  2
#define VCPUS 3

static struct vm vm;
static struct vcpu vcpus[VCPUS];
static u32 line[VCPUS]; /* of the timer's interrupt */
static unsigned int rounds;
static u64 raised[VCPUS], moved[VCPUS];
static u32 ended, saw_all;

void vgic_set_ppi(struct vcpu *vcpu, u32 intid, bool level)
{
	assert_int_equal(intid, VGIC_IRQ_PTIMER);
	__atomic_store_n(&line[vcpu->id], level, __ATOMIC_RELEASE);
	waitq_wake(&vcpu->wait);
}

static bool is_up(void *arg)
{
	return __atomic_load_n(&line[((struct vcpu *)arg)->id], __ATOMIC_ACQUIRE);
}

/* An exit, in which the thread stays on its CPU. */
static void set(struct vcpu *vcpu, unsigned int op2, u64 val)
{
	unsigned long flags = arch_irq_save();
	struct arch_vcpu *a = &vcpu->arch;
	u64 cval;

	arm64_ptimer_write(vcpu, op2, val);
	cval = arm64_ptimer_read(vcpu, OP2_CVAL);
	/* It was not due before this look, so what has raised the line is the deadline of before. */
	if (is_up(vcpu) && a->guest.cntp_ctl == CNT_CTL_ENABLE)
		assert_true(time_now() >= cval);
	else if (is_up(vcpu))
		fail_msg("a timer that is off has its line up");
	arch_irq_restore(flags);
}

static void read_it(struct vcpu *vcpu)
{
	unsigned long flags = arch_irq_save();

	/* Who sees that it is due finds its line up. */
	if (arm64_ptimer_read(vcpu, OP2_CTL) & CNT_CTL_ISTATUS &&
	    vcpu->arch.guest.cntp_ctl == CNT_CTL_ENABLE)
		assert_true(is_up(vcpu));
	arch_irq_restore(flags);
}

static void wait_for_it(struct vcpu *vcpu)
{
	struct cpu *before = this_cpu();

	set(vcpu, OP2_CTL, CNT_CTL_ENABLE);
	/* If it does not come, nothing else wakes this. */
	(void)waitq_wait(&vcpu->wait, is_up, vcpu, 0);
	raised[vcpu->id]++;
	moved[vcpu->id] += before != this_cpu();
}

static void spin(unsigned int max)
{
	u64 until = time_now() + machine_random() % max;

	while (time_now() < until)
		machine_relax();
}

/*
 * Where threads of a busy machine are CPUs, a number of rounds promises none of it. All go on for the last:
 * one that had the machine to itself would wake where it was.
 */
static bool have_all_seen_all(const struct vcpu *vcpu)
{
	if (raised[vcpu->id] && (moved[vcpu->id] || !machine_is_parallel()))
		__atomic_fetch_or(&saw_all, 1u << vcpu->id, __ATOMIC_RELAXED);
	return __atomic_load_n(&saw_all, __ATOMIC_RELAXED) == (1u << VCPUS) - 1;
}

static void live(void *arg)
{
	struct vcpu *vcpu = arg;
	unsigned int i;

	for (i = 0; i < rounds || !have_all_seen_all(vcpu); i++) {
		u64 cpus = 1 + machine_random() % (BIT(CPUS) - 1);

		if (machine_random() % 2)
			set(vcpu, OP2_TVAL, machine_random() % 5000);
		else
			set(vcpu, OP2_CVAL, time_now() + machine_random() % 5000);
		if (machine_random() % 2)
			set(vcpu, OP2_CTL, machine_random() % 4);
		if (machine_random() % 8 == 0)
			wait_for_it(vcpu);
		spin(4000);
		read_it(vcpu);
		assert_int_equal(thread_set_affinity(vcpu->thread, cpus), 0);
		thread_yield();
		spin(2000);
		set(vcpu, OP2_CTL, 0);
		/* Nothing comes of what was set before. */
		spin(4000);
		assert_false(is_up(vcpu));
	}
	arm64_timers_destroy(vcpu);
	__atomic_fetch_add(&ended, 1, __ATOMIC_ACQ_REL);
}

static void start_all(void *arg)
{
	unsigned int i;

	(void)arg;
	for (i = 0; i < VCPUS; i++)
		vcpus[i].thread = thread_create_any("vcpu", live, &vcpus[i]);
	for (i = 0; i < VCPUS; i++)
		thread_start(vcpus[i].thread);
	for (i = 0; i < VCPUS; i++)
		thread_join(vcpus[i].thread);
}

static void start(void)
{
	thread_start(thread_create("start", start_all, NULL, 0));
}

static void its_line_is_what_it_was_set_to_last(void **state)
{
	unsigned int i;

	for (i = 0; i < VCPUS; i++) {
		vcpus[i] = (struct vcpu){ .vm = &vm, .id = i };
		waitq_init(&vcpus[i].wait);
		arm64_timers_init(&vcpus[i]);
	}
	rounds = machine_rounds(SMP_ROUNDS) / 20 + 20;
	assert_true(machine_run(CPUS, start));
	assert_int_equal(ended, VCPUS);
}

static u64 no_register(const char *reg)
{
	fail_msg("the virtual timer is the CPU's");
	return 0;
}

static const struct shim_sysreg registers = { .read = no_register };
const struct shim_sysreg *shim_sysreg = &registers;

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_line_is_what_it_was_set_to_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
