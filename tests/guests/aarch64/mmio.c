// SPDX-License-Identifier: Apache-2.0
#include <arch/gic.h>
#include <guest/irq.h>
#include <guest/paging.h>
#include <guest/tap.h>

/*
 * Loads and stores of every form on device registers: priorities of the GIC (bytes and
 * words), its routing registers (64 bits), the PL011's divisor (16 bits), and addresses that
 * nothing claims. Those with an index that changes, of pairs and of SIMD registers come
 * without a syndrome (Arm ARM, D17.2.37), so the host decodes them.
 */

#define UNCLAIMED 0x50000000UL

/* Five bits of each byte are there in every GIC. */
#define WORD 0xf8a05018u

u64 mmio_load_all_regs(u64 addr, u64 want); /* registers that got something else */
u64 mmio_store_all_regs(u64 addr);	    /* those whose store did not arrive */
u64 mmio_load_sp(u64 addr);
u64 mmio_load_sp_post(u64 addr);
u64 mmio_load_sp_el0_post(u64 addr);
void mmio_load_b(u64 addr, void *reg);
void mmio_load_h(u64 addr, void *reg);
void mmio_load_s(u64 addr, void *reg);
void mmio_load_d(u64 addr, void *reg);
void mmio_load_q(u64 addr, void *reg);
void mmio_store_b(u64 addr, const void *reg);
void mmio_store_h(u64 addr, const void *reg);
void mmio_store_s(u64 addr, const void *reg);
void mmio_store_d(u64 addr, const void *reg);
void mmio_store_q(u64 addr, const void *reg);
void mmio_load_offset(u64 addr, void *regs, u64 off);
void mmio_load_pair_s(u64 addr, void *regs);
void mmio_load_pair_d(u64 addr, void *regs);
void mmio_store_pair_d(u64 addr, const void *regs);
u64 mmio_load_high_post(u64 addr, void *reg);

static u64 prio(void)
{
	return gic.gicd + GICD_IPRIORITYR + 40;
}

/* A device that has 64 bits in each of two registers, of GICv3 only. */
static u64 route(void)
{
	return gic.gicd + GICD_IROUTER + 8 * 40;
}

/* %0 is the register, %1 the address; a destination is all ones before. */
#define LOAD(insn, addr)                                                                     \
	({                                                                                   \
		u64 load_val = ~0UL;                                                         \
		__asm__ volatile(insn : "+r"(load_val) : "r"((u64)(addr)) : "memory", "cc"); \
		load_val;                                                                    \
	})
#define STORE(insn, addr, val) __asm__ volatile(insn ::"r"((u64)(val)), "r"((u64)(addr)) : "memory")

/* The same load from RAM tells what it must make of a value. */
#define CHECK_LOAD(insn, addr, copy) tap_eq(LOAD(insn, addr), LOAD(insn, copy), insn)

static void loads(void)
{
	u64 uart = platform.uart + 0x24; /* UARTIBRD */
	u32 word = WORD;
	u16 half = 0xa5c3;
	u64 reg = prio();

	mmio_write32(reg, word);
	CHECK_LOAD("ldr %w0, [%1]", reg, &word);
	CHECK_LOAD("ldrsw %0, [%1]", reg, &word);
	CHECK_LOAD("ldrb %w0, [%1]", reg, &word);
	CHECK_LOAD("ldrb %w0, [%1, #3]", reg, &word);
	CHECK_LOAD("ldrsb %w0, [%1, #3]", reg, &word);
	CHECK_LOAD("ldrsb %0, [%1, #3]", reg, &word);
	CHECK_LOAD("ldrsb %0, [%1]", reg, &word);
	CHECK_LOAD("ldur %w0, [%1]", reg, &word);
	CHECK_LOAD("ldtr %w0, [%1]", reg, &word);
	CHECK_LOAD("ldar %w0, [%1]", reg, &word);
	CHECK_LOAD("ldarb %w0, [%1]", reg, &word);
	CHECK_LOAD("ldr %w0, [%1, xzr]", reg, &word);
	CHECK_LOAD("add %1, %1, #4; ldur %w0, [%1, #-4]; sub %1, %1, #4", reg, &word);
	tap_eq(mmio_load_all_regs(reg, WORD), 0, "a load into each register");
	tap_eq(mmio_load_sp(reg), WORD, "a load from the stack pointer's address");

	mmio_write32(uart, half);
	CHECK_LOAD("ldrh %w0, [%1]", uart, &half);
	CHECK_LOAD("ldrsh %w0, [%1]", uart, &half);
	CHECK_LOAD("ldrsh %0, [%1]", uart, &half);
	CHECK_LOAD("ldarh %w0, [%1]", uart, &half);
	mmio_write32(uart, 1);
	mmio_write32(reg, 0);
}

