// SPDX-License-Identifier: Apache-2.0
#include <arch/apic.h>
#include <guest/guest.h>
#include <guest/tap.h>
#include <guest/trap.h>

/*
 * Instructions on a device's registers: the initial count of the local APIC's timer, which
 * is masked, holds what is written to it.
 */

#define REG	(LAPIC_BASE + LAPIC_TIMER_INIT)
#define NOTHING 0xd0000000UL /* no device, and no memory */
#define NO_PAGE 0x8000001000UL
#define MSR_FS	0xc0000100
#define MSR_GS	0xc0000101
#define MAGIC	0x81234567u

#define FLAG_CF 0x001
#define FLAG_ZF 0x040
#define FLAG_SF 0x080
#define FLAG_DF 0x400

static u32 reg(void)
{
	return lapic_read(LAPIC_TIMER_INIT);
}

static void set(u32 v)
{
	lapic_write(LAPIC_TIMER_INIT, v);
}

/* rax after @insn, of which rdi is the register's address and rcx is @c. */
#define LOAD(insn, a, c)                                                                        \
	({                                                                                      \
		u64 v_ = (a), c_ = (c);                                                         \
		__asm__ volatile(insn : "+a"(v_), "+c"(c_) : "D"(REG) : "memory", "cc", "rbx"); \
		v_;                                                                             \
	})

static void loads(void)
{
	set(MAGIC);
	tap_eq(LOAD("mov (%%rdi), %%eax", ~0UL, 0), MAGIC, "a load clears the upper half");
	tap_eq(LOAD("mov -0x80(%%rdi, %%rcx, 8), %%eax", 0, 16), MAGIC, "by base, index, offset");
	tap_eq(LOAD("movabs 0xfee00380, %%eax", 0, 0), MAGIC, "by an absolute address");
	tap_eq(LOAD("movslq (%%rdi), %%rax", 0, 0), 0xffffffff81234567, "movsxd extends the sign");
	tap_eq(LOAD("mov %%rsp, %%rbx; mov (%%rdi), %%esp; mov %%rsp, %%rax; mov %%rbx, %%rsp", 0,
		    0),
	       MAGIC, "into rsp");
	tap_eq(LOAD("mov %%rsp, %%rbx; mov %%rdi, %%rsp; mov (%%rsp), %%eax; mov %%rbx, %%rsp", 0,
		    0),
	       MAGIC, "and by it");
	tap_eq(LOAD("mov %%r12, %%rbx; mov (%%rdi), %%r12d; mov %%r12, %%rax; mov %%rbx, %%r12", 0,
		    0),
	       MAGIC, "into r12");
	wrmsr(MSR_FS, REG - 16);
	wrmsr(MSR_GS, REG + 16);
	tap_eq(LOAD("mov %%fs:16, %%eax", 0, 0), MAGIC, "by fs");
	tap_eq(LOAD("mov %%gs:-16, %%eax", 0, 0), MAGIC, "by gs");
	tap_eq(rdmsr(MSR_GS), REG + 16, "whose base is the guest's after exits");
}

static void stores(void)
{
	LOAD("mov %%eax, (%%rdi)", MAGIC + 1, 0);
	tap_eq(reg(), MAGIC + 1, "a store");
	LOAD("movl $0x12345678, (%%rdi)", 0, 0);
	tap_eq(reg(), 0x12345678, "of a constant");
	LOAD("movnti %%eax, (%%rdi)", MAGIC, 0);
	tap_eq(reg(), MAGIC, "past caches");
	LOAD("push %%rdi; stosl; pop %%rdi", MAGIC + 2, 0);
	tap_eq(reg(), MAGIC + 2, "stos");
	LOAD("movabs %%eax, 0xfee00380", MAGIC + 3, 0);
	tap_eq(reg(), MAGIC + 3, "to an absolute address");
}

