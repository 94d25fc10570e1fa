// SPDX-License-Identifier: Apache-2.0
/*
 * Self-hosted debug of a guest: its breakpoints and watchpoints (Arm ARM D2), the OS lock, and
 * the control register. All accesses trap: few guests have any, so the registers are switched
 * between vCPUs only for those that do, and are off in the CPU otherwise. They match nothing
 * of the host's: a debug exception for EL1 is not taken from EL2 (D2.4).
 */
#include <asm/sysreg_id.h>
#include <asm/virt.h>

#define MDSCR_GUEST	  0xb001 /* SS, TDCC, KDE and MDE */
#define OSLSR_IMPLEMENTED 0x8
#define OSLSR_LOCKED	  0x2

/* Without HMC, SSC and SSCE: EL1 and EL0 are told apart by the fields that are left. */
#define BCR_GUEST 0x00ff01e7
#define WCR_GUEST 0x1f1f1fff

enum debug_kind { DEBUG_BVR, DEBUG_BCR, DEBUG_WVR, DEBUG_WCR };

static unsigned int nr_breakpoints, nr_watchpoints;

/* It would break the lines at another place each time. */
/* clang-format off */
#define EACH_REG(X, kind)                                                  \
	X(kind, 0) X(kind, 1) X(kind, 2) X(kind, 3) X(kind, 4) X(kind, 5)  \
	X(kind, 6) X(kind, 7) X(kind, 8) X(kind, 9) X(kind, 10) X(kind, 11) \
	X(kind, 12) X(kind, 13) X(kind, 14) X(kind, 15)
/* clang-format on */
#define WRITE_CASE(kind, n)                            \
	case n:                                        \
		write_sysreg(dbg##kind##n##_el1, val); \
		break;

static void write_hardware(enum debug_kind kind, unsigned int n, u64 val)
{
	switch (kind) {
	case DEBUG_BVR:
		switch (n) {
			EACH_REG(WRITE_CASE, bvr)
		}
		break;
	case DEBUG_BCR:
		switch (n) {
			EACH_REG(WRITE_CASE, bcr)
		}
		break;
	case DEBUG_WVR:
		switch (n) {
			EACH_REG(WRITE_CASE, wvr)
		}
		break;
	case DEBUG_WCR:
		switch (n) {
			EACH_REG(WRITE_CASE, wcr)
		}
		break;
	}
}

/* Their reset values are not known, and one that is enabled would match. */
static void disable_all(void)
{
	unsigned int n;

	for (n = 0; n < nr_breakpoints; n++)
		write_hardware(DEBUG_BCR, n, 0);
	for (n = 0; n < nr_watchpoints; n++)
		write_hardware(DEBUG_WCR, n, 0);
}

void arm64_debug_cpu_init(void)
{
	u64 dfr0 = read_sysreg(id_aa64dfr0_el1);

	nr_breakpoints = sysreg_field(dfr0, ID_AA64DFR0_BRPS) + 1;
	nr_watchpoints = sysreg_field(dfr0, ID_AA64DFR0_WRPS) + 1;
	disable_all();
	/* The CPU's own OS lock would keep all debug exceptions from guests; theirs is emulated. */
	write_sysreg(oslar_el1, 0);
}

void arm64_debug_load(struct vcpu *vcpu)
{
	const struct arm64_debug_state *d = &vcpu->arch.guest.debug;
	unsigned int n;

	if (likely(!d->used))
		return;
	for (n = 0; n < nr_breakpoints; n++) {
		write_hardware(DEBUG_BVR, n, d->reg[n][DEBUG_BVR]);
		write_hardware(DEBUG_BCR, n, d->reg[n][DEBUG_BCR]);
	}
	for (n = 0; n < nr_watchpoints; n++) {
		write_hardware(DEBUG_WVR, n, d->reg[n][DEBUG_WVR]);
		write_hardware(DEBUG_WCR, n, d->reg[n][DEBUG_WCR]);
	}
}

void arm64_debug_put(struct vcpu *vcpu)
{
	if (unlikely(vcpu->arch.guest.debug.used))
		disable_all();
}

/* ---- the registers of breakpoints and watchpoints: CRm is the number, op2 - 4 the kind ---- */

bool arm64_debug_has(unsigned int n, unsigned int op2)
{
	return n < (op2 - 4 <= DEBUG_BCR ? nr_breakpoints : nr_watchpoints);
}

u64 arm64_debug_read(struct vcpu *vcpu, unsigned int n, unsigned int op2)
{
	return vcpu->arch.guest.debug.reg[n][op2 - 4];
}

void arm64_debug_write(struct vcpu *vcpu, unsigned int n, unsigned int op2, u64 val)
{
	enum debug_kind kind = op2 - 4;

	if (kind == DEBUG_BCR)
		val &= BCR_GUEST;
	if (kind == DEBUG_WCR)
		val &= WCR_GUEST;
	vcpu->arch.guest.debug.used = true;
	vcpu->arch.guest.debug.reg[n][kind] = val;
	write_hardware(kind, n, val);
}

/* ---- the others ---- */

u64 arm64_mdscr_read(void)
{
	return read_sysreg(mdscr_el1);
}

void arm64_mdscr_write(u64 val)
{
	write_sysreg(mdscr_el1, val & MDSCR_GUEST);
}

u64 arm64_oslsr_read(const struct vcpu *vcpu)
{
	return OSLSR_IMPLEMENTED | (vcpu->arch.guest.debug.os_lock ? OSLSR_LOCKED : 0);
}
