// SPDX-License-Identifier: Apache-2.0
#include <arch/insn.h>
#include <arch/regs.h>
#include <arch/syscall.h>
#include <guest/code.h>
#include <guest/cpus.h>
#include <guest/guest.h>
#include <guest/irq.h>
#include <guest/trap.h>

extern const char trap_stubs[];

struct gate {
	u16 offset_low, selector;
	u8 ist, type;
	u16 offset_mid;
	u32 offset_high, reserved;
};

struct tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved2;
	u64 ist[7];
	u64 reserved3;
	u16 reserved1, io_map;
} __packed;

struct desc_ptr {
	u16 limit;
	u64 base;
} __packed;

#define GATE_KERNEL 0x8e
#define GATE_USER   0xee

static struct gate idt[256], other_idt[256];
static u64 other_stack[64] __aligned(16);
static u64 gdt[MAX_CPUS][GDT_ENTRIES];
static struct tss tss[MAX_CPUS];

static bool catching;
static struct trap_record caught;

void (*user_ecall)(struct trap_frame *f);
void (*user_fault)(struct trap_record r);
void (*nmi_handler)(void);

/* By its descriptor table, since CPUID leaves the guest. */
unsigned int cpu_number(void)
{
	struct desc_ptr p;
	u32 r[4];

	__asm__ volatile("sgdt %0" : "=m"(p));
	if (p.base - (u64)gdt < sizeof(gdt))
		return (unsigned int)((p.base - (u64)gdt) / sizeof(gdt[0]));
	cpuid(1, 0, r);
	return r[1] >> 24;
}

static struct gate make_gate(u64 addr, u8 ist, u8 type)
{
	return (struct gate){
		.offset_low = (u16)addr,
		.selector = SEL_CODE,
		.ist = ist,
		.type = type,
		.offset_mid = (u16)(addr >> 16),
		.offset_high = (u32)(addr >> 32),
	};
}

static void load_idt(const struct gate *table)
{
	struct desc_ptr p = { sizeof(idt) - 1, (u64)table };

	__asm__ volatile("lidt %0" ::"m"(p) : "memory");
}

void trap_cpu_init(void)
{
	unsigned int cpu = cpu_number() % MAX_CPUS;
	u64 *g = gdt[cpu], base = (u64)&tss[cpu];
	struct desc_ptr p = { sizeof(gdt[0]) - 1, (u64)g };

	g[SEL_CODE / 8] = DESC_CODE64;
	g[SEL_DATA / 8] = DESC_DATA;
	g[SEL_USER_DATA / 8] = DESC_USER_DATA;
	g[SEL_USER_CODE / 8] = DESC_USER_CODE;
	g[SEL_TSS / 8] = (sizeof(struct tss) - 1) | (base & 0xffffff) << 16 | 0x89UL << 40 |
			 (base >> 24 & 0xff) << 56;
	g[SEL_TSS / 8 + 1] = base >> 32;
	tss[cpu].io_map = sizeof(struct tss);
	for (unsigned int v = 0; v < 256; v++)
		idt[v] = make_gate((u64)trap_stubs + 16 * v, 0,
				   v == SYSCALL_VECTOR ? GATE_USER : GATE_KERNEL);
	__asm__ volatile("lgdt %0\n"
			 "pushq %1\n"
			 "leaq 1f(%%rip), %%rax\n"
			 "pushq %%rax\n"
			 "lretq\n"
			 "1: movl %2, %%eax\n"
			 "movl %%eax, %%ds\n"
			 "movl %%eax, %%es\n"
			 "movl %%eax, %%ss\n"
			 "ltr %w3" ::"m"(p),
			 "i"(SEL_CODE), "i"(SEL_DATA), "r"(SEL_TSS)
			 : "rax", "memory");
	load_idt(idt);
}

void trap_set_kernel_stack(u64 sp)
{
	tss[cpu_number() % MAX_CPUS].rsp[0] = sp;
}

void trap_catch(void)
{
	caught = (struct trap_record){ 0 };
	catching = true;
	barrier();
}

struct trap_record trap_caught(void)
{
	barrier();
	catching = false;
	return caught;
}

/* The error code is above the vector. */
#define CAUSE_VECTOR(c) (0xff & (c))
#define CAUSE_ERROR(c)	((c) >> 8)