/* The register and the flags after @insn on @v, with eax and ecx. */
#define MODIFY(insn, v, a, want, flags, name)                                              \
	do {                                                                               \
		u64 a_ = (a), f_;                                                          \
		set(v);                                                                    \
		__asm__ volatile("mov $1, %k1; test %k1, %k1; " insn "; pushfq; pop %1"    \
				 : "+a"(a_), "=&r"(f_)                                     \
				 : "D"(REG)                                                \
				 : "memory", "cc");                                        \
		tap_ok(reg() == (want) && (f_ & (FLAG_CF | FLAG_ZF | FLAG_SF)) == (flags), \
		       "%s: 0x%x, flags 0x%lx", name, reg(), f_);                          \
	} while (0)

static void modifications(void)
{
	MODIFY("add %%eax, (%%rdi)", 0xffffffff, 1, 0, FLAG_CF | FLAG_ZF, "add");
	MODIFY("sub %%eax, (%%rdi)", 1, 2, 0xffffffff, FLAG_CF | FLAG_SF, "sub");
	MODIFY("andl $0xf0, (%%rdi)", 0x1234, 0, 0x30, 0, "and");
	MODIFY("or %%eax, (%%rdi)", 0x1000, 0x80000000, 0x80001000, FLAG_SF, "or");
	MODIFY("xor %%eax, (%%rdi)", 0x55, 0x55, 0, FLAG_ZF, "xor");
	MODIFY("adcl $1, (%%rdi)", 1, 0, 2, 0, "adc");
	MODIFY("lock incl (%%rdi)", 0x7fffffff, 0, 0x80000000, FLAG_SF, "inc with lock");
	MODIFY("decl (%%rdi)", 1, 0, 0, FLAG_ZF, "dec");
	MODIFY("notl (%%rdi)", 0xf, 0, 0xfffffff0, 0, "not");
	MODIFY("negl (%%rdi)", 1, 0, 0xffffffff, FLAG_CF | FLAG_SF, "neg");
	MODIFY("lock btsl $31, (%%rdi)", 1, 0, 0x80000001, 0, "bts");
	MODIFY("lock btrl $0, (%%rdi)", 1, 0, 0, FLAG_CF, "btr");
	MODIFY("cmp %%eax, (%%rdi)", 5, 5, 5, FLAG_ZF, "cmp");
	MODIFY("testl $2, (%%rdi)", 5, 0, 5, FLAG_ZF, "test");
}

static void exchanges(void)
{
	u64 v;

	set(7);
	tap_eq(LOAD("xchg %%eax, (%%rdi)", 9, 0), 7, "xchg");
	tap_eq(reg(), 9, "and the register");
	tap_eq(LOAD("lock xadd %%eax, (%%rdi)", 1, 0), 9, "xadd");
	tap_eq(reg(), 10, "and the register");
	tap_eq(LOAD("lock cmpxchg %%ecx, (%%rdi)", 10, 11), 10, "cmpxchg of what is there");
	tap_eq(reg(), 11, "stores");
	v = LOAD("lock cmpxchg %%ecx, (%%rdi)", 10, 12);
	tap_ok(v == 11 && reg() == 11, "and else loads");
}

static void strings(void)
{
	u32 ram[4] = { 0xaaaa5555, 0x12121212, 0, 0 };
	u64 n = 1, src = (u64)ram, dst = REG;

	__asm__ volatile("rep movsl" : "+c"(n), "+S"(src), "+D"(dst)::"memory");
	tap_ok(reg() == 0xaaaa5555 && n == 0 && dst == REG + 4, "rep movs to a device");
	src = REG;
	dst = (u64)&ram[3];
	__asm__ volatile("std; movsl; cld" : "+S"(src), "+D"(dst)::"memory");
	tap_ok(ram[3] == 0xaaaa5555 && src == REG - 4 && dst == (u64)&ram[2],
	       "movs from a device, downwards");
	n = 1000;
	dst = NOTHING;
	__asm__ volatile("rep stosb" : "+c"(n), "+D"(dst) : "a"(0) : "memory");
	tap_ok(n == 0 && dst == NOTHING + 1000, "a long repeat to nothing");
}

