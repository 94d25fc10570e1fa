/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VLAPIC_FIXTURE_H
#define VLAPIC_FIXTURE_H

/* What the tests of the guest's local APICs and IOAPIC share: a VM with four vCPUs and both. */
#include "../../arch/x86_64/virt/apic/vioapic.c"
#include "../../arch/x86_64/virt/apic/vioapic_host.c"
#undef VERSION
#undef STATE_VERSION
#include "../../arch/x86_64/virt/apic/vlapic.c"
#include "../../arch/x86_64/virt/apic/vlapic_dev.c"
#include "../../arch/x86_64/virt/apic/vlapic_ipi.c"
#include "../../arch/x86_64/virt/apic/vlapic_irq.c"
#include "../../arch/x86_64/virt/apic/vlapic_timer.c"
#include "vdev_test.h"

#define NR 4

static struct vdev *apics, *ioapic;

/* ---- the rest of the hypervisor ---- */

static u64 now;
static struct timer *armed[NR];
static unsigned int requests[NR], nmis[NR], resets, wakes[NR], fires;

u64 time_now(void)
{
	return now;
}

u64 time_from_us(u64 us)
{
	return us * 1000;
}

void timer_init_for(struct timer *t, void (*fn)(struct timer *t), struct time_account *account)
{
	t->fn = fn;
	t->armed = false;
}

static unsigned int timer_owner(const struct timer *t)
{
	return container_of(t, struct vlapic, timer)->vcpu->id;
}

void timer_start(struct timer *t, u64 deadline)
{
	t->deadline = deadline;
	t->armed = true;
	armed[timer_owner(t)] = t;
}

void timer_cancel(struct timer *t)
{
	t->armed = false;
}

void timer_cancel_sync(struct timer *t)
{
	timer_cancel(t);
}

/* Lets time pass, with all that happens on the way. */
static inline void pass(u64 ticks)
{
	u64 end = now + ticks;

	for (;;) {
		struct timer *next = NULL;
		unsigned int i;

		for (i = 0; i < NR; i++)
			if (armed[i] && armed[i]->armed && armed[i]->deadline <= end &&
			    (!next || armed[i]->deadline < next->deadline))
				next = armed[i];
		if (!next)
			break;
		now = max(now, next->deadline);
		next->armed = false;
		fires++;
		next->fn(next);
	}
	now = end;
}

void vcpu_request(struct vcpu *vcpu, u32 req)
{
	/* A start-up IPI that comes now finds that the vCPU waits for it, or that it has started. */
	if (req == REQ_OFF)
		assert_true(test_vm.lock.locked && vcpu->state == VCPU_OFF);
	vcpu->requests |= req;
	requests[vcpu->id]++;
}

void vcpu_wake(struct vcpu *vcpu)
{
	wakes[vcpu->id]++;
}

void x86_vcpu_nmi(struct vcpu *vcpu)
{
	nmis[vcpu->id]++;
}

/* What each reads from CR8. */
static u32 cr8[NR];

void x86_set_tpr(struct vcpu *vcpu, u32 tpr)
{
	cr8[vcpu->id] = tpr >> 4;
}

#define PHYS_BITS 40

unsigned int x86_phys_bits(void)
{
	return PHYS_BITS;
}

/* Where each finds it besides the window. */
static u64 apic_page[NR];

void x86_set_apic_page(struct vcpu *vcpu, u64 page)
{
	apic_page[vcpu->id] = page;
}

void vm_request_reset(struct vm *vm, u64 reason)
{
	resets++;
}

/* Pin GIVEN is the host's interrupt HOST_IRQ. */
#define GIVEN	 20
#define HOST_IRQ 3

static bool host_kept;
static unsigned int ends;
static const struct cpu *routed;

void irq_end(u32 n)
{
	assert_int_equal(n, HOST_IRQ);
	assert_true(host_kept);
	host_kept = false;
	ends++;
}

void irq_route(u32 n, struct cpu *cpu)
{
	assert_int_equal(n, HOST_IRQ);
	routed = cpu;
}

/* ---- registers ---- */

static struct vlapic *lapic(unsigned int n)
{
	return test_vcpu[n].arch.lapic;
}

static void unlocked(void)
{
	unsigned int i;

	for (i = 0; i < NR; i++)
		assert_int_equal(lapic(i)->lock.locked, 0);
	assert_int_equal(ioapic->lock.locked, 0);
	assert_int_equal(test_vm.lock.locked, 0);
}

static inline u32 rd(unsigned int n, u64 off)
{
	u64 v = apics->ops->read(apics, &test_vcpu[n], off, 4);

	unlocked();
	return (u32)v;
}

