// SPDX-License-Identifier: Apache-2.0
/*
 * What guests see of the processor (AMD APM vol. 3, appendix E): a feature is shown if this
 * table names its bit and the host has it, or Lodge does it itself. What has state that is not
 * switched between vCPUs, MSRs that guests don't have, or exits that are not handled, is not
 * in the table: SVM, MONITOR, performance counters, SMX, SGX, protection keys, shadow stacks,
 * memory encryption. Of speculation control there is what the processor switches with the guest.
 */
#include <lodge/nospec.h>
#include <lodge/string.h>
#include <asm/cpuid_policy.h>
#include "kvmclock.h"

#define BITS_1_ECX                                                                               \
	(BIT(0) /* SSE3 */ | BIT(1) /* PCLMULQDQ */ | BIT(9) /* SSSE3 */ | BIT(12) /* FMA */ |   \
	 BIT(13) /* CMPXCHG16B */ | BIT(17) /* PCID */ | BIT(19) /* SSE4.1 */ |                  \
	 BIT(20) /* SSE4.2 */ | BIT(22) /* MOVBE */ | BIT(23) /* POPCNT */ | BIT(25) /* AES */ | \
	 BIT(26) /* XSAVE */ | BIT(28) /* AVX */ | BIT(29) /* F16C */ | BIT(30) /* RDRAND */)
#define CPUID_1_ECX_OSXSAVE BIT(27)

/* From FPU to MCE, CX8, then APIC to CLFSH, MMX, FXSR, SSE, SSE2. */
#define BITS_1_EDX                                                                                 \
	(BIT(0) | BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(6) | BIT(7) | BIT(8) |          \
	 BIT(11) | BIT(12) | BIT(13) | BIT(14) | BIT(15) | BIT(16) | BIT(17) | BIT(19) | BIT(23) | \
	 BIT(24) | BIT(25) | BIT(26))
#define CPUID_1_EDX_APIC BIT(9)
#define CPUID_1_EDX_HTT	 BIT(28)

#define CPUID_6_EAX_ARAT BIT(2)

#define BITS_7_EBX                                                                           \
	(BIT(0) /* FSGSBASE */ | BIT(3) /* BMI1 */ | BIT(5) /* AVX2 */ | BIT(7) /* SMEP */ | \
	 BIT(8) /* BMI2 */ | BIT(9) /* ERMS */ | BIT(10) /* INVPCID */ | BITS_7_EBX_AVX512 | \
	 BIT(18) /* RDSEED */ | BIT(19) /* ADX */ | BIT(20) /* SMAP */ |                     \
	 BIT(23) /* CLFLUSHOPT */ | BIT(24) /* CLWB */ | BIT(29) /* SHA */)
#define BITS_7_EBX_AVX512      (BIT(16) | BIT(17) | BIT(21) | BIT(28) | BIT(30) | BIT(31))
#define CPUID_7_EBX_TSC_ADJUST BIT(1)
#define BITS_7_ECX                                                                       \
	(BIT(2) /* UMIP */ | BITS_7_ECX_AVX512 | BIT(8) /* GFNI */ | BIT(9) /* VAES */ | \
	 BIT(10) /* VPCLMULQDQ */ | BIT(16) /* LA57 */ | BIT(22) /* RDPID */)
#define BITS_7_ECX_AVX512 (BIT(1) | BIT(6) | BIT(11) | BIT(12) | BIT(14))
#define BITS_7_EDX	  BIT(4) /* fast short REP MOVS */
#define BITS_7_1_EAX	  (BIT(4) /* AVX-VNNI */ | BIT(5) /* AVX512-BF16 */)

/* LAHF, AltMovCr8, ABM, SSE4A, misaligned SSE, prefetch, XOP, FMA4, TBM. */
#define BITS_EXT_ECX \
	(BIT(0) | BIT(4) | BIT(5) | BIT(6) | BIT(7) | BIT(8) | BIT(11) | BIT(16) | BIT(21))
#define CPUID_EXT_ECX_CMP_LEGACY BIT(1)
/* Of its own: SYSCALL, NX, MMX and 3DNow! extensions, 1 GiB pages, RDTSCP, long mode. */
#define BITS_EXT_EDX                                                                             \
	((BITS_1_EDX & 0x0183f3ff) | BIT(11) | BIT(20) | BIT(22) | BIT(26) | BIT(27) | BIT(29) | \
	 BIT(30) | BIT(31))

