// SPDX-License-Identifier: Apache-2.0
/*
 * An interrupt of the host that is a guest's, on one CPU, while its vCPUs move between others, take it and
 * end it, and one of them masks its pin and sends it from one to the other: none is lost, and none comes
 * before the host was told that the last is over.
 */
/* links: virt/bus/fdt.c kernel/call.c */
/* arch: x86_64 */
#include "../../arch/x86_64/virt/apic/vioapic.c"
#include "../../arch/x86_64/virt/apic/vioapic_host.c"
#undef VERSION
#undef STATE_VERSION
#include "../../arch/x86_64/virt/apic/vlapic.c"
#include "../../arch/x86_64/virt/apic/vlapic_dev.c"
#include "../../arch/x86_64/virt/apic/vlapic_ipi.c"
#include "../../arch/x86_64/virt/apic/vlapic_irq.c"
#include "../../arch/x86_64/virt/apic/vlapic_timer.c"
#include "machine.h"
#include "vdev_test.h"
#include <lodge/slab.h>
#include <lodge/thread.h>
#include <sched.h>
#include <shim.h>

#define CPUS   3
#define NR     2 /* vCPUs */
#define GIVEN  20
#define VECTOR 0x54
#define ROUNDS (machine_rounds(SMP_ROUNDS) / 50 + 20)

static struct vdev *apics, *ioapic;
static u64 sense;
static u32 line;    /* of the device */
static u32 kept;    /* by the host */
static u32 handled; /* by the guest */
static u32 ready, over;

/* ---- the rest of the hypervisor ---- */

void kfree_for(struct mem_account *acct, void *p)
{
	free(p);
}

void vcpu_request(struct vcpu *vcpu, u32 req)
{
	__atomic_fetch_or(&vcpu->requests, req, __ATOMIC_RELEASE);
}

void vcpu_wake(struct vcpu *vcpu)
{
	fail_msg("a start-up IPI");
}

void x86_vcpu_nmi(struct vcpu *vcpu)
{
	fail_msg("an NMI");
}

void x86_set_tpr(struct vcpu *vcpu, u32 tpr)
{
}

unsigned int x86_phys_bits(void)
{
	return 40;
}

void x86_set_apic_page(struct vcpu *vcpu, u64 page)
{
}

void vm_request_reset(struct vm *vm, u64 reason)
{
	fail_msg("a reset");
}

void irq_end(u32 n)
{
	assert_int_equal(__atomic_exchange_n(&kept, 0, __ATOMIC_ACQ_REL), 1);
}

void irq_route(u32 n, struct cpu *cpu)
{
	assert_true(cpu->id < CPUS);
}

/* ---- the device, and the host's CPU that is interrupted ---- */

/* Return: whether it interrupts. A level does while it is up, an edge once. */
static bool interrupts(void)
{
	u32 none = 0;

	if (!__atomic_load_n(&line, __ATOMIC_ACQUIRE) ||
	    !__atomic_compare_exchange_n(&kept, &none, 1, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_RELAXED))
		return false;
	if (!sense)
		__atomic_store_n(&line, 0, __ATOMIC_RELEASE);
	return true;
}

static void host_interrupt(void)
{
	unsigned long flags = arch_irq_save();

	if (interrupts())
		ioapic->ops->forward(ioapic, GIVEN);
	arch_irq_restore(flags);
}

static void be_device(void *arg)
{
	u32 i, before;

	for (i = 0; i < ROUNDS; i++) {
		before = __atomic_load_n(&handled, __ATOMIC_ACQUIRE);
		__atomic_store_n(&line, 1, __ATOMIC_RELEASE);
		while (__atomic_load_n(&handled, __ATOMIC_ACQUIRE) == before) {
			host_interrupt();
			machine_relax();
			if (machine_random() % 64 == 0)
				sched_yield();
		}
	}
	__atomic_store_n(&over, 1, __ATOMIC_RELEASE);
}

/* ---- the guest ---- */

