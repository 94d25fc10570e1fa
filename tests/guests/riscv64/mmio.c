// SPDX-License-Identifier: Apache-2.0
#include <arch/plic.h>
#include <guest/tap.h>
#include <guest/trap.h>

/*
 * Every load and store that there is, on device registers: the 16550's divisor latch
 * (a byte), the PLIC's enable word (32 bits, of which the top one is set), the clock, and
 * addresses that nothing claims. What a device makes of a width it does not have is its
 * affair; the guest goes on.
 */

#define UNCLAIMED 0x50000000UL

enum { UART_LCR = 3, LCR_8N1 = 3, LCR_DLAB = 0x83 };

/* Each of the 31 registers as destination and as source; see mmio-asm.S. */
u64 mmio_load_all_regs(u64 addr, u64 want); /* registers that got something else */
u64 mmio_store_all_regs(u64 addr);	    /* those whose store did not arrive */
/* Compressed forms, by base register and by stack pointer. */
u64 mmio_c_lw(u64 addr);
u64 mmio_c_ld(u64 addr);
u64 mmio_c_lwsp(u64 addr);
u64 mmio_c_ldsp(u64 addr);
void mmio_c_sw(u64 addr, u64 val);
void mmio_c_sd(u64 addr, u64 val);
void mmio_c_swsp(u64 addr, u64 val);
void mmio_c_sdsp(u64 addr, u64 val);

#define LOAD(insn, addr)                                                                       \
	({                                                                                     \
		u64 load_val = 0x5a5a5a5a5a5a5a5a;                                             \
		__asm__ volatile(".option push; .option norvc;" insn " %0, 0(%1); .option pop" \
				 : "+r"(load_val)                                              \
				 : "r"(addr)                                                   \
				 : "memory");                                                  \
		load_val;                                                                      \
	})
#define STORE(insn, addr, val)                                                                     \
	__asm__ volatile(".option push; .option norvc;" insn " %0, 0(%1); .option pop" ::"r"(val), \
			 "r"(addr)                                                                 \
			 : "memory")

/* The same loads from RAM tell what each must make of a value. */
#define CHECK_LOAD(insn, addr, copy) \
	tap_eq(LOAD(insn, addr), LOAD(insn, copy), insn " of a 32-bit register")

static void load_words(void)
{
	u64 reg = plic_enable(0);
	u64 copy = 0;

	mmio_write32(reg, 0xffffffff);
	copy = mmio_read32(reg);
	tap_ok(copy >> 31, "the register's top bit can be set");
	CHECK_LOAD("lw", reg, &copy);
	CHECK_LOAD("lwu", reg, &copy);
	tap_eq(mmio_c_lw(reg), (u64)(s64)(s32)copy, "c.lw");
	tap_eq(mmio_c_lwsp(reg), (u64)(s64)(s32)copy, "c.lwsp");
	tap_eq(mmio_load_all_regs(reg, (u64)(s64)(s32)copy), 0, "a load into each register");
	mmio_write32(reg, 0);
	tap_eq(mmio_read32(reg), 0, "sw");
	STORE("sw", reg, 2UL);
	tap_eq(mmio_read32(reg), 2, "sw sets a bit");
	mmio_c_sw(reg, 4);
	tap_eq(mmio_read32(reg), 4, "c.sw");
	mmio_c_swsp(reg, 8);
	tap_eq(mmio_read32(reg), 8, "c.swsp");
	STORE("sw", reg, ~0UL << 32 | 16);
	tap_eq(mmio_read32(reg), 16, "sw stores the low half");
	tap_eq(mmio_store_all_regs(reg), 0, "a store from each register");
	mmio_write32(reg, 0);
}

