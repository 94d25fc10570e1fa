// SPDX-License-Identifier: Apache-2.0
#include "contain-hostile.h"
#include <arch/apic.h>
#include <arch/regs.h>
#include <guest/guest.h>

/* Random code, and the modes, descriptors and page tables that it runs with. */

#define FRAGMENT 64
#define INT3S	 0xccccccccccccccccUL
#define CACHE	 0x18UL /* not cached */

#define CR0_AM	0x40000u
#define FLAG_TF 0x100u
#define FLAG_NT 0x4000u
#define FLAG_AC 0x40000u

#define DESC_CODE16  0x00009b000000ffff
#define DESC_DATA16  0x000093000000ffff
#define DESC_HCODE32 0x00c09b0000001fff
#define DESC_UCODE32 0x00c0fb0000001fff /* its RAM: elsewhere nothing runs */
#define DESC_UCODE16 0x0000fb800000ffff /* from CODE_AREA on */
#define DESC_LDATA   0x00cff3800000e3ff /* from CODE_AREA up to IOAPIC */
#define DESC_DEVICES 0xfec0f1c000000200 /* from IOAPIC on, with the local APIC, to read */

struct gate64 {
	u16 offset_low, selector;
	u8 ist, type;
	u16 offset_mid;
	u32 offset_high, reserved;
};

struct tss {
	u32 reserved0;
	u64 rsp[3], reserved1, ist[7], reserved2;
	u16 reserved3, io_map;
	u8 io[0x2000 + 1];
} __packed;

struct desc_ptr {
	u16 limit;
	u64 base;
} __packed;

extern u64 hostile_gdt[GDT_SIZE / 8], hostile_cr4;
extern const char hostile_stubs[], hostile_entry32[];
void hostile_descriptors(void);

static u64 pml4[512] __aligned(4096), pdpt[512] __aligned(4096), pd[4][512] __aligned(4096);
static struct gate64 idt[256] __aligned(16);
static u64 idt32[256] __aligned(16);
static struct tss tss __aligned(16);
static u8 stack32[4096] __aligned(16);
static bool spoilt;
struct desc_ptr hostile_idt32_ptr;

/* ---- what the guest itself runs with ---- */

u64 flat_entry(u64 at)
{
	u64 ram_end = platform.ram_base + platform.ram_size;

	if (at == platform.ram_base)
		return at | PTE_P | PTE_PS;
	if (at == STACKS)
		return at | PTE_P | PTE_PS | PTE_W | PTE_NX;
	if (at == KERNEL_AREA)
		return at | PTE_P | PTE_PS;
	if (at < ram_end)
		return at | PTE_P | PTE_PS | PTE_W | PTE_U;
	return at | PTE_P | PTE_PS | PTE_U | CACHE | PTE_NX | (at < 0xfec00000 ? PTE_W : 0);
}

static bool has_smep(void)
{
	u32 r[4];

	cpuid(7, 0, r);
	return r[1] & BIT(7);
}

static void int3_fill(u64 at, u64 bytes)
{
	for (u64 end = at + bytes; at < end; at += 8)
		*(volatile u64 *)at = INT3S;
}

void tables_init(void)
{
	hostile_cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT | (has_smep() ? CR4_SMEP : 0);
	int3_fill(KERNEL_AREA, MIB(2));
	int3_fill(LOW_RANDOM, LOW_END - LOW_RANDOM);
	for (u64 i = 0; i < 2048; i++)
		pd[i / 512][i % 512] = flat_entry(i << 21);
	for (u64 i = 0; i < 4; i++)
		pdpt[i] = (u64)pd[i] | PTE_P | PTE_W | PTE_U;
	pml4[0] = (u64)pdpt | PTE_P | PTE_W | PTE_U;
	hostile_cr3 = (u64)pml4;
	cr_write(0, cr_read(0) & ~(u64)CR0_WP);
	cr_write(3, hostile_cr3);
}

/*
 * Each gate half at once: that of NMIs is what it was, and at no moment anything else, since an NMI
 * may come here as well.
 */
static void gates_set(void)
{
	for (unsigned int v = 0; v < 256; v++) {
		u64 at = (u64)hostile_stubs + 16 * v;
		struct gate64 gate = {
			.offset_low = (u16)at,
			.selector = SEL_HCODE,
			.ist = 1,
			.type = v & 1 ? 0xee : 0x8e,
			.offset_mid = (u16)(at >> 16),
			.offset_high = (u32)(at >> 32),
		};

		for (unsigned int i = 0; i < 2; i++)
			((volatile u64 *)&idt[v])[i] = ((const u64 *)&gate)[i];
	}
	tss.ist[0] = STACKS + AREA_SIZE;
	for (unsigned int i = 1; i < 7; i++)
		tss.ist[i] = STACKS + AREA_SIZE / 2;
	spoilt = false;
}