/* CLZERO, x87 pointers, the predictor barrier; and that a processor is not affected: SSB, BTC,
 * and the barrier's effect on returns. */
#define BITS_CAP_EBX (BIT(0) | BIT(2) | CPUID_CAP_EBX_IBPB | BIT(26) | BIT(29) | BIT(30))
/* What is in SPEC_CTRL: IBRS, STIBP, how they are to be used, SSBD, PSFD. */
#define BITS_CAP_EBX_SPEC_CTRL \
	(BIT(14) | BIT(15) | BIT(16) | BIT(17) | BIT(18) | BIT(19) | BIT(24) | BIT(28))

#define MAX_LEAF     0xd
#define EXT_LEAF     0x80000000
#define MAX_EXT_LEAF 0x80000008

#define HV_TIMING (CPUID_HV_TIMING_LEAF - CPUID_HV_LEAF)

/* What Lodge has of KVM's: its clock, steal time, EOI, and the kick out of HLT. */
#define KVM_FEATURES                                                                           \
	(KVM_FEATURE_CLOCKSOURCE | KVM_FEATURE_CLOCKSOURCE2 | KVM_FEATURE_CLOCKSOURCE_STABLE | \
	 KVM_FEATURE_NOP_IO_DELAY | KVM_FEATURE_STEAL_TIME | KVM_FEATURE_PV_EOI |              \
	 KVM_FEATURE_PV_UNHALT)

#define ALL 0xffffffff

/* The host's bits in @keep, and those of @set. */
struct rule {
	struct cpuid keep, set;
};

/* clang-format off */
#define ALL_OF_IT { { ALL, ALL, ALL, ALL }, { 0 } }
/* clang-format on */

/* Where there is nothing the answer is 0; leaves with subleaves have functions. */
static const struct rule basic[MAX_LEAF + 1] = {
	[0x0] = ALL_OF_IT,
	[0x1] = { { ALL, 0xff00, BITS_1_ECX, BITS_1_EDX },
		  { 0, 0, CPUID_1_ECX_X2APIC | CPUID_1_ECX_TSC_DEADLINE | CPUID_1_ECX_HYPERVISOR,
		    CPUID_1_EDX_APIC } },
	[0x6] = { { 0 }, { CPUID_6_EAX_ARAT, 0, 0, 0 } },
};

static const struct rule extended[MAX_EXT_LEAF - EXT_LEAF + 1] = {
	[0x0] = ALL_OF_IT,
	[0x1] = { { ALL, 0, BITS_EXT_ECX, BITS_EXT_EDX }, { 0, 0, 0, CPUID_1_EDX_APIC } },
	[0x2] = ALL_OF_IT, /* the name */
	[0x3] = ALL_OF_IT,
	[0x4] = ALL_OF_IT,
	[0x5] = ALL_OF_IT, /* caches and TLBs */
	[0x6] = ALL_OF_IT,
	/* Lodge keeps its own time by the TSC, so that it is as good for guests. */
	[0x7] = { { 0 }, { 0, 0, 0, CPUID_APM_EDX_INVARIANT_TSC } },
	[0x8] = { { 0xffff, BITS_CAP_EBX, 0, 0 }, { 0 } },
};

static struct cpuid apply(const struct rule *r, struct cpuid h)
{
	return (struct cpuid){
		(h.eax & r->keep.eax) | r->set.eax,
		(h.ebx & r->keep.ebx) | r->set.ebx,
		(h.ecx & r->keep.ecx) | r->set.ecx,
		(h.edx & r->keep.edx) | r->set.edx,
	};
}

/* Smallest n with 2^n not below @nr. */
static u32 id_bits(u32 nr)
{
	return nr > 1 ? 32 - (u32)__builtin_clz(nr - 1) : 0;
}

