// SPDX-License-Identifier: Apache-2.0
#include "../entry-16550.h"
#include <arch/apic.h>
#include <arch/cmos.h>
#include <arch/regs.h>

/* As SeaBIOS leaves a PC to the program that it loads. */
#define COM1	  0x3f8
#define PIT	  0x40
#define PORT_B	  0x61
#define PORT_A	  0x92
#define IOAPIC	  0xfec00000UL
#define NR_PINS	  24
#define CMOS_MARK 0x5b /* memory that nothing else uses */

static u8 pit_status(unsigned int n)
{
	outb(PIT + 3, (u8)(0xe0 | 2u << n));
	return inb((u16)(PIT + n));
}

static u8 uart_read(unsigned int reg)
{
	return inb((u16)(COM1 + reg));
}

static void uart_write(unsigned int reg, u8 val)
{
	outb((u16)(COM1 + reg), val);
}

static void clocks_state(void)
{
	entry_device("PIT 0 status", pit_status(0), 0, 0);
	entry_device("PIT 1 status", pit_status(1), 0, 0);
	entry_device("PIT 2 status", pit_status(2), 0, 0);
	entry_device("port 0x61", inb(PORT_B), 1, 0);
	entry_device("port 0x92", inb(PORT_A), 0, 0);
	entry_device("CMOS A", cmos_read(0xa), 0x7f, 0x26);
	entry_device("CMOS B", cmos_read(0xb), 0xff, 2);
	entry_device("CMOS C", cmos_read(0xc), 0, 0);
	entry_device("CMOS D", cmos_read(0xd), 0x80, 0x80);
}

static void apic_state(void)
{
	static const struct {
		const char *name;
		u32 reg, mask, want;
	} regs[] = {
		{ "local APIC TPR", LAPIC_TPR, ~0u, 0 },
		{ "local APIC LDR", LAPIC_LDR, ~0u, 0 },
		{ "local APIC DFR", 0xe0, ~0u, ~0u },
		{ "local APIC SVR", LAPIC_SVR, 0, 0 },
		{ "local APIC ESR", LAPIC_ESR, ~0u, 0 },
		{ "local APIC timer", LAPIC_LVT_TIMER, LAPIC_MASKED, LAPIC_MASKED },
		{ "local APIC LINT0", LAPIC_LVT_LINT0, 0, 0 },
		{ "local APIC LINT1", 0x360, 0, 0 },
		{ "local APIC error", LAPIC_LVT_ERROR, LAPIC_MASKED, LAPIC_MASKED },
		{ "local APIC initial count", LAPIC_TIMER_INIT, ~0u, 0 },
		{ "local APIC divider", LAPIC_TIMER_DIV, ~0u, 0 },
	};
	u32 irr = 0, isr = 0;

	entry_device("APIC_BASE", rdmsr(MSR_APIC_BASE), 0xfffffffffffffdff, 0xfee00900);
	for (unsigned int i = 0; i < ARRAY_SIZE(regs); i++)
		entry_device(regs[i].name, lapic_read(regs[i].reg), regs[i].mask, regs[i].want);
	for (u32 i = 0; i < 0x80; i += 0x10) {
		irr |= lapic_read(LAPIC_IRR + i);
		isr |= lapic_read(LAPIC_ISR + i);
	}
	entry_device("local APIC IRR", irr, ~0u, 0);
	entry_device("local APIC ISR", isr, ~0u, 0);
}

static void ioapic_state(void)
{
	u32 masked = ~0u, others = 0;

	platform.intc = IOAPIC;
	for (u32 i = 0; i < NR_PINS; i++) {
		u32 low = ioapic_read(IOAPIC_REDIR(i));

		masked &= low;
		others |= (low & ~LAPIC_MASKED) | ioapic_read(IOAPIC_REDIR(i) + 1);
	}
	entry_device("I/O APIC masks", masked, LAPIC_MASKED, LAPIC_MASKED);
	entry_device("I/O APIC entries", others, ~0u, 0);
	entry_device("I/O APIC ID", ioapic_read(IOAPIC_ID), 0x0f000000, 0);
}

void entry_devices(const void *info)
{
	(void)info;
	uart_state(0x10, 12);
	clocks_state();
	apic_state();
	ioapic_state();
}

void entry_spoil_devices(void)
{
	cmos_write(CMOS_MARK, 0x5a);
	cmos_write(0xb, 0x12);
	outb(PORT_B, 3);
	lapic_write(LAPIC_LDR, 0x12000000);
	lapic_write(0xe0, 0x0fffffff);
	lapic_write(LAPIC_TIMER_INIT, 1000000000);
	for (u32 i = 0; i < NR_PINS; i++) {
		ioapic_write(IOAPIC_REDIR(i) + 1, 0x01000000);
		ioapic_write(IOAPIC_REDIR(i), LAPIC_MASKED | IOAPIC_LEVEL | 0x77);
	}
	uart_spoil();
}

/* For once: the memory lasts. */
bool entry_was_spoilt(void)
{
	bool was = cmos_read(CMOS_MARK) == 0x5a;

	cmos_write(CMOS_MARK, 0);
	return was;
}
