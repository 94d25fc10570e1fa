// SPDX-License-Identifier: Apache-2.0
/*
 * What PEs of aarch64 remember of guests' memory: nothing that is not so any more when a change of
 * stage 2 returns, nothing of a VM that is gone, and of stage 1 only what the vCPU itself has.
 *
 * Page tables, VMIDs, and what loads vCPUs and flushes are the real ones.
 */
/* links: mm/pgtable.c mm/pgtable_change.c mm/page_alloc.c mm/zero.c */
/* links: arch/aarch64/mm/formats.c */
/* flags: -I$(root)/arch/aarch64/include -DCONFIG_NR_CPUS=4 */
#include "../../arch/aarch64/include/asm/vcpu.h"
#include "../../arch/aarch64/include/asm/vm.h"
#include "../../arch/aarch64/virt/vcpu.c"
#include "../../arch/aarch64/virt/vm.c"
#include "../../virt/vm/vmid.c"
#include "arm_tlb_model.h"
#include "arm_vcpu_stubs.h"
#include "page_alloc_fixture.h"
#include <lodge/call.h>

#define VCPUS 2
#define RAM   0x4000000000ul /* host-physical; nothing is there */

static struct guest {
	struct vm vm;
	struct vcpu vcpu[VCPUS];
	struct tree *tree;
} guests[3];

static struct guest *const a = &guests[0], *const b = &guests[1], *const c = &guests[2];

static struct arena *arena;

/* ---- the machine ---- */

unsigned int cpu_count(void)
{
	return PES;
}

void cpus_call(cpumask_t cpus, void (*fn)(void *arg), void *arg)
{
	struct cpu *caller = shim_this_cpu;
	unsigned int i;

	for (i = 0; i < PES; i++) {
		shim_this_cpu = &pes[i].cpu;
		if (cpumask_has(cpus, i))
			fn(arg);
	}
	shim_this_cpu = caller;
}

static void on(unsigned int pe)
{
	shim_this_cpu = &pes[pe].cpu;
}

static bool may_have(const struct pe *p, u64 stage1)
{
	const struct vcpu *vcpu = p->cpu.loaded;

	if (!(p->reg[SCTLR][0] & SCTLR_M))
		return !stage1;
	return stage1 == p->reg[TTBR0][0] || stage1 == p->reg[TTBR1][0] || !vcpu;
}

static void check_entry(const struct pe *p, const struct entry *e)
{
	const struct tree *t = tree_of_vmid(e->vmid);
	bool found = false;
	struct walk w;
	unsigned int i;

	assert_non_null(t);
	walk_now(t->pt, e->probe, &w);
	for (i = 0; i < w.tables; i++)
		found |= w.table[i] == e->pa;
	if (e->kind == TABLE) {
		assert_true(found);
		return;
	}
	assert_int_equal(e->size, w.size);
	assert_int_equal(e->pa, w.pa);
	assert_int_equal(e->prot, w.prot);
	if (e->kind == BOTH && e->vmid == VMID_OF(p->reg[VTTBR][0]))
		assert_true(may_have(p, e->stage1));
}

static bool is_executable(u64 pa)
{
	const struct tree *t;
	struct walk w;
	unsigned int i;

	for (t = trees; t < trees + TREES; t++)
		for (i = 0; t->pt && i < PROBES; i++) {
			walk_now(t->pt, probes[i], &w);
			if (w.size && w.pa == pa && w.prot & PROT_X)
				return true;
		}
	return false;
}

/* What is so when a function of the host returns: on all PEs. */
static void check(void)
{
	const struct pe *p;
	unsigned int i, r;

	all_walk_ahead();
	for (p = pes; p < pes + PES; p++) {
		assert_int_equal(p->nr_pending, 0);
		assert_false(p->unsynchronized);
		for (r = 0; r < NR_TRACKED; r++)
			assert_int_equal(p->values[r], 1);
		for (i = 0; i < p->entries; i++)
			check_entry(p, &p->tlb[i]);
		for (i = 0; i < p->nr_fetched && !(ctr >> CTR_DIC & 1); i++)
			assert_true(is_executable(p->fetched[i]));
	}
}

/* ---- guests ---- */

