/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_GUESTS_CONTAIN_HOSTILE_H
#define TESTS_GUESTS_CONTAIN_HOSTILE_H

/*
 * The GDT. In modes without LMA, where no page tables keep user mode from what the watchdog needs,
 * it ends at LEGACY_GDT: of data, user mode then has memory from CODE_AREA on, and devices to read.
 * What lies behind all of them, up to GDT_SIZE, are random descriptors.
 */
#define SEL_HCODE   0x08
#define SEL_HDATA   0x10
#define SEL_HCODE32 0x18
#define SEL_LDATA   0x23
#define SEL_UCODE64 0x2b
#define SEL_UCODE32 0x33
#define SEL_UCODE16 0x3b
#define SEL_HTSS    0x40
#define SEL_CODE16  0x50
#define SEL_DATA16  0x58
#define SEL_DEVICES 0x63
#define LEGACY_GDT  0x68
#define SEL_UDATA   0x6b
#define SEL_RANDOM  0x70
#define GDT_SIZE    0x200

/*
 * Guest-physical memory. The pages of 2 MiB that have the image and the kernel's random code are
 * read-only for what runs with CR0.WP set, and none of user mode's. By SMEP the kernel runs nothing
 * else.
 */
#define LOW_CODE    0x7000UL  /* of real mode: the way out of it */
#define LOW_RANDOM  0x10000UL /* random code, up to LOW_END, and its data */
#define LOW_END	    0x9e000UL
#define LOW_SS	    0x9000
#define LOW_SP	    0xe000     /* of the registers that it begins with */
#define STACKS	    0x400000UL /* of handlers, for nobody else */
#define KERNEL_AREA 0x600000UL
#define CODE_AREA   0x800000UL
#define DATA_AREA   0xa00000UL
#define TABLE_AREA  0xc00000UL /* random page tables */
#define NR_TABLES   64
#define NOWHERE	    0xd0000000UL
#define AREA_SIZE   0x10000UL
#define FRAGMENT    64 /* of random code */

/* Instructions of a byte, and a prefix. */
#define LOCK 0xf0
#define INT3 0xcc
#define NOP  0x90

/* What assembly knows: an offset in struct frame64, and the I/O APIC. */
#define FRAME_CR0 160
#define IOAPIC	  0xfec00000

#ifndef __ASSEMBLY__
#include <lodge/types.h>

#define PTE_P  BIT(0)
#define PTE_W  BIT(1)
#define PTE_U  BIT(2)
#define PTE_PS BIT(7)
#define PTE_NX BIT(63)

/* 64-bit mode: registers, and what IRETQ takes. */
struct frame64 {
	u64 r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
	u64 rip, cs, rflags, rsp, ss;
	u64 cr0;
};

/* Modes without LMA: what they begin with, what POPAL takes, and what IRETL takes. */
struct frame32 {
	u32 pad[16];
	u32 cr3, cr4, cr0, real;
	u32 edi, esi, ebp, unused, ebx, edx, ecx, eax;
	u32 eip, cs, eflags, esp, ss, es, ds, fs, gs;
};

/* At LOW_SS:LOW_SP. */
struct frame16 {
	u32 edi, esi, ebp, unused, ebx, edx, ecx, eax;
	u16 ds, es, ip, cs, flags;
};

/* ---- contain-hostile-asm.S: each comes back with the next exception or interrupt ---- */
void hostile_run64(struct frame64 *f);
void hostile_run32(u32 *frame);
extern u64 hostile_cr3;

/* ---- contain-hostile.c ---- */
u64 rnd(void);
u32 rnd_below(u32 n);
/* An edge, a small number, or any. */
u64 rnd_value(void);
/* An address that is interesting: memory, devices, nothing, random tables, no address. */
u64 rnd_address(void);
void rnd_fill(u64 at, u64 bytes);
/*
 * @bytes of code at @at: prefixes, opcodes and operands, or any bytes. @confined: without what could
 * end the watchdog or the guest's hold on the CPU where nothing else keeps it from that: output,
 * far jumps, loads of segments, and all system instructions that change more than one register.
 */
void rnd_code(u64 at, unsigned int bytes, bool confined);
/* Runs @fn, which may trap, and then goes on behind it. */
void hostile_call(void (*fn)(void));
/* The same, again until nothing has interrupted @fn. */
void hostile_call_whole(void (*fn)(void));
/* The interrupt that ends what runs too long. */
void watchdog_set(void);
/* Which a change of mode has masked. */
void watchdog_unmask(void);
/* How often the guest has been reset is kept where a reset leaves it. */
void starts_keep(void);

/* ---- contain-hostile-arch.c ---- */
void tables_init(void);
void gates_init(void);
/* One step each. */
void step_user(void);
void step_kernel(void);
void step_tables(void);
void step_gates(void);
void step_segments(void);
void step_last(void);
/* The entry of a table for 2 MiB, by which this guest has them at @at itself; and any. */
u64 flat_entry(u64 at);
u64 any_entry(void);
u64 any_count(void);
u32 any_flags(void);
/* Random code of user mode. Return: where. */
u64 user_code(void);

/* ---- contain-hostile-modes.c ---- */
void step_legacy(void);
/* What real mode needs below 1 MiB. */
void low_init(void);

/* ---- contain-hostile-devices.c ---- */
void step_ports(void);
void step_apics(void);
void step_registers(void);
void step_calls(void);
void step_cpus(void);
void devices_clean_up(void);
#endif

#endif
