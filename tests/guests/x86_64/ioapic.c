// SPDX-License-Identifier: Apache-2.0
#include <arch/apic.h>
#include <guest/irq.h>
#include <guest/tap.h>

/* The I/O APIC, with the UART's line, which can be raised at will. */

#define PIN	   platform.uart_irq
#define VECTOR	   (VECTOR_EXT + PIN)
#define IOAPIC_EOI 0x40

static u64 entry(u32 pin)
{
	return ioapic_read(IOAPIC_REDIR(pin)) | (u64)ioapic_read(IOAPIC_REDIR(pin) + 1) << 32;
}

static void set_entry(u32 pin, u64 val)
{
	ioapic_write(IOAPIC_REDIR(pin) + 1, (u32)(val >> 32));
	ioapic_write(IOAPIC_REDIR(pin), (u32)val);
}

static volatile unsigned int taken;
static unsigned int lower_after; /* so many; 0: never */

static void on_line(struct trap_frame *f)
{
	(void)f;
	if (++taken == lower_after)
		uart_irq_lower();
}

static void let_in(void)
{
	taken = 0;
	irq_enable();
	__asm__ volatile("nop; nop");
	irq_disable();
}

static void registers(void)
{
	u32 version = ioapic_read(IOAPIC_VERSION);

	tap_eq(platform.intc, 0xfec00000, "ACPI's tables tell where it is");
	tap_ok((version >> 16 & 0xff) == NR_EXT - 1, "it has 24 inputs");
	tap_ok((entry(1) & IOAPIC_MASKED) != 0, "an input is masked at first");
	set_entry(1, ~0UL);
	tap_eq(entry(1), 0xff0000000001afffUL, "an entry keeps all but its status");
	set_entry(1, IOAPIC_MASKED);
	ioapic_write(0x10 + 2 * NR_EXT, 1);
	tap_eq(ioapic_read(0x10 + 2 * NR_EXT), 0, "behind the last is nothing");
}

static void edges(void)
{
	u64 to = platform.boot_cpu << 56;

	set_entry(PIN, to | VECTOR);
	uart_irq_raise();
	lower_after = 0;
	let_in();
	tap_eq(taken, 1, "a line that rises is an interrupt");
	let_in();
	tap_eq(taken, 0, "and one only, while it stays up");
	uart_irq_lower();
	uart_irq_raise();
	let_in();
	tap_eq(taken, 1, "until it has fallen and rises again");
	uart_irq_lower();
	set_entry(PIN, to | VECTOR | IOAPIC_MASKED);
	uart_irq_raise();
	set_entry(PIN, to | VECTOR);
	let_in();
	tap_eq(taken, 0, "an edge while it is masked is lost");
	uart_irq_lower();
}

static void levels(void)
{
	u64 to = platform.boot_cpu << 56;

	set_entry(PIN, to | VECTOR | IOAPIC_LEVEL | IOAPIC_MASKED);
	uart_irq_raise();
	let_in();
	tap_eq(taken, 0, "masked, a level does nothing");
	set_entry(PIN, to | VECTOR | IOAPIC_LEVEL);
	tap_ok(entry(PIN) & IOAPIC_REMOTE_IRR, "unmasked, it is on its way");
	lower_after = 1;
	let_in();
	tap_eq(taken, 1, "and comes once if it is lowered by its handler");
	tap_ok(!(entry(PIN) & IOAPIC_REMOTE_IRR), "its end clears the remote IRR");
	/* Each end of interrupt finds the line up; nothing else runs meanwhile. */
	lower_after = 5;
	uart_irq_raise();
	let_in();
	tap_eq(taken, 5, "a line that stays up comes again and again");
	let_in();
	tap_eq(taken, 0, "until it is lowered");
}

/* Logical, to what LDR says; and to nobody. */
static void destinations(void)
{
	lapic_write(LAPIC_LDR, 0x20000000);
	set_entry(PIN, 0x20UL << 56 | VECTOR | 0x800);
	uart_irq_raise();
	let_in();
	tap_eq(taken, 1, "a logical destination is found");
	uart_irq_lower();
	set_entry(PIN, 0x10UL << 56 | VECTOR | 0x800);
	uart_irq_raise();
	let_in();
	tap_eq(taken, 0, "one that nobody has is not");
	uart_irq_lower();
	set_entry(PIN, IOAPIC_MASKED);
}

int guest_main(void)
{
	irq_set_handler(IRQ_EXT, on_line);
	irq_unmask(IRQ_EXT);
	registers();
	edges();
	levels();
	destinations();
	return tap_done();
}
