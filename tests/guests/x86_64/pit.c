// SPDX-License-Identifier: Apache-2.0
#include <arch/apic.h>
#include <guest/irq.h>
#include <guest/tap.h>

/* The 8254, as software calibrates other clocks with it, and as a source of interrupts. */

#define PIT_HZ	1193182u
#define PIT_CH0 0x40
#define PIT_CH2 0x42
#define CONTROL 0x43
#define PORT_B	0x61
#define PIT_IRQ 2 /* of the I/O APIC */

static void gate(bool on)
{
	outb(PORT_B, (u8)((inb(PORT_B) & ~3u) | on));
}

static void load(u16 channel, u8 mode, u16 count)
{
	outb(CONTROL, (u8)((channel - PIT_CH0) << 6 | 0x30 | mode << 1));
	outb(channel, (u8)count);
	outb(channel, (u8)(count >> 8));
}

static u16 latched(u16 channel)
{
	u8 low;

	outb(CONTROL, (u8)((channel - PIT_CH0) << 6));
	low = inb(channel);
	return (u16)(low | inb(channel) << 8);
}

static void counts(void)
{
	u16 first, second;
	u64 start, us;
	bool low = false;

	gate(true);
	load(PIT_CH2, 0, 0xffff);
	first = latched(PIT_CH2);
	second = latched(PIT_CH2);
	tap_ok(second <= first, "it counts down");
	gate(false);
	first = latched(PIT_CH2);
	for (volatile int i = 0; i < 10000; i++)
		;
	tap_eq(latched(PIT_CH2), first, "its gate stops it");
	gate(true);
	/* Again, where it was over before one could look: others may run in between. */
	for (unsigned int i = 0; i < 20 && !low; i++) {
		start = rdtsc();
		load(PIT_CH2, 0, PIT_HZ / 50);
		low = !(inb(PORT_B) & 0x20);
	}
	while (!(inb(PORT_B) & 0x20) && rdtsc() - start < 60 * platform.timer_hz)
		;
	us = (rdtsc() - start) * 1000000 / platform.timer_hz;
	tap_ok(low, "its output is low while it counts");
	tap_ok(us > 19000 && us < 60000000, "and high when that is over");
	tap_note("%lu us of 20000", us);
	gate(false);
}

static volatile u64 ticks;

static void on_tick(struct trap_frame *f)
{
	(void)f;
	ticks++;
}

static void interrupts(void)
{
	u64 start = rdtsc();

	irq_set_handler(IRQ_EXT, on_tick);
	/* As an edge: the output is up most of the time. */
	ioapic_write(IOAPIC_REDIR(PIT_IRQ) + 1, (u32)platform.boot_cpu << 24);
	ioapic_write(IOAPIC_REDIR(PIT_IRQ), VECTOR_EXT + PIT_IRQ);
	irq_unmask(IRQ_EXT);
	load(PIT_CH0, 2, PIT_HZ / 200);
	irq_enable();
	while (ticks < 10 && rdtsc() - start < 60 * platform.timer_hz)
		;
	irq_disable();
	tap_ok(ticks == 10 && rdtsc() - start > arch_ticks_from_us(44000),
	       "counter 0 interrupts at its rate");
	outb(CONTROL, 0x30); /* a mode, and no count */
	ticks = 0;
	start = rdtsc();
	irq_enable();
	while (rdtsc() - start < arch_ticks_from_us(20000))
		;
	irq_disable();
	tap_ok(ticks <= 1, "and no more without a count");
	irq_mask(IRQ_EXT);
}

int guest_main(void)
{
	counts();
	interrupts();
	return tap_done();
}
