// SPDX-License-Identifier: Apache-2.0
/* System registers that trap: one table of what is emulated; all else is undefined. */
#include <asm/resume.h>
#include <asm/vgic.h>
#include <asm/virt.h>
#include <asm/vsysreg.h>

/*
 * struct trapped_reg - one that is emulated
 * @key:   SYSREG_KEY()
 * @read:  NULL: reading is undefined
 * @write: NULL: writing is undefined
 */
struct trapped_reg {
	u16 key;
	u64 (*read)(struct vcpu *vcpu, u16 key);
	void (*write)(struct vcpu *vcpu, u16 key, u64 val);
};

static u64 read_zero(struct vcpu *vcpu, u16 key)
{
	(void)vcpu;
	(void)key;
	return 0;
}

static void write_ignored(struct vcpu *vcpu, u16 key, u64 val)
{
	(void)vcpu;
	(void)key;
	(void)val;
}

/* ---- debug ---- */

static u64 read_mdscr(struct vcpu *vcpu, u16 key)
{
	(void)vcpu;
	(void)key;
	return arm64_mdscr_read();
}

static void write_mdscr(struct vcpu *vcpu, u16 key, u64 val)
{
	(void)vcpu;
	(void)key;
	arm64_mdscr_write(val);
}

static u64 read_oslsr(struct vcpu *vcpu, u16 key)
{
	(void)key;
	return arm64_oslsr_read(vcpu);
}

static void write_oslar(struct vcpu *vcpu, u16 key, u64 val)
{
	(void)key;
	vcpu->arch.guest.debug.os_lock = val & 1;
}

/* ---- the rest ---- */

/* The CPU's, of which the guest can change nothing. */
static u64 read_actlr(struct vcpu *vcpu, u16 key)
{
	(void)vcpu;
	(void)key;
	return read_sysreg(actlr_el1);
}

static u64 read_ptimer(struct vcpu *vcpu, u16 key)
{
	return arm64_ptimer_read(vcpu, key & 7);
}

static void write_ptimer(struct vcpu *vcpu, u16 key, u64 val)
{
	arm64_ptimer_write(vcpu, key & 7, val);
}

#define ICC_DIR	   SYSREG_KEY(3, 0, 12, 11, 1)
#define ICC_SGI1R  SYSREG_KEY(3, 0, 12, 11, 5)
#define ICC_ASGI1R SYSREG_KEY(3, 0, 12, 11, 6)
#define ICC_SGI0R  SYSREG_KEY(3, 0, 12, 11, 7)
#define ICC_SRE	   SYSREG_KEY(3, 0, 12, 12, 5)

#define SRE_VALUE 7 /* system registers alone: SRE, and both bypasses disabled */

static void write_sgi(struct vcpu *vcpu, u16 key, u64 val)
{
	vgic_sgi(vcpu, val, key != ICC_SGI1R);
}

static void write_dir(struct vcpu *vcpu, u16 key, u64 val)
{
	(void)key;
	vgic_dir(vcpu, val);
}

static u64 read_sre(struct vcpu *vcpu, u16 key)
{
	(void)vcpu;
	(void)key;
	return SRE_VALUE;
}

/* clang-format off */
#define RAZ_WI(key) { key, read_zero, write_ignored }
/* clang-format on */

