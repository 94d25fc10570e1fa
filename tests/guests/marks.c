// SPDX-License-Identifier: Apache-2.0
#include "marks.h"
#include <guest/cpus.h>
#include <guest/tap.h>

/*
 * Whatever a guest can write, no other guest finds: every register that keeps a value gets a mark,
 * while others of its kind, with other marks, do the same on the same CPU. Nor does a CPU that is
 * started again find its own of before.
 */

#define MAX_REGS 256
#define KEEP_MS	 1700
#define SLICE_MS 15 /* longer than a turn of the host's scheduler */

/* Two marks, each the other's complement; an address between the halves is none. */
#define MARK 0x000026a6a6a6a6a6ul

static struct reg {
	u32 n;
	u64 first;	 /* as the guest found it */
	u64 mark;	 /* what it is written */
	u64 mine, other; /* and reads as then; and as, with the other's mark in it */
} regs[MAX_REGS];
static unsigned int nr_regs;
static u64 own_mark;

/* As large a part of a mark as it takes. */
static bool takes(struct reg *r)
{
	static const u64 parts[] = { ~0ul, 0xffffffff, 0xffff, 0xff, 0x7 };

	for (unsigned int i = 0; i < ARRAY_SIZE(parts); i++) {
		r->mark = own_mark & parts[i];
		if (marks_write(r->n, r->mark) && marks_read(r->n, &r->mine) &&
		    marks_write(r->n, ~own_mark & parts[i]) && marks_read(r->n, &r->other) &&
		    r->mine != r->other)
			return true;
	}
	return false;
}

static void find(void)
{
	for (u32 n = 0; n < marks_count; n++) {
		struct reg r = { .n = n };

		if (marks_skip(n) || !marks_read(n, &r.first))
			continue;
		if (takes(&r) && nr_regs < MAX_REGS)
			regs[nr_regs++] = r;
		marks_write(n, r.first);
	}
}

/* Fewer bits than this may be so by chance. */
static bool is_mark(u64 val, u64 mark, u64 unlike)
{
	u64 mask = mark ^ unlike, rest;
	unsigned int bits = 0;

	for (rest = mask; rest; rest &= rest - 1)
		bits++;
	return bits >= 8 && !((val ^ mark) & mask);
}

static void no_marks_at_first(void)
{
	unsigned int found = 0;

	for (struct reg *r = regs; r < regs + nr_regs; r++)
		if (is_mark(r->first, r->other, r->mine) || is_mark(r->first, r->mine, r->other)) {
			tap_note("register 0x%x holds 0x%lx", r->n, r->first);
			found++;
		}
	tap_eq(found, 0, "no register holds another's mark at first");
}

static void mark_all(void)
{
	for (struct reg *r = regs; r < regs + nr_regs; r++)
		marks_write(r->n, r->mark);
}

static void unmark_all(void)
{
	for (struct reg *r = regs; r < regs + nr_regs; r++)
		marks_write(r->n, r->first);
}

static unsigned int changed(void)
{
	unsigned int n = 0;

	for (struct reg *r = regs; r < regs + nr_regs; r++) {
		u64 val = ~r->mine;

		if (marks_read(r->n, &val) && val == r->mine)
			continue;
		if (!n++)
			tap_note("register 0x%x holds 0x%lx, not 0x%lx", r->n, val, r->mine);
	}
	return n;
}

static void marks_are_kept(void)
{
	u64 end = arch_time() + arch_ticks_from_us(KEEP_MS * 1000), slice;
	unsigned int lost = 0;

	mark_all();
	/* What one register takes may depend on another: as they are together counts. */
	for (struct reg *r = regs; r < regs + nr_regs; r++)
		marks_read(r->n, &r->mine);
	while (arch_time() < end && !lost) {
		slice = arch_time() + arch_ticks_from_us(SLICE_MS * 1000);
		while (arch_time() < slice)
			;
		lost = changed();
		mark_all();
	}
	unmark_all();
	tap_eq(lost, 0, "each keeps its mark while others run");
}

static unsigned int left;

static void look_and_mark(struct cpu *c)
{
	(void)c;
	for (struct reg *r = regs; r < regs + nr_regs; r++) {
		u64 val = 0;

		if (marks_read(r->n, &val) && is_mark(val, r->mine, r->first) &&
		    is_mark(val, r->mine, r->other)) {
			tap_note("register 0x%x holds 0x%lx", r->n, val);
			left++;
		}
	}
	mark_all();
}

static void a_cpu_forgets(void)
{
	for_each_other_cpu(id)
	{
		bool ran = true;

		left = 0;
		for (int life = 0; life < 2 && ran; life++)
			ran = !cpu_start(id, look_and_mark) && cpu_wait_status(id, CPU_STOPPED);
		tap_ok(ran && !left, "what a CPU had before it stopped it has not when it starts");
	}
}

int guest_main(void)
{
	/* Those that run side by side differ in their size. */
	own_mark = platform.ram_size / MIB(1) % 2 ? ~MARK : MARK;
	find();
	tap_ok(nr_regs >= 4 && nr_regs < MAX_REGS, "there are registers to mark");
	tap_note("%u registers, isa %s", nr_regs, platform.isa);
	no_marks_at_first();
	marks_are_kept();
	a_cpu_forgets();
	return tap_done();
}
