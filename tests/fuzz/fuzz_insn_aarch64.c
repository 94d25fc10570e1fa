// SPDX-License-Identifier: Apache-2.0
/*
 * A64 instructions that access a device: by the syndrome, with a device that the vCPU remembers and
 * one that it does not, and those that have to be decoded. Accesses are as many and as wide as
 * the instruction has, next to each other in one page; nothing changes but what it loads and its
 * base. The rest is refused, with nothing changed.
 */
/* links: arch/aarch64/virt/decode.c */
/* arch: aarch64 */
/* runs: 8000 */
/* length: 64 */
/* The guest's own state, before the one that other tests have. */
#include "../../arch/aarch64/include/asm/vcpu.h"
#include "fuzz.h"

#include "../../arch/aarch64/virt/mmio.c"
#undef VA_MASK
#include "../../arch/aarch64/virt/abort.c"

const struct shim_sysreg *shim_sysreg;

/* ---- the rest of the hypervisor ---- */

#define DEVICE 0x9000000ul
#include "insn_fuzz.h"
#define PAGE 0x1000u

static u64 elr, spsr, far, hpfar, sp[2], vbar;
static u32 insn_word;
static u64 device_value;
static u64 fp[32][2];

static struct {
	unsigned int accesses, injected;
	u64 first, next;
	unsigned int bytes;
	u64 written[4];
	bool reads, writes;
} seen;

static u64 *sysreg(const char *name)
{
	static const struct {
		const char *name;
		u64 *val;
	} regs[] = {
		{ SYSREG_TEXT(elr_el2), &elr },	  { SYSREG_TEXT(spsr_el2), &spsr },
		{ SYSREG_TEXT(far_el2), &far },	  { SYSREG_TEXT(hpfar_el2), &hpfar },
		{ SYSREG_TEXT(sp_el0), &sp[0] },  { SYSREG_TEXT(sp_el1), &sp[1] },
		{ SYSREG_TEXT(vbar_el1), &vbar },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regs); i++)
		if (!strcmp(regs[i].name, name))
			return regs[i].val;
	fail_msg("register %s", name);
	return NULL;
}

static u64 sys_read(const char *name)
{
	return *sysreg(name);
}

static void sys_write(const char *name, u64 v)
{
	*sysreg(name) = v;
}

static void note(u64 addr, unsigned int width)
{
	assert_true(width == 1 || width == 2 || width == 4 || width == 8);
	if (!seen.accesses)
		seen.first = seen.next = addr;
	assert_true(addr == seen.next);
	assert_true(addr >= DEVICE && addr + width <= DEVICE + PAGE);
	seen.next += width;
	seen.bytes += width;
	assert_true(++seen.accesses <= 4);
}

bool vm_mmio_read(struct vcpu *vcpu, gpa_t addr, unsigned int width, u64 *val)
{
	note(addr.v, width);
	seen.reads = true;
	*val = low(device_value, width);
	return true;
}

bool vm_mmio_write(struct vcpu *vcpu, gpa_t addr, unsigned int width, u64 val)
{
	note(addr.v, width);
	seen.writes = true;
	seen.written[seen.accesses - 1] = low(val, width);
	return true;
}

void vm_unclaimed(struct vcpu *vcpu, gpa_t addr, unsigned int width, bool write)
{
	assert_true(width && width <= 16);
}

void vm_crash(struct vcpu *vcpu, const char *fmt, ...)
{
}

void vm_memory_crash(struct vcpu *vcpu, gpa_t addr, u32 access, int err)
{
}

int arm64_inject_external(struct vcpu *vcpu, u64 esr)
{
	seen.injected++;
	return EXIT_RESUME;
}

int arm64_inject_walk_abort(struct vcpu *vcpu, u64 esr)
{
	seen.injected++;
	return EXIT_RESUME;
}

int arm64_guest_va(u64 va, gpa_t *out)
{
	*out = gpa(DEVICE | (va & (PAGE - 1)));
	return 0;
}

int arm64_fetch_insn(struct vcpu *vcpu, u64 pc, u32 *insn)
{
	*insn = insn_word;
	return 0;
}

void arm64_fp_get(unsigned int reg, u64 val[2])
{
	memcpy(val, fp[reg], 16);
}

void arm64_fp_set(unsigned int reg, const u64 val[2])
{
	memcpy(fp[reg], val, 16);
}

/* ---- one exit ---- */

static struct vcpu vcpu;
static const struct vdev_ops ops = { .read = quick_read, .write = quick_write };
static struct vdev vdev = { .ops = &ops, .base = { DEVICE }, .size = PAGE };

struct machine {
	u64 gpr[32], fp[32][2], sp[2], elr;
};

static struct machine state(void)
{
	struct machine m = { .elr = elr, .sp = { sp[0], sp[1] } };

	memcpy(m.gpr, vcpu.arch.guest.gpr, sizeof(m.gpr));
	memcpy(m.fp, fp, sizeof(m.fp));
	return m;
}

static void set_state(const struct machine *m)
{
	memcpy(vcpu.arch.guest.gpr, m->gpr, sizeof(m->gpr));
	memcpy(fp, m->fp, sizeof(m->fp));
	memcpy(sp, m->sp, sizeof(m->sp));
	elr = m->elr;
}

