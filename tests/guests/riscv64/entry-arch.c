// SPDX-License-Identifier: Apache-2.0
#include "../entry.h"
#include <arch/csr.h>
#include <arch/sbi.h>
#include <guest/guest.h>
#include <guest/tap.h>

/* The order of entry-asm.S. */
struct entry {
	u64 a0, sstatus, sie, satp, scounteren, sscratch, stvec, sip;
	volatile u64 done;
	u64 sp;
};

extern struct entry entry_boot;
void entry_other(void);
long entry_suspend(struct entry *e);

#define FS	   (3UL << 13)
#define VS	   (3UL << 9)
#define SUM	   BIT(18)
#define MXR	   BIT(19)
#define CY_TM_IR   7UL
#define SSI	   BIT(1)
#define SBI_HSM_ID 0x48534d

static bool isa_has(char letter)
{
	for (const char *p = platform.isa + 4; *p && *p != '_'; p++)
		if (*p == letter)
			return true;
	return false;
}

/* As OpenSBI hands over a hart: its units are on, and have been written. */
static void show(const char *cpu, const struct entry *e)
{
	u64 on = (isa_has('d') || isa_has('f') ? FS : 0) | (isa_has('v') ? VS : 0);

	entry_is(cpu, "sstatus", e->sstatus, SSTATUS_SIE | SUM | MXR | FS | VS, on);
	entry_is(cpu, "satp", e->satp, ~0UL, 0);
	entry_is(cpu, "scounteren", e->scounteren, CY_TM_IR, CY_TM_IR);
	entry_is(cpu, "sie", e->sie, 0, 0);
	entry_is(cpu, "sscratch", e->sscratch, 0, 0);
	entry_is(cpu, "stvec", e->stvec, 0, 0);
	entry_is(cpu, "sip", e->sip, 0, 0);
}

void entry_boot_cpu(void)
{
	u64 fcsr = 0;

	entry_is("boot", "a0", entry_boot.a0, ~0UL, platform.boot_cpu);
	show("boot", &entry_boot);
	entry_is("boot", "sie", entry_boot.sie, ~0UL, 0);
	if (entry_boot.sstatus & FS)
		fcsr = csr_read(0x003);
	entry_is("boot", "fcsr", fcsr, ~0UL, 0);
}

void entry_other_cpu(u64 id)
{
	static struct entry e;
	u64 end = guest_give_up();

	e.done = 0;
	if (!tap_ok(!sbi_call3(SBI_HSM_ID, 0, id, (u64)entry_other, (u64)&e).error, "it starts"))
		return;
	while (!e.done && arch_time() < end)
		;
	entry_is("another", "a0", e.a0, ~0UL, id);
	show("another", &e);
}

void entry_resumed(void)
{
	static struct entry e;

	csr_clear(sstatus, FS | VS);
	csr_set(sie, SSI);
	csr_set(sip, SSI);
	if (tap_ok(!entry_suspend(&e), "it resumes"))
		show("resumed", &e);
}
