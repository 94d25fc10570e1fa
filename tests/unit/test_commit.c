// SPDX-License-Identifier: Apache-2.0
/*
 * virt/mem/commit.c with virt/mem/memory.c: what was promised before is what it takes at most, in the
 * worst case, which is memory in which no two pages are next to each other.
 */
/* links: virt/mem/memory.c virt/mem/guest_memory.c virt/mem/region.c mm/page_alloc.c mm/zero.c mm/pgtable.c mm/pgtable_change.c arch/riscv64/mm/formats.c arch/aarch64/mm/formats.c arch/x86_64/mm/formats.c */
/* flags: -DCONFIG_HOST_RESERVE_KIB=64 -DCONFIG_CONSOLE_KEPT_KIB=0 */
#include "test_pgtable.h"
#include <asm/stack.h>
#include "../../virt/mem/commit.c"
#include <lodge/vcpu.h>

extern const struct pgtable_format sv39x4, sv57x4, npt_2m;
void stage2_format(struct pgtable_format *fmt, unsigned int parange);

static const struct pgtable_format *format;
static struct vm vm;
static struct vcpu vcpu = { .vm = &vm };
static struct vm_config cfg;
#define RANGE_ORDER 11

static struct vm_commit commit;
static char err[VM_ERROR_MAX];

/* ---- what they call ---- */

const struct pgtable_format *arch_stage2_format(void)
{
	return format;
}

void arch_stage2_flush(struct vm *v, u64 addr, u64 size)
{
}

void arch_stage2_added(struct vm *v, u64 addr)
{
}

bool memory_map_is_ram(u64 start, u64 size)
{
	return true;
}

bool memory_map_overlaps(u64 start, u64 size)
{
	return false;
}

static unsigned int looks, killed_at; /* at so many looks at the time slice; 0 is never */

void thread_make_room(void)
{
	if (++looks == killed_at)
		vm.state = VM_DYING;
}

void thread_yield(void)
{
}

void arch_memory_clean(hpa_t pa, u64 size)
{
}

const struct guest_board arch_guest_board = { .info_page = 0x90a0000 };

u64 image_load_pages(const struct vm_config *c)
{
	return 2;
}

void vm_crash(struct vcpu *v, const char *fmt, ...)
{
	fail();
}

/* ---- a VM ---- */

static void region(enum region_backing backing, u64 addr, u64 size, u64 host)
{
	struct region r = { .gpa = gpa(addr),
			    .size = size,
			    .backing = backing,
			    .perm = REGION_R | REGION_W,
			    .hpa = hpa(host) };

	assert_int_equal(region_add(&cfg.memory, &r), 0);
}

/*
 * 8 MiB that are free, aligned to 2 MiB, and stay so: what is allocated next comes from the
 * smaller blocks that @keep, a page for the caller to free, was cut from.
 */
static u64 free_range(hpa_t *keep)
{
	hpa_t range = page_alloc(RANGE_ORDER, 0, NULL);

	assert_true(range.v);
	*keep = page_alloc(0, 0, NULL);
	assert_true(keep->v);
	page_free(range, RANGE_ORDER, NULL);
	return range.v;
}

/* Every second page of what is free is somebody's: there are no blocks. */
static void shatter(void)
{
	hpa_t page, list = HPA_NONE;

	while ((page = page_alloc(0, 0, NULL)).v) {
		if (page.v >> PAGE_SHIFT & 1)
			continue;
		*(u64 *)page.v = list.v;
		list = page;
	}
	for (; list.v; list = page) {
		page = hpa(*(u64 *)list.v);
		page_free(list, 0, NULL);
	}
}

static void fresh(void)
{
	memset(&vm, 0, sizeof(vm));
	vm.cfg = &cfg;
	vm.commit = &commit;
	vm.account = &commit.account;
}

/* With all that is promised, while there still are blocks. */
static void make_whole(void)
{
	fresh();
	assert_int_equal(vm_memory_init(&vm, err), 0);
	assert_int_equal(vm_commit(&vm, err), 0);
}

static int make(void)
{
	int rc;

	fresh();
	rc = vm_memory_init(&vm, err);
	shatter();
	return rc ? rc : vm_commit(&vm, err);
}

/* All that is left, as others would have it. */
static void exhaust(void)
{
	while (page_alloc(0, 0, NULL).v)
		;
}

