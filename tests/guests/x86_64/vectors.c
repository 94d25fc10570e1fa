// SPDX-License-Identifier: Apache-2.0
#include <arch/apic.h>
#include <arch/regs.h>
#include <guest/guest.h>
#include <guest/tap.h>
#include <guest/trap.h>

/*
 * Moves between XMM and YMM registers and a device: the initial count of the local APIC's timer
 * holds what is written to it, and what is nobody's reads as ones.
 */

#define REG	 (LAPIC_BASE + LAPIC_TIMER_INIT)
#define NOTHING	 0xd0000000UL
#define MAGIC	 0x81234567u
#define XCR0_AVX 7u

static u8 ram[64] __aligned(64), image[512] __aligned(64), after[512] __aligned(64);

static void ymm_store(void)
{
	__asm__ volatile("vmovdqu %%ymm1, %0" : "=m"(ram));
}

static bool bytes_are(unsigned int from, unsigned int to, u8 v)
{
	unsigned int i;

	for (i = from; i < to; i++)
		if (ram[i] != v) {
			tap_note("byte %u is 0x%x", i, ram[i]);
			return false;
		}
	return true;
}

/* Every register with bytes of its own number, and the FPU's with something. */
static void fill(void)
{
	memset(ram, 0x5a, sizeof(ram));
	__asm__ volatile("fninit; fld1; fldpi" ::: "memory");
	__asm__ volatile("movups %0, %%xmm0; movups %0, %%xmm1; movups %0, %%xmm2\n"
			 "movups %0, %%xmm7; movups %0, %%xmm8; movups %0, %%xmm15" ::"m"(ram));
}

static void four_bytes(void)
{
	u64 v;

	lapic_write(LAPIC_TIMER_INIT, MAGIC);
	__asm__ volatile("movd (%1), %%xmm1; movq %%xmm1, %0" : "=r"(v) : "r"(REG) : "memory");
	tap_eq(v, MAGIC, "movd from a register");
	__asm__ volatile("movd %1, %%xmm9; movd %%xmm9, (%0)" ::"r"(REG), "r"(MAGIC + 1)
			 : "memory");
	tap_eq(lapic_read(LAPIC_TIMER_INIT), MAGIC + 1, "and to it");
	__asm__ volatile("movss (%1), %%xmm15; movq %%xmm15, %0" : "=r"(v) : "r"(REG) : "memory");
	tap_eq(v, MAGIC + 1, "movss");
}

/* All that FXSAVE knows, but for XMM1 is as before. */
static void others_stay(void)
{
	unsigned int i, bad = 0;

	fill();
	__asm__ volatile("fxsave64 %0" : "=m"(image));
	__asm__ volatile("movdqu (%0), %%xmm1" ::"r"(NOTHING) : "memory");
	__asm__ volatile("fxsave64 %0" : "=m"(after));
	for (i = 0; i < 416; i++)
		bad += image[i] != after[i] && (i < 176 || i >= 192);
	tap_eq(bad, 0, "no other register is touched, nor one of the x87");
	for (i = 176, bad = 0; i < 192; i++)
		bad += after[i] != 0xff;
	tap_eq(bad, 0, "what nobody claims is 16 bytes of ones");
}

static void sixteen_bytes(void)
{
	u64 end = platform.ram_base + platform.ram_size;

	memset(ram, 0, sizeof(ram));
#define LOAD(insn)                                                                       \
	memset(ram, 0, sizeof(ram));                                                     \
	__asm__ volatile("pxor %%xmm1, %%xmm1; " insn " (%1), %%xmm1; movups %%xmm1, %0" \
			 : "=m"(ram)                                                     \
			 : "r"(NOTHING)                                                  \
			 : "memory");                                                    \
	tap_ok(bytes_are(0, 16, 0xff) && bytes_are(16, 32, 0), insn)
	LOAD("movdqa");
	LOAD("movups");
	LOAD("movapd");
	LOAD("lddqu");
	LOAD("movntdqa");
	__asm__ volatile("pxor %%xmm1, %%xmm1; movhps (%1), %%xmm1; movups %%xmm1, %0"
			 : "=m"(ram)
			 : "r"(NOTHING)
			 : "memory");
	tap_ok(bytes_are(0, 8, 0) && bytes_are(8, 16, 0xff), "movhps keeps the other half");
	__asm__ volatile(
		"movdqa %%xmm1, (%0); movntdq %%xmm1, (%0); movups %%xmm1, (%0);"
		"movntps %%xmm1, (%0); movhlps %%xmm1, %%xmm2; movq %%xmm1, (%0)" ::"r"(NOTHING)
		: "memory");
	tap_ok(true, "stores to nothing");

	/* Half in memory, half nowhere. */
	memset((void *)(end - 8), 0x11, 8);
	__asm__ volatile("movdqu (%1), %%xmm1; movups %%xmm1, %0"
			 : "=m"(ram)
			 : "r"(end - 8)
			 : "memory");
	tap_ok(bytes_are(0, 8, 0x11) && bytes_are(8, 16, 0xff),
	       "a load of both memory and nothing");
	memset(ram, 0x77, 16);
	__asm__ volatile("movups %1, %%xmm1; movdqu %%xmm1, (%0)" ::"r"(end - 8), "m"(ram)
			 : "memory");
	memcpy(ram, (void *)(end - 8), 8);
	tap_ok(bytes_are(0, 8, 0x77), "and a store");
}