static struct cpuid leaf_1(const struct cpuid_guest *g, struct cpuid r)
{
	r.ebx |= g->id << 24 | g->nr << 16;
	if (g->nr > 1)
		r.edx |= CPUID_1_EDX_HTT;
	if (!g->xcr0)
		r.ecx &= ~(CPUID_1_ECX_XSAVE | BIT(12) | BIT(28) | BIT(29));
	if (g->osxsave)
		r.ecx |= CPUID_1_ECX_OSXSAVE;
	/* As APIC_BASE has it (APM vol. 2, 16.3.1). */
	if (g->apic_off)
		r.edx &= ~CPUID_1_EDX_APIC;
	return r;
}

static struct cpuid leaf_7(const struct cpuid_guest *g, u32 sub)
{
	struct cpuid h, r = { 0 };

	if (g->host(0, 0).eax < 7 || sub > 1)
		return r;
	h = g->host(7, sub);
	if (sub == 1) {
		r.eax = h.eax & BITS_7_1_EAX;
		return r;
	}
	r.eax = min(h.eax, 1u);
	r.ebx = (h.ebx & BITS_7_EBX) | CPUID_7_EBX_TSC_ADJUST;
	r.ecx = h.ecx & BITS_7_ECX;
	r.edx = h.edx & BITS_7_EDX;
	if ((g->xcr0 & XCR0_AVX512) != XCR0_AVX512) {
		r.ebx &= ~(u32)BITS_7_EBX_AVX512;
		r.ecx &= ~(u32)BITS_7_ECX_AVX512;
	}
	return r;
}

/* Extended topology: one thread to a core, all cores in one package. */
static struct cpuid leaf_b(const struct cpuid_guest *g, u32 sub)
{
	struct cpuid r = { .ecx = sub & 0xff, .edx = g->id };

	if (sub == 0) {
		r.ebx = 1;
		r.ecx |= 1 << 8;
	} else if (sub == 1) {
		r.eax = id_bits(g->nr);
		r.ebx = g->nr;
		r.ecx |= 2 << 8;
	}
	return r;
}

/* The end of the last component that is offered: the area with all of them on. */
static u32 xsave_size(const struct cpuid_guest *g)
{
	u32 end = 512 + 64, i;

	for (i = 2; i < 8; i++)
		if (g->xcr0 >> i & 1) {
			struct cpuid c = g->host(0xd, i);

			end = max(end, c.eax + c.ebx);
		}
	return end;
}

#define BITS_D_1_EAX (BIT(0) /* XSAVEOPT */ | BIT(2) /* XGETBV with ECX 1 */)

static struct cpuid leaf_d(const struct cpuid_guest *g, u32 sub)
{
	struct cpuid r = { 0 };

	if (!g->xcr0 || (sub >= 2 && (sub >= 32 || !(g->xcr0 >> sub & 1))))
		return r;
	r = g->host(0xd, sub);
	if (sub == 0)
		return (struct cpuid){ (u32)g->xcr0, r.ebx, xsave_size(g), 0 };
	if (sub == 1)
		return (struct cpuid){ r.eax & BITS_D_1_EAX, 0, 0, 0 };
	return r;
}

static struct cpuid signature(u32 max, const char *name)
{
	struct cpuid r = { .eax = max };

	memcpy(&r.ebx, name, 4);
	memcpy(&r.ecx, name + 4, 4);
	memcpy(&r.edx, name + 8, 4);
	return r;
}

/* Ours, and KVM's. Those of timing are where VMware has them, behind both. */
static struct cpuid hypervisor_leaf(const struct cpuid_guest *g, u32 leaf)
{
	switch (leaf) {
	case CPUID_HV_LEAF:
		return signature(CPUID_HV_TIMING_LEAF, CPUID_HV_SIGNATURE);
	case CPUID_KVM_LEAF:
		return signature(CPUID_KVM_LEAF + HV_TIMING, CPUID_KVM_SIGNATURE);
	case CPUID_KVM_LEAF + 1:
		return (struct cpuid){ .eax = KVM_FEATURES };
	case CPUID_HV_TIMING_LEAF:
	case CPUID_KVM_LEAF + HV_TIMING:
		return (struct cpuid){ .eax = g->tsc_khz, .ebx = g->tsc_khz };
	}
	return (struct cpuid){ 0 };
}

static struct cpuid basic_leaf(const struct cpuid_guest *g, u32 leaf, u32 sub)
{
	struct cpuid r;

