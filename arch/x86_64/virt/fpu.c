// SPDX-License-Identifier: Apache-2.0
/*
 * x87, SSE and AVX registers: the host does not use them, so a guest's stay where they are
 * until another vCPU is loaded. XCR0 is the guest's as well, but for the moments when state
 * is moved, which must be all of it.
 */
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
	vcpu->arch.xcr0 = XCR0_X87;
}

static void save(void *area)
{
	if (svm_xcr0)
		__asm__ volatile("xsave64 (%0)" ::"r"(area), "a"((u32)svm_xcr0),
				 "d"((u32)(svm_xcr0 >> 32))
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

static void restore(void *area)
{
	if (x86_speculation.fp_pointers)
		clear_fp_pointers();
	if (svm_xcr0)
		__asm__ volatile("xrstor64 (%0)" ::"r"(area), "a"((u32)svm_xcr0),
				 "d"((u32)(svm_xcr0 >> 32))
				 : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" ::"r"(area) : "memory");
}

void x86_fpu_load(struct vcpu *vcpu)
{
	struct cpu *c = this_cpu();
	struct vcpu *old = c->fp_owner;

	if (old != vcpu) {
		if (svm_xcr0)
			x86_xsetbv(svm_xcr0);
		if (old)
			save(old->arch.fpu);
		restore(vcpu->arch.fpu);
		c->fp_owner = vcpu;
	}
	if (svm_xcr0)
		x86_xsetbv(vcpu->arch.xcr0);
}

/* QEMU's TCG executes XSETBV without the exit that was asked for, so XCR0 itself is looked at. */
void x86_fpu_put(struct vcpu *vcpu)
{
	u64 xcr0;

	if (!svm_xcr0)
		return;
	xcr0 = xgetbv() & svm_xcr0;
	if (x86_xcr0_valid(xcr0, svm_xcr0))
		vcpu->arch.xcr0 = xcr0;
}
