// SPDX-License-Identifier: Apache-2.0
/*
 * riscv64 instructions that access a device, fetched or as htinst has them: a load changes its own
 * register alone, to what the manual says, a store gives the device what is in its register, and
 * what is remembered of an instruction does the same as decoding it. The rest is refused, with
 * nothing changed.
 */
/* links: arch/riscv64/virt/decode.c */
/* arch: riscv64 */
/* runs: 6000 */
/* length: 48 */
/* The guest's own state, before the one that other tests have. */
#include "../../arch/riscv64/include/asm/vcpu.h"
#include "fuzz.h"

/* Of the host: arch/riscv64/include/asm/cpu.h */
static bool riscv_has_sstc;

#include <asm/virt.h>

u64 shim_csr[0x1000];

static u32 insn_word;

#define riscv_peek_insn(pc, length) ((length) == 2 ? (u64)(u16)insn_word : (u64)insn_word)
#include "../../arch/riscv64/virt/mmio.c"

/* ---- the rest of the hypervisor ---- */

#define DEVICE 0x10000000ul
#include "insn_fuzz.h"

static struct {
	unsigned int reads, writes, unclaimed, injected, fetched;
	u64 addr, val;
	unsigned int width;
} seen;

static u64 device_value;

bool vm_mmio_read(struct vcpu *vcpu, gpa_t addr, unsigned int width, u64 *val)
{
	seen.reads++;
	seen.addr = addr.v;
	seen.width = width;
	*val = low(device_value, width);
	return true;
}

bool vm_mmio_write(struct vcpu *vcpu, gpa_t addr, unsigned int width, u64 val)
{
	seen.writes++;
	seen.addr = addr.v;
	seen.width = width;
	seen.val = low(val, width);
	return true;
}

void vm_unclaimed(struct vcpu *vcpu, gpa_t addr, unsigned int width, bool write)
{
	assert_true(width && width <= 16);
	seen.unclaimed++;
}

void vm_crash(struct vcpu *vcpu, const char *fmt, ...)
{
	fail();
}

void vm_memory_crash(struct vcpu *vcpu, gpa_t addr, u32 access, int err)
{
	fail();
}

void riscv_inject(struct vcpu *vcpu, u64 cause, u64 tval)
{
	seen.injected++;
}

int riscv_fetch_insn(struct vcpu *vcpu, u64 pc, u32 *insn)
{
	seen.fetched++;
	*insn = insn_length((u16)insn_word) == 2 ? (u16)insn_word : insn_word;
	return 0;
}

int riscv_fetch_failed(struct vcpu *vcpu, int err)
{
	fail();
	return 0;
}

/* ---- an opinion of its own ---- */

struct meaning {
	bool load, store, sign;
	unsigned int width, reg, length;
};

/* Unprivileged ISA 20191213, 2.6 and 5.3, and 16.3 with 16.8 for the short ones. */
static struct meaning meaning_of(u32 insn)
{
	struct meaning m = { .length = (insn & 3) == 3 ? 4 : 2 };
	unsigned int funct3 = m.length == 4 ? insn >> 12 & 7 : insn >> 13 & 7;

	if (m.length == 4) {
		m.load = (insn & 0x7f) == 0x03 && funct3 != 7;
		m.store = (insn & 0x7f) == 0x23 && funct3 < 4;
		m.width = 1u << (funct3 & 3);
		m.sign = !(funct3 & 4);
		m.reg = m.load ? insn >> 7 & 31 : insn >> 20 & 31;
		return m;
	}
	m.width = funct3 & 1 ? 8 : 4;
	m.sign = true;
	if ((insn & 3) == 0) {
		m.load = funct3 == 2 || funct3 == 3;
		m.store = funct3 == 6 || funct3 == 7;
		m.reg = 8 + (insn >> 2 & 7);
	} else if ((insn & 3) == 2) {
		m.reg = funct3 & 4 ? insn >> 2 & 31 : insn >> 7 & 31;
		m.load = (funct3 == 2 || funct3 == 3) && m.reg;
		m.store = funct3 == 6 || funct3 == 7;
	}
	return m;
}

/* Zcb (code size extension 1.0): loads and stores of bytes and halfwords. */
static bool is_zcb(u32 insn)
{
	return (insn & 0xe003) == 0x8000;
}

/* As a hart transforms a LOAD or STORE (H extension 1.0, "Transformed instruction"). */
static u64 htinst_of(u32 insn, unsigned int offset)
{
	struct meaning m = meaning_of(insn);
	u32 t = m.load ? 0x03u : 0x23u;

	t |= (m.load ? m.reg << 7 : m.reg << 20) | offset << 15;
	t |= ((u32)__builtin_ctz(m.width) | (m.load && !m.sign ? 4u : 0)) << 12;
	return m.length == 2 ? t & ~2u : t;
}

/* ---- one exit ---- */

static struct vcpu vcpu;
static const struct vdev_ops ops = { .read = quick_read, .write = quick_write };
static struct vdev vdev = { .ops = &ops, .base = { DEVICE }, .size = 0x1000 };