/* Sorted by key. */
static const struct trapped_reg regs[] = {
	RAZ_WI(SYSREG_KEY(2, 0, 0, 0, 2)),			   /* OSDTRRX_EL1 */
	RAZ_WI(SYSREG_KEY(2, 0, 0, 2, 0)),			   /* MDCCINT_EL1 */
	{ SYSREG_KEY(2, 0, 0, 2, 2), read_mdscr, write_mdscr },	   /* MDSCR_EL1 */
	RAZ_WI(SYSREG_KEY(2, 0, 0, 3, 2)),			   /* OSDTRTX_EL1 */
	RAZ_WI(SYSREG_KEY(2, 0, 0, 6, 2)),			   /* OSECCR_EL1 */
	{ SYSREG_KEY(2, 0, 1, 0, 0), read_zero, NULL },		   /* MDRAR_EL1 */
	{ SYSREG_KEY(2, 0, 1, 0, 4), NULL, write_oslar },	   /* OSLAR_EL1 */
	{ SYSREG_KEY(2, 0, 1, 1, 4), read_oslsr, NULL },	   /* OSLSR_EL1 */
	RAZ_WI(SYSREG_KEY(2, 0, 1, 3, 4)),			   /* OSDLR_EL1 */
	RAZ_WI(SYSREG_KEY(2, 0, 1, 4, 4)),			   /* DBGPRCR_EL1 */
	RAZ_WI(SYSREG_KEY(2, 0, 7, 8, 6)),			   /* DBGCLAIMSET_EL1 */
	RAZ_WI(SYSREG_KEY(2, 0, 7, 9, 6)),			   /* DBGCLAIMCLR_EL1 */
	{ SYSREG_KEY(2, 0, 7, 14, 6), read_zero, NULL },	   /* DBGAUTHSTATUS_EL1 */
	{ SYSREG_KEY(2, 3, 0, 1, 0), read_zero, NULL },		   /* MDCCSR_EL0 */
	RAZ_WI(SYSREG_KEY(2, 3, 0, 4, 0)),			   /* DBGDTR_EL0 */
	RAZ_WI(SYSREG_KEY(2, 3, 0, 5, 0)),			   /* DBGDTR{RX,TX}_EL0 */
	{ SYSREG_KEY(3, 0, 1, 0, 1), read_actlr, write_ignored },  /* ACTLR_EL1 */
	{ ICC_DIR, NULL, write_dir },				   /* ICC_DIR_EL1 */
	{ ICC_SGI1R, NULL, write_sgi },				   /* ICC_SGI1R_EL1 */
	{ ICC_ASGI1R, NULL, write_sgi },			   /* ICC_ASGI1R_EL1 */
	{ ICC_SGI0R, NULL, write_sgi },				   /* ICC_SGI0R_EL1 */
	{ ICC_SRE, read_sre, write_ignored },			   /* ICC_SRE_EL1 */
	{ SYSREG_KEY(3, 3, 14, 2, 0), read_ptimer, write_ptimer }, /* CNTP_TVAL_EL0 */
	{ SYSREG_KEY(3, 3, 14, 2, 1), read_ptimer, write_ptimer }, /* CNTP_CTL_EL0 */
	{ SYSREG_KEY(3, 3, 14, 2, 2), read_ptimer, write_ptimer }, /* CNTP_CVAL_EL0 */
};

static const struct trapped_reg *find_reg(u32 key)
{
	unsigned int lo = 0, hi = ARRAY_SIZE(regs);

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;

		if (regs[mid].key == key)
			return &regs[mid];
		if (regs[mid].key < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* All of op0 3, op1 0, CRn 0, CRm 1 to 7 can be read: what the architecture has not used yet is 0. */
static bool is_idreg(u32 key)
{
	return key >= SYSREG_KEY(3, 0, 0, IDREG_CRM_FIRST, 0) &&
	       key <= SYSREG_KEY(3, 0, 0, IDREG_CRM_LAST, 7);
}

/* Breakpoints and watchpoints: op0 2, op1 0, CRn 0, op2 4 to 7; CRm is their number. */
static bool is_debug_reg(u32 key)
{
	return (key & ~(15u << 3 | 3)) == SYSREG_KEY(2, 0, 0, 0, 4);
}

static int finish_read(struct vcpu *vcpu, u64 esr, u64 val)
{
	unsigned int rt = esr >> ISS_SYS_RT_SHIFT & 31;

	arm64_skip(esr);
	if (rt != 31)
		vcpu->arch.guest.gpr[rt] = val;
	return rt < 19 ? EXIT_RESUME : ARM64_RESUME_RELOAD;
}

static int debug_reg(struct vcpu *vcpu, u64 esr, u32 key)
{
	unsigned int n = key >> 3 & 15, op2 = key & 7;

	if (!arm64_debug_has(n, op2))
		return arm64_exit_undefined(vcpu, esr);
	if (esr & ISS_SYS_READ)
		return finish_read(vcpu, esr, arm64_debug_read(vcpu, n, op2));
	arm64_skip(esr);
	arm64_debug_write(vcpu, n, op2, vcpu->arch.guest.gpr[esr >> ISS_SYS_RT_SHIFT & 31]);
	return EXIT_RESUME;
}

int arm64_exit_sysreg(struct vcpu *vcpu, u64 esr)
{
	u32 key = sysreg_key_of(esr);
	const struct trapped_reg *r;

	if (!(esr & ISS_SYS_READ)) {
		u64 val = vcpu->arch.guest.gpr[esr >> ISS_SYS_RT_SHIFT & 31];

		/* Linux sends interrupts between its CPUs all the time. */
		if (likely(key == ICC_SGI1R)) {
			arm64_skip(esr);
			vgic_sgi(vcpu, val, false);
			return EXIT_RESUME;
		}
		if (is_debug_reg(key))
			return debug_reg(vcpu, esr, key);
		r = find_reg(key);
		if (!r || !r->write)
			return arm64_exit_undefined(vcpu, esr);
		arm64_skip(esr);
		r->write(vcpu, key, val);
		return EXIT_RESUME;
	}
	if (is_idreg(key))
		return finish_read(vcpu, esr, arm64_idreg(key >> 3 & 15, key & 7));
	if (is_debug_reg(key))
		return debug_reg(vcpu, esr, key);
	r = find_reg(key);
	if (!r || !r->read)
		return arm64_exit_undefined(vcpu, esr);
	return finish_read(vcpu, esr, r->read(vcpu, key));
}
