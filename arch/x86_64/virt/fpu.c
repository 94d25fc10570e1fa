// SPDX-License-Identifier: Apache-2.0
/*
 * x87, SSE and AVX registers: the host does not use them, so a guest's stay where they are
 * until another vCPU is loaded. XCR0 is the guest's as well, but for the moments when state
 * is moved, which must be all of it.
 */
#include <lodge/arch_virt.h>
#include <lodge/string.h>
#include <asm/cpuid_policy.h>
#include <asm/speculation.h>
#include <asm/virt.h>

#define FCW_INIT   0x37f
#define MXCSR_INIT 0x1f80

/* The start of an XSAVE area (AMD APM vol. 2, figure 11-8). */
struct fxsave_area {
	u16 fcw, fsw;
	u8 ftw, reserved;
	u16 fop;
	u64 rip, rdp;
	u32 mxcsr, mxcsr_mask;
};

static_assert(offsetof(struct fxsave_area, mxcsr) == 24, "APM vol. 2, figure 11-8");

void x86_xsetbv(u64 xcr0)
{
	__asm__ volatile("xsetbv" ::"c"(0), "a"((u32)xcr0), "d"((u32)(xcr0 >> 32)) : "memory");
}

static u64 xgetbv(void)
{
	u32 lo, hi;

	__asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0) : "memory");
	return lo | (u64)hi << 32;
}

/* The area's header is zero: all but these is as initialized. */
void x86_fpu_reset(struct vcpu *vcpu)
{
	struct fxsave_area *f = memset(vcpu->arch.fpu, 0, PAGE_SIZE);

	f->fcw = FCW_INIT;
	f->mxcsr = MXCSR_INIT;
	vcpu->arch.guest.xcr0 = XCR0_X87;
}

/* Of @parts, as XCR0 has them, where there is XSAVE; else all that there is. */
static void save(void *area, u64 parts)
{
	if (x86_guest_xcr0)
		__asm__ volatile("xsave64 (%0)" ::"r"(area), "a"((u32)parts),
				 "d"((u32)(parts >> 32))
				 : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" ::"r"(area) : "memory");
}

/*
 * Without XSAVEERPTR the last instruction and operand (FIP, FDP, FOP) are neither saved nor restored
 * unless an exception is pending (APM vol. 2, 11.4.4.3 and 11.5.6): the next owner would see those
 * of the one before. A load of the host's own takes their place; exceptions that are pending must
 * not come of it, nor must it find the stack full.
 */
static void clear_fp_pointers(void)
{
	static const u32 zero;

	__asm__ volatile("fnclex\n\temms\n\tfildl %0" ::"m"(zero));
}

static void restore(void *area, u64 parts)
{
	if (x86_guest_xcr0)
		__asm__ volatile("xrstor64 (%0)" ::"r"(area), "a"((u32)parts),
				 "d"((u32)(parts >> 32))
				 : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" ::"r"(area) : "memory");
}

void x86_fpu_load(struct vcpu *vcpu)
{
	struct cpu *c = this_cpu();
	struct vcpu *old = c->fp_owner;

	if (old != vcpu) {
		if (x86_guest_xcr0)
			x86_xsetbv(x86_guest_xcr0);
		if (old)
			save(old->arch.fpu, x86_guest_xcr0);
		if (x86_speculation.fp_pointers)
			clear_fp_pointers();
		restore(vcpu->arch.fpu, x86_guest_xcr0);
		c->fp_owner = vcpu;
	}
	if (x86_guest_xcr0)
		x86_xsetbv(vcpu->arch.guest.xcr0);
}

void arch_vcpu_put_fp(struct cpu *c)
{
	if (!c->fp_owner)
		return;
	if (x86_guest_xcr0)
		x86_xsetbv(x86_guest_xcr0);
	save(c->fp_owner->arch.fpu, x86_guest_xcr0);
	c->fp_owner = NULL;
}

/* QEMU's TCG executes XSETBV without the exit that was asked for, so XCR0 itself is looked at. */
void x86_fpu_put(struct vcpu *vcpu)
{
	u64 xcr0;

	if (!x86_guest_xcr0)
		return;
	xcr0 = xgetbv() & x86_guest_xcr0;
	if (unlikely(xcr0 != vcpu->arch.guest.xcr0 && x86_xcr0_valid(xcr0, x86_guest_xcr0)))
		vcpu->arch.guest.xcr0 = xcr0;
}

void x86_fpu_get(struct vcpu *vcpu)
{
	if (this_cpu()->fp_owner != vcpu)
		return;
	if (x86_guest_xcr0)
		x86_xsetbv(x86_guest_xcr0);
	save(vcpu->arch.fpu, x86_guest_xcr0);
	if (x86_guest_xcr0)
		x86_xsetbv(vcpu->arch.guest.xcr0);
}

/* ---- single registers ---- */

/* Where an XSAVE area has the parts of register 0 (APM vol. 2, figures 11-8 and 11-9). */
#define AREA_XMM   160
#define AREA_PARTS 512 /* which are not as initialized: XSTATE_BV */

/* The upper half of YMM registers, and of ZMM ones. */
enum { PART_YMM = 2, PART_ZMM = 6 };

/* The guest's registers are in the CPU, so that its area is free to hold what they are for a moment. */
static u8 *vector_begin(struct vcpu *vcpu)
{
	x86_fpu_put(vcpu);
	if (x86_guest_xcr0)
		x86_xsetbv(x86_guest_xcr0);
	save(vcpu->arch.fpu, x86_guest_xcr0 & ~XCR0_X87);
	return vcpu->arch.fpu;
}

static void vector_end(struct vcpu *vcpu)
{
	if (x86_guest_xcr0)
		x86_xsetbv(vcpu->arch.guest.xcr0);
}

/* Of @size bytes for each register, made to be there: as initialized they are 0. NULL if there are none. */
static void *part_of(u8 *area, unsigned int part, unsigned int reg, unsigned int size)
{
	u64 *parts = (u64 *)(area + AREA_PARTS);
	u8 *at = area + AREA_XMM;

	if (part != 1 && !(x86_guest_xcr0 >> part & 1))
		return NULL;
	if (part != 1)
		at = area + cpuid(0xd, part).ebx;
	if (x86_guest_xcr0 && !(*parts >> part & 1))
		memset(at, 0, 16ul * size);
	*parts |= x86_guest_xcr0 & BIT(part);
	return at + (size_t)reg * size;
}

void x86_vector_read(struct vcpu *vcpu, unsigned int reg, u64 *val)
{
	u8 *area = vector_begin(vcpu);
	const void *upper = part_of(area, PART_YMM, reg, 16);

	memcpy(val, part_of(area, 1, reg, 16), 16);
	val[2] = val[3] = 0;
	if (upper)
		memcpy(val + 2, upper, 16);
	vector_end(vcpu);
}

void x86_vector_write(struct vcpu *vcpu, unsigned int reg, const u64 *val, bool whole)
{
	u8 *area = vector_begin(vcpu);
	void *ymm = part_of(area, PART_YMM, reg, 16), *zmm = part_of(area, PART_ZMM, reg, 32);

	memcpy(part_of(area, 1, reg, 16), val, 16);
	if (whole && ymm)
		memcpy(ymm, val + 2, 16);
	if (whole && zmm)
		memset(zmm, 0, 32);
	restore(area, x86_guest_xcr0 & ~XCR0_X87);
	vector_end(vcpu);
}
