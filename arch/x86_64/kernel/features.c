// SPDX-License-Identifier: Apache-2.0
/* What this CPU can do. */
#include <lodge/arch.h>
#include <lodge/init.h>
#include <lodge/string.h>
#include <asm/cpuid.h>
#include <asm/features.h>
#include <asm/msr.h>

struct cpu_features cpu_features __ro_after_init;

static void read_vendor(struct cpuid r, char *vendor)
{
	memcpy(vendor, &r.ebx, 4);
	memcpy(vendor + 4, &r.edx, 4);
	memcpy(vendor + 8, &r.ecx, 4);
	vendor[12] = '\0';
}

static void read_svm(struct cpu_features *f)
{
	struct cpuid r;

	if (f->max_ext_leaf < CPUID_SVM_LEAF)
		return;
	r = cpuid(CPUID_SVM_LEAF, 0);
	f->svm = r.edx;
	f->svm_asids = r.ebx;
}

/* Where time is derived from them the same instructions take the same time, to the tick. Interrupts are off. */
static bool counts_instructions(void)
{
	u64 first = 0;

	for (int i = 0; i < 16; i++) {
		u64 start = rdtsc(), took;

		for (int n = 0; n < 1000; n++)
			__asm__ volatile("");
		took = rdtsc() - start;
		if (!i)
			first = took;
		else if (took != first)
			return false;
	}
	return true;
}

static void read_hypervisor(struct cpu_features *f)
{
	struct cpuid r = cpuid(CPUID_HV_LEAF, 0);
	const u32 name[] = { r.ebx, r.ecx, r.edx };

	f->max_hv_leaf = r.eax;
	f->tcg = !memcmp(name, "TCGTCGTCGTCG", sizeof(name));
	f->counts_instructions = f->tcg && counts_instructions();
}

void cpu_features_init(void)
{
	struct cpu_features *f = &cpu_features;
	struct cpuid r = cpuid(0, 0);

	f->max_leaf = r.eax;
	read_vendor(r, f->vendor);
	f->max_ext_leaf = cpuid(0x80000000, 0).eax;

	r = cpuid(1, 0);
	f->x2apic = (r.ecx & CPUID_1_ECX_X2APIC) != 0;
	f->tsc_deadline = (r.ecx & CPUID_1_ECX_TSC_DEADLINE) != 0;
	f->xsave = (r.ecx & CPUID_1_ECX_XSAVE) != 0;
	f->rdrand = (r.ecx & CPUID_1_ECX_RDRAND) != 0;
	f->mce = (r.edx & CPUID_1_EDX_MCE) != 0;
	if (r.ecx & CPUID_1_ECX_HYPERVISOR)
		read_hypervisor(f);
	if (f->max_leaf >= 7) {
		r = cpuid(7, 0);
		f->fsgsbase = (r.ebx & CPUID_7_EBX_FSGSBASE) != 0;
		f->smep = (r.ebx & CPUID_7_EBX_SMEP) != 0;
		f->smap = (r.ebx & CPUID_7_EBX_SMAP) != 0;
		f->umip = (r.ecx & CPUID_7_ECX_UMIP) != 0;
	}
	r = cpuid(0x80000001, 0);
	f->page1g = (r.edx & CPUID_EXT_EDX_PAGE1G) != 0;
	f->has_svm = (r.ecx & CPUID_EXT_ECX_SVM) != 0;
	if (f->has_svm)
		read_svm(f);
}

u32 cpu_random(u8 *buf, u32 size)
{
	u32 at, tries;

	for (at = 0; cpu_features.rdrand && at + 8 <= size; at += 8) {
		u64 v = 0;
		u8 ok = 0;

		/* It may have to wait for entropy, but not for ever. */
		for (tries = 0; !ok && tries < 10; tries++)
			__asm__ volatile("rdrand %0; setc %1" : "=r"(v), "=qm"(ok)::"cc");
		if (!ok)
			break;
		memcpy(buf + at, &v, 8);
	}
	return at;
}