static void flush(struct pgtable *pt, u64 va, u64 size)
{
	arch_stage2_flush(container_of(pt, struct vm, stage2), va, size);
}

static void map(struct guest *g, u64 ipa, u64 pa, u64 size, unsigned int prot)
{
	assert_int_equal(pgtable_map(&g->vm.stage2, ipa, hpa(pa), size, prot, NULL), 0);
}

/* Its vCPUs have their MMU on; each has TTBRs of its own. */
static void create(struct guest *g, u64 ram)
{
	unsigned int i;

	memset(g, 0, sizeof(*g));
	assert_int_equal(pgtable_init(&g->vm.stage2, arch_stage2_format(), NULL, flush), 0);
	assert_int_equal(arch_vm_init(&g->vm), 0);
	for (i = 0; i < VCPUS; i++) {
		struct arm64_guest_state *s = &g->vcpu[i].arch.guest;

		g->vcpu[i].vm = &g->vm;
		g->vcpu[i].id = i;
		s->sctlr = SCTLR_M;
		s->ttbr0 = TTBR(g->vm.arch.vmid.fixed, i, 1);
		s->ttbr1 = TTBR(g->vm.arch.vmid.fixed, i, 2);
	}
	map(g, 0x40200000, ram, 0x20000, PROT_RWX);
	map(g, 0x40400000, ram + MIB(2), MIB(2), PROT_RWX);
	map(g, IPA_FAR, ram + MIB(8), PAGE_SIZE, PROT_RW);
	for (g->tree = trees; g->tree->pt; g->tree++)
		;
	g->tree->vmid = g->vm.arch.vmid.fixed;
	g->tree->pt = &g->vm.stage2;
	arm_dsb(ARM_ish);
}

static void destroy(struct guest *g)
{
	arch_vm_destroy(&g->vm);
	g->tree->pt = NULL;
	check();
	/* What is left is unmapped, and nobody has the root for that any more. */
	assert_int_equal(pgtable_unmap(&g->vm.stage2, 0, GIB(1), NULL, NULL), 0);
	check();
	g->tree = NULL;
	pgtable_destroy(&g->vm.stage2);
	check();
}

static void put(unsigned int pe)
{
	on(pe);
	if (shim_this_cpu->loaded)
		arch_vcpu_put(shim_this_cpu->loaded);
	shim_this_cpu->loaded = NULL;
}

static void load(unsigned int pe, struct vcpu *vcpu)
{
	put(pe);
	shim_this_cpu->loaded = vcpu;
	arch_vcpu_load(vcpu);
	vcpu->last = shim_this_cpu;
	check();
}

static int begin(void **state)
{
	shim_quiet = true;
	model_init();
	ctr = 4 << CTR_DMINLINE;
	arena_setup(state);
	arena = *state;
	page_alloc_add(hpa((u64)arena->mem), ARENA_SIZE);
	arch_virt_init();
	create(a, RAM);
	create(b, RAM + GIB(1));
	load(0, &a->vcpu[0]);
	load(1, &a->vcpu[1]);
	load(2, &b->vcpu[0]);
	return 0;
}

static int end(void **state)
{
	struct guest *g;

	on(0);
	for (g = guests; g < guests + 3; g++)
		if (g->tree)
			destroy(g);
	assert_int_equal(page_free_count(), page_total_count());
	memset(guests, 0, sizeof(guests));
	return arena_teardown(state);
}

/* ---- a change of stage 2 is known everywhere when it returns ---- */

static void unmap(struct guest *g, u64 ipa, u64 size)
{
	assert_int_equal(pgtable_unmap(&g->vm.stage2, ipa, size, NULL, NULL), 0);
	check();
}

static void protect(struct guest *g, u64 ipa, u64 size, unsigned int prot)
{
	assert_int_equal(pgtable_protect(&g->vm.stage2, ipa, size, prot), 0);
	check();
}

static void a_page_that_is_unmapped(void **state)
{
	on(0);
	unmap(a, IPA_PAGE, PAGE_SIZE);
}

static void many_pages_and_tables(void **state)
{
	on(0);
	unmap(a, IPA_PAGE, MIB(2));
	unmap(a, IPA_FAR, PAGE_SIZE);
	unmap(a, IPA_BLOCK, MIB(2));
}

