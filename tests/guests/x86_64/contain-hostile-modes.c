// SPDX-License-Identifier: Apache-2.0
#include "contain-hostile.h"
#include <arch/regs.h>
#include <guest/guest.h>

/* Random code in the modes of 16 and 32 bits, with paging of 32 bits, PAE's, or none. */

#define LEGACY_PD 0xb00000UL /* of 32-bit paging */
#define PAE_PDPT  0xb01000UL
#define PAE_PD	  0xb02000UL
#define CR4_PSE	  0x10u
#define FLAG_NT	  0x4000u
#define FLAG_VM	  0x20000u

extern const char hostile_low[], hostile_low_end[];

/* 32-bit paging: identical where this guest needs it, and else random. */
static void legacy_tables(void)
{
	for (unsigned int i = 0; i < 1024; i++)
		((volatile u32 *)LEGACY_PD)[i] = (u32)any_entry();
	*(volatile u32 *)LEGACY_PD = PTE_P | PTE_W | PTE_PS;
	((volatile u32 *)LEGACY_PD)[2] = (u32)(CODE_AREA | PTE_P | PTE_W | PTE_U | PTE_PS);
	for (unsigned int i = 0; i < 4 * 512; i++)
		((volatile u64 *)PAE_PD)[i] = any_entry();
	for (unsigned int i = 0; i < 16; i++)
		((volatile u64 *)PAE_PD)[i] = flat_entry((u64)i << 21) | (i == 1 ? PTE_W : 0);
	for (unsigned int i = 0; i < 4; i++)
		((volatile u64 *)PAE_PDPT)[i] =
			i && rnd_below(4) == 0 ? any_entry() : (PAE_PD + i * PAGE_SIZE) | PTE_P;
}

void low_init(void)
{
	for (unsigned int i = 0; i < 256; i++)
		((volatile u32 *)0)[i] = LOW_CODE;
	memcpy((void *)LOW_CODE, hostile_low, (size_t)(hostile_low_end - hostile_low));
}

/* Its segments are where nothing is that matters: confined code does not load others. */
static void real_mode(struct frame32 *f)
{
	struct frame16 *r = (struct frame16 *)(LOW_SS * 16 + LOW_SP);

	low_init();
	for (u32 *reg = &r->edi; reg <= &r->eax; reg++)
		*reg = (u32)rnd_value();
	r->ds = (u16)(0x1000 + rnd_below(0x8000));
	r->es = (u16)(0x1000 + rnd_below(0x8000));
	r->cs = (u16)(0x1000 + rnd_below(0x8000));
	r->ip = (u16)rnd_below(0x8000);
	rnd_code((u64)r->cs * 16 + r->ip, FRAGMENT, true);
	r->flags = (u16)(any_flags() & ~(u32)FLAG_NT);
	f->cr0 = CR0_PE | CR0_ET;
	f->real = 1;
}

static void virtual_8086(struct frame32 *f)
{
	f->cs = f->ds = f->es = f->ss = 0x1000 + rnd_below(0x8000);
	f->eip = rnd_below(0x8000);
	rnd_code(f->cs * 16 + f->eip, FRAGMENT, false);
	f->eflags |= FLAG_VM;
}

void step_legacy(void)
{
	static struct frame32 f;
	bool v86 = !rnd_below(5);

	f = (struct frame32){ .cr0 = CR0_PE | CR0_ET | CR0_NE, .cr4 = CR4_OSFXSR };
	for (u32 *reg = &f.edi; reg <= &f.eax; reg++)
		*reg = (u32)(rnd_address() - CODE_AREA);
	f.ecx = (u32)any_count();
	f.cs = rnd_below(4) ? SEL_UCODE32 : SEL_UCODE16;
	f.eip = (u32)user_code() - (f.cs == SEL_UCODE16 ? (u32)CODE_AREA : 0);
	f.eflags = any_flags();
	f.esp = (u32)(rnd_address() - CODE_AREA);
	f.ss = SEL_LDATA;
	f.cr4 |= (u32)rnd() & 0xf; /* VME, PVI, TSD, DE */
	switch (v86 ? 0 : rnd_below(4)) {
	case 0:
		break;
	case 1:
		legacy_tables();
		f.cr3 = (u32)LEGACY_PD;
		f.cr0 |= CR0_PG;
		f.cr4 |= CR4_PSE;
		break;
	case 2:
		legacy_tables();
		f.cr3 = (u32)PAE_PDPT;
		f.cr0 |= CR0_PG;
		f.cr4 |= CR4_PAE;
		break;
	case 3:
		real_mode(&f);
	}
	if (v86)
		virtual_8086(&f);
	hostile_run32(&f.cr3);
	/* Which is not confined: real mode is not to meet it. */
	if (v86)
		memset((void *)(u64)(f.cs * 16 + f.eip), INT3, FRAGMENT);
	hostile_call_whole(watchdog_unmask);
}
