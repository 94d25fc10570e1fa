// SPDX-License-Identifier: Apache-2.0
#include <arch/apic.h>
#include <arch/vmmcall.h>
#include <guest/guest.h>
#include <guest/tap.h>
#include <guest/trap.h>

/* What a guest sees of its processor, and what it may do to its registers. */

#define MSR_TSC		0x10
#define MSR_TSC_ADJUST	0x3b
#define MSR_PAT		0x277
#define MSR_MTRRCAP	0xfe
#define MSR_MTRR_DEF	0x2ff
#define MSR_STAR	0xc0000081
#define MSR_LSTAR	0xc0000082
#define MSR_CSTAR	0xc0000083
#define MSR_FS_BASE	0xc0000100
#define MSR_GS_BASE	0xc0000101
#define MSR_KERNEL_GS	0xc0000102
#define MSR_VM_CR	0xc0010114
#define MSR_VM_HSAVE_PA 0xc0010117

#define CR4_VMXE  (1UL << 13)
#define CR4_PGE	  (1UL << 7)
#define CR4_PKE	  (1UL << 22)
#define EFER_SVME (1UL << 12)

static struct trap_record write_msr(u32 msr, u64 val)
{
	trap_catch();
	wrmsr(msr, val);
	return trap_caught();
}

static struct trap_record read_msr(u32 msr)
{
	trap_catch();
	(void)rdmsr(msr);
	return trap_caught();
}

static bool is(struct trap_record r, unsigned int vector)
{
	if (r.count == 1 && (r.cause & 0xff) == vector)
		return true;
	tap_note("%lu traps, cause 0x%lx", r.count, r.cause);
	return false;
}

#define INSN(bytes)                                                                          \
	({                                                                                   \
		trap_catch();                                                                \
		__asm__ volatile(".byte " bytes ::"a"(0), "c"(0), "d"(0) : "memory", "rbx"); \
		trap_caught();                                                               \
	})

static void identification(void)
{
	u32 r[4];

	cpuid(1, 0, r);
	tap_ok(r[2] & 1u << 31, "there is a hypervisor");
	tap_ok(!(r[2] & 1u << 3), "no MONITOR");
	tap_ok(r[2] & 1u << 21 && r[2] & 1u << 24, "x2APIC and deadlines");
	tap_eq(r[1] >> 24, 0, "the APIC's id is the CPU's");
	tap_eq(r[1] >> 16 & 0xff, platform.nr_cpus, "so many CPUs");
	cpuid(0x40000000, 0, r);
	tap_ok(!memcmp(&r[1], "LodgeLodgeHV", 12), "its signature");
	cpuid(0x80000001, 0, r);
	tap_ok(!(r[2] & 1u << 2), "no SVM");
	tap_ok(r[3] & 1u << 29, "long mode");
	cpuid(0x8000000a, 0, r);
	tap_ok(!(r[0] | r[1] | r[2] | r[3]), "nothing of SVM");
	cpuid(0xa, 0, r);
	tap_ok(!(r[0] | r[1] | r[2] | r[3]), "no performance counters");
	cpuid(0x80000007, 0, r);
	tap_ok(r[3] & 1u << 8, "an invariant TSC");
	cpuid(0xb, 1, r);
	tap_eq(r[1], platform.nr_cpus, "as many in the topology");
}

static void xsave(void)
{
	u64 cr4 = cr_read(4);
	u32 r[4], lo, hi;

	cpuid(1, 0, r);
	if (!(r[2] & 1u << 26)) {
		tap_skip("no XSAVE");
		return;
	}
	tap_ok(!(r[2] & 1u << 27), "OSXSAVE is off");
	cr_write(4, cr4 | CR4_OSXSAVE);
	cpuid(1, 0, r);
	tap_ok(r[2] & 1u << 27, "and follows CR4");
	__asm__ volatile("xsetbv" ::"c"(0), "a"(3), "d"(0));
	__asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
	tap_eq(lo, 3, "XCR0 is kept");
	cpuid(0xd, 0, r);
	tap_eq(r[1], 576, "the area is as large as XCR0 says");
	tap_ok(r[2] >= r[1] && !(r[0] & ~0xe7u), "and not less with all that is offered");
	trap_catch();
	__asm__ volatile("xsetbv" ::"c"(0), "a"(4), "d"(0));
	tap_ok(is(trap_caught(), VECTOR_GP), "AVX without SSE is refused");
	trap_catch();
	__asm__ volatile("xsetbv" ::"c"(1), "a"(1), "d"(0));
	tap_ok(is(trap_caught(), VECTOR_GP), "and XCR1");
	__asm__ volatile("xsetbv" ::"c"(0), "a"(1), "d"(0));
	cr_write(4, cr4);
}