static int data_abort(u64 esr, bool known)
{
	memset(&seen, 0, sizeof(seen));
	hpfar = DEVICE >> HPFAR_FIPA_SHIFT;
	*vdev_cache_slot(&vcpu, DEVICE) = known ? &vdev : NULL;
	return arm64_exit_data_abort(&vcpu, esr);
}

/* What the syndrome tells is done, whether the device is remembered or not. */
static void by_syndrome(u64 esr)
{
	struct machine before = state(), first;
	unsigned int width = 1u << (esr >> ISS_SAS_SHIFT & 3);

	far &= ~(u64)(width - 1);
	data_abort(esr, false);
	assert_int_equal(seen.accesses, 1);
	assert_int_equal(seen.bytes, width);
	assert_int_equal(vcpu.arch.guest.gpr[31], 0);
	assert_int_equal(elr, before.elr + (esr & ESR_IL ? 4 : 2));
	first = state();
	set_state(&before);
	data_abort(esr, true);
	assert_int_equal(seen.accesses, 1);
	before = state();
	assert_memory_equal(&first, &before, sizeof(first));
}

/* Where the instruction's registers say that it accesses. */
static u64 address_of(const struct insn *i, const struct machine *m)
{
	u64 base = i->rn == 31 ? m->sp[spsr & 1] : m->gpr[i->rn];

	switch (i->mode) {
	case MODE_LITERAL:
		return m->elr + (u64)(s64)i->imm;
	case MODE_POST:
		return base;
	case MODE_REGISTER:
		return base + insn_offset(m->gpr[i->rm], i->extend, i->shift);
	default:
		return base + (u64)(s64)i->imm;
	}
}

/* Nothing has changed but what @i loads, and its base. */
static void check_changes(const struct insn *i, struct machine before)
{
	struct machine after = state();
	unsigned int n;

	for (n = 0; n < 32; n++) {
		bool loaded = !i->write && (n == i->rt || (i->pair && n == i->rt2));
		bool base = n == i->rn && n != 31 && (i->mode == MODE_PRE || i->mode == MODE_POST);

		assert_true(before.gpr[n] == after.gpr[n] || base || (loaded && !i->fp));
		assert_true(!memcmp(before.fp[n], after.fp[n], 16) || (loaded && i->fp));
	}
	assert_int_equal(after.gpr[31], 0);
	assert_true(after.elr == before.elr + 4);
}

static void by_decoding(u64 esr)
{
	struct machine before = state(), after;
	struct insn i = insn_decode(insn_word);

	assert_true(i.kind <= INSN_STRUCTURE);
	if (i.kind == INSN_ACCESS) {
		assert_true(i.width && i.width <= 16 && !(i.width & (i.width - 1)));
		assert_true(i.rt < 32 && i.rt2 < 32 && i.rn < 32 && i.rm < 32);
		assert_true(i.fp || i.width <= 8);
		far = address_of(&i, &before);
		esr = i.write ? esr | ISS_WNR : esr & ~(u64)ISS_WNR;
	}
	assert_true(data_abort(esr, false) != EXIT_STOP);
	if (seen.accesses) {
		assert_int_equal(i.kind, INSN_ACCESS);
		assert_int_equal(seen.bytes, (unsigned int)i.width << i.pair);
		assert_true(seen.reads == !i.write && seen.writes == i.write);
		check_changes(&i, before);
		return;
	}
	after = state();
	assert_memory_equal(&before, &after, sizeof(before));
	assert_int_equal(seen.injected, 1);
}

void fuzz_one(struct fuzz *in)
{
	static const struct shim_sysreg shim = { sys_read, sys_write };
	u64 iss = fuzz_take(in, 4) & 0x1ffffff, esr;
	unsigned int n;

	shim_sysreg = &shim;
	memset(&vcpu, 0, sizeof(vcpu));
	vcpu.record_next = vcpu.record;
	insn_word = (u32)fuzz_take(in, 4);
	device_value = fuzz_take(in, 8);
	far = 0xffff000000000000 | fuzz_take(in, 2) % (PAGE - 8);
	spsr = fuzz_u8(in) & 1 ? 5 : 4;
	elr = 0xffff000000080000;
	vbar = 0;
	for (n = 0; n < 31; n++)
		vcpu.arch.guest.gpr[n] = 0xffff000000001000 + 8 * fuzz_u8(in);
	for (n = 0; n < 32; n++)
		fp[n][0] = fp[n][1] = n;
	sp[0] = sp[1] = 0xffff000000002000;
	iss &= ~(u64)(ISS_S1PTW | ISS_CM | ISS_FSC_MASK);
	esr = (u64)EC_DABT_LOWER << 26 | ESR_IL | iss | FSC_TRANSLATION;
	if (esr & ISS_ISV)
		by_syndrome(esr);
	else
		by_decoding(esr);
}

size_t fuzz_seed(unsigned int n, u8 *buf, size_t room)
{
	/* ldr x1, [x2], #8; stp x1, x2, [x3, #-16]!; ldr q1, [x2]; ldrsb w1, [x2, w3, uxtw]; ldr
	 * x1, .+8; ldxr x1, [x2]; and an access that the syndrome describes. */
	static const u32 insns[] = { 0xf8408441, 0xa9bf0861, 0x3dc00041, 0x38e34841,
				     0x58000041, 0xc85f7c41, 0 };

	if (n >= ARRAY_SIZE(insns))
		return 0;
	memset(buf, 0, 20);
	buf[3] = insns[n] ? 0 : 1;
	memcpy(buf + 4, &insns[n], 4);
	return 20;
}
