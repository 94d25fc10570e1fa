// SPDX-License-Identifier: Apache-2.0
#include "contain-hostile.h"
#include <arch/apic.h>
#include <arch/cmos.h>
#include <arch/regs.h>
#include <guest/guest.h>
#include <guest/tap.h>

/*
 * All that a guest can do to its host, chosen by the boot argument seed=: random code in every
 * mode, random descriptors and page tables, random accesses to devices and registers, interrupts of
 * all kinds between its CPUs. Each step runs until it traps, or until the 8254's NMI, which random
 * code can't do away with: so the guest ends in any case, with a power-off or because the host has
 * stopped it. After a reset it goes on with another choice, a few times.
 */

#define PIT_PIN	    2
#define PIT_PERIOD  150 /* of its clock: an eighth of a millisecond */
#define CMOS_STARTS 0x50
#define MAX_STARTS  2
#define MAX_TRIES   10000
#define ROUNDS	    24
#define MAX_STEPS   24

extern u64 hostile_traps;
extern const char hostile_thunk[];
void hostile_unexpected(const u64 *stack);

static u64 state;

u64 rnd(void)
{
	u64 z = state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

u32 rnd_below(u32 n)
{
	return (u32)(rnd() >> 32) % n;
}

u64 rnd_value(void)
{
	static const u64 edges[] = { 0,	      1,	  ~0UL,	   ~0UL - 1,   BIT(63), BIT(63) - 1,
				     BIT(31), 0x7fffffff, BIT(32), 0xffffffff, BIT(47), ~0UL << 47 };

	switch (rnd_below(4)) {
	case 0:
		return rnd();
	case 1:
		return rnd_below(0x100);
	case 2:
		return BIT(rnd_below(64)) | BIT(rnd_below(64));
	}
	return edges[rnd_below(ARRAY_SIZE(edges))];
}

u64 rnd_address(void)
{
	u64 ram_end = platform.ram_base + platform.ram_size;
	u64 off = rnd_below(4) ? rnd_below(AREA_SIZE) : AREA_SIZE - rnd_below(64);

	switch (rnd_below(10)) {
	case 0:
		return CODE_AREA + off;
	case 1:
	case 2:
		return DATA_AREA + off;
	case 3:
		return NOWHERE + off;
	case 4:
		return ram_end - rnd_below(64); /* across its end */
	case 5:
		return LAPIC_BASE + (off & 0xfff);
	case 6:
		return platform.intc + (off & 0xff);
	case 7:
		/* By what step_tables() makes. */
		return (u64)(1 + rnd_below(255)) << 39 | rnd_below(4) << 30 | (rnd() & 0x3fffffff);
	case 8:
		return TABLE_AREA + off;
	}
	return rnd_value();
}

void rnd_fill(u64 at, u64 bytes)
{
	for (u64 i = 0; i < bytes; i += 8)
		*(volatile u64 *)(at + i) = rnd();
}

/* ---- random code ---- */

static const u8 prefixes[] = { 0x66, 0x67, 0xf2, 0xf3, LOCK, 0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65 };

static unsigned int put_prefixes(u8 *p)
{
	unsigned int n = 0, count = rnd_below(4);

	while (n < count)
		p[n++] = prefixes[rnd_below(ARRAY_SIZE(prefixes))];
	if (rnd_below(2))
		p[n++] = (u8)(0x40 + rnd_below(16));
	return n;
}

/* One- to three-byte opcodes, VEX; strings and system instructions are more likely than others. */
static unsigned int put_opcode(u8 *p)
{
	static const u8 strings[] = { 0xa4, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xac,
				      0xad, 0xae, 0xaf, 0x6c, 0x6d, 0x6e, 0x6f };
	static const u8 system[] = { 0x00, 0x01, 0x05, 0x06, 0x07, 0x09, 0x0b, 0x20, 0x21, 0x22,
				     0x23, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0xa2, 0xae, 0xc7 };

	switch (rnd_below(8)) {
	case 0:
		p[0] = strings[rnd_below(ARRAY_SIZE(strings))];
		return 1;
	case 1:
		p[0] = 0x0f;
		p[1] = system[rnd_below(ARRAY_SIZE(system))];
		return 2;
	case 2:
		p[0] = 0x0f;
		return 1;
	case 3:
		p[0] = 0x0f;
		p[1] = rnd_below(2) ? 0x38 : 0x3a;
		return 2;
	case 4:
		p[0] = rnd_below(2) ? 0xc4 : 0xc5;
		return 1;
	}
	return 0;
}

static bool is_one_of(u8 byte, const u8 *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == byte)
			return true;
	return false;
}