static void stores(void)
{
	u64 reg = prio(), uart = platform.uart + 0x24;

	STORE("str %w0, [%1]", reg, ~0UL << 32 | WORD);
	tap_eq(mmio_read32(reg), WORD, "str of 32 bits stores the low half");
	STORE("strb %w0, [%1, #1]", reg, 0xffffff80);
	tap_eq(mmio_read32(reg), (WORD & ~0xff00u) | 0x8000, "strb changes one byte");
	STORE("stur %w0, [%1]", reg, 0x10);
	tap_eq(mmio_read32(reg), 0x10, "stur");
	STORE("sttr %w0, [%1]", reg, 0x20);
	tap_eq(mmio_read32(reg), 0x20, "sttr");
	STORE("stlr %w0, [%1]", reg, 0x30);
	tap_eq(mmio_read32(reg), 0x30, "stlr");
	STORE("stlrb %w0, [%1]", reg, 0x38);
	tap_eq(mmio_read32(reg), 0x38, "stlrb");
	tap_eq(mmio_store_all_regs(reg), 0, "a store from each register, and of zero");
	STORE("strh %w0, [%1]", uart, 0x1234a5c3);
	tap_eq(mmio_read32(uart), 0xa5c3, "strh of 16 bits");
	mmio_write32(uart, 1);
	mmio_write32(reg, 0);
}

/* ---- the base changes ---- */

/* Of a load through a base @insn changes: the value, and by how much. */
#define CHECK_INDEXED(insn, off, want, moved)                                            \
	do {                                                                             \
		u64 base = prio() - (off), before = base, val = ~0UL;                    \
		__asm__ volatile(insn : "+r"(val), "+r"(base)::"memory");                \
		if (!tap_ok(val == (want) && base - before == (u64)(moved), "%s", insn)) \
			tap_note("got 0x%lx, moved by %ld", val, (long)(base - before)); \
	} while (0)

#define CHECK_INDEXED_STORE(insn, off, val, want, moved)                                          \
	do {                                                                                      \
		u64 base = prio() - (off), before = base;                                         \
		mmio_write32(prio(), WORD);                                                       \
		__asm__ volatile(insn : "+r"(base) : "r"((u64)(val)) : "memory");                 \
		if (!tap_ok(mmio_read32(prio()) == (want) && base - before == (u64)(moved), "%s", \
			    insn))                                                                \
			tap_note("stored 0x%x, moved by %ld", mmio_read32(prio()),                \
				 (long)(base - before));                                          \
	} while (0)