/* After each step, since it may have loaded others. */
void hostile_descriptors(void)
{
	static const u64 fixed[] = { 0,		 DESC_CODE64,	 DESC_DATA,    DESC_HCODE32,
				     DESC_LDATA, DESC_USER_CODE, DESC_UCODE32, DESC_UCODE16 };
	u64 base = (u64)&tss;
	struct desc_ptr gdt_ptr = { GDT_SIZE - 1, (u64)hostile_gdt };
	struct desc_ptr idt_ptr = { sizeof(idt) - 1, (u64)idt };

	for (unsigned int i = 0; i < ARRAY_SIZE(fixed); i++)
		hostile_gdt[i] = fixed[i];
	hostile_gdt[SEL_HTSS / 8] = (sizeof(tss) - 1) | (base & 0xffffff) << 16 | 0x89UL << 40 |
				    (base >> 24 & 0xff) << 56;
	hostile_gdt[SEL_HTSS / 8 + 1] = base >> 32;
	hostile_gdt[SEL_CODE16 / 8] = DESC_CODE16;
	hostile_gdt[SEL_DATA16 / 8] = DESC_DATA16;
	hostile_gdt[SEL_DEVICES / 8] = DESC_DEVICES;
	hostile_gdt[SEL_UDATA / 8] = DESC_USER_DATA;
	if (spoilt)
		gates_set();
	__asm__ volatile("lgdt %0; lidt %1; ltr %w2; lldt %w3" ::"m"(gdt_ptr), "m"(idt_ptr),
			 "r"(SEL_HTSS), "r"(0)
			 : "memory");
}

/* All ports are user mode's, but those by which it could stop the watchdog, or end the guest. */
static void ports_allow(void)
{
	static const u16 not[] = { 0x40,  0x41,	 0x42,	0x43,  0x70, 0x71,
				   0x3f8, 0x604, 0x605, 0x606, 0xcf9 };

	for (unsigned int i = 0; i < ARRAY_SIZE(not); i++)
		tss.io[not[i] / 8] |= (u8)(1 << not[i] % 8);
	tss.io[0x2000] = 0xff;
}

void gates_init(void)
{
	u64 at = (u64)hostile_entry32;

	for (unsigned int i = SEL_RANDOM / 8; i < GDT_SIZE / 8; i++)
		hostile_gdt[i] = rnd();
	for (unsigned int v = 0; v < 256; v++)
		idt32[v] = (at & 0xffff) | SEL_HCODE32 << 16 | 0xee00UL << 32 | (at >> 16) << 48;
	hostile_idt32_ptr = (struct desc_ptr){ sizeof(idt32) - 1, (u64)idt32 };
	/* In modes without LMA the CPU has it for a 32-bit one: ESP0 and SS0. */
	tss.rsp[0] = (u64)SEL_HDATA << 32 | (u64)(stack32 + sizeof(stack32));
	tss.io_map = __builtin_offsetof(struct tss, io);
	ports_allow();
	spoilt = true;
	hostile_descriptors();
	__asm__ volatile(
		"pushq %0; lea 1f(%%rip), %%rax; pushq %%rax; lretq\n"
		"1: mov %1, %%eax; mov %%eax, %%ds; mov %%eax, %%es; mov %%eax, %%ss" ::"i"(
			SEL_HCODE),
		"i"(SEL_HDATA)
		: "rax", "memory");
}

/* ---- random code ---- */

/* Counts of strings are often huge. */
u64 any_count(void)
{
	return rnd_below(3) ? rnd_below(64) : rnd_value();
}

static void any_registers(struct frame64 *f)
{
	u64 *reg = (u64 *)f;

	for (unsigned int i = 0; i < 15; i++)
		reg[i] = rnd_below(3) ? rnd_address() : rnd_value();
	f->rcx = any_count();
	if (rnd_below(2))
		f->rdx = rnd_below(0x700);
}

u64 user_code(void)
{
	u64 at = CODE_AREA + rnd_below(AREA_SIZE - FRAGMENT);

	rnd_code(at, FRAGMENT, false);
	return at;
}

/*
 * None lies across another, so that instructions stay what they are. By the first one, time passes
 * in QEMU's icount mode, too, where it does not while exceptions alone lead to each other.
 */
