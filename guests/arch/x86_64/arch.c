// SPDX-License-Identifier: Apache-2.0
#include <arch/apic.h>
#include <arch/platform.h>
#include <arch/regs.h>
#include <arch/vmmcall.h>
#include <guest/guest.h>
#include <guest/irq.h>
#include <guest/trap.h>

const char arch_name[] = "x86_64";
const u64 arch_flash_addr = 0xffc00000;

#define COM1 0x3f8

enum { UART_THR = 0, UART_RBR = 0, UART_IER = 1, UART_FCR = 2, UART_MCR = 4, UART_LSR = 5 };
#define IER_RECEIVED  0x01
#define MCR_OUT2      0x08 /* on a PC, lets interrupts through */
#define LSR_RECEIVED  0x01
#define LSR_THR_EMPTY 0x20
#define FIFO_DEPTH    16

void arch_console_write(const char *s, size_t n)
{
	while (n) {
		size_t room = min(n, (size_t)FIFO_DEPTH);

		while (!(inb(COM1 + UART_LSR) & LSR_THR_EMPTY))
			;
		for (n -= room; room; room--)
			outb(COM1 + UART_THR, (u8)*s++);
	}
}

int arch_console_read(void)
{
	return inb(COM1 + UART_LSR) & LSR_RECEIVED ? inb(COM1 + UART_RBR) : -1;
}

void arch_console_irq_enable(void)
{
	outb(COM1 + UART_MCR, MCR_OUT2);
	outb(COM1 + UART_IER, IER_RECEIVED);
}

/* From start.S. @info: what the loader tells, or NULL; @magic: how. */
void __noreturn x86_start(const void *info, u32 magic);

void __noreturn x86_start(const void *info, u32 magic)
{
	trap_cpu_init();
	guest_begins(info);
	outb(COM1 + UART_FCR, 1);
	x86_platform_init(&platform, info, magic);
	irq_cpu_init();
	arch_poweroff(guest_main() == 0);
}

/* Only for machines with a device tree. */
void arch_platform_init(struct platform *p)
{
	(void)p;
}

u32 arch_fdt_irq(const void *fdt, int node)
{
	(void)fdt;
	(void)node;
	return 0;
}

u64 arch_time(void)
{
	return rdtsc();
}

/* CPUID always leaves the guest. */
bool arch_firmware_call(void)
{
	u32 r[4];

	cpuid(0, 0, r);
	return r[0] != 0;
}

/*
 * The hypervisor's call; on a machine without one that is undefined, and the chipset of QEMU's
 * q35 or its debug exit ends it. A shutdown, by an exception that has no vector, is no clean end.
 */
void arch_reset(void)
{
	outb(0xcf9, 0x06);
}

void __noreturn arch_poweroff(bool clean)
{
	static const struct {
		u16 limit;
		u64 base;
	} __packed none;

	irq_disable();
	if (clean) {
		trap_catch();
		vmmcall(VMMCALL_POWER_OFF, 0, 0, 0);
		trap_caught();
		outw(0x604, 0x2000);
	} else {
		outb(0xf4, 0);
	}
	__asm__ volatile("lidt %0; ud2" ::"m"(none));
	for (;;)
		;
}