/* What nobody claims reads as ones, of any width. */
static void widths(void)
{
	u64 v;

	__asm__ volatile("movzbl (%1), %k0" : "=r"(v) : "r"(NOTHING));
	tap_eq(v, 0xff, "movzx of a byte");
	__asm__ volatile("movsbl (%1), %k0" : "=r"(v) : "r"(NOTHING));
	tap_eq(v, 0xffffffff, "movsx of a byte to 32 bits");
	__asm__ volatile("movswq (%1), %0" : "=r"(v) : "r"(NOTHING));
	tap_eq(v, ~0UL, "movsx of two bytes to 64 bits");
	v = 0;
	__asm__ volatile("mov (%1), %w0" : "+r"(v) : "r"(NOTHING));
	tap_eq(v, 0xffff, "two bytes leave the rest of a register");
	v = 0;
	__asm__ volatile("mov (%1), %%ah" : "+a"(v) : "b"(NOTHING));
	tap_eq(v, 0xff00, "and a byte can be the second one");
	__asm__ volatile("mov (%1), %0" : "=r"(v) : "r"(NOTHING));
	tap_eq(v, ~0UL, "eight bytes");
	__asm__ volatile("mov (%1), %0" : "=r"(v) : "r"(NOTHING + 0xffc));
	tap_eq(v, ~0UL, "across a page");
}

static void faults(void)
{
	u64 src = REG, dst = NO_PAGE;
	struct trap_record r;

	trap_catch();
	__asm__ volatile("movsl" : "+S"(src), "+D"(dst)::"memory");
	r = trap_caught();
	tap_ok(trap_is(r, TRAP_STORE_PAGE) && r.tval == NO_PAGE && src == REG,
	       "movs to a page that is not there faults before it reads");
	dst = 1UL << 62;
	trap_catch();
	__asm__ volatile("movsl" : "+S"(src), "+D"(dst)::"memory");
	r = trap_caught();
	tap_ok(trap_is(r, TRAP_NO_ADDRESS), "and to what can't be an address");
	trap_catch();
	__asm__ volatile("flds (%%rdi)" ::"D"(REG) : "memory");
	r = trap_caught();
	tap_ok(r.count == 1 && (r.cause & 0xff) == VECTOR_UD,
	       "what is not emulated is an invalid opcode");
	/* C7 /6, which QEMU 7.2 takes for a store. */
	trap_catch();
	__asm__ volatile(".byte 0xc7, 0x37, 0, 0, 0, 0" ::"D"(REG) : "memory");
	r = trap_caught();
	tap_ok(r.count == 1 && (r.cause & 0xff) == VECTOR_UD, "so is what can't be decoded");
}

/* ---- what compilers and other systems write ---- */

/* A sum of the registers and flags that the instruction defines, after it worked on @v. */
#define WITH(insn, v, a, c, d)                                                                     \
	({                                                                                         \
		u64 a_ = (a), c_ = (c), d_ = (d);                                                  \
		set(v);                                                                            \
		__asm__ volatile(insn : "+a"(a_), "+c"(c_), "+d"(d_) : "D"(REG) : "memory", "cc"); \
		a_;                                                                                \
	})