static void indexed(void)
{
	u64 sp;

	mmio_write32(prio(), WORD);
	CHECK_INDEXED("ldr %w0, [%1], #4", 0, WORD, 4);
	CHECK_INDEXED("ldr %w0, [%1], #-256", 0, WORD, -256);
	CHECK_INDEXED("ldr %w0, [%1, #8]!", 8, WORD, 8);
	CHECK_INDEXED("ldr %w0, [%1, #-4]!", -4, WORD, -4);
	CHECK_INDEXED("ldrb %w0, [%1], #1", 0, WORD & 0xff, 1);
	CHECK_INDEXED("ldrb %w0, [%1, #255]!", 255, WORD & 0xff, 255);
	CHECK_INDEXED("ldrsb %0, [%1], #3", -3, (u64)(s64)(s8)(WORD >> 24), 3);
	CHECK_INDEXED("ldrsb %w0, [%1], #3", -3, (u32)(s8)(WORD >> 24), 3);
	CHECK_INDEXED("ldrsw %0, [%1], #4", 0, (u64)(s64)(s32)WORD, 4);
	CHECK_INDEXED("ldrsw %0, [%1, #4]!", 4, (u64)(s64)(s32)WORD, 4);
	CHECK_INDEXED_STORE("str %w1, [%0], #4", 0, 0x88, 0x88, 4);
	CHECK_INDEXED_STORE("str %w1, [%0, #-8]!", -8, 0x90, 0x90, -8);
	CHECK_INDEXED_STORE("strb %w1, [%0], #1", 0, 0x28, (WORD & ~0xffu) | 0x28, 1);
	CHECK_INDEXED_STORE("str wzr, [%0], #4", 0, 0, 0, 4);
	mmio_write32(prio(), WORD);
	sp = mmio_load_sp_post(prio());
	tap_ok(sp == (16UL << 32 | WORD), "a post-indexed load by the stack pointer");
	sp = mmio_load_sp_el0_post(prio());
	tap_ok(sp == (16UL << 32 | WORD), "by that of EL0, too");
}

/* ---- pairs ---- */

static void pairs(void)
{
	u64 a = ~0UL, b = ~0UL, base = prio(), before = base;

	mmio_write32(prio(), WORD);
	mmio_write32(prio() + 4, 0x80);
	__asm__ volatile("ldp %w0, %w1, [%2]" : "+r"(a), "+r"(b) : "r"(base) : "memory");
	tap_ok(a == WORD && b == 0x80, "ldp of 32 bits");
	__asm__ volatile("ldpsw %0, %1, [%2]" : "=&r"(a), "=&r"(b) : "r"(base) : "memory");
	tap_ok(a == (u64)(s64)(s32)WORD && b == 0x80, "ldpsw");
	__asm__ volatile("ldnp %w0, %w1, [%2]" : "=&r"(a), "=&r"(b) : "r"(base) : "memory");
	tap_ok(a == WORD && b == 0x80, "ldnp");
	__asm__ volatile("ldp %w0, %w1, [%2], #8" : "=&r"(a), "=&r"(b), "+r"(base)::"memory");
	tap_ok(a == WORD && b == 0x80 && base == before + 8, "ldp with a post-index");
	__asm__ volatile("ldp %w0, %w1, [%2, #-8]!" : "=&r"(a), "=&r"(b), "+r"(base)::"memory");
	tap_ok(a == WORD && b == 0x80 && base == before, "ldp with a pre-index");
	__asm__ volatile("stp %w0, wzr, [%1]" ::"r"(0x40UL), "r"(base) : "memory");
	tap_ok(mmio_read32(base) == 0x40 && !mmio_read32(base + 4), "stp");
	__asm__ volatile("stp %w1, %w2, [%0], #16"
			 : "+r"(base)
			 : "r"(0x18UL), "r"(0xa8UL)
			 : "memory");
	tap_ok(mmio_read32(before) == 0x18 && mmio_read32(before + 4) == 0xa8 &&
		       base == before + 16,
	       "stp with a post-index");
	__asm__ volatile("stp %w1, %w1, [%0, #-16]!" : "+r"(base) : "r"(0UL) : "memory");
	tap_ok(!mmio_read32(before) && !mmio_read32(before + 4) && base == before,
	       "stp with a pre-index");
}