static u64 kernel_code(void)
{
	u64 at = KERNEL_AREA + rnd_below(AREA_SIZE / FRAGMENT) * FRAGMENT;

	*(volatile u8 *)at = NOP;
	rnd_code(at + 1, FRAGMENT - 1, true);
	return at;
}

u32 any_flags(void)
{
	u64 r = rnd();

	return RFLAGS_FIXED | (r & 0xcd5) | (r & BIT(20) ? FLAG_TF : 0) * !(r & 0xe00000) |
	       (r & BIT(24) ? FLAG_AC : 0) | (r & BIT(25) ? FLAG_NT : 0);
}

void step_user(void)
{
	static const u16 code[] = { SEL_UCODE64, SEL_UCODE64, SEL_UCODE32, SEL_UCODE16 };
	static struct frame64 f;

	any_registers(&f);
	f.rip = user_code();
	f.cs = code[rnd_below(ARRAY_SIZE(code))];
	if (f.cs == SEL_UCODE16)
		f.rip -= CODE_AREA;
	f.ss = SEL_UDATA;
	f.rsp = rnd_address();
	f.rflags = any_flags();
	f.cr0 = cr_read(0) | (rnd_below(8) ? 0 : CR0_TS) | (rnd_below(4) ? 0 : CR0_AM);
	hostile_run64(&f);
}

/* Write protection keeps this guest's own image. */
void step_kernel(void)
{
	static struct frame64 f;

	any_registers(&f);
	f.rip = kernel_code();
	f.cs = SEL_HCODE;
	f.ss = SEL_HDATA;
	f.rsp = rnd_address();
	f.rflags = any_flags() | (rnd_below(8) ? RFLAGS_IF : 0);
	f.cr0 = cr_read(0) | CR0_WP;
	hostile_run64(&f);
}

/* ---- page tables ---- */

u64 any_entry(void)
{
	u64 r = rnd(), flags = (r & 0xe6) | (rnd_below(8) ? PTE_P : 0) | (r & BIT(40) ? PTE_NX : 0);

	if (!rnd_below(3))
		flags &= ~PTE_PS;
	switch (rnd_below(16)) {
	case 0:
		return NOWHERE | rnd_below(16) << 12 | flags;
	case 1:
		return LAPIC_BASE | (flags & ~PTE_W);
	case 2:
		return platform.intc | (flags & ~PTE_W);
	case 3:
		return (rnd() & ~0xfffUL) | flags | BIT(51);
	case 4:
		return DATA_AREA | rnd_below(16) << 12 | flags;
	case 5:
		return CODE_AREA | rnd_below(16) << 12 | flags;
	case 6:
		return (platform.ram_base + platform.ram_size + BIT(12) * (rnd_below(3))) | flags;
	}
	return TABLE_AREA | rnd_below(NR_TABLES) << 12 | flags;
}

/* They lead to each other, to no memory, to devices, and have reserved bits. */
void step_tables(void)
{
	unsigned int n = 1 + rnd_below(200);

	for (unsigned int i = 0; i < n; i++) {
		u64 page = TABLE_AREA + (rnd_below(NR_TABLES) << 12);

		for (unsigned int k = 0; k < 16; k++)
			((volatile u64 *)page)[rnd_below(512)] = any_entry();
		pml4[1 + rnd_below(511)] = any_entry();
	}
	if (rnd_below(3))
		step_user();
	else
		step_kernel();
}

/* ---- descriptors ---- */

/*
 * Exceptions in exceptions: of the vectors only NMI's and that of double faults stay. A handler is
 * confined code, or what SMEP does not let run; that of the faults by which it does not, code.
 */
void step_gates(void)
{
	unsigned int n = rnd_below(64);

	spoilt = true;
	while (n--) {
		unsigned int v = rnd_below(2) ? rnd_below(32) : rnd_below(256);
		bool code = v == VECTOR_GP || v == VECTOR_PF || rnd_below(2);
		u64 at = code ? kernel_code() : rnd_address();

		if (v == VECTOR_NMI || v == 8)
			continue;
		idt[v].offset_low = (u16)at;
		idt[v].offset_mid = (u16)(at >> 16);
		idt[v].offset_high = (u32)(at >> 32);
		idt[v].selector = rnd_below(4) ? SEL_HCODE : (u16)rnd();
		idt[v].ist = rnd_below(2) ? (u8)rnd() : 0;
		idt[v].type = rnd_below(4) ? (u8)(0x8e | rnd_below(4) << 5) : (u8)rnd();
	}
	for (unsigned int i = 1; i < 7; i++)
		tss.ist[i] = rnd_address();
	if (rnd_below(2))
		step_user();
	else
		step_kernel();
}