static inline void wr(unsigned int n, u64 off, u32 val)
{
	apics->ops->write(apics, &test_vcpu[n], off, 4, val);
	unlocked();
}

static inline u64 get_msr(unsigned int n, u32 msr)
{
	u64 v;

	assert_true(vlapic_msr_read(lapic(n), msr, &v));
	return v;
}

static inline bool set_msr(unsigned int n, u32 msr, u64 val)
{
	bool ok = vlapic_msr_write(lapic(n), msr, val);

	unlocked();
	return ok;
}

#define X2(off) (MSR_X2APIC + (off) / 16)

static inline void x2apic(unsigned int n)
{
	assert_true(set_msr(n, MSR_APIC_BASE, get_msr(n, MSR_APIC_BASE) | APIC_BASE_X2APIC));
}

/* Takes what is pending, as the vCPU would: its vector, or -1. */
static inline int take(unsigned int n)
{
	int would = vlapic_pending(lapic(n)), vector = vlapic_accept(lapic(n));

	assert_int_equal(vector, would);
	unlocked();
	return vector;
}

static inline void eoi(unsigned int n)
{
	wr(n, APIC_EOI, 0);
}

static inline void self(unsigned int n, u8 vector)
{
	wr(n, APIC_ICR, 0x40000 | vector);
}

/* Takes and ends: bit n is set if vCPU n had @vector. */
static inline unsigned int who_has(int vector)
{
	unsigned int i, set = 0;

	for (i = 0; i < NR; i++)
		if (take(i) == vector) {
			set |= 1u << i;
			eoi(i);
		}
	return set;
}

static inline void set_rte(unsigned int pin, u64 rte)
{
	ioapic->ops->write(ioapic, test_vcpu, IOREGSEL, 4, REG_TABLE + 2 * pin + 1);
	ioapic->ops->write(ioapic, test_vcpu, IOWIN, 4, rte >> 32);
	ioapic->ops->write(ioapic, test_vcpu, IOREGSEL, 4, REG_TABLE + 2 * pin);
	ioapic->ops->write(ioapic, test_vcpu, IOWIN, 4, (u32)rte);
	unlocked();
}

static inline u64 get_rte(unsigned int pin)
{
	u64 high;

	ioapic->ops->write(ioapic, test_vcpu, IOREGSEL, 4, REG_TABLE + 2 * pin + 1);
	high = ioapic->ops->read(ioapic, test_vcpu, IOWIN, 4);
	ioapic->ops->write(ioapic, test_vcpu, IOREGSEL, 4, REG_TABLE + 2 * pin);
	return high << 32 | ioapic->ops->read(ioapic, test_vcpu, IOWIN, 4);
}

static inline void line(u32 irq, bool level)
{
	ioapic->ops->set_irq(ioapic, irq, level);
	unlocked();
}

/* The host's interrupt comes, as it only does while it is not kept. */
static inline void forward(void)
{
	assert_false(host_kept);
	host_kept = true;
	ioapic->ops->forward(ioapic, GIVEN);
	unlocked();
}

/* ---- each test ---- */

static int setup(void **state)
{
	unsigned int i;

	memset(&test_vm, 0, sizeof(test_vm));
	memset(test_vcpu, 0, sizeof(test_vcpu));
	memset(armed, 0, sizeof(armed));
	memset(requests, 0, sizeof(requests));
	memset(nmis, 0, sizeof(nmis));
	memset(wakes, 0, sizeof(wakes));
	memset(cr8, 0, sizeof(cr8));
	memset(apic_page, 0, sizeof(apic_page));
	resets = fires = ends = 0;
	host_kept = false;
	routed = NULL;
	now = 1000000;
	test_vm.nr_vcpus = test_cfg.nr_vcpus = NR;
	test_vm.arch.tsc_offset = -now;
	for (i = 0; i < NR; i++) {
		test_vm.vcpu[i] = &test_vcpu[i];
		test_vcpu[i] = (struct vcpu){ .id = i, .vm = &test_vm, .state = VCPU_RUNNING };
	}
	ioapic = test_create(&vioapic_ops, 0xfec00000, 0x1000, 0);
	test_vm.irqchip = ioapic;
	apics = test_create(&lapic_ops, APIC_ADDRESS, APIC_WINDOW, 0);
	for (i = 0; i < NR; i++)
		wr(i, APIC_SVR, 0x1ff);
	return 0;
}

static int teardown(void **state)
{
	ioapic->ops->destroy(ioapic);
	test_destroy(apics);
	return 0;
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