static void while_another_vm_is_in_the_registers(void **state)
{
	on(2);
	unmap(a, IPA_PAGE, PAGE_SIZE);
	unmap(a, IPA_FAR, PAGE_SIZE);
}

/* Nothing is translated for the VM of the caller by its stage 1 and another's stage 2. */
static void while_one_with_its_mmu_off_is(void **state)
{
	put(0);
	load(2, &a->vcpu[0]);
	b->vcpu[1].arch.guest.sctlr = 0;
	load(2, &b->vcpu[1]);
	unmap(a, IPA_PAGE, PAGE_SIZE);
	protect(a, IPA_BLOCK, MIB(2), PROT_R);
	load(2, &a->vcpu[0]);
}

static void permissions_that_are_taken_away(void **state)
{
	on(1);
	protect(a, IPA_PAGE, PAGE_SIZE, PROT_RX);
	protect(a, IPA_PAGE, PAGE_SIZE, PROT_R);
	on(2);
	protect(a, IPA_BLOCK, MIB(2), PROT_R);
}

static void a_block_that_is_split_and_made_again(void **state)
{
	on(0);
	protect(a, IPA_PART, PAGE_SIZE, PROT_R);
	protect(a, IPA_PART, PAGE_SIZE, PROT_RWX);
	assert_int_equal(pgtable_coalesce(&a->vm.stage2, IPA_BLOCK, MIB(2)), 1);
	check();
}

static void where_fetches_follow_stores(void **state)
{
	ctr |= BIT(CTR_DIC);
	on(0);
	unmap(a, IPA_PAGE, PAGE_SIZE);
	assert_true(pes[1].nr_fetched);
}

/* ---- VMs and vCPUs that come and go ---- */

static void a_vm_that_is_destroyed(void **state)
{
	unsigned int i;

	put(0);
	put(1);
	destroy(a);
	for (i = 0; i < 2; i++) {
		assert_int_equal(pes[i].reg[VTTBR][0], 0);
		assert_false(pes[i].reg[HCR][0] & HCR_VM);
	}
	/* Another's is left alone. */
	assert_int_equal(VMID_OF(pes[2].reg[VTTBR][0]), b->vm.arch.vmid.fixed);
}

static void an_identifier_that_is_used_again(void **state)
{
	u64 vmid = a->vm.arch.vmid.fixed;
	unsigned int i;

	put(0);
	put(1);
	on(2);
	destroy(a);
	create(c, RAM + GIB(2));
	assert_int_equal(c->vm.arch.vmid.fixed, vmid);
	for (i = 0; i < PES; i++) {
		load(i, &c->vcpu[i % VCPUS]);
		put(i);
	}
}

static void what_was_there_before_the_first_guest(void **state)
{
	static struct pe before;
	unsigned int i;

	before = pes[1];
	put(0);
	put(1);
	destroy(a);
	create(c, RAM + GIB(2));
	/* A PE that has never run a guest of ours, with the entries of whoever had the machine. */
	memcpy(pes[1].tlb, before.tlb, sizeof(before.tlb));
	pes[1].entries = before.entries;
	pes[1].cpu.vmid_generation = 0;
	load(1, &c->vcpu[0]);
	for (i = 0; i < pes[1].entries; i++)
		check_entry(&pes[1], &pes[1].tlb[i]);
}

static void vcpus_of_one_vm_on_one_pe(void **state)
{
	unsigned int i;

	put(1);
	for (i = 0; i < 4; i++)
		load(0, &a->vcpu[i % VCPUS]);
}

/* Its own maintenance there did not reach what it has left here. */
static void a_vcpu_that_comes_back(void **state)
{
	put(0);
	put(2);
	load(2, &a->vcpu[0]);
	on(2);
	write_sysreg(ttbr0_el1, TTBR(a->vm.arch.vmid.fixed, 0, 3));
	isb();
	tlbi_vmalle1();
	arm_dsb(ARM_nsh);
	isb();
	put(2);
	load(0, &a->vcpu[0]);
}