/* What QEMU's CPUs may not look at, as well. */
static void faults(void)
{
	u64 cr0 = cr_read(0);
	struct trap_record r;

	trap_catch();
	__asm__ volatile("movdqa (%0), %%xmm1" ::"r"(NOTHING + 8) : "memory");
	r = trap_caught();
	tap_ok(r.count == 1 && r.cause == VECTOR_GP, "movdqa that is not aligned");
	trap_catch();
	__asm__ volatile("movntdq %%xmm1, (%0)" ::"r"(NOTHING + 1) : "memory");
	r = trap_caught();
	tap_ok(r.count == 1 && r.cause == VECTOR_GP, "nor movntdq");
	cr_write(0, cr0 | CR0_TS);
	trap_catch();
	__asm__ volatile("movdqu (%0), %%xmm1" ::"r"(NOTHING) : "memory");
	r = trap_caught();
	cr_write(0, cr0);
	tap_ok(r.count == 1 && r.cause == 7, "one that belongs to another task");
}

static void avx(void)
{
	u32 r[4];

	cpuid(1, 0, r);
	if (!(r[2] >> 28 & 1)) {
		tap_skip("no AVX");
		return;
	}
	cr_write(4, cr_read(4) | CR4_OSXSAVE);
	__asm__ volatile("xsetbv" ::"c"(0), "a"(XCR0_AVX), "d"(0));
	memset(ram, 0x33, sizeof(ram));
#define WITH_YMM(insn)                                                                   \
	memset(ram, 0x33, sizeof(ram));                                                  \
	__asm__ volatile("vmovdqu %0, %%ymm1; vmovdqu %%ymm1, %%ymm6; " insn ::"m"(ram), \
			 "r"(NOTHING)                                                    \
			 : "memory");                                                    \
	ymm_store()
	WITH_YMM("movdqu (%1), %%xmm1");
	tap_ok(bytes_are(0, 16, 0xff) && bytes_are(16, 32, 0x33),
	       "without VEX the upper half stays");
	WITH_YMM("vmovdqu (%1), %%xmm1");
	tap_ok(bytes_are(0, 16, 0xff) && bytes_are(16, 32, 0), "with it it is cleared");
	WITH_YMM("vmovdqu (%1), %%ymm1");
	tap_ok(bytes_are(0, 32, 0xff), "or loaded");
	WITH_YMM("vmovss (%1), %%xmm1");
	tap_ok(bytes_are(0, 4, 0xff) && bytes_are(4, 32, 0), "vmovss");
	WITH_YMM("vmovhps (%1), %%xmm6, %%xmm1");
	tap_ok(bytes_are(0, 8, 0x33) && bytes_are(8, 16, 0xff) && bytes_are(16, 32, 0),
	       "vmovhps with another register's half");
	WITH_YMM("vmovntdq %%ymm1, (%1); vmovdqu %%ymm6, %%ymm1");
	tap_ok(bytes_are(0, 32, 0x33), "a store changes no register");
	/* XCR0 is the guest's, also while the host looks at what it does not allow. */
	memset(ram, 0x33, sizeof(ram));
	__asm__ volatile("vmovdqu %1, %%ymm1\n"
			 "mov $3, %%eax; xor %%ecx, %%ecx; xor %%edx, %%edx; xsetbv\n"
			 "movdqu (%2), %%xmm1; xgetbv; mov %%eax, %0\n"
			 "mov $7, %%eax; xsetbv"
			 : "=&r"(r[0])
			 : "m"(ram), "r"(NOTHING)
			 : "rax", "rcx", "rdx", "memory");
	ymm_store();
	tap_eq(r[0], 3, "XCR0 is kept");
	tap_ok(bytes_are(0, 16, 0xff) && bytes_are(16, 32, 0x33), "the upper half stays unseen");
}

int guest_main(void)
{
	lapic_write(LAPIC_LVT_TIMER, LAPIC_MASKED | VECTOR_TIMER);
	cr_write(4, cr_read(4) | CR4_OSFXSR | CR4_OSXMMEXCPT);
	four_bytes();
	others_stay();
	sixteen_bytes();
	faults();
	avx();
	lapic_write(LAPIC_TIMER_INIT, 0);
	return tap_done();
}
