// SPDX-License-Identifier: Apache-2.0
#include <arch/apic.h>
#include <arch/regs.h>
#include <guest/guest.h>
#include <guest/tap.h>

/*
 * Single steps over instructions that the host carries out: each traps once, behind it, and a
 * repeated string traps behind each of its iterations (AMD APM vol. 2, 13.1.4).
 */

#define NOTHING	  0xd0000000UL
#define PORT	  0x80 /* nobody's, or a POST display */
#define MAX_STEPS 16

/* RCX and RIP at each trap. */
u64 steps, step_rcx[MAX_STEPS], step_rip[MAX_STEPS];
extern const char step_entry[];

__asm__(".pushsection .text\n"
	"step_entry:\n"
	"push %rax\n"
	"push %rdx\n"
	"mov steps(%rip), %rax\n"
	"cmp $16, %rax\n"
	"jae 1f\n"
	"lea step_rcx(%rip), %rdx\n"
	"mov %rcx, (%rdx, %rax, 8)\n"
	"lea step_rip(%rip), %rdx\n"
	"push 16(%rsp)\n"
	"pop (%rdx, %rax, 8)\n"
	"1: incq steps(%rip)\n"
	"pop %rdx\n"
	"pop %rax\n"
	"iretq\n"
	".popsection");

struct __packed desc_ptr {
	u16 limit;
	u64 base;
};

static void handler_set(void)
{
	u64 at = (u64)step_entry;
	struct desc_ptr idt;
	u64 *gate;

	__asm__ volatile("sidt %0" : "=m"(idt));
	gate = (u64 *)(idt.base + 16 * VECTOR_DB);
	gate[0] = (at & 0xffff) | SEL_CODE << 16 | 0x8eUL << 40 | (at >> 16 & 0xffff) << 48;
	gate[1] = at >> 32;
}

/* Steps over @insn, which begins at first and ends at behind. */
#define STEP(insn, a, c, d, si, di)                                                      \
	({                                                                               \
		u64 a_ = (a), c_ = (c), d_ = (d), si_ = (si), di_ = (di);                \
		steps = 0;                                                               \
		__asm__ volatile("lea 1f(%%rip), %%r8\n"                                 \
				 "lea 2f(%%rip), %%r9\n"                                 \
				 "pushfq\n"                                              \
				 "orl $0x100, (%%rsp)\n"                                 \
				 "popfq\n"                                               \
				 "1: " insn "\n"                                         \
				 "2: pushfq\n"                                           \
				 "andl $~0x100, (%%rsp)\n"                               \
				 "popfq\n"                                               \
				 "mov %%r8, %[first]\n"                                  \
				 "mov %%r9, %[behind]\n"                                 \
				 : "+a"(a_), "+c"(c_), "+d"(d_), "+S"(si_),              \
				   "+D"(di_), [first] "=m"(first), [behind] "=m"(behind) \
				 :                                                       \
				 : "memory", "cc", "rbx", "r8", "r9");                   \
	})

static u64 first, behind;

static void once(const char *what)
{
	tap_ok(steps == 4 && step_rip[0] == behind, "%s: %lu traps, the first behind it", what,
	       steps);
}

static void repeated(const char *what)
{
	bool ok = steps >= 3;

	for (u64 i = 0; i < 3; i++)
		ok &= step_rcx[i] == 2 - i && step_rip[i] == (i < 2 ? first : behind);
	if (!tap_ok(ok, "%s: each iteration", what))
		for (u64 i = 0; i < min(steps, (u64)MAX_STEPS); i++)
			tap_note("rcx %lu, rip 0x%lx", step_rcx[i], step_rip[i]);
}

int guest_main(void)
{
	static u8 ram[16];

	handler_set();
	STEP("cpuid", 0, 0, 0, 0, 0);
	once("cpuid");
	STEP("mov %%eax, (%%rdi)", 0, 0, 0, 0, NOTHING);
	once("a store to nothing");
	STEP("mov (%%rdi), %%eax", 0, 0, 0, 0, LAPIC_BASE + LAPIC_ID);
	once("a load from a device");
	STEP("out %%al, (%%dx)", 0, 0, PORT, 0, 0);
	once("out");
	STEP("rep stosl", 0, 3, 0, 0, NOTHING);
	repeated("rep stos");
	STEP("rep movsl", 0, 3, 0, LAPIC_BASE + LAPIC_ID, (u64)ram);
	repeated("rep movs from a device");
	STEP("rep outsb", 0, 3, PORT, (u64)ram, 0);
	repeated("rep outs");
	STEP("rep stosb", 0, 0, 0, 0, NOTHING);
	once("none of them");
	return tap_done();
}