static void wide(void)
{
	u64 reg = route(), mpidr = sysreg_read(mpidr_el1) & 0xff00ffffffUL, a, b;

	if (gic.version != 3) {
		tap_skip("no registers of 64 bits");
		return;
	}
	STORE("str %0, [%1]", reg, mpidr | 0x100);
	tap_eq(LOAD("ldr %0, [%1]", reg), mpidr | 0x100, "64 bits");
	STORE("str %0, [%1], #8", reg, mpidr);
	tap_eq(LOAD("ldr %0, [%1], #8; sub %1, %1, #8", reg), mpidr, "64 bits with a post-index");
	__asm__ volatile("stp %0, %1, [%2]" ::"r"(mpidr | 0x100), "r"(mpidr), "r"(reg) : "memory");
	__asm__ volatile("ldp %0, %1, [%2]" : "=&r"(a), "=&r"(b) : "r"(reg) : "memory");
	tap_ok(a == (mpidr | 0x100) && b == mpidr, "pairs of 64 bits");
	tap_eq(LOAD("ldr %w0, [%1]", reg), (u32)(mpidr | 0x100), "half of one");
	__asm__ volatile("stp %0, %0, [%1]" ::"r"(mpidr), "r"(reg) : "memory");
}

/* ---- SIMD registers ---- */

static void simd(void)
{
	u64 v[4] = { 0 }, reg = prio(), moved;

	sysreg_write(cpacr_el1, CPACR_FPEN);
	isb();
	mmio_write32(reg, WORD);
	mmio_write32(reg + 4, 0x88);
	mmio_load_s(reg, v);
	tap_ok(v[0] == WORD && !v[1], "a load of s, with the rest of the register cleared");
	mmio_load_b(reg, v);
	tap_ok(v[0] == (WORD & 0xff) && !v[1], "of b");
	mmio_load_pair_s(reg, v);
	tap_ok(v[0] == WORD && !v[1] && v[2] == 0x88 && !v[3], "of a pair of s");
	mmio_write32(reg + 12, 0x98);
	mmio_load_offset(reg + 16, v, -4UL);
	tap_ok(v[0] == 0x98 && !v[1], "of s with an offset of bytes in a register");
	tap_ok(v[2] == WORD && !v[3], "and of words in the lower half of one");
	mmio_write32(reg + 12, 0);
	v[0] = 0x1111111100000048;
	mmio_store_s(reg, v);
	tap_eq(mmio_read32(reg), 0x48, "a store of s");
	v[0] = 0x50;
	mmio_store_b(reg, v);
	tap_eq(mmio_read32(reg), 0x50, "of b");
	mmio_write32(reg, 0);
	mmio_write32(reg + 4, 0);
	mmio_write32(platform.uart + 0x24, 0xa5c3);
	mmio_load_h(platform.uart + 0x24, v);
	tap_ok(v[0] == 0xa5c3 && !v[1], "a load of h");
	v[0] = 0x12345;
	mmio_store_h(platform.uart + 0x24, v);
	tap_eq(mmio_read32(platform.uart + 0x24), 0x2345, "a store of h");
	mmio_write32(platform.uart + 0x24, 1);
	if (gic.version != 3)
		return;
	v[0] = v[2] = 0;
	v[1] = v[3] = ~0UL;
	mmio_store_d(route(), v);
	mmio_load_d(route(), v);
	tap_ok(!v[0] && !v[1], "a store and a load of d");
	v[0] = 0x100;
	v[2] = 0;
	mmio_store_pair_d(route(), v);
	mmio_load_pair_d(route(), v);
	tap_ok(v[0] == 0x100 && !v[1] && !v[2] && !v[3], "of pairs of d");
	mmio_load_q(route(), v);
	tap_ok(v[0] == 0x100 && !v[1], "a load of q");
	moved = mmio_load_high_post(route(), v);
	tap_ok(v[0] == 0x100 && !v[1] && moved == 8, "of d31, with a post-index");
	v[0] = v[1] = 0;
	mmio_store_q(route(), v);
	tap_eq(LOAD("ldr %0, [%1]", route()), 0, "a store of q");
}