static void msrs(void)
{
	u64 was;

	tap_ok(is(read_msr(0xc0ffee00), VECTOR_GP), "an MSR that is nobody's can't be read");
	tap_ok(is(write_msr(0xc0ffee00, 0), VECTOR_GP), "nor written");
	tap_ok(is(read_msr(MSR_VM_HSAVE_PA), VECTOR_GP), "VM_HSAVE_PA");
	tap_eq(rdmsr(MSR_VM_CR) & 0x18, 0x18, "SVM is disabled, and that is locked");
	tap_ok(!(rdmsr(MSR_EFER) & EFER_SVME), "EFER.SVME is not to be seen");
	tap_ok(is(write_msr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SVME), VECTOR_GP), "nor set");
	tap_ok(is(write_msr(MSR_EFER, rdmsr(MSR_EFER) & ~(u64)EFER_LME), VECTOR_GP),
	       "LME does not change while paging is on");
	tap_ok(!write_msr(MSR_EFER, rdmsr(MSR_EFER) | 1).count && rdmsr(MSR_EFER) & 1, "SCE does");
	was = rdmsr(MSR_PAT);
	tap_eq(was, 0x0007040600070406, "PAT as after reset");
	tap_ok(!write_msr(MSR_PAT, 0x0407050600070106).count &&
		       rdmsr(MSR_PAT) == 0x0407050600070106,
	       "PAT as Linux has it");
	tap_ok(is(write_msr(MSR_PAT, 2), VECTOR_GP), "a memory type that there is not");
	wrmsr(MSR_PAT, was);
	tap_eq(rdmsr(MSR_MTRRCAP), 0x508, "MTRRs");
	tap_eq(rdmsr(MSR_MTRR_DEF), 0xc06, "memory is write-back");
	wrmsr(MSR_STAR, 0x1234567800000000);
	wrmsr(MSR_LSTAR, 0xffff800012345678);
	wrmsr(MSR_KERNEL_GS, 0xffff800087654321);
	tap_ok(rdmsr(MSR_STAR) == 0x1234567800000000 && rdmsr(MSR_LSTAR) == 0xffff800012345678 &&
		       rdmsr(MSR_KERNEL_GS) == 0xffff800087654321,
	       "registers of system calls");
}

/* 48 bits of an address, or 57, and the rest is like the uppermost. */
static void addresses(void)
{
	static const struct {
		u32 msr;
		const char *name;
	} regs[] = {
		{ MSR_LSTAR, "LSTAR" },
		{ MSR_CSTAR, "CSTAR" },
		{ MSR_FS_BASE, "FS_BASE" },
		{ MSR_GS_BASE, "GS_BASE" },
		{ MSR_KERNEL_GS, "KERNEL_GS_BASE" },
	};
	u32 r[4], bits;

	cpuid(0x80000008, 0, r);
	bits = r[0] >> 8 & 0xff;
	for (unsigned int i = 0; i < ARRAY_SIZE(regs); i++) {
		u32 msr = regs[i].msr;
		u64 was = rdmsr(msr), low = (1UL << (bits - 1)) - 8, high = ~0UL << (bits - 1);

		wrmsr(msr, low);
		tap_ok(is(write_msr(msr, 1UL << 62), VECTOR_GP) &&
			       is(write_msr(msr, low + 8), VECTOR_GP) &&
			       is(write_msr(msr, high - 8), VECTOR_GP),
		       "%s takes no address that there is not", regs[i].name);
		tap_eq(rdmsr(msr), low, "and keeps what it had");
		wrmsr(msr, high);
		cpuid(0, 0, r); /* an exit */
		tap_eq(rdmsr(msr), high, "the other half is as good");
		wrmsr(msr, was);
	}
	wrmsr(MSR_GS_BASE, (u64)regs);
	__asm__ volatile("mov %%gs:0, %0" : "=r"(r[0]));
	tap_eq(r[0], MSR_LSTAR, "what was written is what is used");
	wrmsr(MSR_KERNEL_GS, (u64)&regs[1]);
	__asm__ volatile("swapgs; mov %%gs:0, %0; swapgs" : "=r"(r[0]));
	tap_eq(r[0], MSR_CSTAR, "after swapgs, too");
}

/* Ticks that other guests may have between two looks: half a minute. */
#define ELSEWHERE (1UL << 36)

