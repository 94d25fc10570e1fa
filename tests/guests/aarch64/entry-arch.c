// SPDX-License-Identifier: Apache-2.0
#include "../entry.h"
#include <arch/psci.h>
#include <arch/sysreg.h>
#include <guest/guest.h>
#include <guest/tap.h>

/* The order of entry-asm.S. */
struct entry {
	u64 x0, sctlr, daif, currentel, spsel, cpacr, cntkctl, tcr, ttbr0, ttbr1, vbar, mdscr,
		oslsr, contextidr, cntv_ctl, cntp_ctl;
	volatile u64 done;
};

extern struct entry entry_boot;
void entry_other(void);

#define EL1	 (1UL << 2)
#define DAIF_ALL 0x3c0UL
#define FPEN	 (3UL << 20)
#define OSLK	 BIT(1)
/* PSCI 1.1, 6.4, and where it says nothing what resets leave (Arm ARM D19). */
static void show(const char *cpu, const struct entry *e)
{
	entry_is(cpu, "SCTLR_EL1", e->sctlr, SCTLR_ENTRY_OFF | SCTLR_ENTRY_ON, SCTLR_ENTRY_ON);
	entry_is(cpu, "DAIF", e->daif, DAIF_ALL, DAIF_ALL);
	entry_is(cpu, "CurrentEL", e->currentel, ~0UL, EL1);
	entry_is(cpu, "SPSel", e->spsel, ~0UL, 1);
	entry_is(cpu, "CPACR_EL1", e->cpacr, FPEN, 0);
	entry_is(cpu, "CNTKCTL_EL1", e->cntkctl, 0x3ff, 0);
	entry_is(cpu, "MDSCR_EL1", e->mdscr, BIT(15) | BIT(13) | 1, 0);
	entry_is(cpu, "OSLSR_EL1", e->oslsr, 0, 0);
	entry_is(cpu, "CNTV_CTL_EL0", e->cntv_ctl, 1, 0);
	entry_is(cpu, "CNTP_CTL_EL0", e->cntp_ctl, 1, 0);
	entry_is(cpu, "TCR_EL1", e->tcr, 0, 0);
	entry_is(cpu, "TTBR0_EL1", e->ttbr0, 0, 0);
	entry_is(cpu, "VBAR_EL1", e->vbar, 0, 0);
	entry_is(cpu, "CONTEXTIDR_EL1", e->contextidr, 0, 0);
}

void entry_boot_cpu(void)
{
	show("boot", &entry_boot);
	sysreg_write(cpacr_el1, FPEN);
	isb();
	entry_is("boot", "FPCR", sysreg_read(fpcr), ~0UL, 0);
}

void entry_other_cpu(u64 id)
{
	static struct entry e;
	u64 end = guest_give_up();

	e.done = 0;
	if (!tap_ok(!psci_call(SMCCC_64(PSCI_CPU_ON), id, (u64)entry_other, (u64)&e), "it starts"))
		return;
	while (!e.done && arch_time() < end)
		;
	entry_is("another", "x0", e.x0, ~0UL, (u64)&e);
	show("another", &e);
}

void entry_resumed(void)
{
}