/* As a vCPU does: a block is made later, where that may take its time. */
static int touch(gpa_t addr)
{
	int rc = vm_memory_fault(&vcpu, addr, ACCESS_R);

	if (!(vcpu.requests & REQ_MEMORY))
		return rc;
	vcpu.requests = 0;
	vm_memory_populate(&vcpu);
	rc = vcpu.fault_error;
	vcpu.fault_error = 0;
	return rc;
}

static void touch_all(void)
{
	unsigned int i;
	u64 at;

	for (i = 0; i < vm.map.count; i++) {
		const struct region *r = &vm.map.r[i];

		for (at = 0; at < r->size; at += PAGE_SIZE)
			assert_int_equal(touch(gpa(r->gpa.v + at)), 0);
	}
}

static int setup(void **state)
{
	static struct pgtable_format stage2; /* of 40 bits: two tables at the root */
	static const struct pgtable_format *const formats[] = { &sv39x4, &sv57x4, &npt_2m,
								&stage2 };
	static unsigned int n;

	stage2_format(&stage2, 2);
	format = formats[n++ % ARRAY_SIZE(formats)];
	memset(&cfg, 0, sizeof(cfg));
	cfg = (struct vm_config){ .file = "/vms/a.dtb", .name = "a", .nr_vcpus = 2 };
	memset(&commit, 0, sizeof(commit));
	all = NULL;
	host_pages = 0;
	host_pages_promised = 0;
	return arena_setup(state);
}

/* ---- tests ---- */

static void all_that_is_promised_can_be_had(void **state)
{
	/* Bits of memory far apart and close together, across the ends of tables of each level. */
	region(BACKING_LAZY, 0x80000000, MIB(8), 0);
	region(BACKING_LAZY, 0x80a03000, 0x3000, 0);
	region(BACKING_EAGER, 0x80a07000, 0x1000, 0);
	region(BACKING_LAZY, 0xbffff000, 0x2000, 0);
	region(BACKING_LAZY, 0xc03ff000, 0x402000, 0);
	if (format->va_bits > 33)
		region(BACKING_LAZY, 0x1ffffff000, 0x2000, 0);
	region(BACKING_DEVICE, 0x10000000, 0x5000, 0x30001000);
	region(BACKING_DEVICE, 0x20000000, 0x600000, 0x40001000); /* not as aligned */
	region(BACKING_DEVICE, 0x30100000, 0x700000, 0x50100000); /* as aligned */
	assert_int_equal(make(), 0);
	exhaust();
	assert_int_equal(vm_memory_fill(&vm, err), 0);
	touch_all();
	assert_true(commit.account.used <= commit.account.limit);
	/* It was not promised much that it can't use: tables where blocks end, and what is in use
	 * for a moment. */
	assert_true(commit.account.limit - commit.account.used <=
		    2 * cfg.nr_vcpus * format->levels + cfg.nr_vcpus + 2 + 8);
	/* And once more after a reset. */
	assert_int_equal(vm_memory_drop(&vm), 0);
	exhaust();
	touch_all();
	vm_memory_destroy(&vm);
}

static void what_does_not_fit_is_refused(void **state)
{
	region(BACKING_LAZY, 0x80000000, MIB(40), 0); /* half of the arena is gone */
	assert_int_equal(make(), -ENOMEM);
	assert_non_null(strstr(err, "/vms/a.dtb: the VM may use up to 41 MiB"));
	assert_non_null(strstr(err, " MiB left: make the VM smaller"));
	assert_non_null(strstr(err, "overcommit"));
	vm_memory_destroy(&vm);
	assert_null(strstr(err, "beside"));
	vm_commit_release(&cfg, &commit);
	assert_int_equal(commit.account.committed, 0);
}

static void a_refusal_names_who_has_most(void **state)
{
	static const struct vm_config small = { .file = "/vms/small.dtb" },
				      big = { .file = "/vms/big.dtb" };
	struct vm_commit last = { .host_pages = 2, .cfg = &small };
	struct vm_commit most = { .host_pages = MIB(3) / PAGE_SIZE, .cfg = &big, .next = &last };
	struct vm_commit first = { .host_pages = 1, .cfg = &small, .next = &most };

	all = &first;
	region(BACKING_LAZY, 0x80000000, MIB(40), 0);
	assert_int_equal(make(), -ENOMEM);
	assert_non_null(strstr(err, " MiB left beside 3 MiB of /vms/big.dtb: make"));
	vm_memory_destroy(&vm);
	vm_commit_release(&cfg, &commit);
	/* What was refused was not among them; what is released is no more. */
	assert_ptr_equal(all, &first);
	forget(&most);
	assert_ptr_equal(first.next, &last);
	all = NULL;
}