/*
 * What confined code has nowhere, as it may be entered anywhere: pops and loads of segments,
 * output, far jumps and returns, HLT, and what VEX and group 5 would hide.
 */
static const u8 forbidden[] = { 0x07, 0x0f, 0x17, 0x1f, 0x6e, 0x6f, 0x8e, 0x9a, 0xc4, 0xc5,
				0xca, 0xcb, 0xcf, 0xe6, 0xe7, 0xea, 0xee, 0xef, 0xf4, 0xff };
/* Behind 0x0f it has these: reads of registers, CPUID, atomic and three-byte instructions. */
static const u8 two_bytes[] = { 0x05, 0x06, 0x09, 0x0b, 0x10, 0x11, 0x20, 0x21, 0x23, 0x28, 0x29,
				0x31, 0x32, 0x33, 0x38, 0x3a, 0x7f, 0xa2, 0xa3, 0xab, 0xae, 0xb0,
				0xb1, 0xb6, 0xb7, 0xbe, 0xbf, 0xc0, 0xc1, 0xc7, 0xe3, 0xf6 };

static void confine(u8 *insn, unsigned int opcode, unsigned int len)
{
	for (unsigned int i = 0; i < len; i++) {
		if (i == opcode && insn[i] == 0x0f) {
			if (!is_one_of(insn[++i], two_bytes, ARRAY_SIZE(two_bytes)))
				insn[i] = two_bytes[rnd_below(ARRAY_SIZE(two_bytes))];
		} else if (is_one_of(insn[i], forbidden, ARRAY_SIZE(forbidden))) {
			insn[i] = NOP;
		}
	}
}

/* Of three-byte opcodes, those that have a meaning with VEX only. */
static bool needs_vex(u8 map, u8 op)
{
	static const u8 map2[] = { 0x0c, 0x0d, 0x0e, 0x0f, 0x13, 0x16, 0x18, 0x19, 0x1a, 0x2c,
				   0x2d, 0x2e, 0x2f, 0x36, 0x45, 0x46, 0x47, 0x58, 0x59, 0x5a,
				   0x78, 0x79, 0x8c, 0x8e, 0xf2, 0xf3, 0xf5, 0xf7 };
	static const u8 map3[] = { 0x00, 0x01, 0x02, 0x04, 0x05, 0x06, 0x18, 0x19,
				   0x1d, 0x38, 0x39, 0x46, 0x4a, 0x4b, 0x4c, 0xf0 };

	if (map == 0x38)
		return (op >= 0x90 && op <= 0xbf) || is_one_of(op, map2, ARRAY_SIZE(map2));
	return map == 0x3a && is_one_of(op, map3, ARRAY_SIZE(map3));
}

/* Does LOCK stand at @p before BT, BTS, BTR or BTC? */
static bool is_locked_bit_test(const u8 *p, const u8 *end)
{
	static const u8 bit_tests[] = { 0xa3, 0xab, 0xb3, 0xba, 0xbb };

	if (*p++ != LOCK)
		return false;
	while (p < end && ((*p & 0xf0) == 0x40 || is_one_of(*p, prefixes, ARRAY_SIZE(prefixes))))
		p++;
	return p + 1 < end && *p == 0x0f && is_one_of(p[1], bit_tests, ARRAY_SIZE(bit_tests));
}

/*
 * Replaces what ends QEMU 7.2 when it translates it, and is #UD: what needs VEX without it, and bit
 * tests of registers with LOCK.
 */
static void spare_qemu(u8 *p, unsigned int bytes)
{
	for (unsigned int i = 0; i + 2 < bytes; i++) {
		if (p[i] == 0x0f && needs_vex(p[i + 1], p[i + 2]))
			p[i + 2] = 0x08; /* PSIGNB, ROUNDPS */
		else if (is_locked_bit_test(p + i, p + bytes))
			p[i] = NOP;
	}
}