static const u8 seg_insns[][4] = {
	{ 0x8e, 0xd8 },	      /* mov %eax, %ds */
	{ 0x8e, 0xd0 },	      /* mov %eax, %ss */
	{ 0x8e, 0xe8 },	      /* mov %eax, %gs */
	{ 0x0f, 0x00, 0xd0 }, /* lldt %ax */
	{ 0x0f, 0x00, 0xd8 }, /* ltr %ax */
	{ 0xff, 0x2b },	      /* ljmp *(%rbx) */
	{ 0xff, 0x1b },	      /* lcall *(%rbx) */
	{ 0x48, 0xcf },	      /* iretq */
	{ 0xcf },	      /* iretl */
	{ 0xcb },	      /* lret */
	{ 0x0f, 0xb2, 0x23 }, /* lss (%rbx), %esp */
	{ 0x0f, 0x02, 0xc8 }, /* lar %ax, %cx */
};

/* Near what this guest has: any type, from this guest's own base on. */
static u64 any_descriptor(void)
{
	return (rnd() & 0xff00ffff) | 0x00c08f0000000000 | (u64)rnd_below(256) << 40;
}

/* Far jumps, returns and loads, by random descriptors: gates, other modes, task states. */
void step_segments(void)
{
	static struct frame64 f;
	u64 far = DATA_AREA + rnd_below(AREA_SIZE - 64);
	const u8 *insn = seg_insns[rnd_below(ARRAY_SIZE(seg_insns))];

	for (unsigned int i = SEL_RANDOM / 8; i < GDT_SIZE / 8; i++)
		hostile_gdt[i] = rnd_below(2) ? rnd() : any_descriptor();
	any_registers(&f);
	f.cs = rnd_below(2) ? SEL_HCODE : SEL_UCODE64;
	f.ss = f.cs == SEL_HCODE ? SEL_HDATA : SEL_UDATA;
	f.rax = rnd_below(GDT_SIZE);
	/* QEMU's LTR takes a null selector, and aborts at the next event that needs a stack of it. */
	if (f.rax < 4)
		f.rax |= SEL_HCODE;
	f.rbx = f.rsp = far;
	for (unsigned int i = 0; i < 8; i++)
		((volatile u64 *)far)[i] = rnd_below(3) ? rnd_below(GDT_SIZE) : rnd_address();
	*(volatile u32 *)far = (u32)(CODE_AREA + rnd_below(AREA_SIZE));
	*(volatile u16 *)(far + 4) = (u16)rnd_below(GDT_SIZE);
	f.rip = f.cs == SEL_HCODE ? kernel_code() : user_code();
	memcpy((void *)f.rip, insn, 3);
	f.rflags = any_flags();
	f.cr0 = cr_read(0) | CR0_WP;
	hostile_run64(&f);
}

/* ---- what may well be the end ---- */

void step_last(void)
{
	static struct frame64 f;
	u64 at = KERNEL_AREA;

	f = (struct frame64){ .rip = at,
			      .cs = SEL_HCODE,
			      .ss = SEL_HDATA,
			      .rsp = STACKS + AREA_SIZE / 2,
			      .rflags = RFLAGS_FIXED,
			      .cr0 = cr_read(0) };
	f.rax = rnd_address();
	switch (rnd_below(8)) {
	case 0:
		memcpy((void *)at, "\x0f\x22\xd8\xf4", 4); /* mov %rax, %cr3; hlt */
		break;
	case 1:
		memcpy((void *)at, "\x0f\x01\x18\x0f\x0b", 5); /* lidt (%rax); ud2 */
		break;
	case 2:
		memcpy((void *)at, "\x0f\x01\x10\x0f\x0b", 5); /* lgdt (%rax); ud2 */
		break;
	case 3:
		memcpy((void *)at, "\xfa\xf4\xeb\xfd", 4); /* cli; hlt, again and again */
		break;
	case 4:
		f.rip = 0x100000000 - 0x200000 + rnd_below(0x1000);
		pd[3][511] &= ~PTE_NX; /* where nothing is */
		break;
	case 5:
		memcpy((void *)at, "\x0f\x22\xc0\xf4", 4); /* mov %rax, %cr0; hlt */
		f.rax = rnd();
		break;
	case 6:
		memcpy((void *)at, "\x0f\x22\xe0\xf4", 4); /* mov %rax, %cr4; hlt */
		f.rax = rnd() & 0x7fffff;
		break;
	default:
		return;
	}
	hostile_run64(&f);
}