static void exit_to(bool write, u64 htinst, u64 off)
{
	memset(&seen, 0, sizeof(seen));
	shim_csr[CSR_SCAUSE] = write ? CAUSE_STORE_GUEST_PF : CAUSE_LOAD_GUEST_PF;
	shim_csr[CSR_HTVAL] = (DEVICE + off) >> 2;
	shim_csr[CSR_STVAL] = 0x4000 + off;
	shim_csr[CSR_HTINST] = htinst;
	shim_csr[CSR_VSTVEC] = 0x8000;
	assert_true((write ? riscv_exit_store : riscv_exit_load)(&vcpu) != EXIT_STOP);
	assert_true(seen.reads + seen.writes + seen.injected <= 1);
	assert_int_equal(vcpu.arch.guest.gpr[0], 0);
}

static u64 extended(u64 val, const struct meaning *m)
{
	unsigned int shift = 64 - 8 * m->width;

	return m->sign ? (u64)((s64)(val << shift) >> shift) : val << shift >> shift;
}

static void check_done(const struct meaning *m, const u64 *before, u64 pc, u64 off)
{
	u64 after[32];

	memcpy(after, before, sizeof(after));
	if (m->load && m->reg)
		after[m->reg] = extended(device_value, m);
	assert_int_equal(seen.reads, m->load);
	assert_int_equal(seen.writes, m->store);
	assert_int_equal(seen.width, m->width);
	assert_true(seen.addr == DEVICE + off);
	if (m->store)
		assert_true(seen.val ==
			    (before[m->reg] << (64 - 8 * m->width)) >> (64 - 8 * m->width));
	assert_memory_equal(vcpu.arch.guest.gpr, after, sizeof(after));
	assert_int_equal(vcpu.arch.guest.pc, pc + m->length);
}

/* Of two pages: what begins there, and what is the rest of one that begins before. */
static bool crosses(const struct meaning *m, u64 off)
{
	if (off || m->width == 1)
		return off + m->width > PAGE_SIZE;
	return insn_address(insn_word, vcpu.arch.guest.gpr) % PAGE_SIZE != 0;
}

static void check_refused(const u64 *before, u64 pc)
{
	assert_int_equal(seen.reads + seen.writes, 0);
	assert_int_equal(seen.injected, 1);
	assert_memory_equal(vcpu.arch.guest.gpr, before, sizeof(vcpu.arch.guest.gpr));
	assert_int_equal(vcpu.arch.guest.pc, pc);
}

/* Decoded, and then as it is remembered, which it is not near the edges of a page. */
static void check_twice(const struct meaning *m, u64 htinst, u64 off)
{
	u64 before[32], pc = vcpu.arch.guest.pc;
	unsigned int round;

	memcpy(before, vcpu.arch.guest.gpr, sizeof(before));
	for (round = 0; round < 2; round++) {
		*vdev_cache_slot(&vcpu, DEVICE + off) = round ? &vdev : NULL;
		exit_to(m->store, htinst, off);
		if (crosses(m, off)) {
			check_refused(before, pc);
			continue;
		}
		check_done(m, before, pc, off);
		if (round && off && off < PAGE_SIZE - 8)
			assert_int_equal(seen.fetched, 0);
		memcpy(vcpu.arch.guest.gpr, before, sizeof(before));
		vcpu.arch.guest.pc = pc;
	}
}

void fuzz_one(struct fuzz *in)
{
	u8 what = fuzz_u8(in);
	u64 off = fuzz_take(in, 2) % PAGE_SIZE, before[32], pc = 0x1000 + 2 * (u64)(what >> 4);
	struct meaning m;
	unsigned int i;

	memset(&vcpu, 0, sizeof(vcpu));
	vcpu.record_next = vcpu.record;
	insn_word = (u32)fuzz_take(in, 4);
	m = meaning_of(insn_word);
	device_value = fuzz_take(in, 8);
	for (i = 1; i < 32; i++)
		vcpu.arch.guest.gpr[i] = fuzz_take(in, 1) * 0x0101010101010101u + i;
	vcpu.arch.guest.pc = pc;
	if (m.load || m.store) {
		check_twice(&m, 0, off);
		check_twice(&m, htinst_of(insn_word, what & 7), off);
	}
	/* Any htinst; and what is no load or store, or not of this kind. */
	memcpy(before, vcpu.arch.guest.gpr, sizeof(before));
	exit_to(what & 8, what & 1 ? insn_word : 0, off);
	if (seen.reads + seen.writes)
		return;
	assert_memory_equal(vcpu.arch.guest.gpr, before, sizeof(before));
	assert_int_equal(vcpu.arch.guest.pc, pc);
	assert_true(seen.injected || is_zcb(insn_word));
}

size_t fuzz_seed(unsigned int n, u8 *buf, size_t room)
{
	static const u32 insns[] = { 0x0000a503, 0x00a52023, 0x4108, 0xc10c,	 0x4502,
				     0xe42e,	 0x0605c503, 0x8000, 0x100525af, 0x00052507 };

	if (n >= ARRAY_SIZE(insns))
		return 0;
	memset(buf, (int)n, 20);
	memcpy(buf + 3, &insns[n], 4);
	return 20;
}
