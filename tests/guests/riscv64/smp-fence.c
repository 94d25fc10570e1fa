// SPDX-License-Identifier: Apache-2.0
#include <arch/hart.h>
#include <arch/sbi.h>
#include <arch/trap.h>
#include <guest/paging.h>
#include <guest/tap.h>

/*
 * SBI 2.0, chapter 8: a remote fence has taken effect on another hart before that runs on
 * after the call. And what needs no fence: translations are each hart's own.
 */

#define VA     0x1000000000UL
#define ROUNDS 8

enum { FENCE_I, SFENCE, SFENCE_ASID };

static struct address_space as[MAX_HARTS];
static volatile u64 asked, answer[MAX_HARTS], answered[MAX_HARTS];
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
	as_map(s, platform.uart, platform.uart, PAGE_SIZE, MAP_R | MAP_W, 0);
	as_map(s, VA, leaf, PAGE_SIZE, prot, 0);
}

static u64 rfence(u64 fid, u64 mask, u64 base, u64 start, u64 size)
{
	return (u64)sbi_call(SBI_RFENCE, fid, mask, base, start, size, 0, 0).error;
}

/* Answers each question with what @get says; question 0 ends it. */
static void serve(struct hart *h, u64 (*get)(void))
{
	u64 done = 0;

	csr_write(sie, BIT(IRQ_SOFT));
	(void)get(); /* what a fence is to take away is there */
	answered[h->id] = ~0UL;
	for (;;) {
		u64 now;

		if (sleepy) {
			while (!(csr_read(sip) & BIT(IRQ_SOFT)))
				wfi();
			csr_clear(sip, BIT(IRQ_SOFT));
		}
		now = asked;
		if (now == done)
			continue;
		if (!now)
			return;
		answer[h->id] = get();
		done = now;
		smp_mb();
		answered[h->id] = now;
	}
}

static u64 load_va(void)
{
	return *(volatile u64 *)VA;
}

static u64 call_va(void)
{
	return ((u64(*)(void))VA)();
}

static void serve_loads(struct hart *h)
{
	arch_paging_on(&as[platform.boot_cpu]);
	serve(h, load_va);
	arch_paging_off();
}

static void serve_calls(struct hart *h)
{
	arch_paging_on(&as[platform.boot_cpu]);
	serve(h, call_va);
	arch_paging_off();
}

static bool wait_answers(u64 n)
{
	u64 end = arch_time() + 2 * platform.timer_hz;

	for_each_other_hart(h)
		while (answered[h] != n)
			if (arch_time() > end)
				return false;
	return true;
}

static bool begin(void (*fn)(struct hart *h), bool sleep)
{
	bool ok = true;

	sleepy = sleep;
	asked = 0;
	smp_mb();
	for_each_other_hart(h) {
		answered[h] = 0;
		ok &= hart_start(h, fn) == SBI_SUCCESS;
	}
	return ok && wait_answers(~0UL);
}

/* Return: whether all of the others said @want. */
static bool ask(u64 n, u64 want)
{
	bool ok;

	asked = n;
	smp_mb();
	if (sleepy)
		hart_send_ipi(0, ~0UL);
	csr_clear(sip, BIT(IRQ_SOFT));
	ok = wait_answers(n);
	for_each_other_hart(h)
		ok &= answer[h] == want;
	return ok;
}

static void end(void)
{
	asked = 0;
	sleepy = false;
	smp_mb();
	hart_send_ipi(0, ~0UL);
	csr_clear(sip, BIT(IRQ_SOFT));
	for_each_other_hart(h)
		hart_wait_status(h, HART_STOPPED);
}

/* The page at VA changes under the others, to and fro. */
static void change_page(u64 fid, u64 start, u64 size, bool sleep, const char *name)
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
		ok = rfence(fid, 0, ~0UL, start, size) == SBI_SUCCESS;
		ok &= ask(n, 100 + (n & 1));
	}
	tap_ok(ok, "%s: %s harts see the new page", name, sleep ? "sleeping" : "running");
	end();
}

/* Two instructions: li a0, @n; ret. */
static void write_code(u64 at, u64 n)
{
	*(volatile u32 *)at = n << 20 | 0x513;
	*(volatile u32 *)(at + 4) = 0x8067;
	smp_mb();
}

static void change_code(bool sleep)
{
	u64 code = page();
	bool ok;

	write_code(code, 0);
	make_space(&as[platform.boot_cpu], code, MAP_R | MAP_X);
	ok = begin(serve_calls, sleep);
	for (u64 n = 1; n <= ROUNDS && ok; n++) {
		write_code(code, n);
		ok = rfence(FENCE_I, 0, ~0UL, 0, 0) == SBI_SUCCESS;
		ok &= ask(n, n);
	}
	tap_ok(ok, "remote fence.i: %s harts run the new code", sleep ? "sleeping" : "running");
	end();
}

/* Only the hart that is named needs to have seen it; the call is about a set. */
static void change_for_one(void)
{
	u64 leaf[2] = { page(), page() };
	unsigned int level;
	bool ok = true;
	u64 *pte;

	*(u64 *)leaf[0] = 200;
	*(u64 *)leaf[1] = 201;
	make_space(&as[platform.boot_cpu], leaf[0], MAP_R | MAP_W);
	pte = as_walk(&as[platform.boot_cpu], VA, &level);
	ok = begin(serve_loads, false);
	*(volatile u64 *)pte = arch_pte_make_leaf(leaf[1], MAP_R | MAP_W, 0);
	smp_mb();
	for_each_other_hart(h)
		ok &= rfence(SFENCE, 1, h, VA, PAGE_SIZE) == SBI_SUCCESS;
	ok &= ask(1, 201);
	tap_ok(ok, "harts that are named one by one see it too");
	end();
}

/* ---- each hart's own space ---- */

static volatile u64 wrong[MAX_HARTS];

/* Loads for 100 ms, in which other harts run; no flush after the first. */
static void own_loads(struct hart *h)
{
	u64 until = arch_time() + arch_ticks_from_us(100000);

	arch_paging_on(&as[h->id]);
	while (arch_time() < until)
		wrong[h->id] += load_va() != 300 + h->id;
	arch_paging_off();
	answered[h->id] = 1;
}

/* ASIDs are each hart's own: the same number is another space on another hart (4.1.11). */
static void own_spaces(void)
{
	bool ok = true;

	for_each_other_hart(h) {
		u64 leaf = page();

		*(u64 *)leaf = 300 + h;
		make_space(&as[h], leaf, MAP_R | MAP_W);
		wrong[h] = answered[h] = 0;
	}
	for_each_other_hart(h)
		hart_start(h, own_loads);
	ok = wait_answers(1);
	for_each_other_hart(h)
		ok &= !wrong[h];
	tap_ok(ok, "harts with the same ASID have address spaces of their own");
	for_each_other_hart(h)
		hart_wait_status(h, HART_STOPPED);
}

int guest_main(void)
{
	if (!tap_ok(platform.nr_cpus > 1, "there are several harts"))
		return tap_done();
	for (int sleep = 0; sleep < 2; sleep++) {
		change_page(SFENCE, 0, ~0UL, sleep, "remote sfence.vma");
		change_page(SFENCE, VA, PAGE_SIZE, sleep, "remote sfence.vma of a page");
		change_page(SFENCE_ASID, VA, PAGE_SIZE, sleep, "remote sfence.vma with an ASID");
		change_code(sleep);
	}
	change_for_one();
	own_spaces();
	return tap_done();
}