	switch (leaf) {
	case 0x7:
		return leaf_7(g, sub);
	case 0xb:
		return leaf_b(g, sub);
	case 0xd:
		return leaf_d(g, sub);
	}
	r = apply(&basic[index_nospec(leaf, ARRAY_SIZE(basic))], g->host(leaf, 0));
	if (leaf == 0)
		r.eax = MAX_LEAF;
	return leaf == 1 ? leaf_1(g, r) : r;
}

bool x86_spec_ctrl_offered(struct cpuid (*host)(u32 leaf, u32 sub))
{
	return host(EXT_LEAF, 0).eax >= CPUID_SVM_LEAF &&
	       host(CPUID_SVM_LEAF, 0).edx & CPUID_SVM_EDX_SPEC_CTRL;
}

static struct cpuid extended_leaf(const struct cpuid_guest *g, u32 leaf)
{
	u32 n = (u32)index_nospec(leaf - EXT_LEAF, ARRAY_SIZE(extended));
	struct cpuid r = apply(&extended[n], g->host(leaf, 0));

	switch (leaf) {
	case 0x80000000:
		r.eax = min(r.eax, MAX_EXT_LEAF + 0u);
		break;
	case 0x80000001:
		if (g->nr > 1)
			r.ecx |= CPUID_EXT_ECX_CMP_LEGACY;
		/* The same as that of leaf 1. */
		if (g->apic_off)
			r.edx &= ~CPUID_1_EDX_APIC;
		break;
	case 0x80000008:
		r.ecx = (g->nr - 1) | id_bits(g->nr) << 12;
		if (x86_spec_ctrl_offered(g->host))
			r.ebx |= g->host(leaf, 0).ebx & BITS_CAP_EBX_SPEC_CTRL;
		break;
	}
	return r;
}

struct cpuid x86_cpuid_policy(const struct cpuid_guest *g, u32 leaf, u32 sub)
{
	if (leaf <= MAX_LEAF)
		return basic_leaf(g, leaf, sub);
	if (leaf - EXT_LEAF <= MAX_EXT_LEAF - EXT_LEAF)
		return extended_leaf(g, leaf);
	return hypervisor_leaf(g, leaf);
}

/* ---- what goes with it ---- */

bool x86_xcr0_valid(u64 val, u64 offered)
{
	u64 avx512 = val & XCR0_AVX512;

	if (val & ~offered || !(val & XCR0_X87))
		return false;
	if (val & XCR0_AVX && !(val & XCR0_SSE))
		return false;
	return !avx512 || (avx512 == XCR0_AVX512 && val & XCR0_AVX);
}

/* Bits of CR4 with the feature that must be shown for each (APM vol. 2, 3.1.3). */
u64 x86_cr4_offered(struct cpuid (*host)(u32 leaf, u32 sub))
{
	struct cpuid one = host(1, 0), seven = { 0 };
	/* VME, PVI, TSD, DE, PSE, PAE, MCE, PGE, PCE, OSFXSR, OSXMMEXCPT. */
	u64 cr4 = 0x7ff;

	if (host(0, 0).eax >= 7)
		seven = host(7, 0);
	if (one.ecx & CPUID_1_ECX_XSAVE)
		cr4 |= BIT(18);
	if (one.ecx & BIT(17))
		cr4 |= BIT(17); /* PCIDE */
	if (seven.ebx & BIT(0))
		cr4 |= BIT(16); /* FSGSBASE */
	if (seven.ebx & CPUID_7_EBX_SMEP)
		cr4 |= BIT(20);
	if (seven.ebx & CPUID_7_EBX_SMAP)
		cr4 |= BIT(21);
	if (seven.ecx & CPUID_7_ECX_UMIP)
		cr4 |= BIT(11);
	if (seven.ecx & BIT(16))
		cr4 |= BIT(12); /* LA57 */
	return cr4;
}

#define EFER_SCE BIT(0)
#define EFER_LME BIT(8)
#define EFER_LMA BIT(10)
#define EFER_NXE BIT(11)

u64 x86_efer_offered(struct cpuid (*host)(u32 leaf, u32 sub))
{
	return EFER_SCE | EFER_LME | EFER_LMA |
	       (host(0x80000001, 0).edx & CPUID_EXT_EDX_NX ? EFER_NXE : 0);
}
