// SPDX-License-Identifier: Apache-2.0
#include "contain-hostile.h"
#include <arch/apic.h>
#include <arch/regs.h>
#include <arch/vmmcall.h>
#include <guest/cpus.h>
#include <guest/guest.h>
#include <guest/irq.h>

/* Random traffic with devices, registers and the hypervisor. Each of these steps may trap. */

#define ACCESSES 64
#define STRING	 0x1000 /* of which there may be no end by the watchdog, which may have none */

static void port_access(u16 port, u32 v, unsigned int width, bool write)
{
	switch (width | (unsigned int)write << 2) {
	case 0:
		__asm__ volatile("inb %w1, %b0" : "+a"(v) : "Nd"(port));
		break;
	case 1:
		__asm__ volatile("inw %w1, %w0" : "+a"(v) : "Nd"(port));
		break;
	case 4:
		__asm__ volatile("outb %b0, %w1" ::"a"(v), "Nd"(port));
		break;
	case 5:
		__asm__ volatile("outw %w0, %w1" ::"a"(v), "Nd"(port));
		break;
	case 2:
	case 3:
		__asm__ volatile("inl %w1, %0" : "+a"(v) : "Nd"(port));
		break;
	default:
		__asm__ volatile("outl %0, %w1" ::"a"(v), "Nd"(port));
	}
}

/* Strings between memory, or no memory, and a port. */
static void port_string(u16 port)
{
	u64 at = rnd_address(), count = rnd_below(rnd_below(4) ? 32 : STRING);

	if (rnd_below(2))
		__asm__ volatile("rep insb" : "+D"(at), "+c"(count) : "d"(port) : "memory");
	else
		__asm__ volatile("rep outsw" : "+S"(at), "+c"(count) : "d"(port) : "memory");
}

/* The PIT, the clock and its memory, the UART, fw_cfg, ACPI's sleep, reset, and others. */
static u16 any_port(void)
{
	static const u16 base[] = { 0x40,  0x40,  0x60, 0x70, 0x3f8, 0x510,
				    0x604, 0xcf8, 0x20, 0xa0, 0x80 };

	if (!rnd_below(8))
		return (u16)rnd();
	return (u16)(base[rnd_below(ARRAY_SIZE(base))] + rnd_below(8));
}

/* What the console would print; and what ends or resets it is not to come too soon. */
static bool is_left_out(u16 port)
{
	return port >= 0x3f5 && port <= 0x3f8					    ? true
	       : port == 0xcf8 || port == 0xcf9 || (port >= 0x601 && port <= 0x605) ? rnd_below(512)
										    : false;
}

void step_ports(void)
{
	starts_keep();
	for (unsigned int i = 0; i < ACCESSES; i++) {
		u16 port = any_port();

		if (is_left_out(port))
			continue;
		if (rnd_below(16))
			port_access(port, (u32)rnd_value(), rnd_below(3), rnd_below(2));
		else
			port_string(port);
	}
}

/* ---- APICs ---- */

/* A start-up IPI or INIT for this CPU itself resets the VM: seldom. */
static u32 any_command(void)
{
	u32 command = (u32)rnd() & 0xcffff;

	if (((command >> 8) & 7) == 5 && rnd_below(64))
		command &= ~0x100u;
	return command;
}

void step_apics(void)
{
	for (unsigned int i = 0; i < ACCESSES; i++) {
		u32 reg = rnd_below(0x40) << 4, v = (u32)rnd_value();

		switch (rnd_below(8)) {
		case 0:
			mmio_write32(platform.intc +
					     (rnd_below(8) ? IOAPIC_SELECT : rnd_below(0x100)),
				     v);
			break;
		case 1:
		case 2:
			ioapic_write(rnd_below(0x40), v);
			break;
		case 3:
			(void)lapic_read(reg);
			break;
		case 4:
			lapic_write(LAPIC_ICR_HIGH, rnd_below(4) << 24);
			lapic_write(LAPIC_ICR, any_command());
			break;
		case 5:
			mmio_write8(LAPIC_BASE + rnd_below(0x1000), (u8)v);
			break;
		default:
			if (reg != LAPIC_ICR)
				lapic_write(reg, v);
		}
	}
}

/* ---- registers ---- */

#define MSR_WALL_CLOCK 0x4b564d00
#define MSR_CLOCK      0x4b564d01
#define MSR_EOI	       0x4b564d04 /* the last of those that have an address */

static u32 any_msr(void)
{
	static const u32 base[] = { 0x10,	0x1b,	    0x174,	0x200,	    0x277,
				    0x2ff,	0x6e0,	    0x800,	0x820,	    0x830,
				    0xc0000080, 0xc0000100, 0xc0010000, 0xc0010010, 0xc0010110,
				    0x4b564d00, 0x40000000, 0x11,	0x1d9,	    0x400 };

	return rnd_below(8) ? base[rnd_below(ARRAY_SIZE(base))] + rnd_below(8) : (u32)rnd_value();
}

static void msr_access(void)
{
	u32 msr = any_msr();
	u64 v = rnd_value();

	/* What the hypervisor writes into memory is not to be where this guest is. */
	if (msr >= MSR_WALL_CLOCK && msr <= MSR_EOI && (v & ~(MIB(2) - 1)) == platform.ram_base)
		v = 0;
	/* Long mode goes on, and INIT is for others. */
	if (msr == 0x830 || msr == MSR_EFER)
		v = (v & ~0x700UL) | 0x100;
	if (rnd_below(2))
		wrmsr(msr, v);
	else
		(void)rdmsr(msr);
}

