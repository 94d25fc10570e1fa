// SPDX-License-Identifier: Apache-2.0
#include <arch/sysreg.h>
#include <guest/code.h>
#include <guest/guest.h>
#include <guest/tap.h>
#include <guest/trap.h>

/*
 * System registers as EL1 without EL2 sees them: those of the architecture that a guest has
 * can be read, all of the ID registers' space can, what is above or nobody's is undefined,
 * and no register at all is the end of the guest.
 */

#define SYSREG(op0, op1, crn, crm, op2) \
	((u32)(op0) << 19 | (u32)(op1) << 16 | (u32)(crn) << 12 | (u32)(crm) << 8 | (u32)(op2) << 5)

static u32 code[4] __aligned(16);

static u64 run(u32 insn, u64 val, bool *undefined, u64 *ec)
{
	struct trap_record r;

	code[0] = insn;
	code[1] = 0xd65f03c0; /* ret */
	code_sync();
	trap_catch();
	val = ((u64(*)(u64))(u64)code)(val);
	r = trap_caught();
	*undefined = r.count;
	*ec = ESR_EC(r.cause);
	return val;
}

/* mrs x0, register */
static bool read(u32 reg, u64 *val, u64 *ec)
{
	bool undefined;

	*val = run(0xd5200000 | reg, 0x5ca1ab1e, &undefined, ec);
	return !undefined;
}

/* msr register, x0 */
static bool write(u32 reg, u64 val)
{
	bool undefined;
	u64 ec;

	run(0xd5000000 | reg, val, &undefined, &ec);
	return !undefined;
}

/* ---- ID registers: all of op0 3, op1 0, CRn 0, CRm 1 to 7 are there (D17.3.1) ---- */

static u64 id(u32 crm, u32 op2)
{
	u64 val = 0, ec;

	read(SYSREG(3, 0, 0, crm, op2), &val, &ec);
	return val;
}

static void id_registers(void)
{
	u64 val, ec, undefined = 0, pfr0 = id(4, 0), pfr1 = id(4, 1), mmfr0 = id(7, 0);

	for (u32 crm = 1; crm < 8; crm++)
		for (u32 op2 = 0; op2 < 8; op2++)
			undefined += !read(SYSREG(3, 0, 0, crm, op2), &val, &ec);
	tap_eq(undefined, 0, "every ID register can be read");
	tap_ok((pfr0 & 0xf) && (pfr0 >> 4 & 0xf), "EL0 and EL1 are there");
	tap_eq(pfr0 >> 8 & 0xff, 0, "EL2 and EL3 are not");
	tap_eq(id(4, 7), 0, "one that is reserved is 0");
	tap_ok((mmfr0 & 0xf) <= 6, "there are as many address bits as can be");
	tap_ok((mmfr0 >> 28 & 0xf) <= 1, "4 KiB pages are there");
	tap_ok(!(pfr1 >> 8 & 0xf) || (pfr1 >> 8 & 0xf) == 1, "memory has no tags to be had");
	tap_eq(pfr1 >> 24 & 0xf, 0, "SME is not there");
	tap_eq(pfr0 >> 44 & 0xf, 0, "nor are activity monitors");
	tap_eq(pfr0 >> 40 & 0xf, 0, "nor memory partitions");
	tap_eq(id(7, 1) >> 8 & 0xf, 0, "nor a hypervisor's extensions");
	tap_note("pfr0 0x%lx pfr1 0x%lx mmfr0 0x%lx", pfr0, pfr1, mmfr0);
	tap_note("mmfr1 0x%lx mmfr2 0x%lx isar0 0x%lx", id(7, 1), id(7, 2), id(6, 0));
	tap_note("isar1 0x%lx dfr0 0x%lx", id(6, 1), id(5, 0));
	/* Writes are undefined, as of any register that can only be read. */
	tap_ok(!write(SYSREG(3, 0, 0, 4, 0), 0), "an ID register cannot be written");
}

static void identification(void)
{
	u64 val, ec;

	tap_ok(read(SYSREG(3, 0, 0, 0, 0), &val, &ec) && val >> 16 & 0xf, "MIDR_EL1");
	tap_ok(read(SYSREG(3, 0, 0, 0, 5), &val, &ec) && (val & BIT(31)) &&
		       (val & 0xff) == platform.boot_cpu,
	       "MPIDR_EL1");
	tap_ok(read(SYSREG(3, 0, 0, 0, 6), &val, &ec), "REVIDR_EL1");
	tap_ok(read(SYSREG(3, 3, 0, 0, 1), &val, &ec) && (val & BIT(31)), "CTR_EL0");
	tap_ok(read(SYSREG(3, 3, 0, 0, 7), &val, &ec), "DCZID_EL0");
	tap_ok(read(SYSREG(3, 1, 0, 0, 1), &val, &ec), "CLIDR_EL1");
	write(SYSREG(3, 2, 0, 0, 0), 0);
	tap_ok(read(SYSREG(3, 1, 0, 0, 0), &val, &ec) && val, "CCSIDR_EL1, as CSSELR_EL1 says");
}

