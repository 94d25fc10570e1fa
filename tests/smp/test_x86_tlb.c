// SPDX-License-Identifier: Apache-2.0
/*
 * Nested translations of x86_64's guests change while their vCPUs run on other CPUs and move: a page
 * is the host's when the flush returns, and no ASID finds what another VM has left.
 *
 * A CPU's TLB is made up, with an entry for each ASID, and forgets only what VMRUN is told to.
 */
/* links: kernel/call.c */
/* flags: -I$(root)/arch/x86_64/include */
#include "../../arch/x86_64/include/asm/vcpu.h"
#include "../../arch/x86_64/include/asm/vm.h"
#include "../../arch/x86_64/virt/svm/tlb.c"
#include "../../virt/vm/vmid.c"
#include "machine.h"
#include <lodge/thread.h>
#include <shim.h>

#define CPUS  3
#define VMS   3 /* more than ASIDs */
#define ASIDS 2
#define VCPUS 2 /* of each */
#define PAGES 4

struct cpu_features cpu_features;

static struct host_vm {
	struct vm vm;
	struct vcpu vcpu[VCPUS];
	struct vmcb vmcb[VCPUS];
	u64 entry;		/* of its nested tables: which page */
	u64 page[PAGES][VCPUS]; /* a guest counts in its own word */
} vms[VMS];

/* Of one CPU, which alone accesses it, with interrupts off. */
static struct translation {
	const struct host_vm *of;
	const struct vcpu *by;
	u64 page;
} tlbs[CPUS][ASIDS + 1];

static unsigned int rounds;
static u32 ended;
static u64 remaps, accesses;

static void vmrun_flush(const struct vmcb_control *c, struct translation *tlb)
{
	if (c->tlb_control == TLB_CONTROL_FLUSH_GUEST) /* else VMRUN fails (APM vol. 2, 15.16.2) */
		assert_true(cpu_features.svm & CPUID_SVM_EDX_FLUSH_BY_ASID);
	if (c->tlb_control == TLB_CONTROL_FLUSH_ALL)
		memset(tlb, 0, sizeof(tlbs[0]));
	else if (c->tlb_control == TLB_CONTROL_FLUSH_GUEST)
		memset(&tlb[c->guest_asid], 0, sizeof(*tlb));
}

/* A step of the guest. ACQUIRE is for the page: a walk depends on what it reads. */
static void access_memory(struct host_vm *h, struct vcpu *vcpu)
{
	struct translation *t = &tlbs[cpu_id()][vcpu->arch.vmcb->control.guest_asid];

	if (!t->of)
		*t = (struct translation){ h, vcpu, __atomic_load_n(&h->entry, __ATOMIC_ACQUIRE) };
	assert_ptr_equal(t->of, h);
	/* Those of one VM have the same ASID, and tables of their own. */
	assert_ptr_equal(t->by, vcpu);
	h->page[t->page][vcpu->id]++;
}

/* One run of the guest; an interrupt that is pending ends it before its first instruction. */
static void vmrun(struct host_vm *h, struct vcpu *vcpu)
{
	unsigned int n = machine_random() % 64;

	vmrun_flush(&vcpu->arch.vmcb->control, tlbs[cpu_id()]);
	for (; n && !machine_is_interrupted(); n--) {
		access_memory(h, vcpu);
		__atomic_fetch_add(&accesses, 1, __ATOMIC_RELAXED);
	}
	svm_flushed(vcpu);
}

static void enter(struct host_vm *h, struct vcpu *vcpu)
{
	unsigned long flags = arch_irq_save();
	unsigned int runs = machine_random() % 5; /* if none, another does what it was to do */

	svm_asid_load(vcpu);
	vcpu->last = this_cpu();
	for (; runs; runs--) {
		svm_prepare_entry(vcpu);
		vmrun(h, vcpu);
	}
	arch_irq_restore(flags);
}

static void live(void *arg)
{
	struct vcpu *vcpu = arg;
	struct host_vm *h = container_of(vcpu->vm, struct host_vm, vm);
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		enter(h, vcpu);
		if (machine_random() % 8 == 0)
			thread_yield();
		if (machine_random() % 64 == 0)
			thread_sleep_us(machine_random() % 50);
	}
	__atomic_fetch_add(&ended, 1, __ATOMIC_ACQ_REL);
}

static void remap(struct host_vm *h)
{
	u64 old = h->entry, i;

	__atomic_store_n(&h->entry, (old + 1) % PAGES, __ATOMIC_RELEASE);
	arch_stage2_flush(&h->vm, 0, PAGE_SIZE);
	for (i = 0; i < VCPUS; i++)
		h->page[old][i] = 0;
	remaps++;
}

static void disturb(void)
{
	struct host_vm *h = &vms[machine_random() % VMS];
	struct thread *t = h->vcpu[machine_random() % VCPUS].thread;

	remap(h);
	if (machine_random() % 4 == 0)
		assert_int_equal(thread_set_affinity(t, 1 + machine_random() % (BIT(CPUS) - 1)), 0);
	thread_sleep_us(machine_random() % 50);
}

static void for_all(void (*fn)(struct vcpu *vcpu))
{
	unsigned int i;

	for (i = 0; i < VMS * VCPUS; i++)
		fn(&vms[i / VCPUS].vcpu[i % VCPUS]);
}

static void make(struct vcpu *vcpu)
{
	struct host_vm *h = vms;

	while (vcpu >= h->vcpu + VCPUS || vcpu < h->vcpu)
		h++;
	vcpu->vm = &h->vm;
	vcpu->id = (unsigned int)(vcpu - h->vcpu);
	vcpu->arch.vmcb = &h->vmcb[vcpu->id];
	vcpu->thread = thread_create_any("vcpu", live, vcpu);
}

static void begin(struct vcpu *vcpu)
{
	thread_start(vcpu->thread);
}

static void join(struct vcpu *vcpu)
{
	thread_join(vcpu->thread);
}

static void start_all(void *arg)
{
	(void)arg;
	for_all(make);
	for_all(begin);
	while (__atomic_load_n(&ended, __ATOMIC_ACQUIRE) < VMS * VCPUS)
		disturb();
	for_all(join);
}

static void start(void)
{
	thread_start(thread_create("start", start_all, NULL, 0));
}

static void run(u64 features)
{
	memset(vms, 0, sizeof(vms));
	memset(tlbs, 0, sizeof(tlbs));
	cpu_features.svm = (u32)features;
	vmid_init(ASIDS);
	rounds = machine_rounds(SMP_ROUNDS) / 100 + 20;
	ended = 0;
	remaps = accesses = 0;
	assert_true(machine_run(CPUS, start));
	assert_true(remaps && accesses);
}

static void no_cpu_uses_a_page_of_before(void **state)
{
	run(CPUID_SVM_EDX_FLUSH_BY_ASID);
}

static void nor_where_all_asids_are_flushed(void **state)
{
	run(0);
}

/* ---- what there is nothing of here ---- */

void svm_offer_interrupt(struct vcpu *vcpu)
{
	fail_msg("there is no interrupt");
}

int vlapic_pending(const struct vlapic *l)
{
	return -1;
}

bool vlapic_has_pending(const struct vlapic *l)
{
	return false;
}

void kvmeoi_take(struct vcpu *vcpu)
{
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_cpu_uses_a_page_of_before),
		cmocka_unit_test(nor_where_all_asids_are_flushed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