/* Nothing may be printed while the divisor latch is open. */
static void load_bytes(void)
{
	static const u8 patterns[] = { 0xa5, 0x5a };
	u64 uart = platform.uart;
	u64 got[2][14];

	for (int i = 0; i < 2; i++) {
		u64 *g = got[i], p = patterns[i];

		mmio_write8(uart + UART_LCR, LCR_DLAB);
		STORE("sb", uart, p);
		g[0] = LOAD("lb", uart);
		g[1] = LOAD("lbu", uart);
		g[2] = LOAD("lh", uart);
		g[3] = LOAD("lhu", uart);
		g[4] = LOAD("lw", uart);
		g[5] = LOAD("lwu", uart);
		g[6] = LOAD("ld", uart);
		g[7] = mmio_c_ld(uart);
		g[8] = mmio_c_ldsp(uart);
		STORE("sh", uart, p ^ 1);
		g[9] = LOAD("lbu", uart) ^ 1;
		STORE("sw", uart, p ^ 2);
		g[10] = LOAD("lbu", uart) ^ 2;
		STORE("sd", uart, p ^ 4);
		g[11] = LOAD("lbu", uart) ^ 4;
		mmio_c_sd(uart, p ^ 8);
		g[12] = LOAD("lbu", uart) ^ 8;
		mmio_c_sdsp(uart, p ^ 16);
		g[13] = LOAD("lbu", uart) ^ 16;
		STORE("sb", uart, 1UL);
		mmio_write8(uart + UART_LCR, LCR_8N1);
	}
	for (int i = 0; i < 2; i++) {
		static const char *const names[] = { "lb",  "lbu", "lh",   "lhu",    "lw",
						     "lwu", "ld",  "c.ld", "c.ldsp", "sh",
						     "sw",  "sd",  "c.sd", "c.sdsp" };
		u64 p = patterns[i];

		tap_eq(got[i][0], (u64)(s64)(s8)p, "lb of a byte register extends the sign");
		tap_eq(got[i][1], p, "lbu does not");
		for (int j = 2; j < 14; j++)
			tap_ok((got[i][j] & 0xff) == p, "%s of a byte register, 0x%lx", names[j],
			       p);
	}
}

static u64 caught_total;

#define SURVIVES(what, ...)                                               \
	do {                                                              \
		struct trap_record rec;                                   \
		trap_catch();                                             \
		__VA_ARGS__;                                              \
		rec = trap_caught();                                      \
		caught_total += rec.count;                                \
		tap_ok(!rec.count || (rec.cause >= CAUSE_LOAD_MISALIGN && \
				      rec.cause <= CAUSE_STORE_ACCESS),   \
		       what " is survived");                              \
	} while (0)

static void other_widths(void)
{
	u64 reg = plic_enable(0);

	SURVIVES("lb of a 32-bit register", LOAD("lb", reg));
	SURVIVES("lhu of a 32-bit register", LOAD("lhu", reg + 2));
	SURVIVES("ld of a 32-bit register", LOAD("ld", reg));
	SURVIVES("ld of the clock", LOAD("ld", platform.rtc));
	SURVIVES("sb to a 32-bit register", STORE("sb", reg, 0UL));
	SURVIVES("sh to a 32-bit register", STORE("sh", reg, 0UL));
	SURVIVES("sd to a 32-bit register", STORE("sd", reg, 0UL));
	SURVIVES("lw that is not aligned", LOAD("lw", reg + 1));
	SURVIVES("ld that is not aligned", LOAD("ld", platform.uart + 4));
	SURVIVES("sw that is not aligned", STORE("sw", reg + 2, 0UL));
	SURVIVES("ld over a device's end", LOAD("ld", platform.uart + 0xfd));
	SURVIVES("lb of the last register", LOAD("lb", platform.uart + 0xff));
	SURVIVES("a store over the end of RAM", STORE("sd", ram_free_end() - 4, 0UL));
	SURVIVES("a load over the end of RAM", LOAD("ld", ram_free_end() - 4));
}

/*
 * Half of it in RAM, half where nothing is: neither half may be taken for all of it. Devices know no such
 * access, so it is a fault.
 */
