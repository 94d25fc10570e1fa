// SPDX-License-Identifier: Apache-2.0
#include "smp-fence.h"
#include <guest/code.h>
#include <guest/cpus.h>
#include <guest/irq.h>
#include <guest/paging.h>
#include <guest/tap.h>

/*
 * A fence for other CPUs has taken effect there before this one goes on after it. And what
 * needs no fence: translations are each CPU's own.
 */

#define VA     0x1000000000UL
#define ROUNDS 8

static struct address_space as[MAX_CPUS];
static volatile u64 asked, answer[MAX_CPUS], answered[MAX_CPUS];
static volatile bool sleepy; /* between questions they are in WFI */

static u64 page(void)
{
	return (u64)ram_alloc(1);
}

static void make_space(struct address_space *s, u64 leaf, u32 prot)
{
	as_create(s, &arch_paging_modes[0], page);
	as_map(s, platform.ram_base, platform.ram_base, platform.ram_size, MAP_R | MAP_W | MAP_X,
	       1);
	as_map_devices(s);
	as_map(s, VA, leaf, PAGE_SIZE, prot, 0);
}

/* Answers each question with what @get says; question 0 ends it. */
static void serve(struct cpu *c, u64 (*get)(void))
{
	u64 done = 0;

	irq_unmask(IRQ_SOFT);
	(void)get(); /* what a fence is to take away is there */
	answered[c->id] = ~0UL;
	for (;;) {
		u64 now;

		if (sleepy) {
			while (!ipi_is_pending())
				wfi();
			ipi_clear();
		}
		now = asked;
		if (now == done)
			continue;
		if (!now)
			return;
		answer[c->id] = get();
		done = now;
		smp_mb();
		answered[c->id] = now;
	}
}

static u64 load_va(void)
{
	return *(volatile u64 *)VA;
}

static u64 call_va(void)
{
	fence_context();
	return ((u64(*)(void))VA)();
}

static void serve_loads(struct cpu *c)
{
	arch_paging_on(&as[platform.boot_cpu]);
	serve(c, load_va);
	arch_paging_off();
}

static void serve_calls(struct cpu *c)
{
	arch_paging_on(&as[platform.boot_cpu]);
	serve(c, call_va);
	arch_paging_off();
}

static bool wait_answers(u64 n)
{
	u64 end = guest_give_up();

	for_each_other_cpu(c) while (answered[c] != n) if (arch_time() > end) return false;
	return true;
}

static bool begin(void (*fn)(struct cpu *c), bool sleep)
{
	bool ok = true;

	sleepy = sleep;
	asked = 0;
	smp_mb();
	for_each_other_cpu(c)
	{
		answered[c] = 0;
		ok &= cpu_start(c, fn) == 0;
	}
	return ok && wait_answers(~0UL);
}

static void wake(void)
{
	for_each_other_cpu(c) ipi_send(c);
}

/* Return: whether all of the others said @want. */
static bool ask(u64 n, u64 want)
{
	bool ok;

	asked = n;
	smp_mb();
	if (sleepy)
		wake();
	ok = wait_answers(n);
	for_each_other_cpu(c) ok &= answer[c] == want;
	return ok;
}

static void end(void)
{
	asked = 0;
	sleepy = false;
	smp_mb();
	wake();
	for_each_other_cpu(c) cpu_wait_status(c, CPU_STOPPED);
}

/* The page at VA changes under the others, to and fro. */
static void change_page(const struct fence *fence, bool sleep)
{
	static u64 leaf[2];
	unsigned int level;
	bool ok;
	u64 *pte;

	for (int i = 0; i < 2 && !leaf[1]; i++) {
		leaf[i] = page();
		*(u64 *)leaf[i] = 100 + i;
	}
	make_space(&as[platform.boot_cpu], leaf[0], MAP_R | MAP_W);
	pte = as_walk(&as[platform.boot_cpu], VA, &level);
	ok = begin(serve_loads, sleep);
	for (u64 n = 1; n <= ROUNDS && ok; n++) {
		*(volatile u64 *)pte = arch_pte_make_leaf(leaf[n & 1], MAP_R | MAP_W, 0);
		smp_mb();
		ok = fence->run(VA, PAGE_SIZE);
		ok &= ask(n, 100 + (n & 1));
	}
	tap_ok(ok, "%s: %s CPUs see the new page", fence->name, sleep ? "sleeping" : "running");
	end();
}

static void change_code(bool sleep)
{
	u64 code = page();
	bool ok;

	code_write(code, CODE_RETURN_NUMBER, 0);
	smp_mb();
	make_space(&as[platform.boot_cpu], code, MAP_R | MAP_X);
	ok = begin(serve_calls, sleep);
	for (u64 n = 1; n <= ROUNDS && ok; n++) {
		code_write(code, CODE_RETURN_NUMBER, n);
		smp_mb();
		ok = fence_code_everywhere(code, CODE_MAX);
		ok &= ask(n, n);
	}
	tap_ok(ok, "new code: %s CPUs run the new code", sleep ? "sleeping" : "running");
	end();
}

/* ---- each CPU's own space ---- */

static volatile u64 wrong[MAX_CPUS];

/* Loads for 100 ms, in which other CPUs run; no flush after the first. */
static void own_loads(struct cpu *c)
{
	u64 until = arch_time() + arch_ticks_from_us(100000);

	arch_paging_on(&as[c->id]);
	while (arch_time() < until)
		wrong[c->id] += load_va() != 300 + c->id;
	arch_paging_off();
	answered[c->id] = 1;
}

/* ASIDs are each CPU's own: the same number is another space on another one. */
static void own_spaces(void)
{
	bool ok = true;

	for_each_other_cpu(c)
	{
		u64 leaf = page();

		*(u64 *)leaf = 300 + c;
		make_space(&as[c], leaf, MAP_R | MAP_W);
		wrong[c] = answered[c] = 0;
	}
	for_each_other_cpu(c) cpu_start(c, own_loads);
	ok = wait_answers(1);
	for_each_other_cpu(c) ok &= !wrong[c];
	tap_ok(ok, "CPUs with the same ASID have address spaces of their own");
	for_each_other_cpu(c) cpu_wait_status(c, CPU_STOPPED);
}

int guest_main(void)
{
	if (!tap_ok(platform.nr_cpus > 1, "there are several CPUs"))
		return tap_done();
	for (int sleep = 0; sleep < 2; sleep++) {
		for (unsigned int i = 0; i < arch_nr_fences; i++)
			change_page(&arch_fences[i], sleep);
		change_code(sleep);
	}
	own_spaces();
	return tap_done();
}