/* ---- through the guest's own translation ---- */

#define VA 0x1000000000UL

static u64 page(void)
{
	return (u64)ram_alloc(1);
}

/* Where the host has to fetch the instruction is not where it is in memory. */
static void translated(void)
{
	static const u32 insns[] = {
		0xb8404401, /* ldr w1, [x0], #4 */
		0xaa0103e0, /* mov x0, x1 */
		0xd65f03c0, /* ret */
	};
	u64 text = page(), got;
	struct address_space as;

	memcpy((void *)text, insns, sizeof(insns));
	as_create(&as, &arch_paging_modes[0], page);
	as_map(&as, platform.ram_base, platform.ram_base, ram_free_end() - platform.ram_base,
	       MAP_R | MAP_W | MAP_X, 1);
	as_map_devices(&as);
	as_map(&as, VA, text, PAGE_SIZE, MAP_R | MAP_X, 0);
	as_map(&as, VA + MIB(2), ALIGN_DOWN(prio(), PAGE_SIZE), PAGE_SIZE, MAP_R | MAP_W | MAP_D,
	       0);
	arch_paging_on(&as);
	mmio_write32(prio(), WORD);
	got = ((u64(*)(u64))VA)(VA + MIB(2) + prio() % PAGE_SIZE);
	mmio_write32(prio(), 0);
	arch_paging_off();
	tap_eq(got, WORD, "a post-indexed load by code and from an address of one's own");
}

/* ---- what may go wrong ---- */

static u64 caught_total;

#define SURVIVES(what, ...)                                                                   \
	do {                                                                                  \
		struct trap_record rec;                                                       \
		trap_catch();                                                                 \
		__VA_ARGS__;                                                                  \
		rec = trap_caught();                                                          \
		caught_total += rec.count;                                                    \
		if (!tap_ok(!rec.count || ESR_EC(rec.cause) == EC_DABT, what " is survived")) \
			tap_note("cause 0x%lx", rec.cause);                                   \
	} while (0)

static void load_pair(u64 addr)
{
	u64 a, b;

	__asm__ volatile("ldp %0, %1, [%2]" : "=&r"(a), "=&r"(b) : "r"(addr) : "memory");
}

static void store_pair(u64 addr)
{
	__asm__ volatile("stp xzr, xzr, [%0]" ::"r"(addr) : "memory");
}

static void clean_line(u64 addr)
{
	__asm__ volatile("dc civac, %0" ::"r"(addr) : "memory");
}

static void invalidate_line(u64 addr)
{
	__asm__ volatile("dc ivac, %0" ::"r"(addr) : "memory");
}

static void prefetch_for_load(u64 addr)
{
	__asm__ volatile("prfm pldl1keep, [%0]" ::"r"(addr) : "memory");
}

static void prefetch_for_store(u64 addr)
{
	__asm__ volatile("prfm pstl1keep, [%0]" ::"r"(addr) : "memory");
}

