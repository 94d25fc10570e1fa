// SPDX-License-Identifier: Apache-2.0
#include <arch/apic.h>
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * Interrupt shadows: the instruction behind STI or a load of SS is executed before an interrupt or
 * NMI is taken, and then it is taken. The 8254 sends NMIs, most of which come in a shadow.
 */

#define PIT_COUNT0  0x40
#define PIT_CONTROL 0x43
#define PIT_PIN	    2
#define PIT_PERIOD  1193 /* of its clock: about a millisecond */
#define NMIS	    50
#define IPIS	    10

static volatile unsigned int nmis, ipis;

static void on_nmi(void)
{
	nmis++;
}

static void on_ipi(struct trap_frame *f)
{
	(void)f;
	ipis++;
	ipi_clear();
}

static void sti_nop_cli(void)
{
	__asm__ volatile("sti; nop; cli" ::: "memory");
}

static void sti_cli(void)
{
	__asm__ volatile("sti; cli; sti; cli; sti; cli" ::: "memory");
}

static void mov_ss_nop(void)
{
	u64 ss;

	__asm__ volatile("mov %%ss, %0; mov %0, %%ss; nop; mov %0, %%ss; nop" : "=r"(ss)::"memory");
}

static void take_nmis(void (*in_shadow)(void), const char *name)
{
	u64 end = rdtsc() + 10 * platform.timer_hz;

	nmis = 0;
	while (nmis < NMIS && rdtsc() < end)
		for (unsigned int i = 0; i < 1000 && nmis < NMIS; i++)
			in_shadow();
	/* One more may come before it is looked at. */
	tap_ok(nmis >= NMIS, "%s", name);
}

static void pit_start(void)
{
	ioapic_write(IOAPIC_REDIR(PIT_PIN) + 1, (u32)platform.boot_cpu << 24);
	ioapic_write(IOAPIC_REDIR(PIT_PIN), LAPIC_ICR_NMI); /* the mode has the same bits */
	outb(PIT_CONTROL, 0x34);
	outb(PIT_COUNT0, PIT_PERIOD & 0xff);
	outb(PIT_COUNT0, PIT_PERIOD >> 8);
}

static void pit_stop(void)
{
	outb(PIT_CONTROL, 0x30); /* a mode, and no count */
	ioapic_write(IOAPIC_REDIR(PIT_PIN), 1u << 16);
}

/* One that waits since before is taken between HLT and CLI. */
static void sti_hlt_cli(void)
{
	unsigned int i;

	irq_set_handler(IRQ_SOFT, on_ipi);
	irq_unmask(IRQ_SOFT);
	for (i = 0; i < IPIS && ipis == i; i++) {
		ipi_send(platform.boot_cpu);
		(void)lapic_read(LAPIC_ID);
		__asm__ volatile("sti; hlt; cli" ::: "memory");
	}
	tap_eq(ipis, IPIS, "sti; hlt; cli takes an interrupt that waits");
	irq_mask(IRQ_SOFT);
}

int guest_main(void)
{
	irq_disable();
	sti_hlt_cli();
	nmi_handler = on_nmi;
	pit_start();
	take_nmis(sti_nop_cli, "NMIs are taken behind sti; nop");
	take_nmis(sti_cli, "behind sti; cli, which leaves interrupts off");
	take_nmis(mov_ss_nop, "and behind mov ss, while interrupts are off");
	pit_stop();
	return tap_done();
}