static void who_overcommits_is_promised_the_rest(void **state)
{
	u64 at;
	int rc;

	region(BACKING_LAZY, 0x80000000, MIB(40), 0);
	region(BACKING_EAGER, 0xa0000000, MIB(1), 0);
	cfg.overcommit = true;
	assert_int_equal(make(), 0);
	exhaust();
	assert_int_equal(vm_memory_fill(&vm, err), 0);
	/* Of what is promised for other ends it may have some pages, but none beyond. */
	for (at = 0x80000000; !(rc = touch(gpa(at))); at += PAGE_SIZE)
		;
	assert_int_equal(rc, -ENOMEM);
	assert_true(commit.account.used <= commit.account.committed);
	assert_int_equal(touch(gpa(0xa0000000)), 0);
	vm_memory_destroy(&vm);
}

static void a_promise_outlives_the_vm(void **state)
{
	u64 had, left;

	region(BACKING_LAZY, 0x80000000, MIB(4), 0);
	assert_int_equal(make(), 0);
	left = page_left_count();
	had = commit.account.committed;
	vm_memory_destroy(&vm);
	assert_int_equal(commit.account.used, 0);
	assert_int_equal(page_left_count(), left);
	exhaust();
	/* Not even its root has anything else to come from; one of several pages is not promised. */
	if (!format->root_order) {
		assert_int_equal(vm_memory_init(&vm, err), 0);
		assert_int_equal(vm_commit(&vm, err), 0);
		assert_int_equal(commit.account.committed, had);
		touch_all();
		vm_memory_destroy(&vm);
	}
	vm_commit_release(&cfg, &commit);
	assert_int_equal(page_left_count(), had);
}

static void host_ranges_are_claimed_until_the_end(void **state)
{
	hpa_t keep;
	u64 at = free_range(&keep);
	struct mem_account other = { .name = "other" };

	region(BACKING_RESERVED, 0x80000000, MIB(2), at);
	region(BACKING_RESERVED, 0x90000000, 0x3000, at + MIB(4));
	vm.cfg = &cfg;
	vm.commit = &commit;
	vm.account = &commit.account;
	assert_int_equal(vm_memory_init(&vm, err), 0);
	assert_int_equal(vm_commit(&vm, err), 0);
	assert_int_equal(commit.account.used, vm.stage2.table_pages + 512 + 3);
	touch_all();
	vm_memory_destroy(&vm);
	assert_int_equal(commit.account.used, 512 + 3);
	assert_false(page_claim(hpa(at), PAGE_SIZE, &other));
	vm_commit_release(&cfg, &commit);
	assert_true(page_claim(hpa(at), MIB(2), &other));
	/* One that is not free: nothing stays claimed. */
	assert_int_equal(vm_memory_init(&vm, err), 0);
	assert_int_equal(vm_commit(&vm, err), -EBUSY);
	assert_non_null(strstr(err, "is not free; choose another range"));
	vm_memory_destroy(&vm);
	vm_commit_release(&cfg, &commit);
	assert_true(page_claim(hpa(at + MIB(4)), 0x3000, &other));
	page_free(keep, 0, NULL);
}

static void what_is_no_ram_is_counted(void **state)
{
	hpa_t keep;
	u64 at = free_range(&keep);

	region(BACKING_LAZY, 0x80000000, MIB(4), 0);
	region(BACKING_EAGER, 0x90000000, 0x5000, 0);
	region(BACKING_RESERVED, 0xa0000000, 0x3000, at);
	region(BACKING_DEVICE, 0x10000000, 0x5000, 0x30001000);
	make_whole();
	assert_int_equal(vm_memory_fill(&vm, err), 0);
	assert_int_equal(vm_pages_besides_ram(&vm), vm.stage2.table_pages + commit.host_pages);
	touch_all();
	assert_int_equal(commit.account.used, vm.stage2.table_pages + 1024 + 5 + 3);
	assert_int_equal(vm_pages_besides_ram(&vm), vm.stage2.table_pages + commit.host_pages);
	assert_int_equal(vm_memory_drop(&vm), 0);
	assert_int_equal(vm_pages_besides_ram(&vm), vm.stage2.table_pages + commit.host_pages);
	vm_memory_destroy(&vm);
	vm_commit_release(&cfg, &commit);
	page_free(keep, 0, NULL);
}

