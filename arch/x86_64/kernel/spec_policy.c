// SPDX-License-Identifier: Apache-2.0
/*
 * Which of AMD's processors needs what against speculative and transient leaks: a table of
 * families and of the bits by which newer ones tell that they are not affected (APM vol. 3,
 * appendix E; AMD's "Software techniques for managing speculation", and its security
 * bulletins). Without the bit for a remedy there is none, whatever the family.
 */
#include <asm/speculation.h>

/* 0x80000008 EBX */
#define XSAVEERPTR BIT(2)
#define IBPB	   BIT(12)
#define STIBP	   BIT(15)
#define BTC_NO	   BIT(29)
/* 0x80000021 EAX */
#define LFENCE_SERIALIZES BIT(2)
#define VERW_CLEAR	  BIT(5)
#define AUTO_IBRS	  BIT(8)
#define SRSO_NO		  BIT(29)
#define BP_SPEC_REDUCE	  BIT(31)
/* 0x80000021 ECX */
#define TSA_SQ_NO BIT(1)
#define TSA_L1_NO BIT(2)

struct id {
	u32 family, model;
};

/* Family and model with their extensions (APM vol. 3, E.3.2). */
static struct id identify(u32 eax)
{
	struct id id = { eax >> 8 & 0xf, eax >> 4 & 0xf };

	if (id.family == 0xf) {
		id.family += eax >> 20 & 0xff;
		id.model |= eax >> 12 & 0xf0;
	}
	return id;
}

static struct cpuid leaf(struct cpuid (*host)(u32, u32), u32 n)
{
	if (host(0x80000000, 0).eax < n)
		return (struct cpuid){ 0 };
	return host(n, 0);
}

/* Returns are predicted from what other code trained (branch type confusion, AMD-SB-1037). */
static bool has_btc(u32 family, u32 ebx)
{
	return family >= 0x15 && family <= 0x18 && !(ebx & BTC_NO);
}

/* Speculative return stack overflow (AMD-SB-7005). */
static bool has_srso(u32 family, u32 eax)
{
	return family >= 0x17 && !(eax & SRSO_NO);
}

/* Zen 2 (AMD-SB-7008, CVE-2023-20593). */
static bool has_zenbleed(struct id id)
{
	return id.family == 0x17 &&
	       ((id.model >= 0x30 && id.model <= 0x4f) || (id.model >= 0x60 && id.model <= 0x7f) ||
		(id.model >= 0x90 && id.model <= 0x91) || (id.model >= 0xa0 && id.model <= 0xaf));
}

/* Zen and Zen+ (CVE-2023-20588). */
static bool has_div_leak(struct id id)
{
	return (id.family == 0x17 && id.model <= 0x2f) || id.family == 0x18;
}

void x86_speculation_decide(struct cpuid (*host)(u32 leaf, u32 sub), struct x86_speculation *s)
{
	struct id id = identify(host(1, 0).eax);
	u32 ebx = leaf(host, 0x80000008).ebx;
	struct cpuid x = leaf(host, 0x80000021);
	bool srso = has_srso(id.family, x.eax);

	*s = (struct x86_speculation){
		.auto_ibrs = x.eax & AUTO_IBRS,
		.stibp = ebx & STIBP,
		.lfence_msr = id.family >= 0x10 && !(x.eax & LFENCE_SERIALIZES),
		.zenbleed = has_zenbleed(id),
		.reduce_bp = srso && x.eax & BP_SPEC_REDUCE,
		.fp_pointers = !(ebx & XSAVEERPTR),
	};
	if (ebx & IBPB) {
		s->ibpb_exit = has_btc(id.family, ebx) || (srso && !s->reduce_bp) || !s->auto_ibrs;
		/* Where each exit has one, none is left of the VM before. */
		s->ibpb_switch = !s->ibpb_exit;
	}
	s->clear_divider = has_div_leak(id);
	s->verw = x.eax & VERW_CLEAR &&
		  (x.ecx & (TSA_SQ_NO | TSA_L1_NO)) != (TSA_SQ_NO | TSA_L1_NO);
}