static void odd_accesses(void)
{
	u64 reg = prio();

	SURVIVES("a load of 16 bits of a word", LOAD("ldrh %w0, [%1]", reg));
	SURVIVES("a load of 64 bits of words", LOAD("ldr %0, [%1]", reg));
	SURVIVES("a store of 64 bits to words", STORE("str %0, [%1]", reg, 0));
	SURVIVES("a load of 64 bits of the clock", LOAD("ldr %0, [%1]", platform.rtc));
	SURVIVES("a load of a byte of the enables", LOAD("ldrb %w0, [%1]", gic.gicd + 0x104));
	SURVIVES("a load that is not aligned", LOAD("ldr %w0, [%1]", reg + 1));
	SURVIVES("a store that is not aligned", STORE("str %w0, [%1]", reg + 2, 0));
	SURVIVES("a load over a device's end", LOAD("ldr %0, [%1]", platform.uart + 0xffc));
	SURVIVES("a load over the end of RAM", LOAD("ldr %0, [%1]", ram_free_end() - 4));
	SURVIVES("a store over the end of RAM", STORE("str %0, [%1]", ram_free_end() - 4, 0));
	SURVIVES("a pair over the end of RAM", load_pair(ram_free_end() - 8));
	SURVIVES("cache maintenance of a device", clean_line(reg));
	SURVIVES("cache invalidation where nothing is", invalidate_line(UNCLAIMED));
	SURVIVES("a prefetch of a device", prefetch_for_load(reg));
	SURVIVES("a prefetch of nothing", prefetch_for_store(UNCLAIMED));
	SURVIVES("dc zva of a device", __asm__ volatile("dc zva, %0" ::"r"(reg) : "memory"));
}

/* Zero or all ones, or an external abort as the board would have it. */
#define CHECK_UNCLAIMED(insn, ones)                                                        \
	do {                                                                               \
		struct trap_record rec;                                                    \
		u64 val;                                                                   \
		trap_catch();                                                              \
		val = LOAD(insn, UNCLAIMED);                                               \
		rec = trap_caught();                                                       \
		tap_ok(rec.count ? trap_is(rec, TRAP_LOAD_ACCESS) && rec.tval == UNCLAIMED \
				 : !val || val == (ones),                                  \
		       "%s of an address nothing claims", insn);                           \
	} while (0)

static void unclaimed(void)
{
	CHECK_UNCLAIMED("ldrb %w0, [%1]", 0xffUL);
	CHECK_UNCLAIMED("ldrsb %0, [%1]", ~0UL);
	CHECK_UNCLAIMED("ldrh %w0, [%1]", 0xffffUL);
	CHECK_UNCLAIMED("ldrsh %w0, [%1]", 0xffffffffUL);
	CHECK_UNCLAIMED("ldr %w0, [%1]", 0xffffffffUL);
	CHECK_UNCLAIMED("ldrsw %0, [%1]", ~0UL);
	CHECK_UNCLAIMED("ldr %0, [%1]", ~0UL);
	SURVIVES("strb to an address nothing claims", STORE("strb %w0, [%1]", UNCLAIMED, 1));
	SURVIVES("str to an address nothing claims", STORE("str %0, [%1]", UNCLAIMED, 1));
	SURVIVES("ldp of addresses nothing claims", load_pair(UNCLAIMED));
	SURVIVES("stp to addresses nothing claims", store_pair(UNCLAIMED));
	SURVIVES("a load from page 0", LOAD("ldr %0, [%1]", 0x8UL));
	SURVIVES("a load at 2^36", LOAD("ldr %0, [%1]", BIT(36)));
	SURVIVES("a load at 2^39", LOAD("ldr %0, [%1]", BIT(39)));
	SURVIVES("a load at 2^40", LOAD("ldr %0, [%1]", BIT(40)));
	SURVIVES("a load at 2^44", LOAD("ldr %0, [%1]", BIT(44)));
	SURVIVES("a load at 2^47", LOAD("ldr %0, [%1]", BIT(47)));
	SURVIVES("a load at 2^50", LOAD("ldr %0, [%1]", BIT(50)));
	SURVIVES("a load at 2^55", LOAD("ldr %0, [%1]", BIT(55)));
	SURVIVES("a load at the last address", LOAD("ldrb %w0, [%1]", ~0UL));
	SURVIVES("a store to the last address", STORE("strb %w0, [%1]", ~0UL, 1));
}

int guest_main(void)
{
	loads();
	stores();
	indexed();
	pairs();
	wide();
	simd();
	translated();
	odd_accesses();
	unclaimed();
	tap_note("%lu accesses faulted", caught_total);
	return tap_done();
}