/* In blocks where there are some, and all of it where there is none. */
static void eager_memory_is_there_at_once(void **state)
{
	region(BACKING_EAGER, 0x80000000, MIB(4), 0);
	region(BACKING_EAGER, 0x90000000, 0x5000, 0);
	assert_int_equal(make(), 0);
	assert_int_equal(vm_memory_fill(&vm, err), 0);
	assert_int_equal(vm.ram_pages, 1024 + 5);
	/* And once more, over what is there. */
	assert_int_equal(vm_memory_fill(&vm, err), 0);
	assert_int_equal(vm.ram_pages, 1024 + 5);
	vm_memory_destroy(&vm);
}

/* Wherever it is killed, nobody waits for the rest. */
static void a_vm_that_is_killed_is_not_filled(void **state)
{
	hpa_t keep;
	u64 range = free_range(&keep);
	unsigned int whole;

	region(BACKING_EAGER, 0x80000000, 0x5000, 0);
	region(BACKING_RESERVED, 0xa0000000, 0x3000, range);
	make_whole();
	looks = killed_at = 0;
	assert_int_equal(vm_memory_fill(&vm, err), 0);
	whole = looks;
	assert_in_range(whole, 8, 20);
	for (killed_at = 1; killed_at < whole; killed_at++) {
		vm.state = VM_STARTING;
		looks = 0;
		assert_int_equal(vm_memory_fill(&vm, err), -ECANCELED);
		assert_in_range(looks, killed_at, killed_at + 1); /* cleaned and counted */
	}
	killed_at = 0;
	vm_memory_destroy(&vm);
	vm_commit_release(&cfg, &commit);
	page_free(keep, 0, NULL);
}

static void the_host_keeps_its_reserve(void **state)
{
	u64 total = page_left_count();
	struct mem_account other = { .name = "other" };

	commit_init();
	assert_int_equal(page_left_count(), total - 16);
	while (page_alloc(0, 0, &other).v)
		;
	assert_int_equal(page_free_count(), 16);
	assert_true(page_alloc(4, 0, NULL).v || page_alloc(0, 0, NULL).v);
}

/* The page that the board has for what the host tells a guest. */
static void a_page_of_information_is_where_nothing_else_is(void **state)
{
	const u64 wanted = 0x90a0000;
	unsigned int i;

	memset(&vm, 0, sizeof(vm));
	vm.cfg = &cfg;
	vm.account = &commit.account;
	region(BACKING_LAZY, 0x80000000, MIB(8), 0);
	assert_int_equal(vm_memory_init(&vm, err), 0);
	vm_memory_add_info(&vm);
	assert_int_equal(vm.info_page.v, wanted);
	assert_int_equal(vm_memory_check(&vm, vm.info_page, PAGE_SIZE, ACCESS_R), 0);
	assert_int_equal(vm_memory_check(&vm, vm.info_page, 1, ACCESS_W), -EACCES);
	assert_int_equal(vm_memory_check(&vm, vm.info_page, 1, ACCESS_X), -EACCES);
	vm_memory_destroy(&vm);
	/* Something is in its 64 KiB, and in the next. */
	region(BACKING_LAZY, wanted + 0xf000, 0x2000, 0);
	assert_int_equal(vm_memory_init(&vm, err), 0);
	vm_memory_add_info(&vm);
	assert_int_equal(vm.info_page.v, wanted + 0x20000);
	vm_memory_destroy(&vm);
	/* There is no place in the map. */
	vm.info_page = gpa(0);
	for (i = cfg.memory.count; i < MAX_REGIONS; i++)
		region(BACKING_LAZY, 0x40000000 + i * 0x2000, PAGE_SIZE, 0);
	assert_int_equal(vm_memory_init(&vm, err), 0);
	vm_memory_add_info(&vm);
	assert_int_equal(vm.info_page.v, 0);
	vm_memory_destroy(&vm);
}

#define commit_test(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* In each format. */
		commit_test(all_that_is_promised_can_be_had),
		commit_test(all_that_is_promised_can_be_had),
		commit_test(all_that_is_promised_can_be_had),
		commit_test(all_that_is_promised_can_be_had),
		commit_test(what_does_not_fit_is_refused),
		commit_test(a_refusal_names_who_has_most),
		commit_test(a_refusal_names_who_has_most),
		commit_test(a_promise_outlives_the_vm),
		commit_test(a_promise_outlives_the_vm),
		commit_test(who_overcommits_is_promised_the_rest),
		commit_test(host_ranges_are_claimed_until_the_end),
		commit_test(what_is_no_ram_is_counted),
		commit_test(eager_memory_is_there_at_once),
		commit_test(a_vm_that_is_killed_is_not_filled),
		commit_test(the_host_keeps_its_reserve),
		commit_test(a_page_of_information_is_where_nothing_else_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