/* Features are there as the ID registers say, and undefined or trapped if they say not. */
static void features(void)
{
	u64 val, ec, pfr0 = id(4, 0), dfr0 = id(5, 0), isar0 = id(6, 0);
	bool pmu = (dfr0 >> 8 & 0xf) && (dfr0 >> 8 & 0xf) != 0xf;

	sysreg_write(cpacr_el1, 3UL << 20 | 3UL << 16);
	isb();
	tap_ok(read(SYSREG(3, 0, 1, 2, 0), &val, &ec) == !!(pfr0 >> 32 & 0xf),
	       "ZCR_EL1 is there with SVE");
	tap_ok(read(SYSREG(3, 3, 9, 12, 0), &val, &ec) == pmu, "PMCR_EL0 is there with a PMU");
	tap_ok(read(SYSREG(3, 3, 2, 4, 0), &val, &ec) == !!(isar0 >> 60),
	       "RNDR is there with random numbers");
	if (id(7, 1) >> 16 & 0xf)
		tap_ok(read(SYSREG(3, 0, 10, 4, 3), &val, &ec), "LORC_EL1 is there with regions");
	else
		tap_ok(!read(SYSREG(3, 0, 10, 4, 3), &val, &ec), "LORC_EL1 is not there");
	tap_ok(read(SYSREG(3, 0, 12, 12, 5), &val, &ec) == !!(pfr0 >> 24 & 0xf),
	       "ICC_SRE_EL1 is there with a GICv3");
	tap_ok(read(SYSREG(3, 0, 5, 3, 0), &val, &ec) == !!(pfr0 >> 28 & 0xf),
	       "ERRIDR_EL1 is there with RAS");
	tap_ok(read(SYSREG(3, 0, 4, 2, 3), &val, &ec) == !!(id(7, 1) >> 20 & 0xf),
	       "PAN is there as told");
	sysreg_write(cpacr_el1, 0);
	isb();
}

/* Keys are kept for each of the guest's processes: they can be written and read. */
static void pointer_authentication(void)
{
	u64 val, ec, isar1 = id(6, 1), isar2 = id(6, 2);
	bool there = (isar1 >> 4 & 0xff) || (isar1 >> 24 & 0xff) || (isar2 >> 8 & 0xff);

	if (!there) {
		tap_ok(!read(SYSREG(3, 0, 2, 1, 0), &val, &ec), "without PAuth there are no keys");
		return;
	}
	for (u32 key = 0; key < 5; key++) {
		u32 reg = SYSREG(3, 0, 2, 1 + key / 2, key % 2 * 2);

		tap_ok(write(reg, 0x1234567 * (key + 1)) && read(reg, &val, &ec) &&
			       val == 0x1234567 * (key + 1),
		       "PAuth key %u reads back", key);
	}
	arch_firmware_call();
	tap_ok(read(SYSREG(3, 0, 2, 1, 0), &val, &ec) && val == 0x1234567, "after a call, too");
	write(SYSREG(3, 0, 2, 1, 0), 0);
}

static void keeps(u32 reg, u64 mask, const char *name)
{
	u64 old = 0, one = 0, other = 0, ec;

	read(reg, &old, &ec);
	write(reg, 0xaaaaaaaaaaaaaaaa & mask);
	read(reg, &one, &ec);
	write(reg, 0x5555555555555555 & mask);
	read(reg, &other, &ec);
	write(reg, old);
	if (!tap_ok((one & mask) == (0xaaaaaaaaaaaaaaaa & mask) &&
			    (other & mask) == (0x5555555555555555 & mask),
		    "%s keeps a value", name))
		tap_note("0x%lx and 0x%lx", one, other);
}

static void own(void)
{
	keeps(SYSREG(3, 0, 2, 0, 0), GENMASK(47, 12), "TTBR0_EL1");
	keeps(SYSREG(3, 0, 2, 0, 1), GENMASK(47, 12), "TTBR1_EL1");
	keeps(SYSREG(3, 0, 10, 2, 0), ~0UL, "MAIR_EL1");
	keeps(SYSREG(3, 0, 13, 0, 1), 0xffffffff, "CONTEXTIDR_EL1");
	keeps(SYSREG(3, 0, 13, 0, 4), ~0UL, "TPIDR_EL1");
	keeps(SYSREG(3, 3, 13, 0, 2), ~0UL, "TPIDR_EL0");
	keeps(SYSREG(3, 3, 13, 0, 3), ~0UL, "TPIDRRO_EL0");
	keeps(SYSREG(3, 0, 6, 0, 0), ~0UL, "FAR_EL1");
	keeps(SYSREG(3, 0, 5, 2, 0), 0xffffffff, "ESR_EL1");
	keeps(SYSREG(3, 0, 4, 0, 1), GENMASK(47, 2), "ELR_EL1");
	keeps(SYSREG(3, 0, 4, 1, 0), GENMASK(47, 4), "SP_EL0");
	keeps(SYSREG(3, 0, 14, 1, 0), 0x303, "CNTKCTL_EL1");
	keeps(SYSREG(3, 0, 7, 4, 0), GENMASK(47, 12), "PAR_EL1");
	keeps(SYSREG(3, 2, 0, 0, 0), 0x2, "CSSELR_EL1");
}

