// SPDX-License-Identifier: Apache-2.0
/* Many lives of a VM, and lives in which memory is refused: nothing is left behind. */
#include <lodge/alloc_fault.h>
#include <lodge/page_alloc.h>
#include <lodge/printk.h>
#include <lodge/thread.h>
#include <lodge/time.h>
#include <lodge/vcpu.h>
#include "life.h"
#include "life_test.h"

#define LOOK_US 5

static struct vm *create(struct life_subject *s)
{
	char err[VM_ERROR_MAX];
	struct vm *vm = vm_create(s->cfg, s->fs, &s->commit, err);

	if (!vm)
		pr_info("%s", err);
	return vm;
}

/* What was promised is part of it. */
static void destroy(struct life_subject *s, struct vm *vm)
{
	BUG_ON(vm_destroy(vm));
	vm_commit_release(s->cfg, &s->commit);
}

static void fault(struct life_subject *s, const char *what, u64 n)
{
	s->faults++;
	pr_err("life test: %s: %s %llu", s->cfg->name, what, (unsigned long long)n);
}

/* ---- cycles ---- */

static bool has_run(const struct vm *vm)
{
	unsigned int cause;

	for (cause = 0; cause < NR_EXIT_CAUSES; cause++)
		if (READ_ONCE(vm->vcpu[0]->exits[cause]))
			return true;
	return READ_ONCE(vm->vcpu[0]->running);
}

/* Ticks until the guest runs, and until nothing of it does. */
struct life_times {
	u64 start, end;
};

/* The @n-th. */
static void cycle(struct life_subject *s, u64 n, struct life_times *sum)
{
	struct vm *vm = create(s);
	u64 at[4];

	BUG_ON(!vm);
	at[0] = time_now();
	BUG_ON(vm_start(vm));
	while (!has_run(vm) && vm_is_alive(vm))
		thread_sleep_us(LOOK_US);
	at[1] = at[2] = time_now();
	if (!has_run(vm))
		fault(s, "nothing of its guest has run in life", n);
	if (!vm_kill(vm))
		BUG_ON(vm_wait(vm, 0));
	at[3] = time_now();
	sum->start += at[1] - at[0];
	sum->end += at[3] - at[2];
	destroy(s, vm);
}

void life_cycles(struct life_subject *s, u64 n)
{
	struct life_times sum = { 0 };
	u64 left, i;

	/* The first makes what is kept for the next: stacks. */
	cycle(s, 0, &sum);
	left = page_left_count();
	sum = (struct life_times){ 0 };
	for (i = 0; i < n; i++) {
		cycle(s, i + 1, &sum);
		if (page_left_count() != left) {
			fault(s, "memory is missing after life", i + 1);
			break;
		}
	}
	pr_info("life test: %s: %llu lives, %llu failed; on average %llu us to its first instruction, %llu us to its end",
		s->cfg->name, (unsigned long long)i, (unsigned long long)s->faults,
		(unsigned long long)(time_to_us(sum.start) / max(i, (u64)1)),
		(unsigned long long)(time_to_us(sum.end) / max(i, (u64)1)));
}

/* ---- memory that is refused ---- */

/* As far as it gets: at each step the VM goes on, or has ended in order. */
static void try_life(struct life_subject *s)
{
	struct vm *vm = create(s);

	if (!vm) {
		vm_commit_release(s->cfg, &s->commit);
		return;
	}
	BUG_ON(vm_start(vm));
	life_settled(vm, LOOK_US);
	if (!vm_reset(vm))
		life_settled(vm, LOOK_US);
	if (vm_is_alive(vm) && !vm_kill(vm))
		BUG_ON(vm_wait(vm, 0));
	BUG_ON(vm_wait(vm, 0));
	destroy(s, vm);
}

/* Return: how many allocations there were. */
static u64 refuse_each(struct life_subject *s, u64 left)
{
	u64 n = 0;
	bool reached;

	do {
		alloc_fault_arm(++n);
		try_life(s);
		reached = !alloc_fault_is_armed();
		alloc_fault_arm(0);
		if (s->commit.account.used || s->commit.account.committed)
			fault(s, "it is still charged for memory without allocation", n);
		if (left && page_left_count() != left)
			fault(s, "memory is missing without allocation", n);
	} while (reached);
	return n - 1;
}

void life_faults(struct life_subject *s)
{
	/* What is kept for the next is made in the first of these. */
	u64 first = refuse_each(s, 0), again;

	try_life(s);
	again = refuse_each(s, page_left_count());
	pr_info("life test: %s: %llu and %llu allocations refused, %llu failed", s->cfg->name,
		(unsigned long long)first, (unsigned long long)again,
		(unsigned long long)s->faults);
}