static void arithmetic(void)
{
	u32 r[4];

	tap_eq(WITH("bsf (%%rdi), %%eax", 0x500, 0, 0, 0), 8, "bsf");
	tap_eq(WITH("bsr (%%rdi), %%eax", 0x500, 0, 0, 0), 10, "bsr");
	tap_eq(WITH("imul (%%rdi), %%eax", 7, 6, 0, 0), 42, "imul");
	tap_eq(WITH("imul $-3, (%%rdi), %%eax", 7, 0, 0, 0), (u32)-21, "imul by a constant");
	tap_eq(WITH("mull (%%rdi); mov %%edx, %%eax", 0x80000000, 6, 0, 0), 3, "mul");
	tap_eq(WITH("divl (%%rdi)", 7, 100, 0, 0), 14, "div");
	tap_eq(WITH("idivl (%%rdi); mov %%edx, %%eax", 7, (u32)-100, 0, ~0UL), (u32)-2, "idiv");
	tap_eq(WITH("test %%eax, %%eax; cmovz (%%rdi), %%eax", 7, 0, 0, 0), 7, "cmov that does");
	tap_eq(WITH("test %%eax, %%eax; cmovz (%%rdi), %%eax", 7, 0xf00000001, 0, 0), 1,
	       "and one that does not, which clears the upper half as well");
	WITH("shll $4, (%%rdi)", 0x12345678, 0, 0, 0);
	tap_eq(reg(), 0x23456780, "shl");
	WITH("roll %%cl, (%%rdi)", 0x12345678, 0, 8, 0);
	tap_eq(reg(), 0x34567812, "rol by cl");
	WITH("shld $8, %%eax, (%%rdi)", 0x12345678, 0xab000000, 0, 0);
	tap_eq(reg(), 0x345678ab, "shld");
	WITH("shrd %%cl, %%eax, (%%rdi)", 0x12345678, 0xab, 8, 0);
	tap_eq(reg(), 0xab123456, "shrd by cl");
	tap_eq(WITH("push %%rbx; xor %%ebx, %%ebx; cmpxchg8b (%1); sete %%al; pop %%rbx", 0, ~0UL,
		    NOTHING, ~0UL) &
		       0xff,
	       1, "cmpxchg8b");
	cpuid(1, 0, r);
	if (r[2] & 1u << 13)
		tap_eq(WITH("push %%rbx; xor %%ebx, %%ebx; lock cmpxchg16b (%1); pop %%rbx", 0, 0,
			    NOTHING, 0),
		       ~0UL, "cmpxchg16b");
	tap_eq(WITH("clflush (%%rdi); prefetchw (%%rdi); mov (%%rdi), %%eax", 9, 0, 0, 0), 9,
	       "lines of caches");
}

static void stack(void)
{
	u64 v, sp, end = platform.ram_base + platform.ram_size;
	struct trap_record r;

	__asm__ volatile("pushq (%1); pop %0" : "=r"(v) : "r"(NOTHING) : "memory");
	tap_eq(v, ~0UL, "push of what a device holds");
	__asm__ volatile("mov %%rsp, %0; pushq $5; popq (%1); sub %%rsp, %0"
			 : "=&r"(sp)
			 : "r"(NOTHING)
			 : "memory");
	tap_eq(sp, 0, "pop to one");
	__asm__ volatile("mov %%rsp, %0; mov %1, %%rsp; pop %1; mov %0, %%rsp"
			 : "=&r"(sp), "+r"(end)::"memory");
	tap_eq(end, ~0UL, "pop from one");
	/* Where no page is: the handler returns as from the call. */
	trap_catch();
	__asm__ volatile("callq *(%0)" ::"r"(NOTHING) : "memory");
	r = trap_caught();
	tap_ok(trap_is(r, TRAP_FETCH_PAGE) && r.epc == ~0UL, "call by one: to 0x%lx", r.epc);
	trap_catch();
	__asm__ volatile("lea 1f(%%rip), %%rax; push %%rax; jmpq *(%0); 1:" ::"r"(NOTHING)
			 : "rax", "memory");
	r = trap_caught();
	tap_ok(trap_is(r, TRAP_FETCH_PAGE) && r.epc == ~0UL, "jmp by one: to 0x%lx", r.epc);
}

static void machine_status(void)
{
	u64 cr0 = cr_read(0);

	WITH("smsw (%%rdi)", 0, 0, 0, 0);
	/* Two bytes of a register that takes only four. */
	tap_eq(reg(), 0, "smsw to a register that is wider");
	trap_catch();
	WITH("smsw (%1)", 0, 0, NOTHING, 0);
	tap_ok(!trap_caught().count && cr_read(0) == cr0, "and to nothing");
}

int guest_main(void)
{
	/* In deadline mode it would hold nothing. */
	lapic_write(LAPIC_LVT_TIMER, LAPIC_MASKED | VECTOR_TIMER);
	loads();
	stores();
	modifications();
	exchanges();
	strings();
	widths();
	arithmetic();
	stack();
	machine_status();
	faults();
	set(0);
	return tap_done();
}