/* What EL2, EL3 and nobody has. */
static void above(void)
{
	static const struct {
		const char *name;
		u32 reg;
	} regs[] = {
		{ "HCR_EL2", SYSREG(3, 4, 1, 1, 0) },
		{ "VTTBR_EL2", SYSREG(3, 4, 2, 1, 0) },
		{ "VTCR_EL2", SYSREG(3, 4, 2, 1, 2) },
		{ "ESR_EL2", SYSREG(3, 4, 5, 2, 0) },
		{ "HPFAR_EL2", SYSREG(3, 4, 6, 0, 4) },
		{ "TPIDR_EL2", SYSREG(3, 4, 13, 0, 2) },
		{ "CNTVOFF_EL2", SYSREG(3, 4, 14, 0, 3) },
		{ "CNTHP_CTL_EL2", SYSREG(3, 4, 14, 2, 1) },
		{ "ICH_HCR_EL2", SYSREG(3, 4, 12, 11, 0) },
		{ "ICH_LR0_EL2", SYSREG(3, 4, 12, 12, 0) },
		{ "ICC_SRE_EL2", SYSREG(3, 4, 12, 9, 5) },
		{ "SP_EL1", SYSREG(3, 4, 4, 1, 0) },
		{ "SCTLR_EL12", SYSREG(3, 5, 1, 0, 0) },
		{ "CNTV_CTL_EL02", SYSREG(3, 5, 14, 3, 1) },
		{ "SCR_EL3", SYSREG(3, 6, 1, 1, 0) },
		{ "ICC_IGRPEN1_EL3", SYSREG(3, 6, 12, 12, 7) },
		{ "CNTPS_CTL_EL1", SYSREG(3, 7, 14, 2, 1) },
		{ "one of no use", SYSREG(3, 0, 3, 0, 0) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(regs); i++) {
		u64 val, ec;
		bool there = read(regs[i].reg, &val, &ec);

		if (!tap_ok(!there && ec == EC_UNKNOWN && !write(regs[i].reg, 0), "%s is undefined",
			    regs[i].name))
			tap_note("value 0x%lx, ec 0x%lx", val, ec);
	}
}

/* ---- every register that can be named ---- */

/* What is read is written back, but where a write does something. */
static bool has_effects(u32 op0, u32 op1, u32 crn, u32 crm)
{
	return op0 == 2 || (op1 == 0 && crn == 12 && crm != 0) || /* the GIC's, debug's */
	       (crn == 4 && crm == 2) || crn == 15;		  /* PSTATE's */
}

static void sweep(u32 op0, u32 op1)
{
	u64 there = 0, odd = 0;

	for (u32 n = 0; n < 16 * 16 * 8; n++) {
		u32 crn = n >> 7, crm = n >> 3 & 15, op2 = n & 7, reg;
		u64 val, ec;

		reg = SYSREG(op0, op1, crn, crm, op2);
		if (!read(reg, &val, &ec)) {
			odd += ec != EC_UNKNOWN && ec != EC_SYS64 && ec != EC_FP && ec != EC_SVE &&
			       ec != 0x1d;
			continue;
		}
		there++;
		if (!has_effects(op0, op1, crn, crm))
			write(reg, val);
	}
	tap_eq(odd, 0, "a register is there, or is undefined");
	tap_note("op0 %u op1 %u: %lu are there", op0, op1, there);
	if (op1 >= 4)
		tap_eq(there, 0, "and none is there of what is above");
}

/* Maintenance by set and way, of instruction caches and TLBs: all of a guest's own. */
static void maintenance(void)
{
	static const u32 ops[] = {
		0xd508751f, /* ic iallu */
		0xd508711f, /* ic ialluis */
		0xd5087640, /* dc isw, x0 */
		0xd5087a40, /* dc csw, x0 */
		0xd5087e40, /* dc cisw, x0 */
		0xd508831f, /* tlbi vmalle1is */
		0xd508871f, /* tlbi vmalle1 */
		0xd5088740, /* tlbi aside1, x0 */
		0xd5088720, /* tlbi vae1, x0 */
		0xd5088760, /* tlbi vaae1, x0 */
	};
	u64 bad = 0, ec;

	for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
		bool undefined;

		run(ops[i], 0, &undefined, &ec);
		bad += undefined;
	}
	tap_eq(bad, 0, "maintenance of caches and TLBs");
	bad = 0;
	for (size_t i = 0; i < 3; i++) {
		static const u32 above_ops[] = { 0xd50c871f, 0xd50c879f, 0xd50e871f };
		bool undefined;

		run(above_ops[i], 0, &undefined, &ec);
		bad += !undefined;
	}
	tap_eq(bad, 0, "that of EL2 and EL3 is undefined");
}

int guest_main(void)
{
	id_registers();
	identification();
	features();
	pointer_authentication();
	own();
	above();
	maintenance();
	for (u32 op1 = 0; op1 < 8; op1++)
		sweep(3, op1);
	sweep(2, 0);
	sweep(2, 3);
	tap_ok(arch_firmware_call(), "the firmware still answers");
	return tap_done();
}