void rnd_code(u64 at, unsigned int bytes, bool confined)
{
	u8 insn[16], *p = (u8 *)at;
	unsigned int n = 0;

	for (;;) {
		unsigned int opcode = rnd_below(4) ? put_prefixes(insn) : 0;
		unsigned int len = opcode + put_opcode(insn + opcode);

		for (unsigned int tail = 1 + rnd_below(6); tail; tail--)
			insn[len++] = (u8)rnd();
		if (confined)
			confine(insn, opcode, len);
		if (n + len > bytes)
			break;
		memcpy(p + n, insn, len);
		n += len;
	}
	memset(p + n, INT3, bytes - n);
	spare_qemu(p, bytes);
}

/* ---- steps ---- */

/* A fault of this guest's own code, outside of a step. */
void hostile_unexpected(const u64 *stack)
{
	printf("\nBail out! vector %lu error 0x%lx rip 0x%lx cr2 0x%lx\n", stack[0], stack[1],
	       stack[2], cr_read(2));
	arch_poweroff(false);
}

void hostile_call(void (*fn)(void))
{
	static struct frame64 f;

	f = (struct frame64){
		.rdi = (u64)fn,
		.rip = (u64)hostile_thunk,
		.cs = SEL_HCODE,
		.rflags = RFLAGS_FIXED,
		.rsp = STACKS + 2 * AREA_SIZE,
		.ss = SEL_HDATA,
		.cr0 = cr_read(0),
	};
	hostile_run64(&f);
}

static void (*whole_fn)(void);
static volatile bool whole;

static void run_whole(void)
{
	whole_fn();
	whole = true;
}

void hostile_call_whole(void (*fn)(void))
{
	whole_fn = fn;
	whole = false;
	for (unsigned int i = 0; i < MAX_TRIES && !whole; i++)
		hostile_call(run_whole);
	if (whole)
		return;
	tap_note("it is interrupted again and again");
	arch_poweroff(true);
}

void watchdog_unmask(void)
{
	ioapic_write(IOAPIC_REDIR(PIT_PIN), LAPIC_ICR_NMI); /* the mode has the same bits */
}

void watchdog_set(void)
{
	ioapic_write(IOAPIC_REDIR(PIT_PIN) + 1, (u32)platform.boot_cpu << 24);
	watchdog_unmask();
	outb(0x43, 0x34);
	outb(0x40, PIT_PERIOD & 0xff);
	outb(0x40, PIT_PERIOD >> 8);
}

/* Those that are called leave the watchdog as it may be, and are this guest's own code. */
static const struct phase {
	const char *name;
	void (*step)(void);
	bool call;
} phases[] = {
	{ "user", step_user, false },	       { "kernel", step_kernel, false },
	{ "tables", step_tables, false },      { "gates", step_gates, false },
	{ "segments", step_segments, false },  { "legacy", step_legacy, false },
	{ "ports", step_ports, true },	       { "apics", step_apics, true },
	{ "registers", step_registers, true }, { "calls", step_calls, true },
	{ "cpus", step_cpus, false },
};

static void run_phase(const struct phase *p, unsigned int steps)
{
	for (unsigned int i = 0; i < steps; i++) {
		if (p->call)
			hostile_call(p->step);
		else
			p->step();
	}
	if (p->call)
		hostile_call_whole(devices_clean_up);
	hostile_call_whole(watchdog_set);
}

/* How often it has been reset, this time included. */
static u8 starts;

void starts_keep(void)
{
	cmos_write(CMOS_STARTS, starts);
}

int guest_main(void)
{
	u64 seed = bootarg_number("seed", 1), only = bootarg_number("phase", ARRAY_SIZE(phases));
	unsigned int start = cmos_read(CMOS_STARTS);

	tap_note("seed %lu, start %u, %u CPUs", seed, start, platform.nr_cpus);
	if (start > MAX_STARTS)
		return 0;
	starts = (u8)(start + 1);
	starts_keep();
	state = seed << 8 | start;
	rnd_fill(DATA_AREA, AREA_SIZE);
	low_init();
	tables_init();
	gates_init();
	hostile_call_whole(watchdog_set);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		const struct phase *p = &phases[rnd_below(ARRAY_SIZE(phases))];
		unsigned int steps = 1 + rnd_below(MAX_STEPS);

		if (only < ARRAY_SIZE(phases))
			p = &phases[only];
		if (bootarg_number("tell", 0))
			tap_note("%s, %u steps, %lu traps", p->name, steps, hostile_traps);
		run_phase(p, steps);
	}
	tap_note("all done, %lu traps", hostile_traps);
	if (only >= ARRAY_SIZE(phases))
		step_last();
	return 0;
}