static void move(struct vcpu *vcpu)
{
	unsigned int cpu = 1 + machine_random() % (CPUS - 1);

	WRITE_ONCE(vcpu->cpu, NULL);
	assert_int_equal(thread_set_affinity(thread_current(), BIT(cpu)), 0);
	while (this_cpu()->id != cpu)
		thread_yield();
	WRITE_ONCE(vcpu->cpu, this_cpu());
}

/* An exit: what is pending is taken, handled and ended. */
static void take(struct vcpu *vcpu)
{
	unsigned long flags = arch_irq_save();

	if (vlapic_accept(vcpu->arch.lapic) == VECTOR) {
		/* One that comes for nothing, as may be after its entry was changed, is none. */
		if (!sense || __atomic_exchange_n(&line, 0, __ATOMIC_ACQ_REL))
			__atomic_fetch_add(&handled, 1, __ATOMIC_RELEASE);
		apics->ops->write(apics, vcpu, APIC_EOI, 4, 0);
	}
	arch_irq_restore(flags);
}

static void store(struct vcpu *vcpu, u32 reg, u32 val)
{
	ioapic->ops->write(ioapic, vcpu, IOREGSEL, 4, reg);
	ioapic->ops->write(ioapic, vcpu, IOWIN, 4, val);
}

static void set_entry(struct vcpu *vcpu, u32 dest, bool masked)
{
	unsigned long flags = arch_irq_save();

	store(vcpu, REG_TABLE + 2 * GIVEN + 1, dest << 24);
	store(vcpu, REG_TABLE + 2 * GIVEN, (u32)sense | VECTOR | (masked ? RTE_MASKED : 0));
	arch_irq_restore(flags);
}

static void be_vcpu(void *arg)
{
	struct vcpu *vcpu = arg;

	__atomic_fetch_add(&ready, 1, __ATOMIC_RELAXED);
	while (READ_ONCE(ready) < NR)
		thread_yield();
	while (!__atomic_load_n(&over, __ATOMIC_ACQUIRE)) {
		if (machine_random() % 32 == 0)
			move(vcpu);
		if (vcpu->id == 0 && machine_random() % 16 == 0) {
			set_entry(vcpu, machine_random() % NR, true);
			set_entry(vcpu, machine_random() % NR, false);
		}
		take(vcpu);
		machine_relax();
		thread_yield();
	}
	take(vcpu);
	WRITE_ONCE(vcpu->cpu, NULL);
}

static void start(void)
{
	unsigned int i;

	for (i = 0; i < NR; i++)
		thread_start(thread_create_any("vcpu", be_vcpu, &test_vcpu[i]));
	thread_start(thread_create("device", be_device, NULL, 0));
}

static void run(u64 how)
{
	unsigned long flags;
	unsigned int i;

	sense = how;
	line = kept = handled = ready = over = 0;
	memset(&test_vm, 0, sizeof(test_vm));
	memset(test_vcpu, 0, sizeof(test_vcpu));
	test_vm.nr_vcpus = test_cfg.nr_vcpus = NR;
	for (i = 0; i < NR; i++) {
		test_vm.vcpu[i] = &test_vcpu[i];
		test_vcpu[i] = (struct vcpu){ .id = i, .vm = &test_vm, .state = VCPU_RUNNING };
	}
	flags = arch_irq_save();
	ioapic = test_create(&vioapic_ops, 0xfec00000, 0x1000, 0);
	test_vm.irqchip = ioapic;
	apics = test_create(&lapic_ops, APIC_ADDRESS, APIC_WINDOW, 0);
	for (i = 0; i < NR; i++)
		apics->ops->write(apics, &test_vcpu[i], APIC_SVR, 4, 0x1ff);
	assert_int_equal(ioapic->ops->link(ioapic, GIVEN, 3), 0);
	set_entry(&test_vcpu[0], 0, false);
	arch_irq_restore(flags);
	assert_true(machine_run(CPUS, start));
	assert_true(handled >= ROUNDS);
	ioapic->ops->destroy(ioapic);
	test_destroy(apics);
}

static void a_level_is_never_lost(void **state)
{
	run(RTE_LEVEL);
}

static void an_edge_is_never_lost(void **state)
{
	run(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_level_is_never_lost),
		cmocka_unit_test(an_edge_is_never_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
