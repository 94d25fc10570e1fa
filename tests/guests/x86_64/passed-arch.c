// SPDX-License-Identifier: Apache-2.0
#include <arch/apic.h>
#include <arch/regs.h>
#include <guest/irq.h>
#include "../passed.h"

/* COM2, a 16550, whose transmitter is empty: its line rises when that interrupt is enabled. */
#define COM2 0x2f8
#define IER  1
#define MCR  4
#define THRE 2
#define OUT2 8

const u32 passed_irq = 20;

/* What the host's input is, the boot argument edge says, and pin whether the guest's is one too. */
bool passed_comes_again(void)
{
	return !bootarg_number("edge", 0);
}

void passed_enable(void)
{
	dev_irq_enable(passed_irq);
	if (bootarg_number("pin", 0))
		ioapic_write(IOAPIC_REDIR(passed_irq), VECTOR_EXT + passed_irq);
}

void passed_init(void)
{
	outb(COM2 + IER, 0);
	outb(COM2 + MCR, OUT2);
	/* What it was not given is still not there. */
	(void)inb(COM2 - 1);
	(void)inb(COM2 + 8);
}

void passed_raise(void)
{
	outb(COM2 + IER, THRE);
}

void passed_lower(void)
{
	outb(COM2 + IER, 0);
}