static void vms_in_turn(void **state)
{
	unsigned int i;

	/* TTBRs of one whose MMU is off are nothing that a walk may begin in. */
	b->vcpu[1].arch.guest.sctlr = 0;
	put(1);
	for (i = 0; i < 3; i++) {
		load(2, &a->vcpu[1]);
		load(2, &b->vcpu[1]);
	}
	load(2, &b->vcpu[0]);
}

static void what_a_guest_has_not_waited_for(void **state)
{
	on(0);
	tlbi_vmalle1is();
	ic_ialluis();
	put(0);
	assert_int_equal(pes[0].nr_pending, 0);
	isb();
}

static void what_is_requested(void **state)
{
	on(0);
	write_sysreg(ttbr0_el1, TTBR(a->vm.arch.vmid.fixed, 0, 3));
	isb();
	arch_vcpu_sync(&a->vcpu[0], REQ_TLB_FLUSH);
	check();
	ic_iallu();
	pes[0].nr_pending = 0;
	assert_true(pes[0].nr_fetched);
	fetch(&pes[0], RAM + GIB(5));
	arch_vcpu_sync(&a->vcpu[0], REQ_FENCE_I);
	isb();
	check();
}

/* ---- caches ---- */

void dc_civac(u64 va)
{
	pend(CLEAN, true, va);
	if (this_pe()->nr_pending == PENDING)
		take_effect(this_pe(), CLEAN, ARM_sy);
}

static unsigned int dirty_lines(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < LINES; i++)
		n += dirty[i];
	return n;
}

static void soil(u64 at, u64 size)
{
	memset(dirty, 0, sizeof(dirty));
	memset(dirty, true, size / LINE_SIZE);
	dirty_from = at;
}

static void all_that_the_host_has_stored_is_cleaned(void **state)
{
	on(0);
	soil(RAM, PAGE_SIZE);
	arch_memory_clean(hpa(RAM), PAGE_SIZE);
	assert_int_equal(dirty_lines(), 0);
	soil(RAM, 2 * PAGE_SIZE);
	arch_memory_clean(hpa(RAM), PAGE_SIZE);
	assert_int_equal(dirty_lines(), PAGE_SIZE / LINE_SIZE);
	arm_dsb(ARM_sy);
	assert_int_equal(dirty_lines(), PAGE_SIZE / LINE_SIZE);
	isb();
}

static void an_image_is_cleaned_once_a_boot(void **state)
{
	map(a, 0x50000000, RAM + MIB(16), PAGE_SIZE, PROT_RW | PROT_DEVICE);
	on(0);
	a->vm.boots = 1;
	fetch(&pes[1], RAM + GIB(5));
	soil(RAM, 0x20000);
	arm64_vm_clean(&a->vm);
	assert_int_equal(dirty_lines(), 0);
	check();
	/* What is stored after is the guest's, which has its caches on. */
	soil(RAM, 0x20000);
	arm64_vm_clean(&a->vm);
	assert_int_equal(dirty_lines(), 0x20000 / LINE_SIZE);
	a->vm.boots = 2;
	soil(RAM + MIB(16), PAGE_SIZE);
	arm64_vm_clean(&a->vm);
	assert_int_equal(dirty_lines(), PAGE_SIZE / LINE_SIZE);
}

int main(void)
{
#define stage2_test(fn) cmocka_unit_test_setup_teardown(fn, begin, end)
	const struct CMUnitTest tests[] = {
		stage2_test(a_page_that_is_unmapped),
		stage2_test(many_pages_and_tables),
		stage2_test(while_another_vm_is_in_the_registers),
		stage2_test(while_one_with_its_mmu_off_is),
		stage2_test(permissions_that_are_taken_away),
		stage2_test(a_block_that_is_split_and_made_again),
		stage2_test(where_fetches_follow_stores),
		stage2_test(a_vm_that_is_destroyed),
		stage2_test(an_identifier_that_is_used_again),
		stage2_test(what_was_there_before_the_first_guest),
		stage2_test(vcpus_of_one_vm_on_one_pe),
		stage2_test(a_vcpu_that_comes_back),
		stage2_test(vms_in_turn),
		stage2_test(what_a_guest_has_not_waited_for),
		stage2_test(what_is_requested),
		stage2_test(all_that_the_host_has_stored_is_cleaned),
		stage2_test(an_image_is_cleaned_once_a_boot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
