// SPDX-License-Identifier: Apache-2.0
/*
 * Loads and stores of devices that the syndrome does not describe: pairs, SIMD&FP registers,
 * and those that write their base back (Arm ARM D19.2.39, ISV). The instruction is fetched and
 * decoded; one that another vCPU has changed meanwhile is run again.
 */
#include <lodge/errno.h>
#include <lodge/string.h>
#include <lodge/vdev.h>
#include <asm/decode.h>
#include <asm/resume.h>
#include <asm/virt.h>

/* Of a tagged address; which of its bits are a tag the guest decides. */
#define VA_MASK GENMASK(47, 0)

static u64 get_base(struct vcpu *vcpu, unsigned int rn)
{
	if (rn != 31)
		return vcpu->arch.guest.gpr[rn];
	return (read_sysreg(spsr_el2) & 1) ? read_sysreg(sp_el1) : read_sysreg(sp_el0);
}

static void set_base(struct vcpu *vcpu, unsigned int rn, u64 val)
{
	if (rn != 31)
		vcpu->arch.guest.gpr[rn] = val;
	else if (read_sysreg(spsr_el2) & 1)
		write_sysreg(sp_el1, val);
	else
		write_sysreg(sp_el0, val);
}

static u64 effective_address(struct vcpu *vcpu, const struct insn *i)
{
	u64 base = i->mode == MODE_LITERAL ? vcpu->arch.guest.pc : get_base(vcpu, i->rn);

	switch (i->mode) {
	case MODE_POST:
		return base;
	case MODE_REGISTER:
		return base + insn_offset(vcpu->arch.guest.gpr[i->rm], i->extend, i->shift);
	default:
		return base + (u64)(s64)i->imm;
	}
}

/* Devices are read and written in up to 8 bytes. */
static void read_part(struct vcpu *vcpu, gpa_t addr, unsigned int width, u64 val[2])
{
	unsigned int part = min(width, 8u), n;

	val[1] = 0;
	for (n = 0; n * 8 < width; n++)
		if (!vm_mmio_read(vcpu, gpa(addr.v + 8 * n), part, &val[n]))
			vm_unclaimed(vcpu, gpa(addr.v + 8 * n), part, false);
}

static void write_part(struct vcpu *vcpu, gpa_t addr, unsigned int width, const u64 val[2])
{
	unsigned int part = min(width, 8u), n;

	for (n = 0; n * 8 < width; n++)
		if (!vm_mmio_write(vcpu, gpa(addr.v + 8 * n), part, val[n]))
			vm_unclaimed(vcpu, gpa(addr.v + 8 * n), part, true);
}

static void load_register(struct vcpu *vcpu, const struct insn *i, unsigned int reg, gpa_t addr)
{
	u64 val[2];

	read_part(vcpu, addr, i->width, val);
	if (i->width < 8)
		val[0] = insn_load_value(val[0], i->width, i->sign, i->wide);
	if (i->fp)
		arm64_fp_set(reg, val); /* clears what is above the width */
	else if (reg != 31)
		vcpu->arch.guest.gpr[reg] = val[0];
}

static void store_register(struct vcpu *vcpu, const struct insn *i, unsigned int reg, gpa_t addr)
{
	u64 val[2] = { vcpu->arch.guest.gpr[reg], 0 };

	if (i->fp)
		arm64_fp_get(reg, val);
	write_part(vcpu, addr, i->width, val);
}

static void do_access(struct vcpu *vcpu, const struct insn *i, gpa_t addr)
{
	void (*one)(struct vcpu *, const struct insn *, unsigned int, gpa_t) =
		i->write ? store_register : load_register;

	one(vcpu, i, i->rt, addr);
	if (i->pair)
		one(vcpu, i, i->rt2, gpa(addr.v + i->width));
}

int arm64_emulate(struct vcpu *vcpu, u64 esr, gpa_t addr)
{
	u64 ea, size, base;
	struct insn i;
	u32 raw;
	int err;

	if (read_sysreg(spsr_el2) & PSR_MODE32)
		return arm64_refuse(vcpu, esr, addr, 1);
	err = arm64_fetch_insn(vcpu, vcpu->arch.guest.pc, &raw);
	if (err == -EAGAIN)
		return EXIT_RESUME;
	i = err ? (struct insn){ 0 } : insn_decode(raw);
	if (i.kind != INSN_ACCESS)
		return arm64_refuse(vcpu, esr, addr, i.width ? i.width : 1);
	if (i.write != !!(esr & ISS_WNR))
		return EXIT_RESUME;
	ea = effective_address(vcpu, &i);
	size = (u64)i.width << i.pair;
	/* All of it has to be in the page that it faulted at, and it in one piece. */
	if (((ea ^ read_sysreg(far_el2)) & VA_MASK) ||
	    (addr.v & (PAGE_SIZE - 1)) + size > PAGE_SIZE)
		return arm64_refuse(vcpu, esr, addr, i.width);
	base = get_base(vcpu, i.rn);
	do_access(vcpu, &i, addr);
	if (i.mode == MODE_PRE || i.mode == MODE_POST)
		set_base(vcpu, i.rn, base + (u64)(s64)i.imm);
	arm64_skip(esr);
	return ARM64_RESUME_RELOAD;
}