bool trap_is(struct trap_record r, enum trap_kind kind)
{
	u64 vector = CAUSE_VECTOR(r.cause), error = CAUSE_ERROR(r.cause);
	bool page = vector == VECTOR_PF;

	if (r.count != 1)
		return false;
	switch (kind) {
	case TRAP_UNDEFINED:
		return vector == VECTOR_UD || (vector == VECTOR_GP && !error);
	case TRAP_BREAKPOINT:
		return vector == VECTOR_BP;
	case TRAP_SYSCALL:
		return vector == SYSCALL_VECTOR;
	case TRAP_FETCH_PAGE:
		return page && (error & PF_FETCH);
	case TRAP_LOAD_PAGE:
		return page && !(error & (PF_FETCH | PF_WRITE));
	case TRAP_STORE_PAGE:
		return page && (error & PF_WRITE);
	case TRAP_NO_ADDRESS:
		return vector == VECTOR_GP && !error;
	/* Nothing answers with ones, and no access needs to be aligned. */
	case TRAP_FETCH_ACCESS:
	case TRAP_LOAD_ACCESS:
	case TRAP_STORE_ACCESS:
	case TRAP_MISALIGNED:
		return false;
	}
	return false;
}

void trap_provoke(void)
{
	__asm__ volatile("int3" ::: "memory");
}

void trap_undefined_register(void)
{
	(void)rdmsr(0xc0ffee00); /* nobody's */
}

void trap_vector_set(u64 vector)
{
	/* On a stack that is always the same, so that none runs over. */
	tss[cpu_number()].ist[0] = (u64)other_stack + sizeof(other_stack);
	for (unsigned int v = 0; v < 256; v++)
		other_idt[v] = make_gate(vector, 1, GATE_KERNEL);
	load_idt(vector ? other_idt : idt);
}

void __noreturn trap_with_stack(u64 sp)
{
	__asm__ volatile("movq %0, %%rsp; int3" ::"r"(sp));
	for (;;)
		;
}

static void __noreturn trap_fatal(const struct trap_frame *f)
{
	catching = false;
	printf("\nBail out! trap: vector %lu error 0x%lx rip 0x%lx cr2 0x%lx rflags 0x%lx\n",
	       f->vector, f->error, f->rip, cr_read(2), f->rflags);
	printf("# rax 0x%016lx  rbx 0x%016lx  rcx 0x%016lx  rdx 0x%016lx\n", f->rax, f->rbx, f->rcx,
	       f->rdx);
	printf("# rsi 0x%016lx  rdi 0x%016lx  rbp 0x%016lx  rsp 0x%016lx\n", f->rsi, f->rdi, f->rbp,
	       f->rsp);
	printf("# r8  0x%016lx  r9  0x%016lx  r10 0x%016lx  r11 0x%016lx\n", f->r8, f->r9, f->r10,
	       f->r11);
	printf("# r12 0x%016lx  r13 0x%016lx  r14 0x%016lx  r15 0x%016lx\n", f->r12, f->r13, f->r14,
	       f->r15);
	arch_poweroff(false);
}

/* Whether the instruction at @pc can be stepped over. */
static bool is_code(u64 pc)
{
	return pc - platform.ram_base < platform.ram_size;
}

/* Back to who called what can't be executed. */
static void return_from(struct trap_frame *f)
{
	f->rip = *(u64 *)f->rsp;
	f->rsp += 8;
}

static struct trap_record record_of(const struct trap_frame *f, u64 count)
{
	return (struct trap_record){
		.count = count,
		.cause = f->vector | f->error << 8,
		.tval = f->vector == VECTOR_PF ? cr_read(2) : 0,
		.epc = f->rip,
	};
}

static void trap_record(struct trap_frame *f)
{
	caught = record_of(f, caught.count + 1);
	if (f->vector == VECTOR_PF && (f->error & PF_FETCH))
		return_from(f);
	else if (!is_code(f->rip))
		return_from(f);
	else if (f->vector != VECTOR_BP && f->vector != SYSCALL_VECTOR)
		f->rip += insn_length((const u8 *)f->rip);
}

void trap_dispatch(struct trap_frame *f)
{
	if (f->vector == VECTOR_NMI && nmi_handler)
		nmi_handler();
	else if (f->vector == SYSCALL_VECTOR && user_ecall)
		user_ecall(f);
	else if (f->vector >= 32 && f->vector != SYSCALL_VECTOR)
		irq_dispatch(f);
	else if (f->cs == SEL_USER_CODE && user_fault)
		user_fault(record_of(f, 1));
	else if (catching)
		trap_record(f);
	else
		trap_fatal(f);
}

void code_write(u64 at, enum code code, u64 number)
{
	volatile u8 *p = (u8 *)at;

	switch (code) {
	case CODE_RETURN:
		break;
	case CODE_RETURN_NUMBER:
		*p++ = 0xb8; /* mov $number, %eax */
		for (int i = 0; i < 4; i++)
			*p++ = (u8)(number >> 8 * i);
		break;
	case CODE_LOAD32:
		*p++ = 0x8b; /* mov (%rdi), %eax */
		*p++ = 0x07;
		break;
	case CODE_UNDEFINED:
		*p++ = 0x0f; /* ud2 */
		*p++ = 0x0b;
		break;
	}
	*p = 0xc3; /* ret */
}

/* A CPU sees to that itself, but for what it has fetched already. */
void code_sync(void)
{
	u32 r[4];

	cpuid(0, 0, r);
}