static void two_pages(void)
{
	u64 end = platform.ram_base + platform.ram_size, reg = plic_enable(0) | 0xffc;
	static const struct {
		const char *what;
		unsigned int before;
		bool store;
	} cases[] = {
		{ "ld", 4, false }, { "lw", 2, false }, { "lhu", 1, false },
		{ "sd", 1, true },  { "sw", 3, true },
	};

	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		u64 at = end - cases[i].before;
		struct trap_record r;

		trap_catch();
		switch (i) {
		case 0:
			LOAD("ld", at);
			break;
		case 1:
			LOAD("lw", at);
			break;
		case 2:
			LOAD("lhu", at);
			break;
		case 3:
			STORE("sd", at, 0UL);
			break;
		case 4:
			STORE("sw", at, 0UL);
		}
		r = trap_caught();
		tap_ok(r.count == 1 &&
			       r.cause == (cases[i].store ? CAUSE_STORE_ACCESS : CAUSE_LOAD_ACCESS),
		       "%s over the end of RAM is refused", cases[i].what);
	}
	/* Twice: the second time its instruction is known. */
	for (unsigned int i = 0; i < 2; i++) {
		trap_catch();
		LOAD("ld", i ? reg : reg - 4);
		tap_eq(trap_caught().count, i,
		       i ? "ld from two pages of a device is refused"
			 : "ld from the end of one is not");
	}
	trap_catch();
	LOAD("ld", reg + 4);
	tap_eq(trap_caught().count, 0, "nor is ld from the beginning of the next");
}

/* All ones, or an access fault as the board would have it. */
#define CHECK_UNCLAIMED(insn, ones)                                                       \
	do {                                                                              \
		struct trap_record rec;                                                   \
		u64 val;                                                                  \
		trap_catch();                                                             \
		val = LOAD(insn, UNCLAIMED);                                              \
		rec = trap_caught();                                                      \
		tap_ok(rec.count ? rec.cause == CAUSE_LOAD_ACCESS &&rec.tval == UNCLAIMED \
				 : val == (ones),                                         \
		       insn " of an address nothing claims");                             \
	} while (0)

static void unclaimed(void)
{
	CHECK_UNCLAIMED("lb", ~0UL);
	CHECK_UNCLAIMED("lbu", 0xffUL);
	CHECK_UNCLAIMED("lh", ~0UL);
	CHECK_UNCLAIMED("lhu", 0xffffUL);
	CHECK_UNCLAIMED("lw", ~0UL);
	CHECK_UNCLAIMED("lwu", 0xffffffffUL);
	CHECK_UNCLAIMED("ld", ~0UL);
	SURVIVES("sb to an address nothing claims", STORE("sb", UNCLAIMED, 1UL));
	SURVIVES("sh to an address nothing claims", STORE("sh", UNCLAIMED, 1UL));
	SURVIVES("sw to an address nothing claims", STORE("sw", UNCLAIMED, 1UL));
	SURVIVES("sd to an address nothing claims", STORE("sd", UNCLAIMED, 1UL));
	SURVIVES("a load from page 0", LOAD("ld", 0x8UL));
	SURVIVES("a load at 2^38", LOAD("ld", BIT(38)));
	SURVIVES("a load at 2^39, of the next root slots", LOAD("ld", BIT(39)));
	SURVIVES("a load at 2^40", LOAD("ld", BIT(40)));
	SURVIVES("a load at 2^41, past what Sv39x4 has", LOAD("ld", BIT(41)));
	SURVIVES("a load at 2^50, past what Sv48x4 has", LOAD("ld", BIT(50)));
	SURVIVES("a load at 2^55", LOAD("ld", BIT(55)));
	SURVIVES("a load at the last address", LOAD("lb", ~0UL));
	SURVIVES("a store to the last address", STORE("sb", ~0UL, 1UL));
}

int guest_main(void)
{
	load_words();
	load_bytes();
	other_widths();
	two_pages();
	unclaimed();
	tap_note("%lu accesses faulted", caught_total);
	return tap_done();
}