static void control_access(void)
{
	u64 v = rnd_value();

	switch (rnd_below(8)) {
	case 0:
		cr_write(0, (v & ~(u64)CR0_WP) | CR0_PG | CR0_PE);
		break;
	case 1:
		cr_write(2, v);
		break;
	case 2:
		cr_write(4, (v & 0xffffff) | CR4_PAE);
		break;
	case 3:
		__asm__ volatile("mov %0, %%cr8" ::"r"(v));
		break;
	case 4:
		__asm__ volatile("mov %0, %%dr7; mov %1, %%dr0; mov %1, %%dr3" ::"r"(v),
				 "r"(rnd_address()));
		break;
	case 5:
		__asm__ volatile("mov %0, %%dr6; mov %%dr6, %%rax" ::"r"(v) : "rax");
		break;
	case 6:
		cr_write(4, cr_read(4) | CR4_OSXSAVE);
		__asm__ volatile("xsetbv" ::"c"((u32)(rnd_below(4) ? 0 : v)), "a"((u32)rnd()),
				 "d"(0));
		break;
	default:
		cr_write(3, hostile_cr3 | (v & 0xfff) | (rnd_below(64) ? 0 : BIT(63)));
	}
}

void step_registers(void)
{
	u32 r[4];

	switch (rnd_below(3)) {
	case 0:
		cpuid(rnd_below(2) ? (u32)rnd_value()
				   : (0x40000000u << rnd_below(2)) + rnd_below(64),
		      (u32)rnd_value(), r);
		break;
	case 1:
		control_access();
		break;
	default:
		msr_access();
	}
}

/* ---- the hypervisor's calls ---- */

#define PUTCHAR 1 /* in AL, where bit 31 is clear */

void step_calls(void)
{
	static const u64 base[] = { 0x84000000, 0xc4000000, 0x80000000, 0, 0x40000000, 0x86000000 };
	u64 fn = rnd_below(4) ? base[rnd_below(ARRAY_SIZE(base))] + rnd_below(32) : rnd_value();

	if (!(fn & BIT(31)) && (u8)fn == PUTCHAR)
		return;
	if ((u32)fn == VMMCALL_POWER_OFF && rnd_below(64))
		return;
	vmmcall(fn, rnd_address(), rnd_address(), rnd_value());
}

/* ---- other CPUs ---- */

/* At random times; INIT of the first CPU would reset the VM. */
static void storm(struct cpu *c)
{
	/* The first CPU may send it an NMI: there is no handler for that, nor any other. */
	static const u8 no_idt[10];

	(void)c;
	__asm__ volatile("lidt %0" ::"m"(no_idt));
	for (;;) {
		static u64 z = 1;

		z = z * 6364136223846793005u + 1442695040888963407u;
		if ((z >> 40 & 7) == 5)
			z &= ~(1ul << 40);
		lapic_send(platform.boot_cpu, (z >> 32 & 0x7ff) | LAPIC_ICR_ASSERT);
		for (u64 i = 0; i < z >> 50; i++)
			barrier();
	}
}

/* That takes longer than the watchdog lets: no step, so that its NMIs are for nobody. */
static void start_storm(void)
{
	cpu_was_stopped(1);
	cpu_start(1, storm);
}

/* Start-up IPIs to anywhere: random code in real mode, with segments of its own. */
static void start_anywhere(void)
{
	static const char begin[] = "\xb8\x00\x20"     /* mov $0x2000, %ax */
				    "\x8e\xd8\x8e\xc0" /* mov %ax, %ds; mov %ax, %es */
				    "\x8e\xd0";	       /* mov %ax, %ss */
	unsigned int n = 1 + rnd_below(16);

	while (n--) {
		u32 page = (u32)(LOW_RANDOM >> 12) + rnd_below((LOW_END - LOW_RANDOM) >> 12);
		u64 at = (u64)page << 12;

		memcpy((void *)at, begin, sizeof(begin) - 1);
		rnd_code(at + sizeof(begin) - 1, 256, true);
		lapic_write(LAPIC_ICR_HIGH, 1u << 24);
		lapic_write(LAPIC_ICR, LAPIC_ICR_INIT | LAPIC_ICR_ASSERT);
		lapic_write(LAPIC_ICR, LAPIC_ICR_SIPI | LAPIC_ICR_ASSERT | page);
		if (rnd_below(4) == 0)
			lapic_write(LAPIC_ICR, LAPIC_ICR_NMI | LAPIC_ICR_ASSERT);
	}
}

/* The other CPU runs on, beside what the first does next. */
void step_cpus(void)
{
	low_init();
	if (platform.nr_cpus < 2)
		step_user();
	else if (rnd_below(4))
		hostile_call(start_anywhere);
	else
		start_storm();
}

/* xAPIC mode, nothing masked that the watchdog needs, nothing in service. */
void devices_clean_up(void)
{
	u64 base;

	for (u32 pin = 0; pin < 24; pin++)
		ioapic_write(IOAPIC_REDIR(pin), IOAPIC_MASKED);
	starts_keep();
	base = rdmsr(MSR_APIC_BASE);
	if ((base & 0xc00) != 0x800) {
		wrmsr(MSR_APIC_BASE, LAPIC_BASE | (base & 0x100));
		wrmsr(MSR_APIC_BASE, LAPIC_BASE | (base & 0x100) | 0x800);
	}
	lapic_write(LAPIC_SVR, LAPIC_ENABLE | 0xff);
	lapic_write(LAPIC_TIMER_INIT, 0);
	lapic_write(LAPIC_TPR, 0);
	for (u32 lvt = LAPIC_LVT_TIMER; lvt <= LAPIC_LVT_ERROR; lvt += 0x10)
		lapic_write(lvt, LAPIC_MASKED | 0xff);
	for (unsigned int i = 0; i < 64; i++)
		lapic_write(LAPIC_EOI, 0);
}
