// SPDX-License-Identifier: Apache-2.0
#include <guest/tap.h>
#include <guest/trap.h>

/*
 * Control registers as a supervisor without the hypervisor extension sees them: what is
 * above it is an illegal instruction, however the hardware reports that to the host.
 */

#define IS_ILLEGAL(what, ...)                                                                  \
	do {                                                                                   \
		struct trap_record rec;                                                        \
		trap_catch();                                                                  \
		__VA_ARGS__;                                                                   \
		rec = trap_caught();                                                           \
		if (!tap_ok(rec.count == 1 && rec.cause == CAUSE_ILLEGAL, what " is illegal")) \
			tap_note("%lu traps, cause %lu", rec.count, rec.cause);                \
	} while (0)

#define RAW(word) __asm__ volatile(".4byte " #word ::: "memory", "t0")

static void hypervisor(void)
{
	IS_ILLEGAL("hstatus", (void)csr_read(0x600));
	IS_ILLEGAL("hedeleg", (void)csr_read(0x602));
	IS_ILLEGAL("hideleg", (void)csr_read(0x603));
	IS_ILLEGAL("hie", (void)csr_read(0x604));
	IS_ILLEGAL("htimedelta", (void)csr_read(0x605));
	IS_ILLEGAL("hcounteren", (void)csr_read(0x606));
	IS_ILLEGAL("htval", (void)csr_read(0x643));
	IS_ILLEGAL("hvip", (void)csr_read(0x645));
	IS_ILLEGAL("hgatp", (void)csr_read(0x680));
	IS_ILLEGAL("a write of hgatp", csr_write(0x680, 0));
	IS_ILLEGAL("a write of hvip", csr_write(0x645, 0x444));
	IS_ILLEGAL("vsstatus", (void)csr_read(0x200));
	IS_ILLEGAL("vsie", (void)csr_read(0x204));
	IS_ILLEGAL("vstvec", (void)csr_read(0x205));
	IS_ILLEGAL("vsip", (void)csr_read(0x244));
	IS_ILLEGAL("vstimecmp", (void)csr_read(0x24d));
	IS_ILLEGAL("vsatp", (void)csr_read(0x280));
	IS_ILLEGAL("hgeip", (void)csr_read(0xe12));
	IS_ILLEGAL("hfence.gvma", RAW(0x62000073));
	IS_ILLEGAL("hfence.vvma", RAW(0x22000073));
	IS_ILLEGAL("hlv.d", RAW(0x6c0042f3 | 0 << 15));
	IS_ILLEGAL("hsv.d", RAW(0x6e004073));
}

static void machine(void)
{
	IS_ILLEGAL("mstatus", (void)csr_read(0x300));
	IS_ILLEGAL("mhartid", (void)csr_read(0xf14));
	IS_ILLEGAL("a write of mtvec", csr_write(0x305, 0));
	IS_ILLEGAL("pmpcfg0", (void)csr_read(0x3a0));
	IS_ILLEGAL("mret", RAW(0x30200073));
	IS_ILLEGAL("a CSR that nobody has", (void)csr_read(0x5ff));
	IS_ILLEGAL("a write of a read-only CSR", RAW(0xc0101073)); /* csrw time, zero */
}

static void illegal_tval(void)
{
	struct trap_record r;

	trap_catch();
	RAW(0x60002573); /* csrr a0, hstatus */
	r = trap_caught();
	tap_ok(r.tval == 0 || r.tval == 0x60002573, "stval is 0 or the instruction");
	tap_note("stval 0x%lx", r.tval);
	tap_ok(!(csr_read(sstatus) & SSTATUS_SIE), "interrupts are as before");
}

#define KEEPS(csr, val, mask)                                                            \
	do {                                                                             \
		u64 old = csr_read(csr);                                                 \
		u64 back;                                                                \
		csr_write(csr, val);                                                     \
		back = csr_read(csr);                                                    \
		csr_write(csr, old);                                                     \
		if (!tap_ok((back & (mask)) == ((val) & (mask)), #csr " keeps a value")) \
			tap_note("got 0x%lx", back);                                     \
	} while (0)

static void own(void)
{
	u64 sie, v;

	KEEPS(sscratch, 0x123456789abcdef0UL, ~0UL);
	KEEPS(sepc, 0x80201235UL, ~1UL);
	KEEPS(scause, 0x8000000000000005UL, ~0UL);
	KEEPS(stval, 0xdeadbeefUL, ~0UL);
	KEEPS(scounteren, 0x7UL, 0x7UL);
	KEEPS(stvec, 0x80400000UL, ~0UL);

	csr_write(sie, ~0UL);
	sie = csr_read(sie);
	csr_write(sie, 0);
	tap_ok((sie & 0x222) == 0x222 && !(sie & ~0x2222UL), "sie has the supervisor's bits");
	tap_note("sie 0x%lx", sie);
	csr_write(sip, ~0UL);
	v = csr_read(sip);
	csr_write(sip, 0);
	tap_ok((v & 2) && !(v & ~0x2222UL & ~0x20UL), "of sip, only SSIP can be set");
	tap_eq(csr_read(sip) & 2, 0, "and cleared");

	csr_set(sstatus, SSTATUS_SUM | SSTATUS_MXR);
	v = csr_read(sstatus);
	csr_clear(sstatus, SSTATUS_SUM | SSTATUS_MXR);
	tap_ok((v & SSTATUS_SUM) && (v & SSTATUS_MXR), "SUM and MXR can be set");
	tap_ok(!(csr_read(sstatus) & (SSTATUS_SUM | SSTATUS_MXR)), "and cleared");
	tap_eq(csr_read(sstatus) >> 32 & 3, 2, "UXL is 64");
	csr_write(satp, 0xfUL << SATP_MODE_SHIFT);
	tap_eq(csr_read(satp), 0, "satp does not take a mode that is not there");
}

/* senvcfg came with 1.12: it is there or it is illegal, nothing else. */
static void newer(void)
{
	struct trap_record r;

	trap_catch();
	(void)csr_read(0x10a);
	r = trap_caught();
	tap_ok(!r.count || r.cause == CAUSE_ILLEGAL, "senvcfg is there, or illegal");
	tap_note("senvcfg is %s", r.count ? "illegal" : "there");
}

int guest_main(void)
{
	hypervisor();
	machine();
	illegal_tval();
	own();
	newer();
	return tap_done();
}