static void time(void)
{
	u64 a = rdtsc(), b, adjust;
	u32 lo, hi, aux;

	b = rdmsr(MSR_TSC);
	tap_ok(b >= a && b - a < ELSEWHERE, "the TSC is the same as an MSR");
	__asm__ volatile("rdtscp" : "=a"(lo), "=d"(hi), "=c"(aux));
	a = lo | (u64)hi << 32;
	tap_ok(a >= b && a - b < ELSEWHERE, "and by RDTSCP");
	wrmsr(MSR_TSC, a + (1UL << 40));
	b = rdtsc();
	tap_ok(b - a >= 1UL << 40 && b - a < 3UL << 39, "it can be set");
	adjust = rdmsr(MSR_TSC_ADJUST);
	tap_ok(adjust >= 1UL << 39 && adjust <= 1UL << 40, "which TSC_ADJUST tells");
	wrmsr(MSR_TSC_ADJUST, 0);
	b = rdtsc();
	tap_ok(b > a && b - a < 1UL << 39, "and takes back");
}

static void control(void)
{
	u64 cr4 = cr_read(4), v;

	trap_catch();
	cr_write(4, cr4 | CR4_VMXE);
	tap_ok(is(trap_caught(), VECTOR_GP), "CR4.VMXE is refused");
	trap_catch();
	cr_write(4, cr4 | CR4_PKE);
	tap_ok(is(trap_caught(), VECTOR_GP), "and PKE, which is not offered");
	trap_catch();
	cr_write(4, cr4 & ~(u64)CR4_PAE);
	tap_ok(is(trap_caught(), VECTOR_GP), "PAE stays in long mode");
	cr_write(4, cr4 ^ CR4_PGE);
	tap_eq(cr_read(4), cr4 ^ CR4_PGE, "PGE changes");
	cr_write(4, cr4);
	__asm__ volatile("mov %1, %%cr8; mov %%cr8, %0" : "=r"(v) : "r"(9UL));
	tap_eq(v, 9, "CR8");
	tap_eq(lapic_read(LAPIC_TPR), 0x90, "is the task priority");
	lapic_write(LAPIC_TPR, 0x30);
	__asm__ volatile("mov %%cr8, %0" : "=r"(v));
	tap_eq(v, 3, "and the other way round");
	lapic_write(LAPIC_TPR, 0);
	trap_catch();
	__asm__ volatile("mov %0, %%cr8" ::"r"(16UL));
	tap_ok(is(trap_caught(), VECTOR_GP), "which has four bits");
}

static void instructions(void)
{
	long failed;

	tap_ok(is(INSN("0x0f, 0x01, 0xc8"), VECTOR_UD), "monitor");
	tap_ok(is(INSN("0x0f, 0x01, 0xc9"), VECTOR_UD), "mwait");
	tap_ok(is(INSN("0x0f, 0x01, 0xd8"), VECTOR_UD), "vmrun");
	tap_ok(is(INSN("0x0f, 0x01, 0xda"), VECTOR_UD), "vmload");
	tap_ok(is(INSN("0x0f, 0x01, 0xdb"), VECTOR_UD), "vmsave");
	tap_ok(is(INSN("0x0f, 0x01, 0xdc"), VECTOR_UD), "stgi");
	tap_ok(is(INSN("0x0f, 0x01, 0xdd"), VECTOR_UD), "clgi");
	tap_ok(is(INSN("0x0f, 0x01, 0xde"), VECTOR_UD), "skinit");
	tap_ok(is(INSN("0x0f, 0x01, 0xdf"), VECTOR_UD), "invlpga");
	tap_ok(is(INSN("0x0f, 0xaa"), VECTOR_UD), "rsm");
	tap_ok(is(INSN("0x0f, 0x33"), VECTOR_GP), "rdpmc");
	tap_ok(!INSN("0x0f, 0x09").count, "wbinvd");
	tap_ok(!INSN("0x0f, 0x08").count, "invd");
	tap_ok(!INSN("0x2e, 0x66, 0x0f, 0xa2").count, "cpuid with prefixes");
	tap_ok(!INSN("0xf3, 0x90").count, "pause");
	tap_eq(vmmcall(0x84000fff, 0, 0, 0), -1, "an unknown call is not supported");
	tap_eq(vmmcall(9, 0, 0, 0), -1000, "nor is one of KVM's, as KVM says it");
	failed = vmmcall(1, '#', 0, 0) | vmmcall(1, '\n', 0, 0);
	tap_eq((u64)failed, 0, "characters can be written");
}

int guest_main(void)
{
	identification();
	xsave();
	msrs();
	addresses();
	time();
	control();
	instructions();
	return tap_done();
}
